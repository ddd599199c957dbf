"""What is read from memory for a token, and where a model's weights lie."""

from __future__ import annotations

from collections.abc import Sequence

from tokenworks.architecture import ModelSpec
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.memory import step_weight_bytes
from tokenworks.cost.parameters import layer_parameter_count, read_parameter_count
from tokenworks.cost.stages import BYTES_PER_ID
from tokenworks.figures.box import Box
from tokenworks.figures.marks import arrow, pipe, squares
from tokenworks.figures.memory_layout import Part, memory_row
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scene import Scene
from tokenworks.units import show, show_as


def token_traffic(on: Deployment, *, tokens: int) -> Figure:
    """Draw what passes from memory to the chip for one token, and for an answer of so many."""
    read = step_weight_bytes(on.model, on.bytes_per_param)
    numbers = {"weights read for a token": read, "tokens": tokens, "one token": BYTES_PER_ID}
    numbers |= {"read for the answer": tokens * read}
    numbers |= {"tokens a second at most": on.bytes_per_s / read}
    each, whole = show_as(read, "bytes"), show_as(tokens * read, "bytes")
    each = show(read, "GB", decimals=0) if read >= 1e10 else each
    whole = show(tokens * read, "TB", decimals=0) if tokens * read >= 1e13 else whole
    rate = show(numbers["tokens a second at most"], "tokens/s", decimals=0)
    said = f"at most {rate} on {on.chips} × {on.chip.label}"

    def layout(scene: Scene) -> None:
        unit, wide = scene.width / 100, scene.wide
        weights = scene.rect(Box(0, 0, 32 * unit, 120), "weights")
        words = f"{each} of weights", f"{each}\nof weights"
        scene.inside(weights, *words, role="value" if wide else "title", colour="paper")
        pipe(scene, (33.5 * unit, 60), (59 * unit, 60), thick=56, fill="weights")
        chip = scene.rect(Box(60.5 * unit, 30, 17 * unit, 60), "panel", stroke="ink", round_=4)
        scene.inside(chip, "the chip", "chip", colour="ink", bold=True)
        arrow(scene, (chip.right + 3, 60), (84 * unit, 60), stroke="decode")
        left = 85.5 * unit
        scene.text((left, 60 - scene.size() * 1.15), "token", colour="decode", bold=True)
        scene.text((left, 62), show_as(BYTES_PER_ID, "bytes"), "note", colour="decode")
        words = f"{tokens} tokens: all weights pass {tokens} times"
        top = scene.text((0, 138), words, width=scene.width).bottom + 7
        columns = 100 if wide else 50
        size = (scene.width + 1) / columns - 1
        field = squares(scene, (0, top), tokens, columns=columns, size=size, fill="decode")
        low = field.bottom + 10
        low = scene.text((0, low), f"{whole} read", "value").bottom
        place = (scene.width, low - scene.size() - 4) if wide else (0, low + 5)
        scene.text(place, said, "note", side="end" if wide else "start")

    alt = f"For each token {each} of weights pass from memory to the chip; a token comes out."
    return drawing(
        layout, alt=alt, numbers=numbers_in(on.chip.label) | numbers | {"chips": on.chips}
    )


def layer_shares(specs: Sequence[ModelSpec]) -> Figure:
    """Draw for each model which share of the weights that a token meets lies in its layers."""
    shares = {}
    for spec in specs:
        layers = sum(layer_parameter_count(spec, i) for i in range(spec.n_layers))
        shares[spec.label] = layers / read_parameter_count(spec)
    numbers = {f"layers of {name}": share for name, share in shares.items()}
    numbers |= {f"output matrix of {name}": 1 - share for name, share in shares.items()}

    def layout(scene: Scene) -> None:
        low = 0.0
        for name, share in shares.items():
            top = scene.text((0, low), name, bold=True).bottom + 5
            parts = [
                Part(share, "weights", f"layers {show(share, '%', decimals=1)}"),
                Part(1 - share, "scores", f"output matrix {show(1 - share, '%', decimals=1)}"),
            ]
            memory_row(scene, Box(1, top, scene.width - 2, 34), parts, capacity=1)
            low = scene.low + 16

    alt = "Two bars cut into layers and output matrix: the smaller model has the larger matrix."
    return drawing(layout, alt=alt, numbers=numbers)
