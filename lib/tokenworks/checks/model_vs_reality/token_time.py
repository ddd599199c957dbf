"""The time a token from a table of kernels, and the prompts of the other users in it."""

from __future__ import annotations

from random import Random
from typing import Any

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case

CHIPS = ((312e12, 2.039e12), (989e12, 3.35e12), (989e12, 4.8e12), (2250e12, 8e12))


def _step(rng: Random) -> Case:
    (peak, bandwidth), kernels = rng.choice(CHIPS), []
    for bound in rng.sample(["arithmetic", "memory", "memory", "both"], rng.randrange(3, 5)):
        moved = rng.randrange(5, 400) * 1e6
        turning = moved * peak / bandwidth
        flops = turning * {"arithmetic": 5.0, "memory": 0.1, "both": 1.0}[bound]
        shares = [rng.randrange(40, 75) / 100, rng.randrange(55, 95) / 100]
        launch = rng.choice([2e-6, 4e-6, 1e-5, 3.4e-5])
        kernels.append(
            [rng.choice([2, 16, 32, 61, 80]), float(f"{flops:.4g}"), moved, *shares, launch]
        )
    prompt, answer = rng.randrange(20, 900) / 1000, rng.choice([100, 256, 1000, 1024])
    return (kernels, peak, bandwidth, rng.choice([1, 2, 8, 16, 64]), prompt, answer)


def _totals(
    kernels: Any, flops_per_s: Any, bytes_per_s: Any, users: Any, prompt_seconds: Any, tokens: Any
) -> Any:
    multiplying = sum(n * f / c / flops_per_s for n, f, _, c, _, _ in kernels)
    moving = sum(n * b / m / bytes_per_s for n, _, b, _, m, _ in kernels)
    launches = sum(n * launch for n, *_, launch in kernels)
    return max(multiplying, moving) + launches + (users - 1) * prompt_seconds / tokens


LONGER = "max(multiplying, moving)"
OTHERS = "(users - 1) * prompt_seconds / output_tokens"
LINES = [
    [32, 6.4e9, 50.4e6, 0.76, 0.81, 4.2e-6],
    [32, 4.3e9, 33.6e6, 0.76, 0.81, 4.2e-6],
    [32, 1.1e9, 134.2e6, 1.0, 0.84, 1.05e-5],
    [64, 15.0e9, 117.4e6, 0.76, 0.81, 4.2e-6],
]


@exercise(
    5,
    examples=(
        Example(
            ([[2, 40, 10, 0.5, 0.5, 1.0], [1, 10, 60, 0.5, 0.5, 1.0]], 20.0, 10.0, 4, 5.0, 10),
            "24.5 s",
            shows=(
                ("4 s", lambda kernels, peak, *_: kernels[0][1] / (0.5 * peak)),
                ("2 s", lambda kernels, peak, rate, *_: kernels[0][2] / (0.5 * rate)),
                ("5 s", lambda kernels, peak, rate, *_: 4 + kernels[0][5]),
                ("12 s", lambda kernels, peak, rate, *_: kernels[1][2] / (0.5 * rate)),
                ("13 s", lambda kernels, peak, rate, *_: 12 + kernels[1][5]),
                ("15 s", lambda *case: (case[3] - 1) * case[4]),
                ("1.5 s", lambda *case: (case[3] - 1) * case[4] / case[5]),
            ),
        ),
    ),
    cases=(
        (LINES, 989e12, 3.35e12, 16, 0.048, 1024),
        (LINES, 989e12, 3.35e12, 1, 0.048, 1024),
        ([[80, 210e9, 212e6, 0.7, 0.81, 4e-6], *LINES], 989e12, 4.8e12, 64, 0.31, 256),
        ([[61, 44e9, 352e6, 0.49, 0.82, 3.4e-5], LINES[2]], 2250e12, 8e12, 8, 0.9, 1000),
        (
            [[80, 9e9, 268e6, 0.62, 0.88, 6e-6], [80, 60e9, 92e6, 0.5, 0.9, 8e-6]],
            *(312e12, 2.039e12, 2, 0.5, 100),
        ),
    ),
    draw=_step,
    mistakes=(
        Mistake(
            "multiplying and moving added",
            (LONGER, "(multiplying + moving)"),
            "A kernel multiplies while it moves: the longer of the two counts.",
        ),
        Mistake(
            "the shorter of the two",
            ("max(", "min("),
            "A kernel is done when both are done: the longer of the two counts.",
        ),
        Mistake(
            "the larger of the sums",
            _totals,
            "Kernels run one after another. Each waits for its own longer part, so choose it for "
            "each kernel and add up then.",
        ),
        Mistake(
            "memory alone",
            (LONGER, "moving"),
            "Some kernels of a step wait for the arithmetic: take the longer of the two.",
        ),
        Mistake(
            "launches forgotten",
            (" + launch", ""),
            "Every call is started, and that takes its launch on top of the work.",
        ),
        Mistake(
            "one launch for all calls",
            (f"calls * ({LONGER}", f"(calls * {LONGER}"),
            "Each call is a launch: multiply work and launch by the calls.",
        ),
        Mistake(
            "every kernel called once",
            ("calls * (", "("),
            "A kernel of a layer runs in every layer: multiply by its calls.",
        ),
        Mistake(
            "the floor",
            (("(compute * flops_per_s)", "flops_per_s"), ("(memory * bytes_per_s)", "bytes_per_s")),
            "That is what nothing beats. Kernels reach a share of each rate: use the shares.",
        ),
        Mistake(
            "the shares upside down",
            (
                ("(compute * flops_per_s)", "flops_per_s * compute"),
                ("(memory * bytes_per_s)", "bytes_per_s * memory"),
            ),
            "A share of the rate makes the time longer. This is faster than the floor.",
        ),
        Mistake(
            "the shares swapped",
            (
                ("compute * flops_per_s", "memory * flops_per_s"),
                ("memory * bytes", "compute * bytes"),
            ),
            "The first share is of the arithmetic, the second of the memory.",
        ),
        Mistake(
            "everybody's prompt",
            ("(users - 1)", "users"),
            "Your own prompt was read before your first token. Only those of the others come "
            "between your tokens.",
        ),
        Mistake(
            "nobody's prompt",
            (f" + {OTHERS}", ""),
            "While you wait for tokens, the prompts of the other users are read, too.",
        ),
        Mistake(
            "one other user",
            ("(users - 1) * ", ""),
            "Each of the others has a prompt that is read while you are answered.",
        ),
        Mistake(
            "whole prompts at every token",
            (" / output_tokens", ""),
            "The others' prompts are read once in the time of your whole answer: share that out "
            "among its tokens.",
        ),
        Mistake(
            "prompts shared out among the users",
            ("/ output_tokens", "/ users / output_tokens"),
            "Everybody waits for every prompt: the users do not share that time out.",
        ),
    ),
    unit="seconds",
)
def expected_tpot(kernels, flops_per_s, bytes_per_s, users, prompt_seconds, output_tokens):
    """Predict before you look.

    A decode step runs kernels one after another. `kernels` has a row `[calls, flops, bytes,
    compute_share, memory_share, launch]` for each. One call multiplies at the compute share of the
    chip's `flops_per_s` and moves its bytes at the memory share of `bytes_per_s`, both at the same
    time; starting it takes `launch` seconds more. There are `users` users in all, each of whom
    sends a new request as soon as the last one is answered. So in the time of one answer, which has
    `output_tokens` tokens, the server stops to read one prompt of every other user, in
    `prompt_seconds` each. Return the seconds a token that a user should expect.

    Example: at 20 FLOP/s and 10 B/s, all shares 0.5. The first kernel multiplies for 4 s and moves
    for 2 s; with its launch a call takes 5 s, and it is called twice. The second moves for 12 s and
    takes 13 s. Three others have prompts of 5 s: 15 s in 10 tokens, so 1.5 s a token. In all
    24.5 s.
    """
    step = 0
    for calls, flops, moved, compute, memory, launch in kernels:
        multiplying = flops / (compute * flops_per_s)
        moving = moved / (memory * bytes_per_s)
        step += calls * (max(multiplying, moving) + launch)
    return step + (users - 1) * prompt_seconds / output_tokens
