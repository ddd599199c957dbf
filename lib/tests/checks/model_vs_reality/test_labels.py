from dataclasses import replace
from itertools import islice

from tokenworks.checks import check
from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.model_vs_reality.labels import (
    PUBLISHED,
    marked_rows,
    rows_in_doubt,
    strangers,
)
from tokenworks.cost.memory import weight_bytes
from tokenworks.data.silicon import end_to_end_rows, runs_under_two_labels
from tokenworks.row_flags import listed_again
from tokenworks.row_limits import not_held
from tokenworks.specs import chip, model_spec


def served(chips, users, ttft, tpot):
    times = {"ttft_seconds": ttft / 1000, "tpot_seconds": tpot / 1000}
    return replace(end_to_end_rows()[0], gpus=chips, concurrency=users, dpa=1, **times)


def test_where_weights_do_not_fit_is_the_librarys():
    rows = [[n, 16, 90.0 + n, 9.0 + n] for n in (1, 2, 4, 8)]
    for name, system in (("llama-70b", "h100_sxm"), ("llama-8b", "h200_sxm")):
        for precision, width in (("bf16", 2.0), ("fp8", 1.0)):
            change = {"model": name, "system": system, "precision": precision}
            limits = [bool(not_held(replace(served(*row), **change))) for row in rows]
            weights = weight_bytes(model_spec(name.replace("llama", "llama-3")), width)
            held = chip(system.replace("_", "-")).planned_bytes
            assert rows_in_doubt(rows, weights, held) == [i for i, out in enumerate(limits) if out]


def test_of_twins_the_library_drops_all_but_one():
    found = 0
    for rows, _, _ in (*rows_in_doubt.cases, *islice(drawn_cases(rows_in_doubt, "twins"), 60)):
        again = listed_again([served(*row) for row in rows])
        twins = rows_in_doubt(rows, 0, 1)
        for run in {tuple(rows[i][1:]) for i in twins}:
            places = [i for i, row in enumerate(rows) if tuple(row[1:]) == run]
            assert set(places) <= set(twins)
            assert len(set(places) & set(again)) >= len(places) - 1
            found += 1
    assert found > 30


def test_every_published_run_under_two_labels_is_in_doubt():
    rows = [
        [label.gpus, run.concurrency, float(run.ttft_ms), float(run.tpot_ms)]
        for run in runs_under_two_labels()
        for label in (run.first, run.second)
    ]
    assert rows_in_doubt(rows, 0, 1) == list(range(len(rows)))
    assert all(row in rows for row in PUBLISHED)


def test_drawn_tables_have_twins_copies_and_weights_that_just_fit():
    drawn = list(islice(drawn_cases(rows_in_doubt, "kinds"), 60))
    exact = sum(weights in (held, 2 * held, 4 * held) for _, weights, held in drawn)
    copies = sum(len({tuple(row) for row in rows}) < len(rows) for rows, *_ in drawn)
    assert exact > 10 < copies
    assert sum(bool(rows_in_doubt(rows, 0, 1)) for rows, *_ in drawn) > 20


def test_the_score_counts_rows_that_one_list_has():
    assert strangers([0, 2, 5], [2, 3]) == 3
    nothing = sum(len(rows_in_doubt(*case)) for case in rows_in_doubt.cases)
    assert check("17.1", lambda *_: []).score == f"Off by {nothing} rows in all; 0 is best."


def test_the_picture_has_a_place_for_each_row_and_marks_those_that_are_named():
    reference, yours = marked_rows(([[1], [2], [4]],), [0, 2], [2]).split(">yours<")
    assert (reference.count("<i"), reference.count("tw-on")) == (3, 2)
    assert (yours.count("<i"), yours.count("tw-yours")) == (3, 1)
    assert "marked rows of 3 rows" in yours
