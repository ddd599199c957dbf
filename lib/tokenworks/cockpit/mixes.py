"""How long prompts and answers are, and who comes next.

The lengths are assumptions: heavy-tailed, as in published traces, with means to tell them apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from random import Random

from tokenworks.cockpit.settings import Settings
from tokenworks.serving.block_pool import block_key
from tokenworks.serving.lengths import Lengths, lognormal
from tokenworks.serving.request import Request

APART = 1 << 32  # between the first tokens of two texts, so that they never agree
PREFIXES = 8  # applications, each with a beginning of its own that all its prompts share
CLIENTS = 256  # who come back, for the router that remembers them
# Tokens of a prompt and of an answer: their means, the spread of their logarithms, the most.
MEAN_TOKENS = {"chat": (300, 200), "long-prompts": (2500, 120), "long-answers": (200, 900)}
SIGMAS = {"chat": (0.9, 0.8), "long-prompts": (0.5, 0.7), "long-answers": (0.9, 0.7)}
LONGEST = {"chat": (2048, 1024), "long-prompts": (4096, 512), "long-answers": (1024, 4096)}


def _lognormals(kind: str) -> Lengths:
    prompt, answer = (
        lognormal(mean_tokens=mean, sigma=sigma, most=most)
        for mean, sigma, most in zip(MEAN_TOKENS[kind], SIGMAS[kind], LONGEST[kind], strict=True)
    )
    return Lengths(prompt, answer)


MIXES = {kind: _lognormals(kind) for kind in MEAN_TOKENS}
MIXED = {"chat": 0.7, "long-prompts": 0.15, "long-answers": 0.15}  # shares of its requests


def longest_tokens(settings: Settings) -> int:
    """Return the tokens of the longest request that may come, prompt and answer."""
    longest = (sum(LONGEST[kind]) for kind in shares_of(settings))
    return settings.shared_prefix + max(longest)


def shares_of(settings: Settings) -> dict[str, float]:
    """Return the kinds of requests that come, each with its share."""
    return MIXED if settings.mix == "mixed" else {settings.mix: 1.0}


@dataclass(kw_only=True, eq=False)
class Call(Request):
    """A request whose prompt begins as those of its application; its own tokens nobody else has."""

    number: int = 0
    application: int = 0
    shared_tokens: int = 0

    def ids(self, start: int, count: int) -> list[int]:
        """Return tokens by position, of the prompt and of the answer as far as it is made."""
        end = min(start + count, self.known_tokens)
        middle = min(max(start, self.shared_tokens), max(start, end))
        shared, own = self.application * APART, -(self.number + 1) * APART
        return [*range(shared + start, shared + middle), *range(own + middle, own + end)]

    def block_keys(self, size: int, blocks: int) -> list[bytes]:
        """Return the keys of its first full blocks; those that are shared are hashed once."""
        if self.shared_tokens and size not in self._keys:
            self._keys[size] = list(_shared_keys(self.application, self.shared_tokens, size))
        return super().block_keys(size, blocks)


@lru_cache(maxsize=64)
def _shared_keys(application: int, tokens: int, size: int) -> tuple[bytes, ...]:
    keys, before, first = [], b"", application * APART
    for start in range(0, tokens - size + 1, size):
        before = block_key(before, range(first + start, first + start + size))
        keys.append(before)
    return tuple(keys)


@dataclass
class Stream:
    """Requests that come independently of each other, at a rate that may change at any moment.

    A change of the rate stretches the gap that is left: gaps have no memory. Lengths are drawn when
    a request comes.
    """

    seed: int
    rate: float
    number: int = 0  # of the next request
    at: float = 0.0  # when it comes
    _gaps: Random = field(init=False, repr=False)
    _draws: Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._gaps = Random(f"gaps {self.seed}")
        self._draws = Random(f"lengths {self.seed}")
        self.at = self._gaps.expovariate(1.0) / self.rate

    def change_rate(self, rate: float, now: float) -> None:
        """Let requests come at another rate from now on."""
        self.at, self.rate = now + (self.at - now) * self.rate / rate, rate

    def take(self, settings: Settings) -> Call:
        """Return the request that comes, and draw when the next one does."""
        draw, number, at = self._draws, self.number, self.at
        kind = settings.mix
        if kind == "mixed":
            drawn = draw.random()
            below = zip(MIXED, accumulate(MIXED.values()), strict=True)
            kind = next(name for name, up_to in below if drawn < up_to)
        prompt, answer = MIXES[kind].draw(draw)
        application, client = draw.randrange(PREFIXES), draw.randrange(CLIENTS)
        self.number += 1
        self.at = at + self._gaps.expovariate(1.0) / self.rate
        return Call(
            id=str(number),
            number=number,
            application=application,
            client=str(client),
            arrival_seconds=at,
            prompt_tokens=settings.shared_prefix + prompt,
            shared_tokens=settings.shared_prefix,
            max_tokens=LONGEST[kind][1],
            output_tokens=answer,
        )
