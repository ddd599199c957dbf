"""What the requests inside a server do, by Little's law: wait for a first token, or decode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from tokenworks.data.load_level import LoadLevel
from tokenworks.figures.box import Box
from tokenworks.figures.marks import key
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import show

TALL = 18


def inside_by_phase(
    levels: Sequence[LoadLevel], *, answer_tokens: int, caption: str = ""
) -> Figure:
    """Draw each load level's requests as a bar: rate × TTFT of them wait, rate × the rest decode.

    By Little's law the two stretches together are as long as the number inside, which a dashed
    stroke marks. No level, or answers without a gap, raises ValueError.
    """
    if not levels or answer_tokens < 2:
        raise ValueError("give at least one load level, and answers of two tokens or more")
    found: dict[int, tuple[float, float]] = {}
    numbers: dict[str, Number] = dict(numbers_in(caption))
    for each in levels:
        rate, inside = each.tokens_per_s / answer_tokens, each.concurrency
        wait = rate * each.ttft_seconds
        decode = rate * (answer_tokens - 1) * each.tpot_seconds
        found[inside] = (wait, decode)
        numbers |= {f"{inside} inside": inside, f"{inside}: tokens/s": each.tokens_per_s}
        numbers |= {f"{inside}: TTFT": each.ttft_seconds, f"{inside}: TPOT": each.tpot_seconds}
        numbers |= {f"{inside}: wait": wait, f"{inside}: decode": decode}
        numbers |= {f"{inside}: wait, rounded": round(wait)}
        numbers |= {f"{inside}: decode, rounded": round(decode)}
    told = "; ".join(
        f"{inside} inside: {decode:.0f} decode, {wait:.0f} wait"
        for inside, (wait, decode) in found.items()
    )
    alt = f"Bars as long as rate times latency, each ending at the number inside. {told}."
    layout = partial(_layout, levels=levels, found=found)
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)


def _layout(
    scene: Scene, *, levels: Sequence[LoadLevel], found: Mapping[int, tuple[float, float]]
) -> None:
    most = max(max(sum(parts), inside) for inside, parts in found.items())
    low, room = 0.0, scene.width - 4
    for each in levels:
        wait, decode = found[each.concurrency]
        words = f"{each.concurrency} inside"
        if scene.wide:
            words += f": first token after {show(each.ttft_seconds, 's', decimals=2)}"
            words += f", gap {show(each.tpot_seconds, 'ms', decimals=1)}"
        head = scene.text((0, low), words, "note")
        said = show(each.tokens_per_s, "tokens/s", decimals=0)
        scene.text((scene.width, low), said, "note", side="end")
        top, scale = head.bottom + 3, room / most
        bar = scene.rect(Box(0, top, decode * scale, TALL), "decode")
        scene.inside(bar, f"{decode:.0f} decode", f"{decode:.0f}", role="note")
        rest = scene.rect(Box(bar.right, top, wait * scale, TALL), "prefill")
        scene.inside(rest, f"{wait:.0f} wait", f"{wait:.0f}", role="note")
        end = each.concurrency * scale
        scene.line([(end, top - 2), (end, top + TALL + 2)], "floor", dashed=True)
        low = top + TALL + 9
    meanings = {"rate × time of the later tokens: decoding": "decode"}
    meanings["rate × TTFT: waiting for the first token"] = "prefill"
    low = key(scene, (0, low), meanings)
    scene.text((0, low + 3), "dashed: the number inside", "note")
