"""Two ladders for one case: how to spread a model over chips, and what to add to it.

Each rung asks a question, answers it in a word, and says with which numbers. Bytes are sums, times
are expected ones where it says so and floors elsewhere. What no function can answer is refused.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tokenworks.accelerator import Chip
from tokenworks.architecture import ModelSpec
from tokenworks.cost.chip_links import link
from tokenworks.number import whole
from tokenworks.planner.added_rungs import always, fewer_bits, guesses, prefixes, two_pools
from tokenworks.planner.served_case import Case
from tokenworks.planner.spread_rungs import (
    copies,
    experts,
    one_chip,
    one_server,
    several_servers,
)
from tokenworks.specs import chip as chip_named
from tokenworks.specs import model_spec

SPREAD = (one_chip, one_server, several_servers, copies, experts)
ADD = (always, prefixes, guesses, fewer_bits, two_pools)
QUESTIONS = {
    "one chip": "Does it fit on one chip?",
    "one server": "On a few that are closely linked?",
    "several servers": "Over several servers?",
    "copies": "Copies, or one larger group?",
    "experts": "Experts on chips of their own?",
    "always": "What is always on?",
    "prefixes": "Keep what prompts share?",
    "guesses": "Guess tokens ahead?",
    "fewer bits": "Fewer bits?",
    "two pools": "Reading and writing apart?",
}


class Rung(NamedTuple):
    """One question of a ladder: its name, the answer in a word or two, and the numbers for it."""

    name: str
    answer: str
    why: str


def ladders(
    model: ModelSpec | str,
    on: Chip | str,
    *,
    users: Any,
    context_tokens: Any,
    ports: str = "infiniband-ndr",
) -> tuple[Rung, ...]:
    """Return both ladders for a case in bf16: five rungs that spread a model, five that add to it.

    `users` are answered at once and have `context_tokens` each; `ports` is the network between
    servers. More tokens than the model is built for, unknown names and numbers below one raise
    ValueError or KeyError.
    Source: derived: budgets, steps and rounds of `tokenworks.cost`.
    """
    spec = model_spec(model) if isinstance(model, str) else model
    on_chip = chip_named(on) if isinstance(on, str) else on
    users, context_tokens = whole(users, "users"), whole(context_tokens, "context_tokens")
    if context_tokens > spec.context_tokens:
        raise ValueError(
            f"{spec.label} is built for {spec.context_tokens:,} tokens, not for "
            f"{context_tokens:,}: shorten the conversations or take another model"
        )
    case = Case(spec, on_chip, users, context_tokens, link(ports))
    asked = zip(QUESTIONS, (*SPREAD, *ADD), strict=True)
    return tuple(Rung(name, *ask(case)) for name, ask in asked)
