"""What is left in the cache after a round."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.paged_attention.copy_on_write import differences
from tokenworks.checks.picture import named_bars
from tokenworks.checks.plain import Case


def _rounds(rng: Random) -> Case:
    size, gamma = rng.choice([2, 4, 8, 16]), rng.randrange(1, 12)
    accepted = rng.choice([0, gamma, rng.randrange(gamma + 1)])
    cached = rng.randrange(1, 8 * size)
    if rng.random() < 0.4:  # what is kept, or what was written, ends with a block
        end = rng.choice([accepted, gamma])
        cached = size * -(-(end + 2) // size) + size * rng.randrange(4) - end - 1
    return (cached, gamma, accepted, size)


KEPT, UP = "cached + 1 + accepted", "-(-tokens // block_size)"
SIDE = "A block can be given back only if none of its keys are kept: count blocks before and after."


@exercise(
    7,
    examples=(
        Example(
            (5, 4, 1, 4),
            "[7, 2, 1]",
            shows=(
                ("10", lambda cached, gamma, accepted, size: cached + 1 + gamma),
                ("3", lambda cached, gamma, accepted, size: -(-(cached + 1 + gamma) // size)),
            ),
        ),
    ),
    cases=(
        (20, 6, 2, 4),
        (11, 4, 4, 16),
        (13, 5, 2, 8),
        (15, 7, 0, 16),
        (7, 8, 0, 8),
        (9, 9, 1, 2),
        (2, 2, 0, 4),
        (20, 3, 1, 16),
    ),
    draw=_rounds,
    mistakes=(
        Mistake(
            "the rejected tokens stay",
            (KEPT, "cached + 1 + gamma"),
            "Another token stands in the place of the first rejected one, and everything behind it "
            "was computed from the wrong text. These keys have to go.",
        ),
        Mistake(
            "keys of a token that no pass has read",
            (KEPT, "cached + 2 + accepted"),
            "The model's own token came out of this pass. It goes in with the next one, and its "
            "keys are written then.",
        ),
        Mistake(
            "the newest known token is lost",
            (KEPT, "cached + accepted"),
            "The pass read the newest known token in front of the draft, and its keys stay, too.",
        ),
        Mistake(
            "back to where the round began",
            (KEPT, "cached"),
            "What was computed for accepted tokens is right: nobody has to compute it again.",
        ),
        Mistake(
            "a rejected draft is all lost",
            (KEPT, "cached + 1 + (accepted if accepted == gamma else 0)"),
            "The tokens before the first rejected one stand.",
        ),
        Mistake(
            "a block too many at its border",
            (UP, "tokens // block_size + 1"),
            "Keys that end with a block need no further one yet.",
        ),
        Mistake(
            "full blocks alone",
            (UP, "tokens // block_size"),
            "The keys behind the last full block need a block as well.",
        ),
        Mistake(
            "rejected tokens turned into blocks",
            ("blocks[1] - blocks[0]", "-(-(gamma - accepted) // block_size)"),
            SIDE,
        ),
        Mistake(
            "rejected tokens turned into blocks",
            ("blocks[1] - blocks[0]", "(gamma - accepted) // block_size"),
            SIDE,
        ),
        Mistake(
            "the blocks of the pass",
            ("blocks[1] - blocks[0]", "blocks[1]"),
            "Return how many blocks become free, not how many the pass has used.",
        ),
        Mistake(
            "the pass wrote the draft alone",
            ("cached + 1 + gamma", "cached + gamma"),
            "The pass read gamma + 1 tokens, and wrote keys for each: the newest known one comes "
            "first.",
        ),
    ),
    unit="tokens and blocks",
    distance=differences,
    tolerance=0.0,
    length=3,
    answer_unit="",
    picture=named_bars(("tokens kept", "blocks kept", "blocks given back"), ""),
)
def after_the_round(cached, gamma, accepted, block_size):
    """Rollback.

    A cache in blocks of `block_size` tokens holds the keys and values of the first `cached` tokens
    of a text: all that are known but the newest, which no pass has read yet. A pass now reads the
    newest and `gamma` drafted tokens, and writes keys and values for each of them. The first
    `accepted` drafted tokens stand. The model puts a token of its own behind them. Return a list
    of three: how many tokens have keys that stay in the cache, how many blocks hold them, and how
    many of the blocks in use after the pass can be given back.

    Example: `cached` 5, `gamma` 4, `accepted` 1, blocks of 4. After the pass 10 tokens lie in 3
    blocks: `[7, 2, 1]`.
    """
    kept, written = cached + 1 + accepted, cached + 1 + gamma
    blocks = [-(-tokens // block_size) for tokens in (kept, written)]
    return [kept, blocks[0], blocks[1] - blocks[0]]
