"""Questions of chapter 02 about the loop around the model: merge, stop, count."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tokenworks.checks.mistakes import merge_step, positions, stop_step
from tokenworks.checks.plain import apart
from tokenworks.checks.question import Case, Misconception, Question
from tokenworks.model.text import TextStream


def _tokens_apart(expected: list[int], got: list[int]) -> int:
    return sum(e != g for e, g in zip(expected, got, strict=False)) + abs(len(expected) - len(got))


def _characters(expected: str, got: str) -> int:
    common = next(
        (i for i, (e, g) in enumerate(zip(expected, got, strict=False)) if e != g),
        min(len(expected), len(got)),
    )
    return len(expected) + len(got) - 2 * common


def _merge_case(rng: random.Random) -> Case:
    if rng.random() < 0.3:
        return ([rng.randrange(1, 4)] * rng.choice([3, 5, 7, 9]), 99)
    if rng.random() < 0.3:
        return (rng.sample(range(10, 60), k=rng.randrange(4, 9)), 99)
    return ([rng.randrange(1, 4) for _ in range(rng.randrange(6, 24))], 99)


MERGE = Question(
    id="02.1",
    title="One merge of byte-pair encoding",
    size_hint="about 8 lines",
    oracle=merge_step,
    cases=(
        (list(b"aaabdaaabac"), 256),
        ([1, 2, 3, 1, 2, 3, 1, 2], 9),
        ([1, 1, 1, 1, 1], 9),
        ([5, 6, 1, 2], 9),
        ([3, 1, 2, 4, 1, 2, 2, 2], 9),
    ),
    fresh_case=_merge_case,
    misconceptions=(
        Misconception(
            "only the first occurrence",
            lambda ids, new_id: merge_step(ids, new_id, once=True),
            "A merge replaces the pair everywhere, from left to right.",
        ),
        Misconception(
            "overlapping pairs merged from the right",
            lambda ids, new_id: merge_step(ids, new_id, from_right=True),
            "In 1 1 1 the left pair is merged first and its tokens are used up.",
        ),
        Misconception(
            "merged tokens used twice",
            lambda ids, new_id: merge_step(ids, new_id, skip=1),
            "After a merge go on behind both tokens of the pair, not behind the first.",
        ),
        Misconception(
            "ties go to the largest pair",
            lambda ids, new_id: merge_step(
                ids, new_id, pick=lambda counts: max(counts, key=lambda p: (counts[p], p))
            ),
            "Of equally common pairs the one that occurs first in the text wins.",
        ),
        Misconception(
            "ties go to the last pair",
            lambda ids, new_id: merge_step(
                ids, new_id, pick=lambda counts: max(reversed(counts), key=lambda p: counts[p])
            ),
            "Of equally common pairs the one that occurs first in the text wins.",
        ),
        Misconception(
            "the first pair, not the most common",
            lambda ids, new_id: merge_step(ids, new_id, pick=lambda counts: next(iter(counts))),
            "Count all neighbouring pairs before choosing one.",
        ),
    ),
    distance=_tokens_apart,
    unit="tokens",
    tolerance=0.0,
)


def _stream(pieces: Sequence[str], stops: Sequence[str]) -> str:
    stream, sent = TextStream(stops), ""
    for piece in pieces:
        sent += stream.push(piece.encode())
        if stream.stopped:
            return sent
    return sent + stream.push(b"", final=True)


def _stop_case(rng: random.Random) -> Case:
    stops = rng.sample(["###", "User:", "<end>"], k=2)
    words = [rng.choice(["sea", "foam", "Use", "wave", "<en", "tide", "##"]) for _ in range(6)]
    for stop in rng.sample([stops[0], stops[1], ""], k=2):
        words.insert(rng.randrange(2, len(words)), stop + rng.choice(["", "!"]))
    text, pieces = " ".join(words), []
    while text:
        size = rng.randrange(1, 5)
        pieces, text = [*pieces, text[:size]], text[size:]
    return (pieces, stops)


STOP = Question(
    id="02.5",
    title="Stop strings that straddle tokens",
    size_hint="about 6 lines",
    oracle=_stream,
    cases=(
        (["Hello", " world", ".\n", "User:", " and"], ["User:"]),
        (["The tide", " rises.\nUs", "er", ": yes"], ["User:"]),
        (["Foam", " and salt###", " more"], ["###"]),
        (["one", "<end>two###!", " more"], ["###", "<end>"]),
        (["a sto", "ne says <end>!", " never sent"], ["<end>"]),
        (["Us", "er", " name"], ["User:"]),
    ),
    fresh_case=_stop_case,
    misconceptions=(
        Misconception(
            "each token checked alone",
            lambda pieces, stops: stop_step(pieces, stops, alone=True),
            "A stop string can begin in one token and end in the next: search the joined text.",
        ),
        Misconception(
            "the stop string is sent",
            lambda pieces, stops: stop_step(pieces, stops, emit=True),
            "The text ends before the stop string.",
        ),
        Misconception(
            "only the end of the text is searched",
            lambda pieces, stops: stop_step(pieces, stops, at_end=True),
            "A token can carry text behind the stop string: search inside, not only at the end.",
        ),
        Misconception(
            "the first stop of the list, not of the text",
            lambda pieces, stops: stop_step(pieces, stops, first_listed=True),
            "Of several stop strings the one that comes first in the text ends it.",
        ),
        Misconception(
            "text before the stop is lost",
            lambda pieces, stops: stop_step(pieces, stops, whole_piece=True),
            "The last token can carry good text before the stop string; only the stop goes.",
        ),
        Misconception(
            "stop strings are ignored",
            lambda pieces, stops: "".join(pieces),
            "Cut the text before the first stop string.",
        ),
    ),
    distance=_characters,
    unit="characters",
    tolerance=0.0,
)


def _positions_case(rng: random.Random) -> Case:
    return (rng.randrange(2, 4000), rng.randrange(2, 2000), rng.random() < 0.5)


POSITIONS = Question(
    id="02.6",
    title="Positions that the loop computes",
    size_hint="about 3 lines",
    oracle=positions,
    cases=(
        (500, 200, False),
        (500, 200, True),
        (7, 1, False),
        (7, 1, True),
        (1, 10, False),
        (32, 100, True),
    ),
    fresh_case=_positions_case,
    misconceptions=(
        Misconception(
            "the last token is fed too",
            lambda prompt, output, cached: positions(prompt, output, cached, fed=1),
            "The last token is drawn and sent; nothing is computed from it.",
        ),
        Misconception(
            "the last token is fed too",
            lambda prompt, output, cached: (
                prompt + output if cached else output * prompt + output * (output + 1) // 2
            ),
            "The last token is drawn and sent; nothing is computed from it.",
        ),
        Misconception(
            "the prompt is forgotten",
            lambda prompt, output, cached: output if cached else output * (output + 1) // 2,
            "The first pass goes over the whole prompt.",
        ),
        Misconception(
            "the square of the whole length",
            lambda prompt, output, cached: prompt + output if cached else (prompt + output) ** 2,
            "Add up the passes: the first sees the prompt, each later one a token more.",
        ),
        Misconception(
            "every pass as long as the prompt",
            lambda prompt, output, cached: prompt + output - 1 if cached else prompt * output,
            "Without a cache each pass is one token longer than the one before.",
        ),
        Misconception(
            "the cache saves nothing",
            lambda prompt, output, cached: positions(prompt, output, False),
            "With a cache a later pass computes only the one new position.",
        ),
        Misconception(
            "a cache is assumed",
            lambda prompt, output, cached: positions(prompt, output, True),
            "Without a cache every pass computes all positions again.",
        ),
    ),
    distance=apart,
    unit="positions",
    tolerance=0.0,
)

QUESTIONS = (MERGE, STOP, POSITIONS)
