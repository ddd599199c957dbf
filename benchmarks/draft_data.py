"""The corpus as training reads it: texts, the reduced vocabulary, batches of like length."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.draft_prompts import KINDS

JUDGED = 0.625  # of a batch's inputs, how many outputs are judged
STEP = 64  # lengths of batches are multiples of it, so that few shapes are compiled


@dataclass(frozen=True)
class Text:
    """One prompt with its answer; a state for every token but the last."""

    ids: np.ndarray
    states: np.ndarray  # float16 [tokens - 1, M], after the final norm
    prompt: int  # tokens of it
    kind: str
    temperature: float
    number: int

    @property
    def answer(self) -> np.ndarray:
        """The tokens that the model wrote, its end-of-text among them."""
        return self.ids[self.prompt :]


class Batch(NamedTuple):
    """Padded texts, and the places whose state the draft is asked for."""

    states: np.ndarray  # float32 [B, T, M]: inputs 0 .. T-1
    ids: np.ndarray  # [B, T]: the token after each
    row: np.ndarray  # [places]
    place: np.ndarray  # [places]: the input whose output is judged
    wanted: np.ndarray  # float32 [places, M]: the model's state there
    weight: np.ndarray  # float32 [places]: 0 for padding


def read_texts(folder: Path, name: str) -> list[Text]:
    """Read the shards that are there, in order."""
    texts = []
    for path in sorted(folder.glob(f"{name}-*.npz")):
        with np.load(path) as shard:
            columns = {key: shard[key] for key in shard.files}
        ends = np.cumsum(columns["length"])
        for i, end in enumerate(ends):
            start, told = end - columns["length"][i], end - i - 1
            texts.append(
                Text(
                    columns["ids"][start:end],
                    columns["states"][start - i : told],
                    int(columns["prompt"][i]),
                    KINDS[columns["kind"][i]],
                    float(columns["temperature"][i]),
                    int(columns["number"][i]),
                )
            )
    return texts


def fingerprint(texts: list[Text]) -> str:
    """Return the sha256 of all token ids: two corpora with the same are the same text."""
    return hashlib.sha256(np.concatenate([each.ids for each in texts]).tobytes()).hexdigest()


def reduced_vocabulary(texts: list[Text], size: int, vocab_size: int) -> np.ndarray:
    """Return the ids that the answers use most, ascending."""
    counts = sum(_counts(texts, kind, vocab_size) for kind in KINDS)
    return np.sort(np.argsort(-counts, kind="stable")[:size])


def coverage(texts: list[Text], vocabulary: np.ndarray, vocab_size: int) -> dict[str, float]:
    """Return the share of the answers' tokens that the vocabulary holds, by kind."""
    counted = {kind: _counts(texts, kind, vocab_size) for kind in KINDS}
    return {kind: float(c[vocabulary].sum() / c.sum()) for kind, c in counted.items()}


def _counts(texts: list[Text], kind: str, vocab_size: int) -> Any:
    said = [each.answer for each in texts if each.kind == kind]
    return np.bincount(np.concatenate(said), minlength=vocab_size)


def batches(texts: list[Text], tokens: int, rng: np.random.Generator) -> Iterator[Batch]:
    """Yield all texts once, in batches of at most so many inputs, shuffled."""
    usable = [each for each in texts if len(each.ids) - each.prompt > 2]
    jitter = rng.random(len(usable)) * STEP
    order = np.argsort([len(each.ids) + j for each, j in zip(usable, jitter, strict=True)])
    groups: list[list[Text]] = [[]]
    longest = 0
    for i in order:
        longest = max(longest, padded_length(usable[i]))
        if (len(groups[-1]) + 1) * longest > tokens:
            groups.append([])
            longest = padded_length(usable[i])
        groups[-1].append(usable[i])
    for i in rng.permutation(len(groups)):
        yield batch(groups[i], tokens)


def padded_length(text: Text) -> int:
    """Return the inputs of a text, rounded up to a shape that is compiled."""
    return -(-(len(text.ids) - 1) // STEP) * STEP


def batch(group: list[Text], tokens: int) -> Batch:
    """Pad texts of like length to a shape that depends on the longest alone."""
    length = max(padded_length(each) for each in group)
    rows = tokens // length
    width = group[0].states.shape[1]
    states, ids = np.zeros((rows, length, width), np.float32), np.zeros((rows, length), np.int32)
    row, place, wanted = [], [], []
    for i, each in enumerate(group):
        told = len(each.ids) - 1
        states[i, :told] = each.states
        ids[i, :told] = each.ids[1:]
        judged = np.arange(each.prompt - 1, told - 1)  # outputs for the states of answer tokens
        row.append(np.full(len(judged), i))
        place.append(judged)
        wanted.append(each.states[judged + 1].astype(np.float32))
    found = (np.concatenate(each) for each in (row, place, wanted))
    row, place, wanted = _judged(*found, count=int(JUDGED * tokens))
    return Batch(states, ids, row, place, wanted, np.asarray(row >= 0, np.float32))


def _judged(
    row: np.ndarray, place: np.ndarray, wanted: np.ndarray, *, count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bring the judged places to a fixed number: evenly thinned out, or padded with row -1."""
    if len(row) > count:
        kept = np.linspace(0, len(row) - 1, count).astype(int)
        row, place, wanted = row[kept], place[kept], wanted[kept]
    missing = count - len(row)
    row = np.pad(row, (0, missing), constant_values=-1)
    return row, np.pad(place, (0, missing)), np.pad(wanted, ((0, missing), (0, 0)))
