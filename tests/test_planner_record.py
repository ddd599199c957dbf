"""What `benchmarks/planner.py` recorded: fresh seeds, and measured servers."""

import json
from statistics import median

import pytest

from benchmarks.planner import COUNTED, RESULT, workloads
from benchmarks.planner_peer import FARTHEST
from benchmarks.planner_peer import workloads as peers
from benchmarks.planner_rows import ratio
from tokenworks.cost.expected import MEMORY_SHARE
from tokenworks.cost.kernel_constants import Constants
from tokenworks.planner.plans import plan
from tokenworks.validate.scored import scored_rows
from tokenworks.validate.stated_error import expected_error

RECORD = json.loads(RESULT.read_text(encoding="utf-8"))
AGAIN = "the model has changed: python -m benchmarks.planner"


def test_every_way_of_a_hundred_plans_keeps_its_bounds_with_other_seeds():
    grid = RECORD["grid"]
    assert grid["workloads"] == len(list(workloads())) >= 100
    assert grid["feasible"] >= 80
    assert grid["met_again"] == grid["within_memory"] == grid["ways"] > 100
    assert all(way["memory_share"] <= MEMORY_SHARE for row in grid["rows"] for way in row["ways"])
    assert all(row["remedy"] for row in grid["rows"] if not row["feasible"])


def test_a_plan_of_the_record_is_made_again():
    at, asked = next((i, w) for i, w in enumerate(workloads()) if w["model"] == "gpt-oss-120b")
    found = plan(**asked, counted=COUNTED, alternatives=1)
    row = RECORD["grid"]["rows"][at]
    assert row["ways"][0]["name"] == found.best.candidate.name, AGAIN
    assert row["binding"] == found.binding, AGAIN


def test_times_a_token_of_measured_servers_are_within_the_published_error():
    told, published = RECORD["measured"], expected_error()
    assert told["rows_compared"] >= 40
    assert told["median_error"] <= published.median
    assert told["p90_error"] <= published.p90
    rows = {row.number: row for row in scored_rows()}
    users = {each["row"]: rows[each["row"]].served.concurrency for each in told["rows"]}
    quick = sorted(told["rows"], key=lambda each: users[each["row"]])[:2]
    for each in quick:
        again = ratio(rows[each["row"]], Constants.fitted())
        assert again == pytest.approx(each["ratio"], rel=1e-3), AGAIN


def test_a_server_that_judges_a_pick_has_about_its_load():
    rows = RECORD["peer"]["rows"]
    for pick in (*(row["peer"] for row in rows), *(row.get("ours", {}) for row in rows)):
        if "concurrency_apart" in pick:
            assert ("kept" in pick) == (pick["concurrency_apart"] <= FARTHEST)


def test_both_planners_are_judged_by_measured_servers():
    told = RECORD["peer"]
    asked = [{key: row[key] for key in one} for row, one in zip(told["rows"], peers(), strict=True)]
    assert asked == peers()
    assert told["workloads"] == len(asked) >= 30
    assert told["both_judged"] >= 20
    assert told["peer"]["aiconfigurator"]
    speed = "tokens_per_s_per_chip"
    both = [row for row in told["rows"] if speed in row.get("ours", {}) and speed in row["peer"]]
    assert len(both) == told["both_judged"]
    for who in ("ours", "peer"):
        for row in both:
            assert row[who]["kept"] == (row[who]["measured_tpot_ms"] <= row["tpot"])
        assert told[f"{who}_keeps_the_bound"] == sum(row[who]["kept"] for row in both)
    gains = [row["ours"][speed] / row["peer"][speed] for row in both]
    of = told["ours_over_peer_tokens_per_chip"]
    assert (of["least"], of["most"]) == (round(min(gains), 3), round(max(gains), 3))
    assert of["median"] == round(median(gains), 3)
