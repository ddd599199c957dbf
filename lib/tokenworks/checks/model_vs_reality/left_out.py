"""One constant from what was timed, and a test that is fair."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.plain import Case

MODELS = ("Llama", "Qwen", "Mistral", "DeepSeek", "gpt-oss")


def _timed(rng: Random) -> Case:
    bytes_per_s = rng.choice([2.039e12, 3.35e12, 4.8e12, 8e12])
    models, kernels = rng.sample(MODELS, 3), []
    counts = [rng.choice([3, 5]), rng.choice([2, 4]), rng.choice([2, 4, 4])]
    for model, count in zip(models, counts, strict=True):
        usual = rng.uniform(0.45, 0.9)
        for _ in range(count):
            moved = rng.randrange(2, 600) * 1e6
            share = usual * rng.choice([rng.uniform(0.92, 1.08), rng.uniform(0.3, 0.9)])
            kernels.append([model, moved, float(f"{moved / bytes_per_s / share:.5g}")])
    rng.shuffle(kernels)
    return (kernels, bytes_per_s, models[2])


FIT, OWN = " if kernel[0] != left_out", " if kernel[0] == left_out"
SHARES = "median([moved / bytes_per_s / seconds for _, moved, seconds in others])"
ERRORS, RATIO = "return median([", "abs(moved / rate / seconds - 1)"
LEAK = (
    "The constant must not have seen the model that it is tested on: fit it to the kernels of the "
    "others alone."
)
SEEN = (
    "What a constant was fitted to says little about what it has not seen: score it on the model "
    "that was left out, and on that one alone."
)
MEDIAN = (
    "The sum of |ln(predicted / measured)| is smallest at the median of the shares. A mean is "
    "pulled along by one slow kernel."
)
MEANS = ("mean", "geometric_mean", "harmonic_mean")
TIMED = [
    ["Llama", 33.6e6, 12.54e-6],
    ["Llama", 235e6, 82.5e-6],
    ["Qwen", 12.6e6, 9.9e-6],
    ["Llama", 117e6, 43.1e-6],
    ["Qwen", 47.2e6, 21.2e-6],
    ["gpt-oss", 8.3e6, 6.91e-6],
    ["gpt-oss", 16.6e6, 8.85e-6],
    ["Llama", 67.1e6, 22.3e-6],
    ["Qwen", 94.4e6, 35.9e-6],
    ["gpt-oss", 24.9e6, 13.67e-6],
    ["gpt-oss", 41.5e6, 29.4e-6],
]


@exercise(
    3,
    examples=(
        Example(
            (
                [
                    ["a", 100, 20.0],
                    ["a", 100, 12.5],
                    ["b", 100, 25.0],
                    ["c", 100, 10.0],
                    ["c", 60, 10.0],
                ],
                *(10.0, "c"),
            ),
            "0.6",
            shows=(
                ("0.5", lambda kernels, rate, _: kernels[0][1] / rate / kernels[0][2]),
                ("0.8", lambda kernels, rate, _: kernels[1][1] / rate / kernels[1][2]),
                ("0.4", lambda kernels, rate, _: kernels[2][1] / rate / kernels[2][2]),
                ("20 s", lambda kernels, rate, _: kernels[3][1] / rate / 0.5),
                ("12 s", lambda kernels, rate, _: kernels[4][1] / rate / 0.5),
                ("1", lambda kernels, rate, _: kernels[3][1] / rate / 0.5 / kernels[3][2] - 1),
                ("0.2", lambda kernels, rate, _: kernels[4][1] / rate / 0.5 / kernels[4][2] - 1),
            ),
        ),
    ),
    cases=(
        (TIMED, 3.35e12, "gpt-oss"),
        (TIMED, 3.35e12, "Llama"),
        (
            [
                ["DeepSeek", 14.7e6, 4.21e-6],
                ["Qwen", 88e6, 14.4e-6],
                ["Qwen", 33e6, 6.6e-6],
                ["Mistral", 59e6, 21.1e-6],
                ["DeepSeek", 117e6, 17.2e-6],
                ["DeepSeek", 29.4e6, 5.93e-6],
                ["DeepSeek", 235e6, 37.8e-6],
            ],
            *(8e12, "DeepSeek"),
        ),
        (
            [
                ["Llama", 50e6, 12.5e-6],
                ["Mistral", 50e6, 14.1e-6],
                ["Mistral", 20e6, 9.6e-6],
                ["Llama", 80e6, 19.7e-6],
                ["Qwen", 80e6, 21.6e-6],
                ["Qwen", 44e6, 25.3e-6],
                ["Llama", 10e6, 4.4e-6],
                ["Mistral", 5e6, 3.9e-6],
                ["Mistral", 35e6, 11.7e-6],
            ],
            *(4.8e12, "Mistral"),
        ),
    ),
    draw=_timed,
    mistakes=(
        Mistake("fitted to what it is tested on, too", (FIT, ""), LEAK),
        Mistake("fitted to the one that was left out", ("!= left_out", "== left_out"), LEAK),
        Mistake("scored on what it was fitted to", ("== left_out", "!= left_out"), SEEN),
        Mistake("scored on all kernels", (OWN, ""), SEEN),
        Mistake(
            "fitted and scored on everything",
            ((FIT, ""), (OWN, "")),
            f"{LEAK} Then score it on that model.",
        ),
        *(
            Mistake("a mean of the shares", (SHARES, f"__import__('statistics').{mean}"), MEDIAN)
            for mean in (SHARES.replace("median", name) for name in MEANS)
        ),
        Mistake(
            "bytes in all over time in all",
            (SHARES, "sum(k[1] for k in others) / bytes_per_s / sum(k[2] for k in others)"),
            "In this quotient the large kernels decide alone. Every kernel has one vote here.",
        ),
        Mistake(
            "the data sheet's rate",
            ("share * bytes_per_s", "bytes_per_s"),
            "What you predict with is the share of the rate that the others reach.",
        ),
        Mistake(
            "the share upside down",
            ("share * bytes_per_s", "bytes_per_s / share"),
            "A kernel that reaches half of the rate takes twice the time.",
        ),
        Mistake(
            "errors that cancel",
            (RATIO, "(moved / rate / seconds - 1)"),
            "Too long and too short are both wrong: take the size of each error.",
        ),
        Mistake(
            "a part of what was predicted",
            (RATIO, "abs(seconds / (moved / rate) - 1)"),
            "An error is a part of what was measured, not of what was predicted.",
        ),
        Mistake(
            "the mean of the errors",
            (ERRORS, "return __import__('statistics').mean(["),
            "Asked is the median of the errors: one bad kernel does not move it.",
        ),
        Mistake(
            "seconds in place of a ratio",
            (RATIO, "abs(moved / rate - seconds)"),
            "A microsecond is much for a short kernel and nothing for a long one: divide by what "
            "was measured.",
        ),
    ),
    unit="",
)
def left_out_error(kernels, bytes_per_s, left_out):
    """Fit one constant without leaking.

    A kernel that waits for memory takes its bytes over a share of the data sheet's `bytes_per_s`.
    `kernels` lists what was timed, `[model, bytes, seconds]` each. Choose one share for all, but
    leave one model out. The share with the smallest sum of |ln(predicted / measured)| is the median
    of the shares that the kernels reach by themselves (their number is odd here). Then predict the
    kernels of the model `left_out`. The error of one is |predicted / measured - 1|. Return the
    median of these errors.

    Example: at 10 B/s the kernels of a and b, 100 bytes each, reach 0.5, 0.8 and 0.4, in 20 s,
    12.5 s and 25 s. So the share is 0.5. The two of c, 100 and 60 bytes, both took 10 s. Predicted
    are 20 s and 12 s, which is 1 and 0.2 too much: the median is 0.6.
    """
    from statistics import median

    others = [kernel for kernel in kernels if kernel[0] != left_out]
    own = [kernel for kernel in kernels if kernel[0] == left_out]
    share = median([moved / bytes_per_s / seconds for _, moved, seconds in others])
    rate = share * bytes_per_s
    return median([abs(moved / rate / seconds - 1) for _, moved, seconds in own])
