"""The six stages of a request, what each reads of the model, and the arrow that leads back."""

from __future__ import annotations

from tokenworks.architecture import ModelSpec
from tokenworks.cost.stages import STAGES, stage_table
from tokenworks.figures.box import Box
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.figures.strips import ladder
from tokenworks.units import show_as

EMBED = 1  # the stage to which the arrow leads back: a new token is an id, and is looked up
LARGE = 1e6  # bytes; what reads less is no reading of the model


def request_stages(spec: ModelSpec) -> Figure:
    """Draw what one new token reads of a model in bf16, stage by stage, as a ladder with a loop."""
    rows = stage_table(spec, 1)
    total = sum(row["weights"] for row in rows)
    reads = [show_as(row["weights"], "bytes") if row["weights"] else "" for row in rows]

    def layout(scene: Scene) -> None:
        rungs = [
            (f"{i + 1} {name}", read and f"reads {read}", "weights" if big else "")
            for i, ((name, _, _), read, big) in enumerate(
                zip(STAGES, reads, (row["weights"] > LARGE for row in rows), strict=True)
            )
        ]
        box = Box(1, 1, scene.width - 2, 208 if scene.wide else 216)
        ladder(scene, box, rungs, gap=8, back="each\nnew\ntoken", back_to=EMBED)

    numbers = {
        f"{name}, bytes": row["weights"] for (name, _, _), row in zip(STAGES, rows, strict=True)
    }
    return drawing(
        layout,
        alt=f"Six stages from top to bottom. The layers and the output matrix of {spec.label} are "
        "read for every new token; an arrow leads from the last stage back to the second.",
        caption=f"A token of {spec.label} in bf16 reads {show_as(total, 'bytes')} of weights, and "
        "the next one reads them again.",
        numbers=numbers | {"all stages, bytes": total},
    )
