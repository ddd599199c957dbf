import pytest

from serving.drawn import BLOCK_SIZE
from serving.served import STRATEGIES, Ticks, engine_of, traffic
from tokenworks.model import GREEDY
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.engine import serve
from tokenworks.serving.policy import Policy
from tokenworks.serving.scheduler import Scheduler
from tokenworks.serving.simulator import simulate
from tokenworks.serving.text_requests import TextRequest


def test_steps_follow_each_other_and_idle_gaps_are_skipped(tiny):
    times = iter([10.0, 11.0, 13.0, 50.0, 50.5])  # start, end, end; start again, end
    rows = [
        TextRequest(prompt_ids=[5], max_tokens=n, sampling=GREEDY, arrival_seconds=at)
        for n, at in ((2, 3.0), (1, 100.0))
    ]
    engine = engine_of(tiny, {"max_batch": 4})
    run = serve(engine.scheduler, rows, engine.run, clock=lambda: next(times))
    assert rows[0].token_seconds == [4.0, 6.0]
    assert rows[1].token_seconds == [100.5]
    assert run.busy_seconds == 3.5


@pytest.mark.parametrize("strategy", STRATEGIES, ids=str)
@pytest.mark.parametrize("blocks", [12, 40])
def test_the_engine_takes_the_simulators_steps(tiny, strategy, blocks):
    engine, rows = engine_of(tiny, strategy, blocks=blocks), traffic()
    real = engine.serve(rows, clock=Ticks())
    host = BlockPool(8, BLOCK_SIZE) if strategy.get("preemption") == "swap" else None
    scheduler = Scheduler(Policy(**strategy), BlockPool(blocks, BLOCK_SIZE), host)
    simulated = simulate(scheduler, traffic(), lambda load: 1.0, fast=False)
    assert real.segments == simulated.segments
    for one, other in zip(real.requests, simulated.requests, strict=True):
        assert one.token_seconds == other.token_seconds
        assert one.preemptions == other.preemptions
