"""The second ladder's numbers are those of the functions behind it."""

from dataclasses import replace

from tokenworks.cost.checkpoints import engine_plan
from tokenworks.cost.chip_links import link
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory import kv_bytes
from tokenworks.cost.speculation_batch import speculation_round
from tokenworks.cost.step_kernels import prefill_step
from tokenworks.planner.added_rungs import (
    NO_TIMES,
    always,
    fewer_bits,
    guesses,
    prefixes,
    two_pools,
)
from tokenworks.planner.served_case import Case, short_time, size_text
from tokenworks.specs import chip, model_spec

SEVENTY = Case(model_spec("llama-3-70b"), chip("h100-sxm"), 16, 8192, link("infiniband-ndr"))
PLAN, FITTED = engine_plan(SEVENTY.on(4)), Constants.fitted()
NOWHERE = replace(SEVENTY, chip=chip("rtx-4090"))


def test_a_place_set_aside_is_one_cache():
    answer, why = always(SEVENTY)
    assert answer == "always"
    assert size_text(kv_bytes(SEVENTY.model, 8192, bytes_per_value=2)) in why


def test_a_known_prefix_saves_most_of_the_reading():
    _, why = prefixes(SEVENTY)
    cold = prefill_step(PLAN, 2080, constants=FITTED).expected_seconds
    assert why.endswith(f"else after {short_time(cold)}.")
    assert prefixes(replace(SEVENTY, context_tokens=2000))[0] == "not here"


def test_guesses_gain_from_the_break_even_of_a_round():
    asked = {"batch": 16, "context_tokens": 8192, "constants": FITTED}
    found = speculation_round(PLAN, None, 5, **asked)
    assert guesses(SEVENTY)[0] == f"if {100 * found.break_even():.0f} % are right"
    assert guesses(replace(SEVENTY, users=1))[0] == "almost always"
    crowd = guesses(replace(SEVENTY, model=model_spec("llama-3-8b"), users=512, context_tokens=64))
    assert float(crowd[0].split()[1]) > 100 * found.break_even()


def test_the_format_with_the_fewest_chips_is_named():
    answer, why = fewer_bits(SEVENTY)
    assert answer == "INT4"
    assert "bf16 4 chips; INT8 2 chips; INT4 1 chip" in why
    small = replace(SEVENTY, model=model_spec("llama-3-8b"))
    assert fewer_bits(small)[0] == "only for speed"
    assert fewer_bits(replace(SEVENTY, users=100_000))[0] == "not enough"


def test_of_a_chip_without_known_links_only_one_is_tried_and_that_is_said():
    answer, why = fewer_bits(NOWHERE)
    assert answer == "unknown"
    assert "more are not costed" in why
    card = replace(NOWHERE, model=model_spec("qwen3-32b"), users=1, context_tokens=2048)
    assert "INT8 more than one; INT4 1 chip" in fewer_bits(card)[1]


def test_pools_are_looked_at_where_a_chunk_breaks_the_promise():
    assert two_pools(SEVENTY)[0] == "chunks suffice"
    answer, why = two_pools(replace(SEVENTY, users=64))
    assert answer == "look at it"
    sent = kv_bytes(SEVENTY.model, 8192, bytes_per_value=2)
    assert f"at least {short_time(sent / (4 * 50e9))} over 4 ports" in why
    slices = two_pools(replace(SEVENTY, chip=chip("tpu-v5e"), users=1))
    assert "between slices is not costed" in slices[1]


def test_what_nothing_holds_is_not_costed():
    for rung in (prefixes, guesses, two_pools):
        assert rung(NOWHERE) == NO_TIMES
    narrow = replace(SEVENTY, model=model_spec("llama-3-405b"))
    assert all(rung(narrow)[1].endswith("(In INT8.)") for rung in (prefixes, guesses, two_pools))
