"""A scheduler's steps as sums of kernels: the pure ones are known, the mixed ones lie between."""

import pytest

from tokenworks.cost.checkpoints import served_plan
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.mixed_step import Load, mixed_step_seconds
from tokenworks.cost.scheduled_step import expected_clock, load_step, tokens_of
from tokenworks.cost.step_kernels import decode_step, prefill_step
from tokenworks.serving.arrivals import poisson
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.lengths import Lengths, fixed
from tokenworks.serving.policy import Policy
from tokenworks.serving.scheduler import Scheduler
from tokenworks.serving.simulator import simulate
from tokenworks.specs import chip, model_spec

FITTED = Constants.fitted()
KINDS = ("llama-3-8b", "gemma-3-27b", "minimax-m2.5", "deepseek-v3", "glm-5", "qwen3.5-397b-a17b")


def plan_for(model, chips=1):
    return served_plan(model_spec(model), chip("h200-sxm"), chips, engine="vllm", precision="bf16")


def ramp(before, new):
    return new * before + new * (new + 1) // 2


def mixed(users, context, *, before=0, new=0):
    """Users who decode, beside a piece of one prompt."""
    seen, one = ramp(before, new), int(new > 0)
    positions = users * context + one * (before + new)
    pairs = users * context + seen
    return Load(users + one, users + new, users + one, positions, pairs, one, seen)


@pytest.mark.parametrize("model", KINDS)
def test_a_step_that_only_decodes_or_only_reads_is_the_known_one(model):
    plan = plan_for(model)
    clock = expected_clock(plan, constants=FITTED)
    decode = decode_step(plan, 32, 2048, constants=FITTED)
    assert load_step(plan, mixed(32, 2048), constants=FITTED) == decode
    assert clock(mixed(32, 2048)) == pytest.approx(decode.expected_seconds)
    prompt = prefill_step(plan, 3000, constants=FITTED)
    found = load_step(plan, mixed(0, 0, new=3000), constants=FITTED)
    assert found.expected_seconds == pytest.approx(prompt.expected_seconds)
    assert found.floor_seconds == pytest.approx(prompt.floor_seconds)
    assert clock(mixed(0, 0, new=3000)) == pytest.approx(prompt.expected_seconds)


@pytest.mark.parametrize("model", KINDS)
@pytest.mark.parametrize("before", [0, 512, 7680])
def test_a_piece_of_a_prompt_costs_less_beside_decodes_than_alone(model, before):
    plan = plan_for(model)
    clock = expected_clock(plan, constants=FITTED)
    both = clock(mixed(32, 2048, before=before, new=512))
    users, piece = clock(mixed(32, 2048)), clock(mixed(0, 0, before=before, new=512))
    assert max(users, piece) < both < users + piece
    exact = load_step(plan, mixed(32, 2048, before=before, new=512), constants=FITTED)
    assert both == pytest.approx(exact.expected_seconds)
    assert exact.floor_seconds <= both


@pytest.mark.parametrize("before", [0, 512, 7680])
def test_no_step_is_expected_faster_than_its_floor(before):
    for model in KINDS:
        on, load = (
            Deployment(model_spec(model), chip("h200-sxm")),
            mixed(32, 2048, before=before, new=512),
        )
        clock = expected_clock(plan_for(model), constants=FITTED)
        assert clock(load) > mixed_step_seconds(on, load), model


def test_pieces_look_at_what_was_read_before_them():
    plan = plan_for("llama-3-8b")
    pieces = [
        load_step(plan, mixed(0, 0, before=n, new=512), constants=FITTED)
        for n in range(0, 4096, 512)
    ]
    whole = prefill_step(plan, 4096, constants=FITTED)

    def looked(step):
        return sum(k.calls * k.work.flops for k in step.kernels if k.kind == "attention")

    assert sum(map(looked, pieces)) == pytest.approx(looked(whole))
    later = [piece.seconds_of("attention") for piece in pieces]
    assert later == sorted(later)


def test_guesses_are_checked_in_one_reading_of_the_cache():
    plan, seen = plan_for("llama-3-8b"), 32 * 2048
    guessed = Load(32, 5 * 32, 5 * 32, seen, 5 * seen)
    assert tokens_of(guessed) == (32, 2048, 0, 1, 0, 5, 0)
    one, five = (load_step(plan, load, constants=FITTED) for load in (mixed(32, 2048), guessed))
    read = [next(k for k in step.kernels if k.kind == "attention") for step in (one, five)]
    assert read[0].work.bytes == read[1].work.bytes
    assert read[1].work.flops == 5 * read[0].work.flops
    rows = [step.kernels[-2].work.flops for step in (one, five)]
    assert rows[1] == 5 * rows[0]
    assert one.expected_seconds < five.expected_seconds < 1.5 * one.expected_seconds


def test_slots_of_nobody_take_rows_alone():
    plan, seen = plan_for("llama-3-8b"), 8 * 2048
    held = Load(8, 32, 32, seen, seen)
    few, many = (load_step(plan, load, constants=FITTED) for load in (mixed(8, 2048), held))
    assert tokens_of(held).idle == 24
    assert many.seconds_of("attention") == few.seconds_of("attention")
    assert many.seconds_of("matrix") > few.seconds_of("matrix")


def test_the_simulator_takes_the_clock():
    clock = expected_clock(plan_for("llama-3-8b"), constants=FITTED, overhead_seconds=1e-3)
    requests = poisson(1e9, 20, lengths=Lengths(fixed(300), fixed(8)), seed=1)
    scheduler = Scheduler(Policy(max_batch=4, max_batch_tokens=128), BlockPool(999, 16))
    run = simulate(scheduler, requests, clock)
    assert all(r.generated == 8 for r in run.requests)
    assert clock(mixed(1, 100)) == pytest.approx(
        1e-3 + decode_step(plan_for("llama-3-8b"), 1, 100, constants=FITTED).expected_seconds
    )


def test_a_load_that_no_batch_has_is_refused():
    with pytest.raises(ValueError, match="is no step"):
        load_step(plan_for("llama-3-8b"), Load(2, 1, 1, 10, 10), constants=FITTED)
