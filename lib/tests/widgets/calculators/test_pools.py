"""Gates are those of the library, bound for bound."""

import pytest

from tokenworks.cost.disaggregation import ASSUMED
from tokenworks.widgets.calculators.pools import CALCULATION, FAILED, GATES, LINKS, at, gates


@pytest.mark.parametrize("place", CALCULATION.places()[::7], ids=str)
def test_a_gate_is_open_where_the_library_says_so(place):
    want, found = gates(place), at(place)
    assert found.values["missing"] == len(want.missing)
    assert (found.verdict == "ready") == want.ready
    outputs = {each.name: each for each in CALCULATION.outputs}
    for name, gate in GATES.items():
        value, output = found.values[name], outputs[name]
        low, high = output.least, output.most
        passed = (low is None or value >= low) and (high is None or value <= high)
        assert passed == want.gate(gate).passed, name


def test_the_case_of_the_text_is_the_librarys_test():
    found = at(CALCULATION.start)
    assert found.values["arrives"] == pytest.approx(2048 * 163_840 / 25e9 / 2)
    outputs = {each.name: each for each in CALCULATION.outputs}
    assert outputs["arrives"].most == ASSUMED.transfer_share


def test_the_sentence_names_the_gates_that_are_not_passed():
    """All 64 ways to fail have their words, and every setting those of its own."""
    assert len(set(FAILED)) == 64
    for place in CALCULATION.places():
        said = CALCULATION.story(place, at(place))
        named = {gate for gate in GATES.values() if f"“{gate}”" in said}
        assert named == set(gates(place).missing)
        assert f"at {place['rate']} requests a second" in said


def test_links_are_written_in_the_unit_of_the_text():
    for gbit, text in LINKS.items():
        assert float(text.removesuffix(" GB/s")) == pytest.approx(gbit / 8, abs=0.05)
