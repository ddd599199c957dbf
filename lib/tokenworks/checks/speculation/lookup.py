"""A draft that is looked up in the text itself."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.paged_attention.copy_on_write import differences
from tokenworks.checks.plain import Case


def _texts(rng: Random) -> Case:
    tokens, longest = rng.choice([3, 4, 9]), rng.randrange(2, 5)
    ids = [rng.randrange(tokens) for _ in range(rng.randrange(6, 18))]
    kind = rng.random()
    if kind < 0.4:  # the end stands earlier, twice, with different tokens after it
        end = ids[-rng.randrange(1, longest + 2) :]
        ids = [*end, rng.randrange(tokens), *ids, *end, rng.randrange(tokens), *ids[:2], *end]
    elif kind < 0.55:  # the last token stands at the very beginning, and nowhere else
        ids = [tokens, *ids[: rng.randrange(3, 6)], tokens]
    elif kind < 0.7:  # it is a new one, and comes twice
        ids += [tokens] * 2
    elif kind < 0.85:  # an end that overlaps itself, and stood by itself before
        ids = ([*ids[:2]] * longest)[: longest + 2]
        ids = [*ids[:longest], tokens, *ids] if len(set(ids)) > 1 else [*ids, *ids]
    elif kind < 0.9:  # nothing is found
        ids[-1] = tokens
    elif kind < 0.95:  # shorter than the longest end
        ids = ids[: rng.randrange(1, longest + 1)]
    return (ids, rng.randrange(1, 6), longest)


COPY = "for i in range(gamma):\n                    draft.append((ids + draft)[at + n + i])"
SLICE = "draft += ids[at + n : at + n + gamma]"
ITSELF = "range(len(ids) - n, -1, -1)"
BEFORE = (
    "The end of the text always matches itself, and nothing stands after it. Look at places before "
    "it."
)
MOST = "sorted(range(len(ids) - n), key=lambda at: (min(gamma, len(ids) - n - at), at))[::-1]"
STARTS = "range(len(ids) - n - 1, -1, -1)"


@exercise(
    8,
    examples=(Example(([5, 1, 2, 7, 1, 2, 8, 1, 2], 4, 2), "[8, 1, 2, 8]"),),
    cases=(
        ([1, 2, 3, 9, 4, 1, 2, 3, 8, 6, 1, 2, 3], 2, 3),
        ([7, 3, 5, 2, 3, 6, 6, 2, 8, 3, 5, 1, 5, 4, 3, 5], 3, 3),
        ([4, 4, 4, 4, 4], 4, 2),
        ([5, 6, 7, 8], 3, 2),
        ([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5], 5, 4),
        ([2, 7, 1, 8, 2, 7], 6, 2),
        ([6, 6], 2, 4),
        ([1, 2, 1, 7, 1, 2, 1, 2, 1], 2, 3),
    ),
    draw=_texts,
    mistakes=(
        Mistake(
            "the first occurrence",
            (STARTS, "range(len(ids) - n)"),
            "Of several places take the last: what was written a moment ago is nearer to what "
            "comes now.",
        ),
        Mistake(
            "the match with the most tokens behind it",
            (STARTS, MOST),
            "The last match is wanted, even when only a few tokens follow it.",
        ),
        Mistake("it finds the end itself", (STARTS, ITSELF), BEFORE),
        Mistake("it finds the end itself", ((STARTS, ITSELF), (COPY, SLICE)), BEFORE),
        Mistake(
            "short ends first",
            ("range(longest, 0, -1)", "range(1, longest + 1)"),
            "Try the longest end first: the more tokens agree, the likelier is the next one. A "
            "single token is found wherever a longer end is, and it says little.",
        ),
        Mistake(
            "the longest end alone",
            ("range(longest, 0, -1)", "range(longest, longest - 1, -1)"),
            "Where the longest end is not found a shorter one may be, down to a single token.",
        ),
        Mistake(
            "the copy ends with the text",
            (COPY, SLICE),
            "Where the text ends the draft goes on with what it has copied. A text that repeats "
            "itself is guessed as far ahead as wanted.",
        ),
        Mistake(
            "past the end of the text",
            ("(ids + draft)[at + n + i]", "ids[at + n + i]"),
            "There is no token behind the last one. What stands there next is the first one of the "
            "draft.",
        ),
        Mistake(
            "back to the beginning of the text",
            ("(ids + draft)[at + n + i]", "ids[(at + n + i) % len(ids)]"),
            "Behind the end of the text stands what has been copied, not its beginning.",
        ),
        Mistake(
            "the match is drafted again",
            ("[at + n + i]", "[at + i]"),
            "These tokens stand at the end already. The draft is what comes after them.",
        ),
        Mistake(
            "a token is left out",
            (("range(gamma)", "range(gamma + 1)"), ("return draft", "return draft[1:]")),
            "The draft begins with the token right after the match.",
        ),
        Mistake(
            "everything to the end",
            (COPY, "draft += ids[at + n :]"),
            "The draft has `gamma` tokens, however many stand behind the match.",
        ),
        Mistake(
            "a match that overlaps the end is left out",
            (STARTS, "range(len(ids) - 2 * n, -1, -1)"),
            "A match may overlap the end. In a text that repeats itself that is the best one.",
        ),
    ),
    unit="tokens",
    distance=differences,
    tolerance=0.0,
    answer_unit="",
)
def looked_up(ids, gamma, longest):
    """Prompt lookup.

    A draft without a model: what the text says next may stand in it already. Take the last
    `longest` tokens of `ids`, and look for the same tokens at an earlier place; it may overlap the
    end. If there are several, take the last of them. If there is none, try with one token fewer,
    down to a single one. Return the `gamma` tokens that follow the match; if the text ends before,
    go on with the copy, as if it stood behind the text. Return an empty list if nothing is found.

    Example: `[5, 1, 2, 7, 1, 2, 8, 1, 2]` with `gamma` 4 and `longest` 2. The end `[1, 2]` stands
    twice before. Behind the last place come 8, 1 and 2, and then what is copied: `[8, 1, 2, 8]`.
    """
    for n in range(longest, 0, -1):
        for at in range(len(ids) - n - 1, -1, -1):
            if ids[at : at + n] == ids[-n:]:
                draft = []
                for i in range(gamma):
                    draft.append((ids + draft)[at + n + i])
                return draft
    return []
