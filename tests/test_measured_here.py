"""The recorded measurements hold the predictions that the pages make beside them."""

import json
import re

import pytest

from tools.repository import ROOT

RECORDS = ROOT / "benchmarks" / "measured_here"


def printed(chapter):
    """Return what the timed cells of a chapter printed, joined."""
    cells = json.loads((RECORDS / f"{chapter}.json").read_text(encoding="utf-8"))["outputs"]
    outputs = [output for cell in cells.values() for output in cell]
    return "\n".join(o.get("text") or o.get("data", {}).get("text/plain", "") for o in outputs)


@pytest.mark.parametrize("tokens", ["256", "512", "1,024", "2,048", "4,096", "8,192"])
def test_a_step_with_a_long_cache_is_predicted_within_a_factor_of_two(tokens):
    row = re.search(rf"^{tokens} tokens .*$", printed("05"), re.MULTILINE)
    assert row is not None
    over_floor, over_copy = (float(part) for part in row[0].split()[-2:])
    assert 0.5 < over_copy < 2
    assert over_copy <= over_floor


def test_a_step_of_the_real_model_is_predicted_within_a_factor_of_two():
    decode = re.search(r"^decode .*$", printed("03"), re.MULTILINE)
    assert decode is not None
    assert 0.5 < float(decode[0].split()[-1]) < 1.1  # rates: measured over the most there can be
    for step in ("the compiled step", "a step of generate"):
        row = re.search(rf"^{step} .*$", printed("04"), re.MULTILINE)
        assert row is not None
        assert 0.9 < float(row[0].split()[-1]) < 2


def test_a_streamed_token_takes_about_one_step_and_littles_law_holds():
    rows = re.findall(r"^(?:1|4) .*$", printed("06"), re.MULTILINE)
    assert len(rows) == 2
    for row in rows:
        assert 0.9 < float(row.split()[-1]) < 1.1  # rate × latency / requests inside
    assert 0.9 < float(rows[0].split()[-3]) < 2  # TPOT over the bare step
