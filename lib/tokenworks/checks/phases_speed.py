"""Questions of chapter 03 about speed: intensity, time to first token, what a user waits for."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from tokenworks.checks.plain import apart
from tokenworks.checks.question import Case, Misconception, Question
from tokenworks.cost.roofline import matmul_operation
from tokenworks.cost.step_time import attention_flops_per_token, flops_per_token, user_seconds
from tokenworks.specs import ModelSpec, model_spec


def _intensity(*case: Any) -> float:
    rows, d_in, d_out, width = case
    return matmul_operation(
        rows, d_in, d_out, bytes_per_param=width, bytes_per_activation=width
    ).intensity


def _intensity_case(rng: random.Random) -> Case:
    d_in, d_out = rng.sample([576, 1536, 4096, 5120, 8192, 28672], k=2)
    return (rng.choice([1, 7, 32, 100, 500, 2048]), d_in, d_out, rng.choice([1, 2, 4]))


INTENSITY = Question(
    id="03.1",
    title="Intensity of a matrix product",
    size_hint="about 3 lines",
    oracle=_intensity,
    cases=(
        (1, 8192, 8192, 2),
        (500, 8192, 1024, 2),
        (2048, 576, 1536, 4),
        (64, 8192, 28672, 1),
    ),
    fresh_case=_intensity_case,
    misconceptions=(
        Misconception(
            "activations forgotten",
            lambda rows, d_in, d_out, width: 2 * rows / width,
            "The weights are not all that moves: the rows go in and the results come out.",
        ),
        Misconception(
            "a multiply-add counted once",
            lambda *case: _intensity(*case) / 2,
            "A multiplication and an addition are two operations.",
        ),
        Misconception(
            "numbers for bytes",
            lambda *case: _intensity(*case) * case[3],
            "Count bytes: every number that moves takes bytes_per_number of them.",
        ),
        Misconception(
            "weights read once for every row",
            lambda rows, d_in, d_out, width: (
                2 * d_in * d_out / (width * (d_in * d_out + d_in + d_out))
            ),
            "All rows are multiplied by the same matrix, which is read once for all of them.",
        ),
        Misconception(
            "results not written",
            lambda rows, d_in, d_out, width: (
                2 * rows * d_in * d_out / (width * (d_in * d_out + rows * d_in))
            ),
            "The results have to reach memory too: rows times d_out numbers.",
        ),
        Misconception(
            "rows not read",
            lambda rows, d_in, d_out, width: (
                2 * rows * d_in * d_out / (width * (d_in * d_out + rows * d_out))
            ),
            "The rows have to be read too: rows times d_in numbers.",
        ),
        Misconception(
            "bytes for each operation",
            lambda *case: 1 / _intensity(*case),
            "The fraction is upside down: operations over bytes.",
        ),
    ),
    distance=apart,
    unit="flops_per_byte",
)


def _model(*shape: int) -> ModelSpec:
    n_layers, n_heads, d_head = shape
    spec = model_spec("llama-3-8b")
    return replace(spec, n_layers=n_layers, n_heads=n_heads, d_head=d_head, n_kv_heads=n_heads)


def _pairs(tokens: int) -> float:
    """Return how many (query, key) pairs causal attention looks at."""
    return tokens * (tokens + 1) / 2


def _first(*case: Any, pairs: Any = _pairs, per_weight: float = 2.0, layers: bool = True) -> float:
    """Return the floor with parts left out, as the mistakes do."""
    parameters, *shape, tokens, flops_per_s = case
    n_layers, n_heads, d_head = shape
    spec = _model(n_layers if layers else 1, n_heads, d_head)
    attention = attention_flops_per_token(spec, 1) * pairs(tokens)
    return (flops_per_token(parameters) / 2 * per_weight * tokens + attention) / flops_per_s


def _first_case(rng: random.Random) -> Case:
    shape = rng.choice([(32, 32, 128), (80, 64, 128), (30, 9, 64), (48, 40, 128)])
    parameters = rng.randrange(1, 400) * 1e9
    return (parameters, *shape, rng.randrange(200, 90_000), rng.randrange(100, 8000) * 1e12)


FIRST_TOKEN = Question(
    id="03.2",
    title="The floor under the first token",
    size_hint="about 4 lines",
    oracle=_first,
    cases=(
        (68e9, 80, 64, 128, 500, 624e12),
        (68e9, 80, 64, 128, 32768, 7915e12),
        (7e9, 32, 32, 128, 100_000, 989e12),
        (0.1e9, 30, 9, 64, 500, 0.2e12),
    ),
    fresh_case=_first_case,
    misconceptions=(
        Misconception(
            "attention forgotten",
            lambda *case: _first(*case, pairs=lambda tokens: 0),
            "Besides the weights, every token is compared with the tokens before it.",
        ),
        Misconception(
            "the mask saves nothing",
            lambda *case: _first(*case, pairs=lambda tokens: tokens**2),
            "A token looks at itself and at those before it: T (T + 1) / 2 pairs, not T x T.",
        ),
        Misconception(
            "no token sees itself",
            lambda *case: _first(*case, pairs=lambda tokens: tokens * (tokens - 1) / 2),
            "A token looks at itself too: T (T + 1) / 2 pairs, not T (T - 1) / 2.",
        ),
        Misconception(
            "every token sees only itself",
            lambda *case: _first(*case, pairs=lambda tokens: tokens),
            "Token 5 looks at five tokens: the pairs add up to T (T + 1) / 2.",
        ),
        Misconception(
            "the attention of one layer",
            lambda *case: _first(*case, layers=False),
            "Attention happens in every layer.",
        ),
        Misconception(
            "a multiply-add counted once",
            lambda *case: _first(*case) / 2,
            "A multiplication and an addition are two operations.",
        ),
        Misconception(
            "one token only",
            lambda *case: _first(*case, per_weight=2 / case[4], pairs=lambda tokens: tokens),
            "All tokens of the prompt must pass before the first new one comes out.",
        ),
        Misconception(
            "the values are not mixed",
            lambda *case: _first(*case, pairs=lambda tokens: _pairs(tokens) / 2),
            "Attention has two products: queries with keys, then the weights with the values.",
        ),
    ),
    distance=apart,
    unit="seconds",
)


def _wait(*case: Any) -> float:
    queue, prefill, step, output_tokens = case
    return user_seconds(queue + prefill, step, output_tokens)


def _wait_case(rng: random.Random) -> Case:
    queue, prefill = rng.randrange(1, 500) / 1000, rng.randrange(20, 3000) / 1000
    return (queue, prefill, rng.randrange(3, 90) / 1000, rng.randrange(2, 900))


USER_WAIT = Question(
    id="03.3",
    title="What the user waits for",
    size_hint="about 2 lines",
    oracle=_wait,
    cases=(
        (0.0, 0.143, 0.034, 650),
        (0.5, 0.2, 0.03, 1),
        (1.5, 2.0, 0.05, 2),
        (0.25, 0.4, 0.01, 101),
    ),
    fresh_case=_wait_case,
    misconceptions=(
        Misconception(
            "one step too many",
            lambda queue, prefill, step, n: queue + prefill + n * step,
            "The prefill already yields the first token: count the gaps, not the posts.",
        ),
        Misconception(
            "one step too few",
            lambda queue, prefill, step, n: queue + prefill + max(0, n - 2) * step,
            "Between N tokens lie N - 1 gaps.",
        ),
        Misconception(
            "the queue is forgotten",
            lambda queue, prefill, step, n: prefill + (n - 1) * step,
            "The user's clock starts when the request is sent, not when it is taken up.",
        ),
        Misconception(
            "the first token is forgotten",
            lambda queue, prefill, step, n: n * step,
            "Before any step the request waits in the queue and its prompt is read.",
        ),
        Misconception(
            "the prefill is forgotten",
            lambda queue, prefill, step, n: queue + (n - 1) * step,
            "The first token comes at the end of the prefill, which takes its time too.",
        ),
        Misconception(
            "the prompt is read for every token",
            lambda queue, prefill, step, n: queue + n * prefill + (n - 1) * step,
            "The cache keeps what the prefill computed, so the prompt is read once.",
        ),
        Misconception(
            "the first token only",
            lambda queue, prefill, step, n: queue + prefill,
            "That is when the first token arrives; the last one ends the wait.",
        ),
    ),
    distance=apart,
    unit="seconds",
)

QUESTIONS = (INTENSITY, FIRST_TOKEN, USER_WAIT)
