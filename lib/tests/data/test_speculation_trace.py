"""Recorded traces: whole, consistent with their texts, and walked as the loop walks."""

import pytest

from tokenworks.data.speculation_trace import LENGTH, LONGEST, Round, speculation_traces, walked

TRACES = speculation_traces()["traces"]
TEXTS = {(text["kind"], text["temperature"]): text["ids"] for text in speculation_traces()["texts"]}


def test_a_round_goes_on_behind_its_accepted_tokens_and_one_more():
    runs, drafted = [2, 0, 5, 1, 0, 3], [8, 8, 8, 0, 8, 8]
    assert walked(runs, drafted, 4) == [
        Round(0, 4, 2),
        Round(3, 0, 0),
        Round(4, 4, 0),
        Round(5, 4, 3),
    ]
    assert walked(runs, drafted, 1) == [
        Round(0, 1, 1),
        Round(2, 1, 1),
        Round(4, 1, 0),
        Round(5, 1, 1),
    ]
    with pytest.raises(ValueError, match="gamma must be a whole number from 1 to 8, got 0"):
        walked(runs, drafted, 0)


@pytest.mark.parametrize(
    "trace", TRACES, ids=lambda t: f"{t['draft']}-{t['kind']}-{t['temperature']}"
)
def test_what_stood_is_the_text_and_what_did_not_is_not(trace):
    text = TEXTS[trace["kind"], trace["temperature"]]
    assert len(text) == LENGTH + LONGEST
    assert len(trace["runs"]) == len(trace["guesses"]) == len(trace["drafted"]) == LENGTH
    for start, (run, guesses) in enumerate(zip(trace["runs"], trace["guesses"], strict=True)):
        assert run <= trace["drafted"][start] <= LONGEST
        assert guesses[:run] == text[start : start + run]
        refused = guesses[run : run + 1]
        if trace["temperature"] == 0 or trace["draft"] == "lookup":
            assert refused != text[start + run : start + run + 1]


DRAWN = [trace for trace in TRACES if trace["temperature"]]


@pytest.mark.parametrize("trace", DRAWN, ids=lambda t: f"{t['draft']}-{t['kind']}")
def test_both_laws_are_laws_and_leave_what_they_say(trace):
    text = TEXTS[trace["kind"], 1]
    if "laws" in trace:
        pairs = list(zip(text, trace["laws"], strict=True))
    else:
        pairs = [
            (text[start + k], law)
            for start, chain in enumerate(trace["chains"])
            for k, law in enumerate(chain)
        ]
    assert all(token in [row[0] for row in law["rows"]] for token, law in pairs)
    for law in [*(law for _, law in pairs), *filter(None, trace.get("refusals", []))]:
        p, q = (sum(row[i] for row in law["rows"]) for i in (1, 2))
        assert p <= 1.001
        assert q <= 1.001
        shown = sum(max(0.0, row[1] - row[2]) for row in law["rows"])
        assert shown <= law["left"] + 1e-3
        assert law["left"] <= 1


@pytest.mark.parametrize(
    "trace", [t for t in DRAWN if "chains" in t], ids=lambda t: f"{t['draft']}-{t['kind']}"
)
def test_a_run_has_its_own_laws_up_to_the_one_that_decided_it(trace):
    for start, chain in enumerate(trace["chains"]):
        run, guesses = trace["runs"][start], trace["guesses"][start]
        assert len(chain) == run + 1
        assert len(guesses) == min(run + 1, LONGEST)
        q = [{row[0]: row[2] for row in law["rows"]} for law in chain]
        assert all(q[k][guess] > 0 for k, guess in enumerate(guesses))
        if run < LONGEST:  # only what the draft has too much of is refused
            p = {row[0]: row[1] for row in chain[run]["rows"]}
            assert q[run][guesses[run]] > p[guesses[run]]


def test_the_same_place_has_another_law_in_another_run():
    (chains,) = (t["chains"] for t in DRAWN if t["draft"] == "trained" and t["kind"] == "code")
    start = next(i for i, chain in enumerate(chains) if len(chain) > 2)
    assert chains[start][1] != chains[start + 1][0]


def test_the_record_says_where_it_comes_from():
    record = speculation_traces()
    assert record["made by"] == "python -m benchmarks.record_speculation"
    assert {trace["draft"] for trace in TRACES} == set(record["drafts"])
    assert {trace["kind"] for trace in TRACES} == set(record["kinds"])
    assert len(TRACES) == len(record["drafts"]) * len(TEXTS)
