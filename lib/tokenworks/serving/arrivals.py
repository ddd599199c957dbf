"""When requests come and how long they are: drawn with a seed, or read from a trace."""

from __future__ import annotations

import csv
import math
from bisect import bisect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from random import Random

from tokenworks.number import Number
from tokenworks.serving.request import Request

Draw = Callable[[Random], int]
COLUMNS = ("arrival_seconds", "prompt_tokens", "output_tokens")


@dataclass(frozen=True)
class Lengths:
    """Where a request's two lengths come from, each drawn by itself."""

    prompt_tokens: Draw
    output_tokens: Draw

    def draw(self, random: Random) -> tuple[int, int]:
        """Return the lengths of one request: prompt and output."""
        return self.prompt_tokens(random), self.output_tokens(random)


@dataclass(frozen=True)
class Samples:
    """Pairs of prompt and output lengths that occurred together, drawn with equal chances."""

    pairs: Sequence[tuple[int, int]]

    def draw(self, random: Random) -> tuple[int, int]:
        """Return the lengths of one request: prompt and output."""
        return random.choice(self.pairs)


def fixed(tokens: int) -> Draw:
    """Return the same length every time."""
    _require(tokens >= 1, f"tokens must be at least 1, got {tokens!r}")
    return lambda random: tokens


def uniform(least: int, most: int) -> Draw:
    """Return a length from `least` to `most`, both included, each as likely."""
    _require(1 <= least <= most, f"least must be from 1 to most ({most}), got {least!r}")
    return lambda random: random.randint(least, most)


def geometric(mean_tokens: Number) -> Draw:
    """Return a length that ends after each token with the same chance: the memoryless answer.

    The steps of a request are then a discrete exponential service time.
    """
    _require(1 <= mean_tokens < math.inf, f"mean_tokens must be at least 1, got {mean_tokens!r}")
    if mean_tokens == 1:
        return fixed(1)
    scale = math.log1p(-1 / mean_tokens)
    return lambda random: 1 + int(math.log(1.0 - random.random()) / scale)


def lognormal(
    *,
    sigma: Number,
    mean_tokens: Number | None = None,
    median_tokens: Number | None = None,
    most: int | None = None,
) -> Draw:
    """Return a length whose logarithm is normal with deviation `sigma`: a heavy tail.

    Give the mean (exp(μ + σ²/2)) or the median (exp μ), not both. It is rounded to whole tokens,
    at least 1; above `most` it is cut to it, which lowers the mean.
    """
    _require(0 <= sigma < math.inf, f"sigma must be at least 0, got {sigma!r}")
    given = [x for x in (mean_tokens, median_tokens) if x is not None]
    if len(given) != 1 or not 1 <= given[0] < math.inf:
        raise ValueError(f"give mean_tokens or median_tokens, one of them, from 1; got {given}")
    mu = math.log(given[0]) - (sigma * sigma / 2 if median_tokens is None else 0.0)
    cap = math.inf if most is None else most
    return lambda random: max(1, round(min(cap, math.exp(random.gauss(mu, sigma)))))


def weighted(tokens: Sequence[int], weights: Sequence[Number]) -> Draw:
    """Return one of these lengths with chances in proportion to its weight."""
    if len(tokens) != len(weights) or not tokens or min(weights) < 0 or not sum(weights):
        raise ValueError("give as many weights as lengths, none below 0 and not all 0")
    sums = list(accumulate(weights))
    return lambda random: tokens[bisect(sums, random.random() * sums[-1])]


def poisson(
    rate_per_s: Number,
    count: int,
    *,
    lengths: Lengths | Samples,
    seed: int,
    max_tokens: int | None = None,
) -> list[Request]:
    """Return `count` requests that come independently of each other, `rate_per_s` on average.

    The gaps are exponential. One seed gives the same lengths at every rate, and gaps that only
    scale. Clients ask for `max_tokens`, or for exactly their answer where it is None.
    """
    return _drawn((rate_per_s, 1.0), count, lengths=lengths, seed=seed, max_tokens=max_tokens)


def bursty(
    rate_per_s: Number,
    count: int,
    *,
    gap_cv: Number,
    lengths: Lengths | Samples,
    seed: int,
    max_tokens: int | None = None,
) -> list[Request]:
    """Return requests with gamma-distributed gaps: many close together, then a long pause.

    `gap_cv` is the gaps' deviation over their mean: 1 is Poisson, above it bursts, 0 is a clock.
    Source: https://arxiv.org/abs/2401.17644 (BurstGPT fits gamma gaps to a real service);
    vLLM's load generator calls the shape, 1 / gap_cv², burstiness.
    """
    _require(0 <= gap_cv < math.inf, f"gap_cv must be at least 0, got {gap_cv!r}")
    return _drawn((rate_per_s, gap_cv), count, lengths=lengths, seed=seed, max_tokens=max_tokens)


def _drawn(
    process: tuple[Number, Number],
    count: int,
    *,
    lengths: Lengths | Samples,
    seed: int,
    max_tokens: int | None,
) -> list[Request]:
    """Return requests of a process (rate, deviation of gaps over mean); the first comes a gap in.

    Gaps and lengths have generators of their own, so one does not disturb the other.
    """
    rate_per_s, cv = process
    _require(0 < rate_per_s < math.inf, f"rate_per_s must be above 0, got {rate_per_s!r}")
    _require(count >= 0, f"count must be at least 0, got {count!r}")
    gaps, sizes, now = Random(f"gaps {seed}"), Random(f"lengths {seed}"), 0.0
    requests = []
    for number in range(count):
        now += _gap(gaps, cv) / rate_per_s
        prompt, output = lengths.draw(sizes)
        requests.append(_request(number, (now, prompt, output), max_tokens))
    return requests


def _gap(random: Random, cv: Number) -> float:
    if cv == 1:
        return random.expovariate(1.0)
    if cv < 1e-6:  # nobody could tell it from a clock, and its shape overflows
        return 1.0
    return random.gammavariate(1 / (cv * cv), cv * cv)


def trace(
    rows: str | Path | Iterable[Sequence[Number]],
    *,
    speed: Number = 1.0,
    max_tokens: int | None = None,
    columns: tuple[str, str, str] = COLUMNS,
) -> list[Request]:
    """Return the requests of a trace: rows of arrival second, prompt and output tokens.

    A path is read as CSV, its three columns by name; dates count from the first row's. `speed` 2
    plays it twice as fast. A row that is no request raises ValueError with its number.
    """
    _require(0 < speed < math.inf, f"speed must be above 0, got {speed!r}")
    table = _csv_rows(Path(rows), columns) if isinstance(rows, str | Path) else rows
    requests = []
    for number, row in enumerate(table):
        try:
            seconds, prompt, output = row
            if prompt != int(prompt) or output != int(output):
                raise ValueError("tokens are whole numbers")
            request = (float(seconds) / speed, int(prompt), int(output))
            requests.append(_request(number, request, max_tokens))
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"row {number + 1} of the trace, {row!r}: {error}") from error
    return requests


def _csv_rows(path: Path, columns: tuple[str, str, str]) -> Iterable[list[Number]]:
    """Yield the three numbers of every line of a CSV file."""
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        missing = [name for name in columns if name not in (reader.fieldnames or ())]
        if missing:
            known = ", ".join(reader.fieldnames or ("none",))
            raise ValueError(f"{path.name} lacks {', '.join(missing)}; name columns= of: {known}")
        start = None
        for line in reader:
            cells = [(line[name] or "", f"line {reader.line_num}: {name}") for name in columns]
            first, *others = cells
            at, dated = _moment(*first)
            start = at if start is None else start
            yield [at - start if dated else at, *(_number(*cell) for cell in others)]


def _moment(text: str, where: str) -> tuple[float, bool]:
    """Return a time in seconds, and whether it is a date, which counts from 1970."""
    if ":" not in text:
        return _number(text, where), False
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp(), True
    except ValueError:
        raise ValueError(f"{where} is {text!r}, which is no date") from None


def _number(text: str, where: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{where} is {text!r}, which is no number") from None


def _request(number: int, row: tuple[float, int, int], max_tokens: int | None) -> Request:
    seconds, prompt, output = row
    return Request(
        id=str(number),
        arrival_seconds=seconds,
        prompt_tokens=prompt,
        output_tokens=output,
        max_tokens=output if max_tokens is None else max_tokens,
    )


def _require(good: bool, message: str) -> None:
    if not good:
        raise ValueError(message)
