"""The same requests on the same chips under two engines: the first token, and the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tokenworks.data.silicon import LICENCE
from tokenworks.figures.box import Box
from tokenworks.figures.marks import key
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.units import show
from tokenworks.validate import scored_rows
from tokenworks.validate.scored import ENGINES

TALL = 16
KEY = {"until the first token": "prefill", "the rest of the answer": "decode"}


@dataclass(frozen=True)
class Timed:
    """What one engine took: to the first token, for each one after it, and for how many."""

    ttft_seconds: float
    tpot_seconds: float
    output_tokens: float

    @property
    def rest_seconds(self) -> float:
        """Return the time from the first token to the last."""
        return (self.output_tokens - 1) * self.tpot_seconds

    @property
    def seconds(self) -> float:
        """Return the time of a whole answer."""
        return self.ttft_seconds + self.rest_seconds


def runs_of(
    model: str, system: str, gpus: int, *, isl: int, osl: int, engines: tuple[str, str]
) -> dict[int, dict[str, Timed]]:
    """Return both engines' times at each number of users that both were asked with.

    Names are those of end_to_end.csv; only clean rows count. No such number raises ValueError.
    """
    found: dict[int, dict[str, Timed]] = {}
    for row in (scored.served for scored in scored_rows()):
        wanted = (row.model, row.system, row.gpus, row.isl, row.osl)
        if wanted == (model, system, gpus, isl, osl) and row.ttft_seconds and row.tpot_seconds:
            timed = Timed(row.ttft_seconds, row.tpot_seconds, row.output_tokens)
            found.setdefault(row.concurrency, {})[row.backend] = timed
    both = {
        users: {engine: runs[engine] for engine in engines}
        for users, runs in sorted(found.items())
        if set(engines) <= set(runs)
    }
    if not both:
        names = " and ".join(engines)
        raise ValueError(f"{names} were not both asked for {isl} + {osl} tokens of {model} there")
    return both


def two_schedulers(
    model: str = "qwen3-32b",
    system: str = "h100_sxm",
    gpus: int = 4,
    *,
    isl: int = 4096,
    osl: int = 512,
    engines: tuple[str, str] = ("sglang", "vllm"),
    caption: str = "",
) -> Figure:
    """Draw the time of an answer under each engine as a bar in two parts, by users at once.

    Names are those of end_to_end.csv; a load that both were not asked with raises ValueError.
    """
    runs = runs_of(model, system, gpus, isl=isl, osl=osl, engines=engines)

    def layout(scene: Scene) -> None:
        longest = max(timed.seconds for pair in runs.values() for timed in pair.values())
        low = key(scene, (0, 0), KEY) + 4
        for users, pair in runs.items():
            low = scene.text((0, low + 6), f"{users} users at once", "title").bottom + 4
            for engine, timed in pair.items():
                low = _bar(scene, low, timed, name=ENGINES[engine], longest=longest) + 9

    numbers: dict[str, Number] = {"prompt": isl, "answer": osl}
    for users, pair in runs.items():
        numbers[f"{users} users"] = users
        for engine, timed in pair.items():
            numbers |= {
                f"{engine}, {users} users: TTFT": timed.ttft_seconds,
                f"{engine}, {users} users: TPOT": timed.tpot_seconds,
                f"{engine}, {users} users: answer": timed.seconds,
            }
    told = "; ".join(f"{users} users: {_both(pair)}" for users, pair in runs.items())
    alt = f"Bars of the time of an answer in two parts, one for each engine. {told}."
    said = numbers_in(f"{caption} {LICENCE}")
    return drawing(layout, alt=alt, caption=f"{caption} {LICENCE}".strip(), numbers=numbers | said)


def _words(name: str, timed: Timed) -> str:
    each = show(timed.tpot_seconds, "ms", decimals=1)
    return f"{name}: {_seconds(timed.ttft_seconds)}, then {each} a token"


def _seconds(seconds: float) -> str:
    return show(seconds, "s", decimals=1)


def _both(pair: Mapping[str, Timed]) -> str:
    return ", ".join(
        f"{_words(ENGINES[engine], timed)}, {_seconds(timed.seconds)} in all"
        for engine, timed in pair.items()
    )


def _bar(scene: Scene, low: Number, timed: Timed, *, name: str, longest: float) -> Number:
    """Draw an engine's words and its bar; return the lower edge."""
    scene.text((scene.width, low), _seconds(timed.seconds), side="end", bold=True)
    top = scene.text((0, low), _words(name, timed)).bottom + 2
    x: Number = 0
    for seconds, fill in ((timed.ttft_seconds, "prefill"), (timed.rest_seconds, "decode")):
        wide = scene.width * seconds / longest
        scene.rect(Box(x, top, max(1.0, wide - 1), TALL), fill)
        x += wide
    return top + TALL
