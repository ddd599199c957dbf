import re

import pytest

from tokenworks.figures.box import Box
from tokenworks.figures.matrices import edge, frame, grid, matrix
from tokenworks.figures.scene import NARROW, Scene

SQUARE = Box(100, 40, 80, 80)


@pytest.fixture
def scene():
    return Scene(NARROW)


def test_a_causal_matrix_has_as_many_cells_as_a_triangle(scene):
    cell = matrix(
        scene,
        SQUARE,
        lambda r, c: "scores" if c <= r else "",
        rows=8,
        columns=8,
        faint=lambda r, c: "scores",
    )
    full, tint = scene.parts
    assert full.count("M") == 36
    assert tint.count("M") == 28
    assert "faint" in tint
    assert "faint" not in full
    assert cell(7, 7) == Box(170, 110, 9, 9)


def test_one_cell_is_a_rectangle_and_a_grid_cuts_it(scene):
    matrix(scene, SQUARE, "queries", gap=0)
    grid(scene, SQUARE, rows=4, columns=2)
    assert scene.parts[0].count("M") == 1
    assert scene.parts[1].count("M") == 3 + 1
    grid(scene, SQUARE, rows=1, columns=1)
    frame(scene, SQUARE, dashed=True)
    assert len(scene.parts) == 3, "nothing to cut"
    assert "dash" in scene.parts[2]


@pytest.mark.parametrize("at", ["above", "below", "left", "right"])
def test_an_edge_is_named_outside(scene, at):
    words = edge(scene, SQUARE, "keys", at=at)
    assert not words.meets(SQUARE)
    assert {"above": words.bottom < SQUARE.y, "below": words.y > SQUARE.bottom,
            "left": words.right < SQUARE.x, "right": words.x > SQUARE.right}[at]  # fmt: skip


def test_no_other_edge(scene):
    with pytest.raises(ValueError, match="not 'inside'"):
        edge(scene, SQUARE, "keys", at="inside")
    assert re.search("keys", "".join(scene.parts)) is None
