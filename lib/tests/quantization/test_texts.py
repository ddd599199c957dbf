import hashlib

import numpy as np
import pytest

from tokenworks.quantization import (
    calibration_windows,
    evaluation_windows,
    refuse_overlap,
    text_record,
)
from tokenworks.quantization.texts import DOMAINS

CUT = {  # of the token ids: other bytes are other numbers in every table
    "prose": "e2b29af87243",
    "code": "7c6bae687df9",
}


def test_every_part_says_where_it_comes_from_and_under_what_licence():
    for part in text_record().values():
        assert part["source"]
        assert part["licence"].startswith("Apache-2.0")
        assert sorted(part["texts"]) == sorted(DOMAINS)


@pytest.mark.model
@pytest.mark.parametrize("domain", DOMAINS)
def test_the_texts_are_the_same_bytes_and_long_enough(lm, domain):
    windows = evaluation_windows(lm.tokenizer, domain)
    assert windows.shape == (10, 2048)
    assert hashlib.sha256(windows.tobytes()).hexdigest()[:12] == CUT[domain]
    assert (
        lm.tokenizer.decode(windows[0, :8].tolist()) in text_record()["evaluation"]["texts"][domain]
    )


@pytest.mark.model
def test_calibration_has_both_domains_and_nothing_that_is_judged(lm):
    calibration = calibration_windows(lm.tokenizer)
    assert calibration.shape == (32, 512)
    judged = np.concatenate([evaluation_windows(lm.tokenizer, each) for each in DOMAINS])
    refuse_overlap(calibration, judged)
    refuse_overlap(calibration, judged, run=8)  # far shorter runs than are refused
    few = calibration_windows(lm.tokenizer, most=2)
    np.testing.assert_array_equal(few, calibration[[0, 1, 16, 17]])


def test_a_shared_run_is_refused():
    judged = [list(range(100))]
    with pytest.raises(ValueError, match="share 7 runs of 24 tokens"):
        refuse_overlap([[*range(500, 520), *range(40, 70)]], judged)
    refuse_overlap([[*range(40, 63), 7]], judged)
    refuse_overlap([[1, 2]], judged)
    with pytest.raises(ValueError, match="run must be a whole number"):
        refuse_overlap([[1]], judged, run=0)


@pytest.mark.model
@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (("verse", 2048), "prose, code, got 'verse'"),
        (("prose", 100_000), "no window of 100,000"),
        (("prose", 1), "tokens must be a whole number from 2"),
    ],
)
def test_other_texts_are_refused(lm, wanted, message):
    domain, tokens = wanted
    with pytest.raises(ValueError, match=message):
        evaluation_windows(lm.tokenizer, domain, tokens=tokens)
