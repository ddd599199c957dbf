"""Gates are those of the library, bound for bound."""

import pytest

from tokenworks.cost.disaggregation import ASSUMED
from tokenworks.widgets.calculators.pools import CALCULATION, GATES, at, gates


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
