"""Candidates under several settings: one scale, the same candidates, their probabilities."""

import pytest

from tokenworks.figures.reshaping import candidate_bars, percent

FRAMES = {"temperature 0.5": {"cat": 0.5, "moon": 0.25}, "temperature 1": {"cat": 0.3, "moon": 0.2}}


def test_every_probability_is_printed_and_among_the_numbers():
    figure = candidate_bars(FRAMES, alt="Two groups of bars.")
    for frame, shares in FRAMES.items():
        for name, share in shares.items():
            assert figure.numbers[f"{frame}: {name}"] == share
            assert percent(share) in figure.printed


def test_bars_share_one_scale():
    widths = [
        float(part.split('width="')[1].split('"')[0])
        for part in candidate_bars(FRAMES, alt="Two groups of bars.").wide.split("\n")
        if "f-scores" in part
    ]
    assert widths[0] / widths[3] == pytest.approx(0.5 / 0.2, rel=0.02)


def test_other_candidates_in_a_frame_are_refused():
    other = {"a": {"cat": 0.5}, "b": {"dog": 0.5}}
    for frames in ({}, other):
        with pytest.raises(ValueError, match="the same candidates"):
            candidate_bars(frames, alt="Bars.")
