"""Loads in which prompts begin alike: turns of conversations under shared system prompts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

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

    text: list = field(default_factory=list, repr=False)  # of int: the prompt, then the answer
    later: list = field(default_factory=list, repr=False)  # of (pause, user, answer), in order

    def ids(self, start: int, count: int) -> list[int]:
        """Return tokens by position, those of the answer too as far as it is made."""
        return self.text[start : min(start + count, self.known_tokens)]

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
        said = list(range(system * APART, system * APART + system_tokens))
        later = []
        for _ in range(kind.turns(random)):
            pause = random.expovariate(1 / think) if think else 0.0
            later.append((pause, kind.user_tokens(random), kind.answer_tokens(random)))
        first.append(_turn(str(number), said, later, at=start.arrival_seconds))
    return first, _next_turn


def _turn(client: str, said: list[int], later: list, *, at: float) -> ConversationTurn:
    """Return the next turn of a conversation; its own tokens count on from what was said."""
    (_, user, answer), *rest = later
    own = -(int(client) + 1) * APART + len(said)
    return ConversationTurn(
        id=f"{client}-{len(rest)}",
        client=client,
        arrival_seconds=at,
        prompt_tokens=len(said) + user,
        max_tokens=answer,
        text=said + list(range(own, own + user + answer)),
        later=rest,
    )


def _next_turn(answered: Request) -> list[ConversationTurn]:
    """Return what a client says to an answer, if anything."""
    if not isinstance(answered, ConversationTurn) or not answered.later:
        return []
    at = (answered.finished_seconds or 0.0) + answered.later[0][0]
    turn = _turn(answered.client, answered.text, answered.later, at=at)
    turn.takes_keys_of(answered)
    return [turn]
