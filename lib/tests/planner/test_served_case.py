"""A case's groups of chips, and what holds it, against budgets that are summed by hand."""

from dataclasses import replace

import pytest

from tokenworks.cost.chip_links import link
from tokenworks.cost.memory_budget import budget
from tokenworks.planner.served_case import FORMATS, Case, chips_text, short_time, size_text
from tokenworks.specs import chip, model_spec

SEVENTY = Case(model_spec("llama-3-70b"), chip("h100-sxm"), 16, 8192, link("infiniband-ndr"))


def test_the_least_group_holds_it_and_no_smaller_one_does():
    assert SEVENTY.groups == [1, 2, 4, 8]
    assert SEVENTY.group == 4
    for chips in SEVENTY.groups:
        held = budget(SEVENTY.on(chips), context_tokens=8192, batch=16)
        assert held.fits == (chips >= SEVENTY.group)


def test_each_format_takes_no_more_chips_than_a_wider_one():
    taken = [SEVENTY.least(name) for name in FORMATS]
    assert taken == sorted(taken, reverse=True)
    costed = SEVENTY.costed
    assert costed is not None
    assert (costed[0].chips, costed[1]) == (4, "")


def test_a_slice_has_the_sizes_that_can_be_rented_and_an_unknown_link_has_one():
    v5e = replace(SEVENTY, chip=chip("tpu-v5e"))
    assert v5e.is_slice
    assert v5e.place == "slice"
    assert v5e.groups == [1, 4, 8, 16, 32, 64]
    card = replace(SEVENTY, chip=chip("rtx-4090"))
    assert card.links is None
    assert card.groups == [1]
    assert (card.group, card.costed) == (None, None)


def test_what_does_not_fit_in_bf16_is_costed_in_the_first_format_that_does():
    large = replace(SEVENTY, model=model_spec("llama-3-405b"))
    assert large.group is None
    assert large.costed is not None
    on, how = large.costed
    assert (on.weights, on.chips, how) == ("int8", 8, " (In INT8.)")


def test_words_have_three_digits():
    assert size_text(141_107_412_992.0) == "141 GB"
    assert short_time(0.0123456) == "12.3 ms"
    assert [chips_text(n) for n in (1, 8)] == ["1 chip", "8 chips"]
    assert pytest.approx(0.05) == SEVENTY.on(1).fragmentation
