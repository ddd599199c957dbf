import pytest

from serving.drawn import BLOCK_SIZE
from serving.served import STRATEGIES, Ticks, engine_of, traffic
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.policy import Policy
from tokenworks.serving.scheduler import Scheduler
from tokenworks.serving.simulator import simulate


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
