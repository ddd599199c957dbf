"""The key to the colours of the whole book, drawn as the things themselves."""

from __future__ import annotations

from tokenworks.figures.box import Box
from tokenworks.figures.marks import hatch
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.number import Number

MEANINGS = {  # colour: what it means
    "weights": "weights, read by everybody",
    "runtime": "what the runtime keeps for itself",
    "queries": "queries",
    "keys": "keys",
    "values": "values",
    "kv": "keys and values together",
    "scores": "scores and probabilities",
    "activations": "activations: what a layer hands on",
    "prefill": "prefill: a prompt is read",
    "decode": "decode: a token is written",
    "hatch": "waste: paid for, and not used",
    "floor": "a floor: nothing beats it",
}


def colour_key() -> Figure:
    """Draw each colour as what it stands for in every picture: shapes, hatching, a dashed line."""

    def layout(scene: Scene) -> None:
        across = 2 if scene.wide else 1
        wide, tall = scene.width / across, scene.line_height() + 16
        rows = -(-len(MEANINGS) // across)
        for i, (colour, words) in enumerate(MEANINGS.items()):
            box = Box(i // rows * wide, i % rows * tall, 44, tall - 10)
            _sample(scene, box, colour)
            top = box.cy - scene.size() / 2
            scene.text((box.right + 12, top), words)

    alt = "Twelve samples with their meanings: " + "; ".join(MEANINGS.values()) + "."
    return drawing(layout, alt=alt)


def _sample(scene: Scene, box: Box, colour: str) -> None:
    if colour == "hatch":
        hatch(scene, box)
    elif colour == "floor":
        middle: Number = box.cy
        scene.line([(box.x, middle), (box.right, middle)], "floor", dashed=True)
    else:
        scene.rect(box, colour)
