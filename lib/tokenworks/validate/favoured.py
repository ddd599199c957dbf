"""What a guide prints of ways to batch and of users that fit, held against the most that can be.

Ways to batch are printed for a load whose lengths are not stated. So each has the best of all:
users with hardly any cache, for whom a step is hardly more than a reading of all weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from tokenworks.cost.checkpoints import engine_plan
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory_budget import max_batch
from tokenworks.cost.step_kernels import decode_step
from tokenworks.cost.step_time import decode_seconds
from tokenworks.data.printed_speed import PrintedSpeed, printed_speeds
from tokenworks.number import rounded_up
from tokenworks.validate.printed import floor_deployments

HARDLY_ANY = 1  # tokens of a user's context


@dataclass(frozen=True)
class PrintedWay:
    """A way to batch: its printed rate, and what its users could have with hardly any cache.

    `fewest_users` are those whom the printed rate takes at least. Rates are in tokens a second of
    all users together, None where no users are printed.
    """

    printed: PrintedSpeed
    fewest_users: int
    most: float | None
    expected: float | None

    @property
    def possible(self) -> bool:
        """Whether some length of the caches allows the printed rate."""
        return self.printed.users is None or self.fewest_users <= self.printed.users

    @property
    def row(self) -> dict[str, str]:
        """The row of a table."""
        users = self.printed.users
        said = {"way": self.printed.way, "printed, tokens/s": f"{self.printed.tokens_per_s:,.0f}"}
        said["users"] = f"{self.fewest_users} or more" if users is None else str(users)
        rates = {"at most": self.most, "expected": self.expected}
        return said | {name: "–" if r is None else f"{r:,.0f}" for name, r in rates.items()}


@dataclass(frozen=True)
class PrintedRoom:
    """How many users are said to fit, and how many do, of so many tokens, nothing kept back."""

    printed: PrintedSpeed
    tokens: int
    fits: int

    @property
    def row(self) -> dict[str, str]:
        """The row of a table."""
        return {
            "served": self.printed.label,
            "tokens each": f"{self.tokens:,}",
            "printed": str(self.printed.most_users),
            "fit": str(self.fits),
        }


@cache
def printed_ways() -> tuple[PrintedWay, ...]:
    """Return each printed way to batch, with floor and expectation in tokens a second.

    Source: https://fridayswithfaraday.com/posts/llm-inference-basics-2019 (the printed rates).
    """
    found = []
    for row in (row for row in printed_speeds() if row.way):
        (on, _), rate, users = floor_deployments(row), row.tokens_per_s, row.users
        assert rate is not None  # what the row is about
        if users is None:
            fewest = rounded_up(rate * decode_seconds(on, HARDLY_ANY))
            found.append(PrintedWay(row, fewest, None, None))
            continue
        least = decode_seconds(on, HARDLY_ANY, batch=users)
        step = decode_step(engine_plan(on), users, HARDLY_ANY, constants=Constants.fitted())
        fewest = rounded_up(rate * least)
        found.append(PrintedWay(row, fewest, users / least, users / step.expected_seconds))
    return tuple(found)


@cache
def printed_rooms() -> tuple[PrintedRoom, ...]:
    """Return each printed largest batch, and how many users fit at the tokens that it is for.

    Where a row does not say of which, they are those of its prompt and answer.
    Source: https://fridayswithfaraday.com/posts/llm-inference-basics-2019 (the printed users).
    """
    found = []
    for row in (row for row in printed_speeds() if row.most_users):
        assert row.prompt_tokens is not None
        assert row.output_tokens is not None
        tokens = row.most_users_tokens or row.prompt_tokens + row.output_tokens
        found.append(PrintedRoom(row, tokens, max_batch(floor_deployments(row)[0], tokens)))
    return tuple(found)
