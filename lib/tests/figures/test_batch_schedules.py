import re

import pytest

from tokenworks import chip, model_spec
from tokenworks.cost import (
    Constants,
    Deployment,
    decode_seconds,
    decode_step,
    engine_plan,
    max_batch,
    usd_per_million_tokens,
)
from tokenworks.figures import batch_waste, frontier_zones, schedules
from tokenworks.serving import BlockPool, Policy, Scheduler, simulate, trace

NINE = [(0, 2), (3, 9), (4, 3), (5, 4), (6, 1), (7, 5), (8, 2), (15, 6), (16, 3)]


def run(policy):
    requests = trace([(at, 6, n) for at, n in NINE])
    return simulate(Scheduler(policy, BlockPool(1000, 16)), requests, lambda load: 1.0)


RUNS = {
    "static": run(Policy(max_batch=3, batching="static")),
    "continuous": run(Policy(max_batch=3)),
}


def test_each_request_is_drawn_once_and_idle_slots_are_hatched():
    figure = schedules(RUNS, slots=3)
    for name, found in RUNS.items():
        assert figure.numbers[f"{name}: steps"] == found.steps
    assert all(figure.wide.count(f">{letter}<") == 2 for letter in "ABCDEFGHI")
    assert figure.numbers["continuous: held idle"] == 0
    held = sum(r.finished_seconds - r.token_seconds[-1] for r in RUNS["static"].requests)
    assert figure.numbers["static: held idle"] == held > 0
    assert f"20 steps, over after {RUNS['static'].seconds:.0f} ticks" in figure.printed


def test_the_waste_of_a_batch_is_what_is_hatched():
    figure = batch_waste([10, 40, 20, 10])
    assert figure.numbers["wasted"] == pytest.approx(1 - 80 / 160)
    assert figure.wide.count("s-waste") == 2 * 3, "lines and frame of three rows"
    assert {"mean 20", "longest 40 steps", "50 % of the slots' steps make nothing"} <= set(
        figure.printed
    )


def test_the_frontier_is_that_of_the_cost_model_with_its_borders():
    on = Deployment(model_spec("llama-3-8b"), chip("a100-80gb"), overhead_bytes=4e9)
    figure = frontier_zones(on, 2048, usd_per_hour=1.79)
    full = max_batch(on, 2048)
    assert figure.numbers["full"] == full
    gap = decode_seconds(on, 2048, batch=full)
    assert figure.numbers["full, USD"] == usd_per_million_tokens(1.79, 1, full / gap)
    for svg in (figure.wide, figure.narrow):
        assert f">{full} users:<" in svg
        assert ">zone 2: sharing<" in svg
        assert svg.count('dash"') == 1, "the floor alone is dashed"
        assert {">floor<", ">expected<"} <= set(re.findall(">[a-z]+<", svg))


def test_beside_the_floor_of_a_price_stands_what_to_expect():
    on = Deployment(model_spec("llama-3-8b"), chip("a100-80gb"), overhead_bytes=4e9)
    figure = frontier_zones(on, 2048, usd_per_hour=1.79, caption="dashed: the floor")
    full = max_batch(on, 2048)
    step = decode_step(engine_plan(on), full, 2048, constants=Constants.fitted())
    price = usd_per_million_tokens(1.79, 1, full / step.expected_seconds)
    assert figure.numbers["full, expected USD"] == price > 1.3 * figure.numbers["full, USD"]
    assert figure.caption == "dashed: the floor"
