"""What was measured and is shown: a record that contradicts its own roof is not published."""

from __future__ import annotations

import json
import re

from tools.repository import ROOT

LEAST = 0.93  # of the predicted floor: clocks differ by that much from one minute to the next
ROW = re.compile(r"^\d+ +[\d.]+ ms +[\d.]+ ms +(?P<ratio>[\d.]+)$", re.MULTILINE)


def test_nothing_measured_stands_above_the_roof_that_was_measured_beside_it():
    record = json.loads((ROOT / "benchmarks/measured_here/04.json").read_text(encoding="utf-8"))
    texts = [o["data"]["text/plain"] for outs in record["outputs"].values() for o in outs]
    ratios = [float(ratio) for text in texts for ratio in ROW.findall(text)]
    assert len(ratios) == 6  # rows from 1 to 512
    assert min(ratios) >= LEAST, "measure again on a quiet machine: make measure"
