"""When requests come: drawn with a seed, or read from a trace."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from tokenworks.number import Number, bounded, whole
from tokenworks.serving.lengths import Lengths, Samples
from tokenworks.serving.request import Request

COLUMNS = ("arrival_seconds", "prompt_tokens", "output_tokens")


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
    return bursty(rate_per_s, count, gap_cv=1, lengths=lengths, seed=seed, max_tokens=max_tokens)


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
    rate_per_s = bounded(rate_per_s, "rate_per_s", above=True)
    gap_cv, count = bounded(gap_cv, "gap_cv"), whole(count, "count", least=0)
    # generators of their own, so that one does not disturb the other
    gaps, sizes, now = Random(f"gaps {seed}"), Random(f"lengths {seed}"), 0.0
    requests = []
    for number in range(count):
        now += _gap(gaps, gap_cv) / rate_per_s  # the first comes a gap in
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
    speed = bounded(speed, "speed", above=True)
    table = _csv_rows(Path(rows), columns) if isinstance(rows, str | Path) else rows
    requests = []
    for number, row in enumerate(table):
        try:
            seconds, prompt, output = row
            at = bounded(seconds, "arrival_seconds") / speed
            requests.append(_request(number, (at, _tokens(prompt), _tokens(output)), max_tokens))
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


def _tokens(value: Number) -> int:
    """Return a count of tokens, which in a file may be written 12.0."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return whole(value, "a number of tokens")
