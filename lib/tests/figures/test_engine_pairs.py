"""One load under two engines: bars as long as the rows say."""

import re

import pytest

from tokenworks.data.silicon import LICENCE, end_to_end_rows
from tokenworks.figures import two_schedulers
from tokenworks.figures.engine_pairs import runs_of

BAR = re.compile(r'<rect x="([\d.]+)" [^>]*width="([\d.]+)" height="16" class="f-(\w+)"/>')
LOAD = {"isl": 4096, "osl": 512, "engines": ("sglang", "vllm")}


def row_of(engine, users):
    (row,) = (
        row
        for row in end_to_end_rows()
        if (row.model, row.system, row.gpus) == ("qwen3-32b", "h100_sxm", 4)
        and (row.backend, row.isl, row.osl, row.concurrency) == (engine, 4096, 512, users)
    )
    return row


def test_the_runs_are_the_rows_that_both_engines_have():
    runs = runs_of("qwen3-32b", "h100_sxm", 4, **LOAD)
    assert list(runs) == [16, 64, 128]
    for users, pair in runs.items():
        for engine, timed in pair.items():
            row = row_of(engine, users)
            assert (timed.ttft_seconds, timed.tpot_seconds) == (row.ttft_seconds, row.tpot_seconds)
            assert timed.seconds == pytest.approx(row.ttft_seconds + 511 * row.tpot_seconds)


def test_one_is_early_and_slow_the_other_late_and_fast_and_both_end_together():
    sglang, vllm = runs_of("qwen3-32b", "h100_sxm", 4, **LOAD)[64].values()
    assert sglang.ttft_seconds > 4 * vllm.ttft_seconds
    assert sglang.tpot_seconds < 0.8 * vllm.tpot_seconds
    assert sglang.seconds == pytest.approx(vllm.seconds, rel=0.05)


@pytest.mark.parametrize("width", [700, 328])
def test_bars_are_as_long_as_their_times(width):
    figure = two_schedulers()
    bars = [
        (float(x), float(w), c)
        for x, w, c in BAR.findall(getattr(figure, "wide" if width > 400 else "narrow"))
    ]
    timed = [
        t for pair in runs_of("qwen3-32b", "h100_sxm", 4, **LOAD).values() for t in pair.values()
    ]
    longest = max(t.seconds for t in timed)
    assert len(bars) == 2 * len(timed)
    for i, one in enumerate(timed):
        (x0, w0, c0), (x1, w1, c1) = bars[2 * i : 2 * i + 2]
        assert (c0, c1) == ("prefill", "decode")
        assert x0 == 0
        assert x1 == pytest.approx(width * one.ttft_seconds / longest, abs=0.1)
        assert x1 + w1 + 1 == pytest.approx(width * one.seconds / longest, abs=0.15)
        assert w0 == pytest.approx(x1 - 1, abs=0.15)


def test_the_words_are_those_times():
    figure = two_schedulers(caption="Mine.")
    assert figure.numbers["sglang, 64 users: TTFT"] == row_of("sglang", 64).ttft_seconds
    assert "SGLang: 4.0 s, then 27.2 ms a token" in figure.printed
    assert "vLLM: 0.9 s, then 34.9 ms a token" in figure.printed
    assert figure.caption == f"Mine. {LICENCE}"


def test_a_load_that_only_one_was_asked_with_is_refused():
    with pytest.raises(ValueError, match="sglang and vllm were not both asked for 2048"):
        two_schedulers(isl=2048)
