"""What drafts guessed along real texts: from every place, how much of a draft stood."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from tokenworks.number import whole

LENGTH = 48  # places of a text from which a draft was recorded
LONGEST = 8  # tokens of a draft


class Round(NamedTuple):
    """A round of a run: where it starts, how many tokens were drafted, and how many stood."""

    start: int
    drafted: int
    accepted: int


@cache
def speculation_traces() -> dict[str, Any]:
    """Return what `benchmarks/record_speculation.py` wrote.

    A text has `ids`. A trace of it has, for each place, `guesses` from there on (those of a model
    up to the refused one), `drafted`, how many there were, and `runs`, how many of them stood. At
    temperature 1 `laws` has for each token of the text rows of token, p and q, and what p has
    beyond q in all; `refusals` the same for a refused guess that was certain. `chains` stands for
    `laws` where a law depends on how far the draft ran: for each place those of the run from there.
    """
    name = "speculation_traces.json"
    return json.loads(files("tokenworks.data").joinpath(name).read_text(encoding="utf-8"))


def walked(runs: Sequence[int], drafted: Sequence[int], gamma: int) -> list[Round]:
    """Return the rounds of a run over a recorded text with this gamma.

    `runs` says from each place how many guesses would stand, `drafted` how many there were. A round
    goes on behind its accepted tokens and the one that the target adds. A gamma beyond what was
    recorded raises ValueError.
    """
    whole(gamma, "gamma", most=LONGEST)
    start, found = 0, []
    while start < len(runs):
        many = min(gamma, drafted[start])
        found.append(Round(start, many, min(many, runs[start])))
        start += found[-1].accepted + 1
    return found
