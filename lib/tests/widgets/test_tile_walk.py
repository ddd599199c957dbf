"""The walk over eight tokens: whatever the tiles, it ends at softmax(QKᵀ/√d)V."""

import numpy as np
import pytest

from tokenworks.widgets.tile_walk import GRID, K, Q, V, one_head, tabulated, tile_walk, walk


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("example", GRID["example"])
def test_every_walk_ends_at_whole_rows(example, causal):
    found = walk(example, causal)
    q, k, v = (np.array(rows, float) for rows in (Q, K, V))
    scores = q @ k.T / np.sqrt(2)
    seen = np.tril(np.ones((8, 8), bool)) if causal else np.ones((8, 8), bool)
    weights = np.exp(np.where(seen, scores, -np.inf))
    want = weights @ v / weights.sum(1, keepdims=True)
    assert np.array(found["out"]) == pytest.approx(want, abs=2e-6)
    shown = np.array(found["scores"], float)  # None becomes NaN
    assert shown[seen] == pytest.approx(scores[seen], abs=1e-6)
    assert np.isnan(shown[~seen]).all()
    m, l, o = (np.full((8, *more), np.nan) for more in ((), (), (2,)))
    for step in found["steps"]:
        rows = slice(*step["rows"])
        m[rows], l[rows], o[rows] = step["m"], step["l"], step["o"]
    assert m == pytest.approx(np.where(seen, scores, -np.inf).max(1), abs=1e-6)
    assert o / l[:, None] == pytest.approx(want, abs=1e-5)


def test_tiles_in_the_future_are_skipped_and_some_maximum_grows():
    assert len(walk("2 × 2", True)["steps"]) == 10
    assert len(walk("2 × 2", False)["steps"]) == 16
    scales = [scale for step in walk("2 × 2", True)["steps"] for scale in step["scale"]]
    assert any(0 < scale < 1 for scale in scales)
    assert one_head(8, 2).causal


def test_every_walk_is_tabulated_and_the_table_tells_the_result():
    for e, example in enumerate(GRID["example"]):
        for c, causal in enumerate(GRID["causal"]):
            assert tabulated()["walks"][e][c] == walk(example, causal)
    widget = tile_walk("2 × 4", causal=False)
    assert repr(widget) == "TileWalk(example='2 × 4', causal=False)"
    out = walk("2 × 4", False)["out"][3]
    assert ", ".join(f"{x:.3f}" for x in out) in widget.fallback()
    assert widget.fallback().count("<tr>") == 9
    with pytest.raises(ValueError, match="example = '3 × 3' is not recorded"):
        tile_walk("3 × 3")
