import json
from pathlib import Path

import numpy as np
import pytest

from tokenworks.model import GREEDY, stream
from tokenworks.model.download import GGUF
from tokenworks.model.generation import encode_prompt

ROOT = Path(__file__).resolve().parents[3]
RECORD = json.loads((ROOT / "benchmarks/golden/smollm2.json").read_text(encoding="utf-8"))
CASES = {case["name"]: case for case in RECORD["cases"]}

pytestmark = pytest.mark.model


def test_the_record_is_of_the_weights_that_are_run():
    assert RECORD["provenance"]["gguf_sha256"] == GGUF.sha256
    assert len(CASES) >= 6
    assert min(case["narrowest_margin"] for case in CASES.values()) > 0.02


@pytest.mark.parametrize("name", CASES)
def test_ids_logits_and_greedy_text_are_those_of_transformers(lm, name):
    case = CASES[name]
    request = {"max_tokens": 64, "sampling": GREEDY, "ignore_eos": True, "chat": case["chat"]}
    assert encode_prompt(lm, case["text"], chat=case["chat"]) == case["ids"]
    steps = list(stream(lm, case["text"], **request))
    assert [step.id for step in steps] == case["greedy_ids"]
    logits = steps[0].logits
    tolerance = 1e-3 * case["max_abs_logit"]
    assert np.abs(logits).max() == pytest.approx(case["max_abs_logit"], abs=tolerance)
    np.testing.assert_allclose(logits[case["top_ids"]], case["top_logits"], atol=tolerance, rtol=0)
    sampled = logits[:: RECORD["stride"]]
    np.testing.assert_allclose(sampled, case["sampled_logits"], atol=tolerance, rtol=0)
