"""What a scheduler asks an executor to run in one step."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from tokenworks.cost.mixed_step import Load
from tokenworks.serving.request import Request


class Work(NamedTuple):
    """Run the tokens start .. start+tokens-1 of a request; the last of all known ones emits.

    The last `drafts` of them are guesses: those that stand emit as well, each its next token.
    """

    request: Request
    start: int
    tokens: int
    emits: bool
    drafts: int = 0

    @property
    def decodes(self) -> bool:
        """Whether it is one known token and its drafts: no piece of a prompt, unless the last."""
        return self.tokens == 1 + self.drafts

    @property
    def pairs(self) -> int:
        """Tokens that its tokens look at, added up: each sees those before it and itself."""
        return self.tokens * self.start + self.tokens * (self.tokens + 1) // 2


@dataclass(frozen=True)
class Swap:
    """Copy a request's cache between device blocks and host blocks, block by block."""

    request: Request
    device_blocks: tuple[int, ...]
    host_blocks: tuple[int, ...]


class Copy(NamedTuple):
    """Copy one device block: `request` is about to write where others still read the source."""

    request: Request
    source: int
    target: int


class Moves(NamedTuple):
    """What forming a batch brings up: copies to make before its step, requests put back to wait."""

    out: list[Swap]
    into: list[Swap]
    copies: list[Copy]
    preempted: list[Request]


@dataclass(frozen=True)
class Batch:
    """The work of one step. Before it come the swaps out, then those in, then the copies at once.

    `padded_tokens` is set under request-level batching: every one of `slots` rows, also those of
    finished requests, runs as many tokens as the longest and then holds this many positions.
    `preempted` ran until now and were put back into the queue, so that the others have blocks.
    """

    work: tuple[Work, ...]
    slots: int
    padded_tokens: int | None = None
    preempted: tuple[Request, ...] = ()
    swapped_out: tuple[Swap, ...] = ()
    swapped_in: tuple[Swap, ...] = ()
    copies: tuple[Copy, ...] = ()

    @cached_property
    def useful_tokens(self) -> int:
        """Tokens that requests asked for: without padding and idle slots."""
        return sum(work.tokens for work in self.work)

    @cached_property
    def width(self) -> int:
        """Tokens of the longest piece of work."""
        return max(work.tokens for work in self.work)

    @cached_property
    def decodes(self) -> bool:
        """Whether nothing is read or guessed: each piece of work is one token, which emits."""
        return all(tokens == 1 and emits for _, _, tokens, emits, _ in self.work)

    @property
    def emitting(self) -> list[Request]:
        """Requests that get a token from this step."""
        return [work.request for work in self.work if work.emits]

    @cached_property
    def load(self) -> Load:
        """What the step computes, padding and idle slots included."""
        if self.padded_tokens is not None:
            rows, width, end = self.slots, self.width, self.padded_tokens
            pairs = rows * (width * end - width * (width - 1) // 2)
            prompts, prompt_pairs = (0, 0) if self.decodes else (rows, pairs)
            return Load(rows, rows * width, rows, rows * end, pairs, prompts, prompt_pairs)
        if self.decodes:
            rows = len(self.work)
            context = rows + sum(start for _, start, _, _, _ in self.work)
            return Load(rows, rows, rows, context, context)
        prompts = [work for work in self.work if work.tokens > 1]
        return Load(
            sequences=len(self.work),
            new_tokens=self.useful_tokens,
            logit_rows=sum(work.emits + work.drafts for work in self.work),
            context_tokens=sum(work.start + work.tokens for work in self.work),
            pairs=sum(work.pairs for work in self.work),
            prompts=len(prompts),
            prompt_pairs=sum(work.pairs for work in prompts),
        )
