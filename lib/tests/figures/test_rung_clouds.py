"""The ladder's picture: dots where the ratios are, errors that the rows give."""

import re
from math import log

import pytest

from tokenworks.cost.ladder import RUNGS
from tokenworks.data.silicon import LICENCE
from tokenworks.figures import error_ladder
from tokenworks.units import show
from tokenworks.validate import ScoredRow, errors, scored_rows

DOTS = re.compile(
    r'<path d="((?:M[\d.]+ [\d.]+h0)+)" class="dots s-(\w)" [^>]*stroke-width="[\d.]+">'
    r"<title>([^<]*)</title></path>"
)
FILLS = {"dense": "1", "GQA MoE": "2", "MLA MoE": "4"}


def drawn(figure):
    """Return places, colour and words of each row that the wide layout draws."""
    for d, colour, told in DOTS.findall(figure.wide):
        yield [tuple(map(float, p.split())) for p in re.findall(r"M([\d. ]+)h0", d)], colour, told


def test_a_dot_a_rung_stands_at_the_ratio_in_the_lane_of_its_class():
    rows = scored_rows()[::100]
    lanes = {"dense": set(), "GQA MoE": set(), "MLA MoE": set()}
    found = list(drawn(error_ladder(rows, every=1)))
    assert len(found) == len(rows)
    for row, (points, colour, _) in zip(rows, found, strict=True):
        assert colour == FILLS[row.kind]
        assert len(points) == len(RUNGS)
        for (x, y), ratio in zip(points, row.ratios, strict=True):
            share = log(min(max(ratio, 0.05), 4) / 0.05) / log(4 / 0.05)
            assert x == pytest.approx(172 + 382 * share, abs=0.06)
            lanes[row.kind].add(y)
    first = {kind: [y for y in lanes[kind] if y < min(lanes["dense"]) + 48] for kind in lanes}
    assert max(first["dense"]) < min(first["GQA MoE"])
    assert max(first["GQA MoE"]) < min(first["MLA MoE"])


def test_the_numbers_are_those_of_all_rows_whatever_is_drawn():
    few, all_ = error_ladder(every=400), error_ladder(every=40)
    for i, rung in enumerate(RUNGS):
        want = errors(row.ratios[i] for row in scored_rows())
        words = f"{rung.number} {'+ ' if i else ''}{rung.adds}"
        for figure in (few, all_):
            assert figure.numbers[f"{words}: median error"] == want.median
            assert figure.numbers[f"{words}: P90"] == want.p90
    assert few.numbers["rows"] == len(scored_rows())
    assert few.numbers["drawn"] == len(list(drawn(few))) == -(-len(scored_rows()) // 400)
    assert few.alt == all_.alt
    assert show(want.median, "%", decimals=1) in few.printed


def test_a_pointer_is_told_the_row_and_its_source():
    row = next(row for row in scored_rows() if row.kind == "MLA MoE")
    ((_, _, told),) = drawn(error_ladder([row]))
    assert all(row.labels[name] in told for name in ("model", "chips", "engine"))
    assert told.endswith(f". {row.source}")
    measured = row.served.tpot_seconds
    assert measured is not None
    stated = [float(ms) for ms in re.findall(r"([\d.]+) ms", told)]
    assert stated == pytest.approx([measured * 1e3, measured * 1e3 * row.ratios[4]], rel=1e-3)


def test_the_caption_says_what_is_drawn_and_whose_it_is():
    figure = error_ladder(every=40, caption="Mine first.")
    assert figure.caption.startswith("Mine first. Every 40th row is drawn")
    assert figure.caption.endswith(LICENCE)
    assert "every row is drawn" in error_ladder(scored_rows()[:3], every=1).caption.lower()


def test_what_lies_beyond_the_scale_stands_at_its_end():
    row = ScoredRow(0, "ok", 0.5, (0.01, 0.05, 4.0, 9.0, 1.0, 1.0), 1.0)
    ((points, _, _),) = drawn(error_ladder([row]))
    assert [x for x, _ in points[:4]] == pytest.approx([172, 172, 554, 554], abs=0.06)


@pytest.mark.parametrize(("rows", "every"), [([], 1), (None, 0)])
def test_nothing_to_draw_is_refused(rows, every):
    with pytest.raises(ValueError, match="a ladder needs rows"):
        error_ladder(rows, every=every)
