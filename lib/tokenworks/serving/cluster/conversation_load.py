"""Loads in which prompts begin alike: turns of conversations under shared system prompts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from tokenworks.number import Number, bounded, whole
from tokenworks.serving.arrivals import poisson
from tokenworks.serving.lengths import Draw, Lengths, fixed
from tokenworks.serving.request import Request

APART = 1 << 32  # between the first tokens of two texts, so that they never agree


@dataclass(kw_only=True, eq=False)
class ConversationTurn(Request):
    """A turn of a conversation: its prompt is all that was said so far, and every token is known.

    So the blocks of its answer have keys too, and the next turn finds them.
    """

    system: int = 0  # which system prompt it begins with
    system_tokens: int = 0
    later: list = field(default_factory=list, repr=False)  # of (pause, user, answer), in order

    def ids(self, start: int, count: int) -> list[int]:
        """Return tokens by position, those of the answer too as far as it is made."""
        return self._tokens(start, min(start + count, self.known_tokens))

    @property
    def text(self) -> list[int]:
        """The prompt, then the whole answer."""
        return self._tokens(0, self.prompt_tokens + self.max_tokens)

    def _tokens(self, start: int, end: int) -> list[int]:
        """Return tokens by position: of the system prompt, then of the conversation alone.

        They are numbers in a row, so that no text has to be kept.
        """
        shared, own = self.system * APART, -(int(self.client) + 1) * APART
        middle = min(max(start, self.system_tokens), max(start, end))
        before = range(shared + start, shared + min(middle, end))
        return [*before, *range(own + middle, own + end)]

    def takes_keys_of(self, answered: ConversationTurn) -> None:
        """Take over the keys of blocks that the turn before has hashed: this text begins with its.

        To hash them again would be most of what a turn costs.
        """
        self._keys = {size: list(keys) for size, keys in answered._keys.items()}


@dataclass(frozen=True, kw_only=True)
class Conversations:
    """How conversations go: who they talk to, how many turns, how long each part is.

    `systems` different system prompts of `system_tokens` begin them, each as often. Between an
    answer and the next turn a client thinks `think_seconds` on average, exponentially.
    """

    turns: Draw
    user_tokens: Draw
    answer_tokens: Draw
    systems: int = 1
    system_tokens: int = 0
    think_seconds: Number = 0.0


def conversations(
    rate_per_s: Number, count: int, *, kind: Conversations, seed: int
) -> tuple[list[ConversationTurn], Callable[[Request], list[ConversationTurn]]]:
    """Return the first turns of `count` conversations, and what follows an answer: for simulate.

    They begin independently, `rate_per_s` on average; `client` is the conversation. Each draws from
    a generator of its own, so that what one says depends on nobody's speed. Impossible counts and
    rates raise ValueError.
    """
    systems = whole(kind.systems, "systems")
    system_tokens = whole(kind.system_tokens, "system_tokens", least=0)
    think = bounded(kind.think_seconds, "think_seconds")
    starts = poisson(rate_per_s, count, lengths=Lengths(fixed(1), fixed(1)), seed=seed)
    first = []
    for number, start in enumerate(starts):
        random = Random(f"conversation {seed} {number}")
        system = random.randrange(systems) + 1
        later = []
        for _ in range(kind.turns(random)):
            pause = random.expovariate(1 / think) if think else 0.0
            later.append((pause, kind.user_tokens(random), kind.answer_tokens(random)))
        spoken = _Spoken(str(number), system, system_tokens, system_tokens)
        first.append(_turn(spoken, later, at=start.arrival_seconds))
    return first, _next_turn


class _Spoken(NamedTuple):
    """What a conversation has said so far: whose it is, how it began, how many tokens it has."""

    client: str
    system: int
    system_tokens: int
    tokens: int


def _turn(spoken: _Spoken, later: list, *, at: float) -> ConversationTurn:
    """Return the next turn of a conversation; its own tokens count on from what was said."""
    (_, user, answer), *rest = later
    return ConversationTurn(
        id=f"{spoken.client}-{len(rest)}",
        client=spoken.client,
        arrival_seconds=at,
        prompt_tokens=spoken.tokens + user,
        max_tokens=answer,
        system=spoken.system,
        system_tokens=spoken.system_tokens,
        later=rest,
    )


def _next_turn(answered: Request) -> list[ConversationTurn]:
    """Return what a client says to an answer, if anything."""
    if not isinstance(answered, ConversationTurn) or not answered.later:
        return []
    at = (answered.finished_seconds or 0.0) + answered.later[0][0]
    tokens = answered.prompt_tokens + answered.max_tokens
    spoken = _Spoken(answered.client, answered.system, answered.system_tokens, tokens)
    turn = _turn(spoken, answered.later, at=at)
    turn.takes_keys_of(answered)
    return [turn]
