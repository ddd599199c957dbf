"""SIM-16: what is recorded is what the cockpit does, and each setting has a control."""

from importlib.resources import files

import pytest

from tokenworks.cockpit import Settings
from tokenworks.cockpit.copies import copy_for
from tokenworks.widgets.cockpit import (
    BASE,
    GRID,
    MEASURES,
    RATES,
    SERIES,
    UNTIL,
    all_data,
    cockpit,
    facts,
    fields,
    held_text,
    key_of,
    record,
    recorded_at,
    states,
    tabulated,
)

STATES = list(states())
FIRST = {name: BASE[name] for name in GRID}
CROWDED = {"rate": 20, "batching": "static", "chips": 1, "paging": False, "prefix_caching": False}


@pytest.mark.parametrize("state", [FIRST, CROWDED | {"rate": 5}], ids=str)
def test_a_recorded_run_is_its_live_run(state):
    assert record(state) == recorded_at(state)


def test_the_record_is_whole_and_light():
    runs = tabulated()["runs"]
    assert list(runs) == [key_of(state) for state in STATES]
    assert len(runs) == 96
    assert tabulated()["grid"] == {name: list(values) for name, values in GRID.items()}
    assert tabulated()["facts"] == facts()
    size = len(files("tokenworks.data").joinpath("cockpit_runs.json").read_bytes())
    assert size <= 1_500_000
    for run in runs.values():
        assert run["last"]["at"] == run["board"]["at"] == UNTIL
        assert run["last"]["arrived"] == sum(
            run["last"][name] for name in ("queued", "running", "done")
        )
        assert {len(run["series"][name]) for name in SERIES} == {len(tabulated()["times"])}


def test_every_setting_has_one_control_and_every_control_its_choices():
    named = [one["name"] for one in fields()]
    assert sorted(named) == sorted(Settings().to_dict())
    for one in fields():
        for value, label in one["choices"]:
            assert label
            found = Settings.from_dict({"chips": 8, one["name"]: value})
            assert getattr(found, one["name"]) == value
    assert [value for value, _ in fields()[0]["choices"]] == list(RATES)
    assert set(GRID) < set(named)


def test_what_a_challenge_sets_up_can_run():
    """Beside what else the page begins with; its load is that of the task."""
    for one in all_data()["challenges"]:
        copy_for(Settings.from_dict({**BASE, **one["start"]}))


def test_what_the_records_say():
    """Static batches drown where continuous ones do not; kept prefixes shorten the first token."""
    crowd = recorded_at(CROWDED)
    free = recorded_at({**FIRST, "rate": 20, "chips": 8})
    assert crowd["board"]["queue"] > 500
    assert free["board"]["queue"] == 0
    plain, kept = (recorded_at(FIRST | {"prefix_caching": on})["board"] for on in (False, True))
    assert kept["ttft_p50"] < 0.6 * plain["ttft_p50"]


def test_text_forms():
    widget = cockpit(batching="static")
    assert repr(widget) == (
        "Cockpit(rate=10, batching='static', chips=1, paging=True, prefix_caching=False)"
    )
    table = widget.fallback()
    assert table.count("<tr>") == 1 + len(MEASURES)
    assert "After 60 s: Llama-3 8B on 1 × H100 SXM, static batching, 10 requests a second" in table
    assert len(widget.static_html()) < 4000
    assert held_text(widget.state).startswith('{"data":{"seed":0,')
    assert all_data()["runs"] is tabulated()["runs"]


def test_refusals_name_what_was_recorded():
    with pytest.raises(ValueError, match="rate = 7 is not recorded; choose from 5, 10, 20, 40"):
        cockpit(rate=7)
    with pytest.raises(ValueError, match="static batching was not recorded with prefix caching"):
        cockpit(batching="static", prefix_caching=True)
    with pytest.raises(TypeError, match="unknown controls"):
        cockpit(speed=3)
