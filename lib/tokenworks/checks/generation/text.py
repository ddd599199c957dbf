"""Text on both sides of the model: merged into tokens, and stopped as it comes out."""

from __future__ import annotations

from itertools import takewhile
from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case


def _tokens_apart(expected: list[int], got: list[int]) -> int:
    return sum(e != g for e, g in zip(expected, got, strict=False)) + abs(len(expected) - len(got))


def _mergeable(rng: Random) -> Case:
    kind = rng.random()
    if kind < 0.15:  # an odd run: its last token stays
        return ([rng.randrange(1, 4)] * rng.choice([3, 5, 7, 9]), 99)
    if kind < 0.3:  # every pair once
        return (rng.sample(range(10, 60), k=rng.randrange(4, 9)), 99)
    if kind < 0.45:  # a run whose pairs overlap, behind a pair that stands twice
        a, b, *others, c = rng.sample(range(10, 60), k=5)
        return ([a, b, others[0], a, b, others[1]] + [c] * 4, 99)
    return ([rng.randrange(1, 4) for _ in range(rng.randrange(8, 24))], 99)


@exercise(
    1,
    examples=(Example(([1, 2, 3, 1, 2], 9), "[9, 3, 9]"),),
    cases=(
        (list(b"aaabdaaabac"), 256),
        ([1, 2, 3, 1, 2, 3, 1, 2], 9),
        ([1, 1, 1, 1, 1], 9),
        ([5, 6, 1, 2], 9),
        ([3, 1, 2, 4, 1, 2, 2, 2], 9),
        ([1, 2, 1, 2, 3, 3, 3, 3], 9),
        ([4, 1, 2, 3, 2, 3, 1, 2, 5, 3, 2], 9),
    ),
    draw=_mergeable,
    mistakes=(
        Mistake(
            "only the first occurrence",
            ("== pair", "== pair and new_id not in merged"),
            "A merge replaces the pair everywhere, from left to right.",
        ),
        Mistake(
            "overlapping pairs merged from the right",
            (
                ("merged, at = [], 0", "ids, pair, merged, at = ids[::-1], pair[::-1], [], 0"),
                ("return merged", "return merged[::-1]"),
            ),
            "In 1 1 1 the left pair is merged first and its tokens are used up.",
        ),
        Mistake(
            "merged tokens used twice",
            ("2 if hit else 1", "1"),
            "After a merge go on behind both tokens of the pair, not behind the first.",
        ),
        Mistake(
            "every second pair left out",
            ("list(pairwise(ids))", "list(zip(ids[::2], ids[1::2], strict=False))"),
            "ids[1], ids[2] is a pair too: neighbouring pairs overlap.",
        ),
        Mistake(
            "ties go to the largest pair",
            ("key=pairs.count", "key=lambda pair: (pairs.count(pair), pair)"),
            "Of equally common pairs the one that occurs first in the list wins.",
        ),
        Mistake(
            "ties go to the smallest pair",
            ("key=pairs.count", "key=lambda pair: (pairs.count(pair), -pair[0], -pair[1])"),
            "Of equally common pairs the one that occurs first in the list wins.",
        ),
        Mistake(
            "ties go to the last pair",
            ("dict.fromkeys(pairs)", "reversed(dict.fromkeys(pairs))"),
            "Of equally common pairs the one that occurs first in the list wins.",
        ),
        Mistake(
            "the first pair, not the most common",
            ("max(dict.fromkeys(pairs), key=pairs.count)", "pairs[0]"),
            "Count all neighbouring pairs before choosing one.",
        ),
        Mistake(
            "overlapping pairs counted once",
            ("key=pairs.count", "key=lambda pair: bytes(ids).count(bytes(pair))"),
            "In 3 3 3 the pair 3, 3 stands twice: count it at every place, then merge.",
        ),
    ),
    unit="tokens",
    distance=_tokens_apart,
    tolerance=0.0,
)
def merge_most_common_pair(ids, new_id):
    """One merge of byte-pair encoding.

    Count all neighbouring pairs in a list of at least two `ids`: `ids[0], ids[1]`, then
    `ids[1], ids[2]`, and so on. Take the most common pair; of equally common ones the pair that
    occurs first. Return a new list in which the pair is replaced by `new_id` everywhere, from left
    to right. A token that has been merged is used up.

    Example: in `[1, 2, 3, 1, 2]` with `new_id` 9 the pair 1, 2 wins, and the answer is `[9, 3, 9]`.
    """
    from itertools import pairwise

    pairs = list(pairwise(ids))
    pair = max(dict.fromkeys(pairs), key=pairs.count)
    merged, at = [], 0
    while at < len(ids):
        hit = tuple(ids[at : at + 2]) == pair
        merged.append(new_id if hit else ids[at])
        at += 2 if hit else 1
    return merged


def _characters_apart(expected: str, got: str) -> int:
    both = zip(expected, got, strict=False)
    same = len(list(takewhile(lambda pair: pair[0] == pair[1], both)))
    return len(expected) + len(got) - 2 * same


def _cut(text: str, longest: int, *, rng: Random) -> list[str]:
    pieces = []
    while text:
        size = rng.randrange(1, longest + 1)
        pieces, text = [*pieces, text[:size]], text[size:]
    return pieces


def _streamed(rng: Random) -> Case:
    words = [rng.choice(["sea", "foam", "Use", "wave", "<en", "tide", "##"]) for _ in range(6)]
    before, after = " ".join(words[:4]) + " ", " ".join(words[4:])
    if rng.random() < 0.15:  # a long stop in many small pieces
        stop = f"<|{'_'.join(rng.choices(['sea', 'foam', 'wave', 'tide'], k=8))}|>"
        return (_cut(before + stop + after, rng.choice([1, 3]), rng=rng), [stop])
    if rng.random() < 0.2:  # a stop in another that begins earlier and is complete later
        stops = rng.sample(["###", "\n###\n"], k=2)
        longest = rng.randrange(1, 9)
        return (_cut(before + "\n###", longest, rng=rng) + _cut("\n" + after, 9, rng=rng), stops)
    a, b = stops = rng.sample(["###", "User:", "<end>", "Observation:"], k=2)
    if rng.random() < 0.3:  # one token completes several
        return ([*_cut(before, 4, rng=rng), rng.choice([b + a, a + "!" + a]) + after], stops)
    end = rng.choice([a, a + after, a[:-1], after + a[:-1]])
    return (_cut(before + end, rng.choice([1, 3, 30]), rng=rng), stops)


LONG_STOP = "<|end_of_the_tale_of_the_tide|>"


@exercise(
    5,
    examples=(Example((["sea", "#", "##", "x"], ["###"]), '"sea"'),),
    cases=(
        (["Hello", " world", ".\n", "User:", " and"], ["User:"]),
        (["The tide", " rises.\nUs", "er: yes"], ["User:"]),
        (["Foam", " and salt###", " more"], ["User:", "###"]),
        (["one", "<end>two###!", " more"], ["###", "<end>"]),
        (["a sto", "ne says <end>!<end>", " never sent"], ["<end>"]),
        (["Us", "er", " name: Us", "er"], ["User:"]),
        (["salt ", "Ob", "ser", "va", "tion", ":", " wet"], ["Observation:"]),
        (["sea\n", "###", "\n", "foam"], ["\n###\n", "###"]),
        (["salt ", *LONG_STOP, " wet"], [LONG_STOP]),
    ),
    draw=_streamed,
    mistakes=(
        Mistake(
            "each token checked alone",
            (
                ("text.find(stop)", "len(text) - len(piece) + piece.find(stop)"),
                ("stop in text", "stop in piece"),
            ),
            "A stop string can begin in one token and end in the next: search the joined text.",
        ),
        Mistake(
            "the stop string is sent",
            (
                ("[text.find(stop) for", "[(text.find(stop), text.find(stop) + len(stop)) for"),
                ("min(found)", "min(found)[1]"),
            ),
            "The text ends before the stop string.",
        ),
        Mistake(
            "only the end of the text is searched",
            (("text.find(stop)", "len(text) - len(stop)"), ("stop in text", "text.endswith(stop)")),
            "A token can carry text behind the stop string: search inside, not only at the end.",
        ),
        Mistake(
            "the first stop of the list, not of the text",
            ("min(found)", "found[0]"),
            "Of several stop strings the one that comes first in the text ends it.",
        ),
        Mistake(
            "the last occurrence of a stop string",
            ("text.find(stop)", "text.rfind(stop)"),
            "A token can hold a stop string twice: the text ends before the first of them.",
        ),
        Mistake(
            "text before the stop is lost",
            ("text[: min(found)]", "text[: len(text) - len(piece)]"),
            "The last token can carry good text before the stop string; only the stop goes.",
        ),
        Mistake(
            "stop strings are ignored",
            ("if found:", "if False:"),
            "Cut the text before the first stop string.",
        ),
        *(
            Mistake(
                "the look-back is too short",
                ("stop in text", f"stop in text[-len(piece) - {reach} :]"),
                "A stop string can be spread over many tokens: look back as far as the longest.",
            )
            for reach in (10, 20)
        ),
        Mistake(
            "tokens read that were never made",
            ("for piece in pieces", 'for piece in ["".join(pieces)]'),
            "Generation ends with the token that completes a stop string: search after each one.",
        ),
    ),
    unit="characters",
    distance=_characters_apart,
    tolerance=0.0,
)
def text_shown(pieces, stops):
    """Stop strings that straddle tokens.

    The model emits text in `pieces`, one for each token. Generation ends as soon as the joined text
    holds one of the `stops`, wherever it begins and ends. Return the text that the user sees:
    everything before the stop string. Where the last piece completes several stop strings, the one
    that begins first in the text counts. Without a stop string the user sees all of it.

    Example: pieces `["sea", "#", "##", "x"]` with stops `["###"]` show `"sea"`.
    """
    text = ""
    for piece in pieces:
        text += piece
        found = [text.find(stop) for stop in stops if stop in text]
        if found:
            return text[: min(found)]
    return text
