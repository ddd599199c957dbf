"""Block tables of prompts that share their beginnings: the rules that an allocator keeps.

An event is a prompt (the list of its token ids) or the number of an earlier prompt that ends now; a
table lists the blocks of one prompt in the order of its tokens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tokenworks.checks.exercise import Fault
from tokenworks.checks.plain import Case, describe


def blocks_of(prompt: Sequence[int], size: int) -> list[list[int]]:
    """Return for each block of a prompt the tokens up to the block's end."""
    return [list(prompt[: at + size]) for at in range(0, len(prompt), size)]


def first_fault(case: Case, tables: list[Any]) -> Fault | None:
    """Return the first rule of prefix sharing that a list of tables breaks, and the prompt."""
    events, size, room = case
    prompts = [event for event in events if isinstance(event, list)]
    if len(tables) != len(prompts):
        told = f"{len(prompts)} prompts have come, the list has {len(tables)} tables"
        return Fault("not one table for each prompt", told).at("In all")
    held, number = Held(size, room), 0
    for event in events:
        if not isinstance(event, list):
            held.free(tables[event])
            continue
        if fault := held.broken(event, tables[number]):
            return fault.at(f"Prompt {number}")
        held.allocate(event, tables[number])
        number += 1
    return None


def _place(block: int, at: int) -> str:
    return f"block {block}, which is in use, stands at place {at} of its table"


@dataclass
class Held:
    """The blocks in use: how many tables list each, and the tokens up to its end."""

    size: int
    room: int
    owners: Counter[int] = field(default_factory=Counter)
    prefix: dict[int, list[int]] = field(default_factory=dict)

    def allocate(self, prompt: list[int], table: list[int]) -> None:
        """Note the blocks of a prompt that begins."""
        self.owners.update(table)
        self.prefix |= dict(zip(table, blocks_of(prompt, self.size), strict=True))

    def free(self, table: list[int]) -> None:
        """Forget the blocks of a prompt that ends, where nobody else lists them."""
        self.owners.subtract(table)
        self.prefix = {b: prefix for b, prefix in self.prefix.items() if self.owners[b]}

    def shareable(self, prompt: list[int]) -> int:
        """Return how many first blocks of a prompt are held; never the one of its last token."""
        prefixes = blocks_of(prompt, self.size)[: (len(prompt) - 1) // self.size]
        known = list(self.prefix.values())
        return next(
            (at for at, prefix in enumerate(prefixes) if prefix not in known), len(prefixes)
        )

    def broken(self, prompt: list[int], table: Any) -> Fault | None:
        """Return the first rule that the table of a new prompt breaks."""
        return self._unreadable(prompt, table) or self._mixed(prompt, table)

    def _unreadable(self, prompt: list[int], table: Any) -> Fault | None:
        if not isinstance(table, list):
            return Fault("it returns the wrong kind", f"its table is {describe(table)}, not a list")
        for block in table:
            if type(block) is not int or not 0 <= block < self.room:
                told = f"{block!r} is none of the blocks 0 to {self.room - 1}"
                return Fault("a block that does not exist", told)
        twice = next((block for block in table if table.count(block) > 1), None)
        if twice is not None:
            return Fault(
                "a block twice in a table", f"its table lists block {twice} more than once"
            )
        wanted = -(-len(prompt) // self.size)
        told = f"its {len(prompt)} tokens need {wanted} blocks of {self.size}, it has {len(table)}"
        if len(table) < wanted:
            return Fault("too few blocks", told)
        return Fault("too many blocks", told) if len(table) > wanted else None

    def _mixed(self, prompt: list[int], table: list[int]) -> Fault | None:
        shareable = self.shareable(prompt)
        for at, (block, prefix) in enumerate(zip(table, blocks_of(prompt, self.size), strict=True)):
            if self.owners[block] and (at >= shareable or self.prefix[block] != prefix):
                return Fault(self._reason(block, prefix, prompt), _place(block, at))
        shared = sum(1 for block in table if self.owners[block])
        if shared < shareable:
            told = f"it shares {shared} blocks, and its first {shareable} are there already"
            return Fault("a prefix is computed twice", told)
        return None

    def _reason(self, block: int, prefix: list[int], prompt: list[int]) -> str:
        """Say why a block in use must not stand for a prefix."""
        there = self.prefix[block]
        if there[: len(prefix)] == prefix and len(prefix) == len(prompt):
            return "the last token is shared"
        if len(there) % self.size and there == prompt[: len(there)]:
            return "a block is shared before it is full"
        own = (len(prefix) - 1) // self.size * self.size
        begins = (len(there) - 1) // self.size * self.size
        if there[begins:] == prefix[own:]:
            return "the same tokens after another beginning"
        return "a block that another prompt still uses"
