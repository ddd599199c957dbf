"""SIM-02: one token at a time from the real model's recorded candidates.

A node of the recorded trie is one prompt and the tokens chosen after it. It holds the logits of
the most probable tokens and, for each temperature, the summed weight of all others, so that the
probabilities shown are those of the whole vocabulary. The order of the filters is that of
`model.sampling`. What was not recorded is refused, never interpolated.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from tokenworks.number import Number
from tokenworks.widgets.kit import cumulative, probability_text, ratio, softmax, sum_left
from tokenworks.widgets.stage import Stage, html_table

FALLBACK_ROWS = 8
CONTROLS = ("temperature", "top_k", "top_p", "min_p", "seed")
Data = dict[str, Any]


@cache
def recorded() -> Data:
    """Return what `benchmarks/record_decode_loop.py` wrote."""
    text = files("tokenworks.data").joinpath("decode_loop.json").read_text(encoding="utf-8")
    return json.loads(text)


def node_at(data: Data, prompt: str, path: Sequence[int]) -> int:
    """Return the node after these token ids; one that was not recorded raises ValueError."""
    roots = {entry["text"]: entry["node"] for entry in data["prompts"]}
    if prompt not in roots:
        raise ValueError(f"prompt {prompt!r} is not recorded; choose from {list(roots)}")
    node = roots[prompt]
    for token in path:
        tokens = data["tokens"][node]
        known = {data["ids"][tokens[i]]: child for i, child in data["next"][node]}
        if token not in known:
            raise ValueError(f"no step after token {token} is recorded; known: {list(known)}")
        node = known[token]
    return node


def step_at(data: Data, prompt: str, path: Sequence[int], **sampling: Any) -> dict[str, Any]:
    """Return the numbers of one step: probabilities before and after the filters, and the draw.

    `sampling` has the fields of `model.Sampling`. `lost` names the filter that removed a
    candidate. `chosen` is a position in `ids`, or None where the draw falls on a token outside
    the recorded ones; `more` tells whether the step after it was recorded.
    """
    node = node_at(data, prompt, path)
    tokens, temperature = data["tokens"][node], sampling["temperature"]
    before, rest = shares(data, node, temperature)
    lost, extra = filters(data, node, before, rest=rest, **sampling)
    kept = [0.0 if name else p for p, name in zip(before, lost, strict=True)]
    total = sum_left([*kept, extra])
    after = [ratio(p, total) for p in [*kept, extra]]
    u = data["uniforms"][sampling["seed"]][len(path)]
    chosen = drawn(after, u)
    return {
        "ids": [data["ids"][token] for token in tokens],
        "pieces": [data["pieces"][token] for token in tokens],
        "logits": [data["top"][node] - drop for drop in drops(data, node)],
        "before": before,
        "after": after[:-1],
        "lost": lost,
        "rest_before": rest,
        "rest_after": after[-1],
        "u": u,
        "chosen": chosen,
        "more": any(position == chosen for position, _ in data["next"][node]),
    }


def drops(data: Data, node: int) -> list[float]:
    """Return how far each candidate's logit is below the largest."""
    return [below / 1e4 for below in cumulative(data["gaps"][node])]


def shares(data: Data, node: int, temperature: Number) -> tuple[list[float], Number]:
    """Return the candidates' probabilities after temperature, and that of all other tokens."""
    below = drops(data, node)
    if temperature == 0:
        return [1.0] + [0.0] * (len(below) - 1), 0.0
    tail = data["tail"][node][data["grid"]["temperature"].index(temperature)]
    *before, rest = softmax([*(-drop / temperature for drop in below), tail])
    return before, rest


def filters(
    data: Data, node: int, before: Sequence[Number], *, rest: Number, **sampling: Any
) -> tuple[list[str], Number]:
    """Return which filter removed each candidate ("" for none), and the unrecorded weight kept.

    Each filter keeps the first so many candidates, because they are in order.
    """
    grid, row = data["grid"], data["grid"]["temperature"].index(sampling["temperature"])
    lost, extra = [""] * len(before), rest

    def cut(name: str, keep: int) -> None:
        lost[:] = [old or ("" if i < keep else name) for i, old in enumerate(lost)]

    def reach(name: str) -> Number:  # unrecorded weight inside this filter; 0 if it ends before
        shares = data[f"beyond_{name}"][node][row]
        return shares[grid[name].index(sampling[name])] / 1e4 if shares and extra else 0.0

    if sampling["temperature"] == 0:
        cut("temperature 0", 1)
    if sampling["top_k"] is not None:
        cut("top-k", sampling["top_k"])
        extra = 0.0
    if sampling["top_p"] < 1:
        inside = reach("top_p")
        alive = [p for p, name in zip(before, lost, strict=True) if not name]
        total = sum_left([*alive, extra])
        if not inside:
            cut("top-p", 1 + sum(ratio(p, total) < sampling["top_p"] for p in cumulative(alive)))
        extra = inside
    if sampling["min_p"] > 0:
        inside = min(extra, reach("min_p"))
        if not inside:
            cut("min-p", sum(p >= sampling["min_p"] * before[0] for p in before))
        extra = inside
    return lost, extra


def drawn(after: Sequence[Number], u: Number) -> int | None:
    """Return the first position whose cumulative probability exceeds u; None for the rest."""
    alive = [i for i, p in enumerate(after) if p > 0]
    above = [
        i
        for i, total in zip(alive, cumulative([after[i] for i in alive]), strict=True)
        if total > u
    ]
    chosen = above[0] if above else alive[-1]
    return None if chosen == len(after) - 1 else chosen


class DecodeLoop(Stage):
    """The live widget; `state` holds prompt, the fields of `Sampling`, and the path so far."""

    def grid(self) -> dict[str, Any]:
        """Return the values each control may take."""
        prompts = [entry["text"] for entry in self.data.get("prompts", [])]
        return {"prompt": prompts, **self.data.get("grid", {})}

    def fallback(self) -> str:
        """Return the first step's most probable candidates."""
        sampling = {name: self.state[name] for name in CONTROLS}
        step = step_at(self.data, self.state["prompt"], self.state["path"], **sampling)
        rows = [
            (piece, f"{logit:.3f}", probability_text(before), name or probability_text(after))
            for piece, logit, before, after, name in zip(
                step["pieces"],
                step["logits"],
                step["before"],
                step["after"],
                step["lost"],
                strict=True,
            )
        ]
        caption = f"The next token after “{self.state['prompt']}”, {_described(sampling)}"
        head = ("Token", "logit", "after temperature", "after the filters")
        return html_table(caption, head, rows[:FALLBACK_ROWS])


def _described(sampling: dict[str, Any]) -> str:
    words = {name: "off" if value is None else value for name, value in sampling.items()}
    return ", ".join(f"{name.replace('_', '-')} {value}" for name, value in words.items())


def decode_loop(
    prompt: str = "The cat sat on the",
    *,
    temperature: Number = 1.0,
    top_k: int | None = 30,
    top_p: Number = 0.95,
    min_p: Number = 0.0,
    seed: int = 0,
) -> DecodeLoop:
    """Return SIM-02, the decode loop; every value must be on the recorded grid."""
    state = {"prompt": prompt, "temperature": temperature, "top_k": top_k, "top_p": top_p}
    state |= {"min_p": min_p, "seed": seed, "path": []}
    return DecodeLoop(data=recorded(), state=state)
