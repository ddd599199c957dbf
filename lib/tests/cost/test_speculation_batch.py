"""A round under batch: the formula's costs from kernels, where it loses, and the field case."""

import pytest

from tokenworks.cost.checkpoints import served_plan
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.speculation import accepted_share, alpha_of, tokens_per_pass
from tokenworks.cost.speculation_batch import pass_cost, speculation_round, speedup_under_batch
from tokenworks.cost.step_kernels import decode_step
from tokenworks.specs import chip, model_spec

FITTED = Constants.fitted()
H100 = chip("h100-sxm")


def plan_for(model, chips=1, precision="bf16"):
    return served_plan(model_spec(model), H100, chips, engine="vllm", precision=precision)


DRAFT = plan_for("llama-3.2-1b")
BIG, SMALL = plan_for("llama-3-70b", 4), plan_for("llama-3-8b")
SMALL_FP8, SPARSE = (
    plan_for("llama-3-8b", precision="fp8"),
    plan_for("gpt-oss-120b", precision="fp4"),
)


def floor(step):
    return step.floor_seconds


def at(plan, batch, draft=DRAFT, **changes):
    given = {"gamma": 4, "batch": batch, "context_tokens": 2000, "constants": FITTED} | changes
    return speculation_round(plan, draft, **given)


@pytest.mark.parametrize("timing", [floor, lambda step: step.expected_seconds])
@pytest.mark.parametrize("batch", [1, 12, 256])
def test_the_speed_up_is_tokens_over_time(batch, timing):
    found = at(BIG, batch, overhead_seconds=1e-4)
    plain = decode_step(BIG, batch, 2000, constants=FITTED)
    draft = decode_step(DRAFT, batch, 2001.5, constants=FITTED)
    verify = decode_step(BIG, batch, 2000, constants=FITTED, tokens_per_sequence=5)
    whole = 4 * timing(draft) + timing(verify) + 1e-4
    assert found.seconds(timing) == pytest.approx(whole)
    gain = tokens_per_pass(0.7, 4) * timing(plain) / whole
    assert found.speedup(0.7, timing) == pytest.approx(gain)
    assert found.speedup(found.break_even(timing), timing) == pytest.approx(1)
    same = speedup_under_batch(
        BIG,
        DRAFT,
        0.7,
        gamma=4,
        batch=batch,
        context_tokens=2000,
        constants=FITTED,
        timing=timing,
        overhead_seconds=1e-4,
    )
    assert same == pytest.approx(gain)


def test_verifying_is_nearly_free_alone_and_dear_in_a_crowd():
    assert at(BIG, 1).verify_cost() == pytest.approx(1, abs=0.02)
    assert at(BIG, 1).verify_cost(floor) == pytest.approx(1, abs=0.01)
    costs = [at(BIG, batch).verify_cost() for batch in (1, 8, 32, 64, 128, 256)]
    assert costs == sorted(costs)
    assert costs[-1] > 2.5
    gains = [at(BIG, batch).speedup(0.7) for batch in (1, 8, 32, 64, 128, 256)]
    assert gains == sorted(gains, reverse=True)
    assert gains[0] > 1.5
    assert gains[-1] < 1


def test_experts_make_verification_dear_where_few_are_read():
    """Tokens that are verified draw experts of their own; a crowd reads all of them anyway."""
    assert at(SPARSE, 10).verify_cost() > 2
    assert at(SPARSE, 64).verify_cost() < 1.3
    assert pass_cost(SPARSE, 5, context_tokens=2000, constants=FITTED, batch=10) == (
        pytest.approx(at(SPARSE, 10).verify_cost())
    )


def test_without_a_draft_model_only_the_pass_is_paid():
    found = at(BIG, 12, draft=None)
    assert found.draft_cost() == 0
    assert found.seconds() == pytest.approx(found.verify.expected_seconds)
    assert found.speedup(0) == pytest.approx(1 / found.verify_cost())


def test_groups_of_attention_share_out_the_drafts_sequences():
    wide = served_plan(
        model_spec("deepseek-v3"),
        chip("h200-sxm"),
        8,
        engine="vllm",
        precision="fp8",
        attention_data_parallel=8,
    )
    found = at(wide, 4, draft=plan_for("smollm2-135m"), context_tokens=2000)
    one = decode_step(plan_for("smollm2-135m"), 32, 2001.5, constants=FITTED)
    assert found.draft == one


# The field case: a domain-tuned draft of 1B, batches of 10 to 14, acceptance up from 48 to 58 %,
# and 0.90 times the throughput. Target, chip, gamma and engine are not told.
def test_the_field_case_does_not_follow_for_a_dense_70b():
    for batch in (10, 14):
        assert 1.2 < at(BIG, batch).speedup(0.48) < at(BIG, batch).speedup(0.58) < 1.55
        assert at(BIG, batch).verify_cost() < 1.1, "the verification is not what costs"


def test_the_field_case_follows_where_the_target_is_small_or_sparse():
    for batch in (10, 14):
        assert 0.9 < at(SMALL, batch).speedup(0.48) < 1 < at(SMALL, batch).speedup(0.58) < 1.2
        assert 0.75 < at(SMALL_FP8, batch).speedup(0.48) < at(SMALL_FP8, batch).speedup(0.58) < 1
        assert 0.6 < at(SPARSE, batch).speedup(0.48) < at(SPARSE, batch).speedup(0.58) < 0.9
    assert at(SMALL_FP8, 12).draft_cost() > 0.3, "there it is the draft that costs"
    assert at(SPARSE, 12).verify_cost() > 2, "and there the verification"


def test_an_overhead_that_would_explain_the_field_case_for_a_small_target():
    """An engine that adds 1 ms to each draft step ends at 0.90 with an 8B, and not with a 70B."""
    found = at(SMALL, 12, overhead_seconds=4 * 1e-3)
    assert found.speedup(0.58) == pytest.approx(0.90, abs=0.02)
    assert at(BIG, 12, overhead_seconds=4 * 1e-3).speedup(0.58) > 1.2


def test_what_a_server_calls_acceptance_would_be_a_higher_alpha():
    """Read as accepted over drafted, 58 % of four are an alpha of 0.79: a gain everywhere."""
    alpha = alpha_of(1 + 4 * 0.58, 4)
    assert accepted_share(alpha, 4) == pytest.approx(0.58)
    assert alpha == pytest.approx(0.79, abs=0.005)
    assert at(SMALL_FP8, 12).speedup(alpha) > 1.3
    assert at(SPARSE, 12).speedup(alpha) > 1


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match=r"Qwen3 0.6B knows 151,936 tokens .* 128,256: a draft"):
        at(BIG, 1, draft=plan_for("qwen3-0.6b"))
    with pytest.raises(ValueError, match="gamma must be a whole number greater than 0, got 0"):
        at(BIG, 1, gamma=0)
    with pytest.raises(ValueError, match="overhead_seconds must be a finite number at least 0"):
        at(BIG, 1, overhead_seconds=-1)
