"""Answers that share the blocks of their prompt, and who copies which block when they part."""

from __future__ import annotations

from typing import NamedTuple

from tokenworks.figures.box import Box
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.kv_memory import KVMemory
from tokenworks.serving.request import Request

NAMES = "ABCDEFGH"


class Frame(NamedTuple):
    """The tables of all answers after a write, their tokens, and what the write copied."""

    writer: str  # "" before the first write
    tables: tuple[tuple[int, ...], ...]
    tokens: tuple[int, ...]
    copy: tuple[int, int] | None = None

    @property
    def written(self) -> int:
        """The block that its writer wrote into."""
        return self.tables[NAMES.index(self.writer)][-1]

    def holders(self, block: int) -> str:
        """Return the names of the answers whose table lists a block."""
        listed = zip(NAMES, self.tables, strict=False)
        return "".join(name for name, table in listed if block in table)

    def filled(self, block: int, block_size: int) -> int:
        """Return the cells of a block that hold a token of some answer."""
        rows = zip(self.tables, self.tokens, strict=True)
        return max(
            (min(block_size, tokens - table.index(block) * block_size))
            for table, tokens in rows
            if block in table
        )


def fork_frames(prompt_tokens: int, answers: int, block_size: int) -> tuple[Frame, ...]:
    """Return what a real `KVMemory` does when answers share a prompt and each writes one token.

    More answers than letters, and a prompt that fills its last block, raise ValueError: there is
    nothing to copy then.
    """
    if answers > len(NAMES) or not prompt_tokens % block_size:
        raise ValueError(
            f"{answers} answers to {prompt_tokens} tokens copy no block of {block_size}"
        )
    memory = KVMemory(BlockPool(prompt_tokens // block_size + 1 + answers, block_size))
    forks: list[Request] = []
    for name in NAMES[:answers]:
        forks.append(Request(prompt_tokens=prompt_tokens, max_tokens=block_size, id=name))
        memory.share(forks[-1], forks[0].blocks)
        memory.hold(forks[-1], prompt_tokens)
    tokens = [prompt_tokens] * answers
    frames = [Frame("", tuple(tuple(fork.blocks) for fork in forks), tuple(tokens))]
    for at, fork in enumerate(forks):
        copied = memory.copy_on_write(fork, prompt_tokens)
        tokens[at] += 1
        tables = tuple(tuple(each.blocks) for each in forks)
        copy = (copied.source, copied.target) if copied else None
        frames.append(Frame(fork.id, tables, tuple(tokens), copy))
    return tuple(frames)


def copy_strip(prompt_tokens: int, *, answers: int, block_size: int, caption: str = "") -> Figure:
    """Draw the pool before and after the first write of each answer, one strip of blocks each."""
    frames = fork_frames(prompt_tokens, answers, block_size)
    blocks = 1 + max(block for table in frames[-1].tables for block in table)
    told = [_told(frame, prompt_tokens) for frame in frames]

    def layout(scene: Scene) -> None:
        low = 0.0
        for frame, words in zip(frames, told, strict=True):
            low = 10 + _strip(scene, low, frame, words=words, blocks=blocks, block_size=block_size)

    alt = f"{answers} answers to a prompt of {prompt_tokens} tokens. " + " ".join(
        f"{words}: {_listed(frame, blocks)}." for frame, words in zip(frames, told, strict=True)
    )
    numbers = {"prompt": prompt_tokens, "answers": answers, "block size": block_size}
    numbers["copies"] = sum(frame.copy is not None for frame in frames)
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)


def _told(frame: Frame, prompt_tokens: int) -> str:
    if not frame.writer:
        return "All share the prompt"
    if frame.copy is None:
        return f"{frame.writer} writes token {prompt_tokens}: it is the last holder, no copy"
    source, target = frame.copy
    return f"{frame.writer} writes token {prompt_tokens}: block {source} is copied to {target}"


def _listed(frame: Frame, blocks: int) -> str:
    held = ((block, frame.holders(block)) for block in range(blocks))
    return ", ".join(f"block {block} held by {names}" for block, names in held if names)


def _strip(
    scene: Scene, y: Number, frame: Frame, *, words: str, blocks: int, block_size: int
) -> Number:
    """Draw one frame: the words, a row of blocks, their holders below; return the lower edge."""
    top = scene.text((0, y), words, "label", bold=not frame.writer).bottom + 5
    gap, tall = (12.0 if scene.wide else 6.0), 18.0
    wide = (scene.width - gap * (blocks - 1)) / blocks
    places = [Box(block * (wide + gap), top, wide, tall) for block in range(blocks)]
    low = top
    for block, place in enumerate(places):
        names = frame.holders(block)
        unit = place.w / block_size
        if names:
            used = frame.filled(block, block_size)
            scene.rect(Box(place.x, place.y, used * unit, place.h), "kv", under=True)
            if frame.writer and frame.written == block:
                cell = Box(place.x + (used - 1) * unit, place.y, unit, place.h)
                scene.rect(cell, "ink", under=True)
        scene.rect(place, stroke="ink" if names else "line")
        label = f"{block}: {names}" if names else f"{block}"
        low = scene.text((place.x, place.bottom + 4), label, "note").bottom
    return low
