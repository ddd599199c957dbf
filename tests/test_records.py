"""What was measured and is shown: a record that contradicts its own roof is not published."""

from __future__ import annotations

import json
import re

import pytest

from benchmarks import peer_summary
from benchmarks.peer_aiconfigurator import ours, rounded
from benchmarks.peer_summary import common, difference, rows_of
from tokenworks.data.silicon import end_to_end_rows
from tokenworks.percentiles import percentile
from tokenworks.row_flags import flag_of
from tokenworks.specs import claim
from tools.repository import ROOT

CLASSES = ("dense", "GQA MoE", "MLA MoE")
AGAIN = "the model has changed: python -m benchmarks.peer_aiconfigurator --ours"
LEAST = 0.93  # of the predicted floor: clocks differ by that much from one minute to the next
ROW = re.compile(r"^\d+ +[\d.]+ ms +[\d.]+ ms +(?P<ratio>[\d.]+)$", re.MULTILINE)


def test_nothing_measured_stands_above_the_roof_that_was_measured_beside_it():
    record = json.loads((ROOT / "benchmarks/measured_here/04.json").read_text(encoding="utf-8"))
    texts = [o["data"]["text/plain"] for outs in record["outputs"].values() for o in outs]
    ratios = [float(ratio) for text in texts for ratio in ROW.findall(text)]
    assert len(ratios) == 6  # rows from 1 to 512
    assert min(ratios) >= LEAST, "measure again on a quiet machine: make measure"


@pytest.fixture(scope="module")
def peer():
    path = ROOT / "benchmarks/results/peer_aiconfigurator.json"
    return json.loads(path.read_text(encoding="utf-8"))


def test_the_peer_and_we_are_held_against_the_rows_that_ship(peer):
    rows = end_to_end_rows()
    flags = flag_of(rows)
    assert [row["row"] for row in rows_of(peer)] == list(range(len(rows)))
    for row, shipped, flag in zip(rows_of(peer), rows, flags, strict=True):
        assert row["flag"] == flag, AGAIN
        for name, seconds in (("tpot", shipped.tpot_seconds), ("ttft", shipped.ttft_seconds)):
            assert row[name] == pytest.approx(1e3 * seconds, rel=1e-5)
        assert bool(row["tpot_peer"]) != bool(row["reason"])


def test_the_comparison_with_the_peer_holds_what_our_model_says_today(peer):
    rows = end_to_end_rows()
    drawn = list(range(0, len(rows), 97))
    recorded = rows_of(peer)
    for place, today in zip(drawn, ours([rows[i] for i in drawn]), strict=True):
        said = {name: rounded(value) for name, value in today.items()}
        assert {name: recorded[place][name] for name in said} == said, AGAIN


def test_the_summary_of_the_comparison_is_the_arithmetic_of_its_rows(peer):
    rows = rows_of(peer)
    clean = [row for row in rows if row["flag"] == "ok"]
    subsets = {name: [row for row in clean if row["class"] == name] for name in CLASSES} | {
        "all": clean,
        "in its tables": [row for row in clean if row["database"] == "SILICON"],
        "flagged rows too": rows,
    }
    assert list(peer["summary"]) == ["tpot", "ttft"]
    for metric, published in peer["summary"].items():
        assert published.keys() == subsets.keys()
        for name, found in published.items():
            both = [r for r in subsets[name] if r[f"{metric}_peer"] and r[f"{metric}_ours"]]
            assert found["count"] == len(both) > 0
            assert found["configurations"] == len({row["configuration"] for row in both})
            for quantile, share in (("median", 50), ("p90", 90)):
                exact = {
                    who: percentile([percent(row, metric, who) for row in both], share)
                    for who in ("peer", "ours")
                }
                assert {who: found[who][quantile] for who in exact} == pytest.approx(
                    exact, abs=0.01
                )
                points = found["peer_minus_ours"][quantile]["points"]
                assert points == pytest.approx(exact["peer"] - exact["ours"], abs=0.01)


def percent(row, metric, who):
    return 100 * abs(row[f"{metric}_{who}"] - row[metric]) / row[metric]


def test_the_interval_of_the_comparison_comes_from_its_seed(peer):
    clean = [row for row in rows_of(peer) if row["flag"] == "ok" and row["class"] == "dense"]
    published = peer["summary"]["tpot"]["dense"]["peer_minus_ours"]
    assert difference(common(clean, "tpot"), "tpot") == published


def test_a_bootstrap_of_equals_has_no_difference_and_draws_configurations(monkeypatch):
    monkeypatch.setattr(peer_summary, "RESAMPLES", 200)
    rows = [
        {
            "configuration": i // 10,
            "tpot": 10.0,
            "tpot_peer": 11.0 + i % 3,
            "tpot_ours": 11.0 + i % 3,
        }
        for i in range(60)
    ]
    assert difference(rows, "tpot")["median"] == {"points": 0.0, "interval": [0.0, 0.0]}
    one = [{**row, "configuration": 0, "tpot_ours": 10.5} for row in rows]
    found = difference(one, "tpot")["median"]
    assert found["interval"] == [found["points"]] * 2  # one configuration: nothing to resample


def test_the_book_says_of_the_peer_what_the_record_says():
    record = json.loads((ROOT / "benchmarks/results/peer_aiconfigurator.json").read_text("utf-8"))
    of = record["summary"]["tpot"]
    assert claim("peer-tpot-median").value == of["all"]["peer"]["median"]
    assert claim("peer-tpot-p90").value == of["all"]["peer"]["p90"]
    assert claim("peer-dense-median").value == of["dense"]["peer"]["median"]
