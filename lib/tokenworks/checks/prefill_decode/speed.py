"""How dense a matrix product is, and when the first and the last token arrive."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case

MULTIPLY_ADD = "A multiplication and an addition are two operations."


def _multiplied(rng: Random) -> Case:
    d_in, d_out = rng.sample([576, 1536, 4096, 5120, 8192, 28672], k=2)
    return (rng.choice([1, 7, 32, 100, 500, 2048]), d_in, d_out, rng.choice([1, 2, 4]))


@exercise(
    1,
    examples=(
        Example(
            (1, 3, 6, 2),
            "0.667",
            shows=(
                ("36 operations", lambda rows, d_in, d_out, width: 2 * rows * d_in * d_out),
                ("54 bytes", lambda t, i, o, width: width * (i * o + t * i + t * o)),
            ),
        ),
    ),
    cases=(
        (1, 8192, 8192, 2),
        (500, 8192, 1024, 2),
        (2048, 576, 1536, 4),
        (64, 8192, 28672, 1),
    ),
    draw=_multiplied,
    mistakes=(
        Mistake(
            "activations forgotten",
            (" + rows * d_in + rows * d_out", ""),
            "The weights are not all that moves: the rows go in and the results come out.",
        ),
        Mistake("a multiply-add counted once", ("2 * rows", "rows"), MULTIPLY_ADD),
        Mistake(
            "values for bytes",
            ("(bytes_per_value * values)", "values"),
            "Count bytes: every value that moves takes bytes_per_value of them.",
        ),
        Mistake(
            "weights read once for every row",
            ("values = d_in", "values = rows * d_in"),
            "All rows are multiplied by the same matrix, which is read once for all of them.",
        ),
        Mistake(
            "results not written",
            (" + rows * d_out", ""),
            "The results have to reach memory too: rows times d_out values.",
        ),
        Mistake(
            "rows not read",
            (" + rows * d_in", ""),
            "The rows have to be read too: rows times d_in values.",
        ),
        Mistake(
            "bytes for each operation",
            ("operations / (bytes_per_value * values)", "bytes_per_value * values / operations"),
            "The fraction is upside down: operations over bytes.",
        ),
    ),
    unit="flops_per_byte",
)
def intensity(rows, d_in, d_out, bytes_per_value):
    """Intensity of a matrix product.

    `rows` vectors of `d_in` values are multiplied by a matrix of `d_in` by `d_out` weights. Every
    value, weight or not, takes `bytes_per_value` bytes. The matrix is read once, the vectors are
    read once, and the results are written once. A multiplication and an addition are two
    operations. Return the operations for each byte moved.

    Example: one row, 3 values in, 6 out, 2 bytes each: 36 operations over 54 bytes give 0.667.
    """
    operations = 2 * rows * d_in * d_out
    values = d_in * d_out + rows * d_in + rows * d_out
    return operations / (bytes_per_value * values)


def _prefilled(rng: Random) -> Case:
    parameters, *shape = rng.choice(
        [(7e9, 32, 32, 128), (68e9, 80, 64, 128), (0.1e9, 30, 9, 64), (32e9, 48, 40, 128)]
    )
    tokens = rng.randrange(200, 90_000)
    return (parameters * rng.uniform(0.8, 1.2), *shape, tokens, rng.randrange(100, 8000) * 1e12)


@exercise(
    2,
    examples=(Example((1000, 1, 1, 2, 3, 1), "6,048 seconds"),),
    cases=(
        (68e9, 80, 64, 128, 500, 624e12),
        (68e9, 80, 64, 128, 32768, 7915e12),
        (7e9, 32, 32, 128, 100_000, 989e12),
        (0.1e9, 30, 9, 64, 500, 0.2e12),
    ),
    draw=_prefilled,
    mistakes=(
        Mistake(
            "attention forgotten",
            (" + attention", ""),
            "Besides the weights, every token is compared with the tokens before it.",
        ),
        Mistake(
            "the mask saves nothing",
            ("(prompt_tokens + 1) / 2", "prompt_tokens"),
            "A token looks at itself and at those before it: T (T + 1) / 2 pairs, not T x T.",
        ),
        Mistake(
            "half a square of pairs",
            ("(prompt_tokens + 1) / 2", "prompt_tokens / 2"),
            "T x T / 2 counts only half of a token's look at itself: it is T (T + 1) / 2.",
        ),
        Mistake(
            "no token sees itself",
            ("prompt_tokens + 1", "prompt_tokens - 1"),
            "A token looks at itself too: T (T + 1) / 2 pairs, not T (T - 1) / 2.",
        ),
        Mistake(
            "every token sees only itself",
            ("prompt_tokens * (prompt_tokens + 1) / 2", "prompt_tokens"),
            "Token 5 looks at five tokens: the pairs add up to T (T + 1) / 2.",
        ),
        Mistake(
            "the attention of one layer", ("n_layers * ", ""), "Attention happens in every layer."
        ),
        Mistake(
            "a multiply-add counted once", ("/ flops_per_s", "/ 2 / flops_per_s"), MULTIPLY_ADD
        ),
        Mistake(
            "one token only",
            (
                ("prompt_tokens * (prompt_tokens + 1) / 2", "prompt_tokens"),
                ("parameters * prompt_tokens", "parameters"),
            ),
            "All tokens of the prompt must pass before the first new one comes out.",
        ),
        Mistake(
            "the values are not mixed",
            ("4 * ", "2 * "),
            "Attention has two products: queries with keys, then the weights with the values.",
        ),
    ),
    unit="seconds",
)
def first_token_seconds(parameters, n_layers, n_heads, d_head, prompt_tokens, flops_per_s):
    """The floor under the first token.

    Every token of the prompt is multiplied by `parameters` weights. In each of `n_layers` layers
    and `n_heads` heads, every token's query is multiplied with the keys of the tokens up to and
    including itself, and the result mixes their values; keys and values have `d_head` elements. The
    chips together do `flops_per_s` operations a second; a multiplication and an addition are two
    operations. Return the shortest time, in seconds, if nothing but this arithmetic took any. (The
    output matrix is not counted: only the last token needs it.)

    Example: 1,000 parameters, 1 layer, 1 head of 2 elements, 3 tokens and 1 operation a second give
    6,048 seconds.
    """
    pairs = prompt_tokens * (prompt_tokens + 1) / 2  # token t looks at t tokens
    attention = 4 * n_layers * n_heads * d_head * pairs
    return (2 * parameters * prompt_tokens + attention) / flops_per_s


def _waited(rng: Random) -> Case:
    queue, prefill = rng.randrange(1, 500) / 1000, rng.randrange(20, 3000) / 1000
    return (queue, prefill, rng.randrange(3, 90) / 1000, rng.choice([1, rng.randrange(2, 900)]))


@exercise(
    3,
    examples=(Example((0, 1, 0.5, 3), "2 seconds"),),
    cases=(
        (0.0, 0.143, 0.034, 650),
        (0.5, 0.2, 0.03, 1),
        (1.5, 2.0, 0.05, 2),
        (0.25, 0.4, 0.01, 101),
    ),
    draw=_waited,
    mistakes=(
        Mistake(
            "one step too many",
            ("(output_tokens - 1)", "output_tokens"),
            "The prefill already yields the first token: count the gaps between tokens.",
        ),
        Mistake(
            "one step too few",
            ("(output_tokens - 1)", "max(0, output_tokens - 2)"),
            "Between N tokens lie N - 1 gaps.",
        ),
        Mistake(
            "the queue is forgotten",
            ("queue_seconds + ", ""),
            "The user's clock starts when the request is sent, not when it is taken up.",
        ),
        Mistake(
            "the first token is forgotten",
            ("first_token + (output_tokens - 1)", "output_tokens"),
            "Before any step the request waits in the queue and its prompt is read.",
        ),
        Mistake(
            "the prefill is forgotten",
            (" + prefill_seconds", ""),
            "The first token comes at the end of the prefill, which takes its time too.",
        ),
        Mistake(
            "the prompt is read for every token",
            ("+ prefill_seconds", "+ output_tokens * prefill_seconds"),
            "The cache keeps what the prefill computed, so the prompt is read once.",
        ),
        Mistake(
            "the first token only",
            (" + (output_tokens - 1) * step_seconds", ""),
            "That is when the first token arrives; the last one ends the wait.",
        ),
    ),
    unit="seconds",
)
def user_seconds(queue_seconds, prefill_seconds, step_seconds, output_tokens):
    """What the user waits for.

    A request waits `queue_seconds`. Then its prompt is read in `prefill_seconds`, at the end of
    which the first token is there. Every later token takes `step_seconds`. Return the seconds from
    sending the request to the last of `output_tokens` tokens; there is at least one.

    Example: no queue, a prefill of 1 second and 3 tokens with steps of 0.5 seconds take 2 seconds.
    """
    first_token = queue_seconds + prefill_seconds
    return first_token + (output_tokens - 1) * step_seconds
