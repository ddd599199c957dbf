"""Requests that give up, wherever they are: what they hold is free, and the laws hold."""

import pytest
from cost.drawn import BEARTYPE

from serving.cluster.drawn import ask, config
from tokenworks.serving.cluster.autoscaler import Autoscaler
from tokenworks.serving.cluster.conservation import broken_laws
from tokenworks.serving.cluster.failures import Failure
from tokenworks.serving.cluster.pools import Disaggregated, ReplicaPool
from tokenworks.serving.cluster.ports import wire
from tokenworks.serving.cluster.simulation import simulate_cluster
from tokenworks.serving.cluster.tiers import Tier

pytestmark = pytest.mark.filterwarnings(BEARTYPE)


def test_who_gives_up_while_its_cache_is_sent_frees_both_ends():
    made = config(step=lambda load: 1.0)
    pools = Disaggregated(
        prefill=ReplicaPool(config=made), decode=ReplicaPool(config=made), wire=wire(2)
    )
    rows = [ask(8, 4)]  # read from 0 to 1, sent from 1 to 5
    run = simulate_cluster(rows, pools, hang_ups={rows[0]: 3.0})
    assert (run.cancelled, rows[0].generated, rows[0].finished_seconds) == (rows, 1, 3.0)
    assert broken_laws(run, rows) == []


@pytest.mark.parametrize(("at", "out"), [(2.5, 3), (3.0, 3), (3.5, 4)])
def test_who_gives_up_between_planned_steps_leaves_at_the_end_of_the_one_that_runs(at, out):
    rows = [ask(4, 10), ask(range(90, 94), 10)]  # steps of a second that are planned at once
    run = simulate_cluster(
        rows, ReplicaPool(config=config(step=lambda load: 1.0)), hang_ups={rows[0]: at}
    )
    assert (rows[0].generated, rows[0].finished_seconds) == (out, float(out))
    assert rows[1].token_seconds == [float(second) for second in range(1, 11)]
    assert broken_laws(run, rows) == []


def test_who_gives_up_while_its_prefix_comes_from_a_tier_is_gone_at_once():
    rows = [ask(range(16), 2), ask(range(100, 116), 2, at=100.0), ask(range(16), 2, at=200.0)]
    made = config(blocks=5, step=lambda load: float(load.new_tokens))
    dram = Tier(name="DRAM", capacity_bytes=36, line=wire(8))
    pool = ReplicaPool(config=made, tiers=(dram,))
    run = simulate_cluster(rows, pool, hang_ups={rows[2]: 201.0})  # loaded from 200 to 201.5
    assert (run.cancelled, rows[2].generated, rows[2].finished_seconds) == ([rows[2]], 0, 201.0)
    assert run.loaded_bytes == {"DRAM": 12.0}
    assert broken_laws(run, rows) == []


def test_who_gives_up_at_a_replica_that_is_sent_home_lets_it_go():
    rule = Autoscaler(target=10, cold_start_seconds=1, interval_seconds=1, settle_seconds=0)
    pool = ReplicaPool(
        config=config(step=lambda load: 1.0), replicas=2, router="round-robin", autoscaler=rule
    )
    ends = []
    for leaves in (False, True):
        rows = [ask(4, 10), ask(range(90, 94), 10)]
        run = simulate_cluster(rows, pool, hang_ups={rows[1]: 5.5} if leaves else None)
        assert [each.state for each in run.replicas] == ["ready", "stopped"]
        assert broken_laws(run, rows) == []
        ends.append(run.replicas[1].up_seconds)
    assert ends == [10.0, 6.0]


def test_who_gives_up_in_a_line_without_a_replica_is_gone():
    pool = ReplicaPool(config=config(step=lambda load: 1.0))
    rows = [ask(8, 1), ask(8, 1)]
    down = Failure(replica=0, seconds=0.5, recovery_seconds=4.0)
    run = simulate_cluster(rows, pool, failures=[down], hang_ups={rows[0]: 2.0, rows[1]: 99.0})
    assert (run.cancelled, run.finished) == ([rows[0]], [rows[1]])


def test_a_hang_up_of_nobody_or_before_the_arrival_is_refused():
    pool, row, other = ReplicaPool(config=config()), ask(8, 1, at=2.0, id="a"), ask(8, 1, id="b")
    with pytest.raises(ValueError, match="'b' hangs up and is none of the arrivals"):
        simulate_cluster([row], pool, hang_ups={other: 3})
    with pytest.raises(ValueError, match="'a' hangs up at 1 s and arrives at 2"):
        simulate_cluster([row], pool, hang_ups={row: 1})
    with pytest.raises(ValueError, match="the hang-up of 'a' must be a finite number from 0"):
        simulate_cluster([row], pool, hang_ups={row: float("nan")})
