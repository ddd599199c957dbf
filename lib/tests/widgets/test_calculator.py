"""All calculators: light, whole, refused where they must be, and a table without scripts."""

import json
import re

import pytest

from tokenworks.widgets.calculator import calculator, shown_at, tabulated
from tokenworks.widgets.calculators import MODULES, calculation

NAMES = list(MODULES)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_light(name):
    held = json.dumps({"data": tabulated(name)}, separators=(",", ":"))
    assert len(held) <= 30_000


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_has_a_whole_sentence(name):
    of = calculation(name)
    seen = set()
    for place in of.places():
        point = of.at(place)
        said = of.story(place, point)
        seen.add(point.verdict)
        assert not re.search(r"[{}]|–", said), (place, said)
        assert not of.verdicts[point.verdict].refused or len(said) > 40
        assert set(point.values) <= {each.name for each in of.outputs}
        assert set(point.floors) <= {each.name for each in of.outputs if each.floor}
        for floor, low in point.floors.items():
            assert low is None or low <= point.values[floor] * (1 + 1e-9)
    assert seen == set(of.verdicts), "a verdict that no setting has"


@pytest.mark.parametrize("name", NAMES)
def test_it_opens_on_a_recorded_setting_that_is_possible(name):
    of = calculation(name)
    assert of.start in of.places()
    assert not of.verdicts[of.at(of.start).verdict].refused
    assert of.rows in of.grid
    assert list(of.start) == list(of.grid)


@pytest.mark.parametrize("name", NAMES)
def test_the_picture_draws_what_there_is(name):
    of, picture = calculation(name), calculation(name).picture
    known = {each.name for each in of.outputs}
    known |= {f"{each.name}.floor" for each in of.outputs if each.floor}
    if picture.kind == "curve":
        assert {line[0] for line in picture.lines} <= known
        assert all(isinstance(value, int | float) for value in of.grid[picture.over])
    elif picture.kind == "bars":
        assert {part[0] for part in picture.parts} <= known
    else:
        assert picture.output in known
        assert picture.over in of.grid


@pytest.mark.parametrize("name", NAMES)
def test_the_table_without_scripts(name):
    widget = calculator(name)
    table = widget.fallback()
    of = calculation(name)
    assert table.count("<tr>") == 1 + len(of.grid[of.rows])
    start = shown_at(name, of.start)
    for each in of.outputs:
        assert each.text(start[each.name]) in table
    assert repr(widget).startswith(f"Calculator(name={name!r}, ")


def test_controls_are_those_of_the_calculator():
    widget = calculator("frontier", batch=32)
    assert widget.state["batch"] == 32
    with pytest.raises(ValueError, match="batch = 33 is not recorded; choose from 1, 2"):
        calculator("frontier", batch=33)
    with pytest.raises(TypeError, match="unknown controls"):
        calculator("bill", batch=8)
    with pytest.raises(KeyError, match="known: frontier, bill"):
        calculator("luck")
