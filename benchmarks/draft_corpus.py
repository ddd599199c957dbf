"""The corpus of a draft: what the model itself answers, with its last state at every token.

    python -m benchmarks.draft_corpus FOLDER [--tokens 540000]

Slots of one static batch take prompt after prompt. Each sequence has its own random numbers, so
what it says does not depend on its neighbours, but for the rounding of near ties.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path

import numpy as np

from benchmarks.draft_batch import empty_caches, prepared, read_prompts, step
from benchmarks.draft_prompts import KINDS, MOST_PROMPT_TOKENS, prompts
from tokenworks.model import LanguageModel, load
from tokenworks.model.compile_cache import enable_compile_cache

SLOTS, GROUP = 128, 8  # sequences at once; prompts that are read together
HEATS = (0.0, 1.0)  # temperatures at which each prompt is answered
SORTED = 64  # prompts of like length are read together: as many are put in order
MOST_ANSWER_TOKENS = 192
BUFFER = MOST_PROMPT_TOKENS + MOST_ANSWER_TOKENS
HELD_OUT_PROMPTS = 64  # of each kind
SHARD = 200  # sequences in a file
SEED = 14


@dataclass
class Sequence:
    """One prompt and the answer so far."""

    number: int
    kind: str
    held_out: bool
    temperature: float
    ids: list[int]
    prompt: int  # tokens of it
    states: list[np.ndarray] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng([SEED, self.number, self.held_out])


def main() -> None:
    """Write the corpus in shards and print the speed."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("folder", type=Path)
    options.add_argument("--tokens", type=int, default=540_000)
    chosen = options.parse_args()
    enable_compile_cache()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    lm = load()
    for held_out in (True, False):
        most = None if held_out else chosen.tokens
        wanted = sequences(lm, held_out)
        if held_out:
            wanted = islice(wanted, len(KINDS) * HELD_OUT_PROMPTS)
        name = "held_out" if held_out else "trained"
        generate(lm, wanted, chosen.folder / name, most=most)


def sequences(lm: LanguageModel, held_out: bool) -> Iterator[list[Sequence]]:
    """Yield prompts, the kinds in turn, each with a sequence for every temperature."""
    streams = [fitting(lm, kind, held_out) for kind in KINDS]
    ahead: list[list[Sequence]] = []
    for number in count():
        kind, ids = KINDS[number % len(KINDS)], next(streams[number % len(KINDS)])
        ahead.append(
            [
                Sequence(len(HEATS) * number + i, kind, held_out, heat, list(ids), len(ids))
                for i, heat in enumerate(HEATS)
            ]
        )
        if len(ahead) == SORTED:
            yield from sorted(ahead, key=lambda each: each[0].prompt)
            ahead = []


def fitting(lm: LanguageModel, kind: str, held_out: bool) -> Iterator[list[int]]:
    """Yield the ids of the prompts that are short enough."""
    for prompt in prompts(kind, held_out=held_out, seed=SEED):
        ids = lm.tokenizer.chat([{"role": "user", "content": prompt}])
        if len(ids) <= MOST_PROMPT_TOKENS:
            yield ids


class Slots:
    """The static batch: which sequence sits where, and the cache."""

    def __init__(self, lm: LanguageModel) -> None:
        self.lm, self.weights = lm, prepared(lm)
        self.cache = empty_caches(lm.spec, SLOTS, BUFFER)
        self.inside: list[Sequence | None] = [None] * SLOTS

    def fill(self, waiting: list[list[Sequence]]) -> None:
        """Seat the prompts; all but their last token are read here, once for all answers."""
        free = [i for i, each in enumerate(self.inside) if each is None]
        longest = max(each[0].prompt - 1 for each in waiting)
        ids = np.zeros((GROUP, -(-longest // 32) * 32), np.int32)
        slots = np.zeros((len(HEATS), GROUP), np.int32)
        for row in range(GROUP):  # a padding row says the first one again
            each = waiting[row if row < len(waiting) else 0][0]
            ids[row, : each.prompt - 1] = each.ids[:-1]
            first = len(HEATS) * (row if row < len(waiting) else 0)
            slots[:, row] = free[first : first + len(HEATS)]
        states, self.cache = read_prompts(
            self.weights, self.lm.spec, ids, slots=slots, cache=self.cache
        )
        states = np.asarray(states)
        for row, answers in enumerate(waiting):
            for slot, each in zip(slots[:, row], answers, strict=True):
                each.states = list(states[row, : each.prompt - 1])
                self.inside[int(slot)] = each

    def advance(self) -> list[Sequence]:
        """Run one step; return what has ended."""
        taken = [(i, each) for i, each in enumerate(self.inside) if each is not None]
        ids, at = np.zeros(SLOTS, np.int32), np.full(SLOTS, BUFFER - 1, np.int32)
        heat, u = np.zeros(SLOTS, np.float32), np.zeros(SLOTS, np.float32)
        for i, each in taken:
            ids[i], at[i] = each.ids[-1], len(each.ids) - 1
            heat[i], u[i] = each.temperature, each.rng.random()
        tokens, states, self.cache = step(
            self.weights, self.lm.spec, ids, at=at, cache=self.cache, temperature=heat, u=u
        )
        tokens, states = np.asarray(tokens), np.asarray(states)
        ended = []
        for i, each in taken:
            each.states.append(states[i])
            each.ids.append(int(tokens[i]))
            full = len(each.ids) - each.prompt >= MOST_ANSWER_TOKENS
            if each.ids[-1] == self.lm.tokenizer.eos_id or full:
                ended.append(each)
                self.inside[i] = None
        return ended


def generate(
    lm: LanguageModel, wanted: Iterator[list[Sequence]], path: Path, *, most: int | None
) -> None:
    """Answer the prompts until there are none, or enough tokens."""
    slots, done, made, shard = Slots(lm), [], 0, 0
    start, cpu, told = time.time(), time.process_time(), time.time()
    while True:
        while slots.inside.count(None) >= GROUP * len(HEATS) and (most is None or made < most):
            group = list(islice(wanted, GROUP))
            if not group:
                break
            slots.fill(group)
        if slots.inside.count(None) == SLOTS:
            break
        ended = slots.advance()
        done += ended
        made += sum(len(each.ids) - each.prompt for each in ended)
        if time.time() - told > 30:
            told = time.time()
            print(f"{path.name}: {made:,} tokens, {made / (told - start):.0f} a second", flush=True)
        if len(done) >= SHARD:
            save(done, path.with_name(f"{path.name}-{shard:03d}.npz"))
            done, shard = [], shard + 1
    save(done, path.with_name(f"{path.name}-{shard:03d}.npz"))
    spent = {"tokens": made, "seconds": time.time() - start, "cpu_s": time.process_time() - cpu}
    path.with_suffix(".json").write_text(json.dumps(spent) + "\n")


def save(done: list[Sequence], path: Path) -> None:
    """Write sequences: their ids, the last states of all tokens but the last, and what they are."""
    if not done:
        return
    done = sorted(done, key=lambda each: each.number)
    np.savez(
        path,
        ids=np.concatenate([each.ids for each in done]).astype(np.int32),
        states=np.concatenate([each.states for each in done]),
        length=[len(each.ids) for each in done],
        prompt=[each.prompt for each in done],
        kind=[KINDS.index(each.kind) for each in done],
        temperature=[each.temperature for each in done],
        number=[each.number for each in done],
    )


if __name__ == "__main__":
    main()
