"""What a user waits for and what a server delivers, from the times of its requests.

Every function takes anything with the attributes of `Timed`: a Request of the scheduler, a
simulated one, or a stream that a client recorded. All times are in seconds on one clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Protocol, runtime_checkable

from tokenworks.number import Number, bounded, make_bounded
from tokenworks.percentiles import percentile
from tokenworks.units import show


@runtime_checkable
class Timed(Protocol):
    """A request as its times tell it; `finished_seconds` is None until the answer is complete."""

    @property
    def prompt_tokens(self) -> int: ...  # noqa: D102
    @property
    def generated(self) -> int: ...  # noqa: D102
    @property
    def arrival_seconds(self) -> float: ...  # noqa: D102
    @property
    def token_seconds(self) -> list[float]: ...  # noqa: D102
    @property
    def finished_seconds(self) -> float | None: ...  # noqa: D102


@runtime_checkable
class Scheduled(Protocol):
    """A request whose server noted when it first stood in a batch."""

    @property
    def arrival_seconds(self) -> float: ...  # noqa: D102
    @property
    def scheduled_seconds(self) -> float | None: ...  # noqa: D102


def queue_seconds(request: Scheduled) -> float:
    """Return how long a request waited until it first stood in a batch.

    One that never did raises ValueError.
    """
    if request.scheduled_seconds is None:
        raise ValueError("this request has not been scheduled")
    return request.scheduled_seconds - request.arrival_seconds


def ttft_seconds(request: Timed) -> float:
    """Return the time to first token: queue and prefill, as far as the clock stands from both.

    A request without a token raises ValueError.
    """
    if not request.token_seconds:
        raise ValueError("this request has no token yet, so no time to first token")
    return request.token_seconds[0] - request.arrival_seconds


def e2el_seconds(request: Timed) -> float:
    """Return the end-to-end latency: from arrival until the answer was handed over.

    A request that is not finished raises ValueError.
    """
    if request.finished_seconds is None:
        raise ValueError("this request is not finished, so it has no end-to-end latency")
    return request.finished_seconds - request.arrival_seconds


def itl_seconds(request: Timed) -> list[float]:
    """Return the gaps between neighbouring tokens, one fewer than there are tokens."""
    return [later - earlier for earlier, later in pairwise(request.token_seconds)]


def tpot_seconds(request: Timed) -> float | None:
    """Return the time per output token after the first, or None where there is only one.

    (last token - first token) / (tokens - 1), which is (E2EL - TTFT) / (tokens - 1) wherever the
    last token ends the answer.
    """
    gaps = len(request.token_seconds) - 1
    if gaps < 1:
        return None
    return (request.token_seconds[-1] - request.token_seconds[0]) / gaps


def pooled_itl(requests: Iterable[Timed]) -> list[float]:
    """Return the gaps of all requests in one list: a long answer has many votes in it."""
    return [gap for request in requests for gap in itl_seconds(request)]


def all_tpot(requests: Iterable[Timed]) -> list[float]:
    """Return one TPOT a request, without those of a single token: each answer has one vote."""
    found = (tpot_seconds(request) for request in requests)
    return [seconds for seconds in found if seconds is not None]


@dataclass(frozen=True, kw_only=True)
class Slo:
    """A service level objective: bounds that one request has to keep, None for no bound.

    A bound that is no time above 0 raises ValueError.
    """

    ttft_seconds: Number | None = None
    tpot_seconds: Number | None = None
    e2el_seconds: Number | None = None

    def __post_init__(self) -> None:
        names = [field.name for field in fields(self) if getattr(self, field.name) is not None]
        make_bounded(self, *names, above=True)

    def met(self, request: Timed) -> bool:
        """Tell whether a request is finished and within every bound; one token keeps any TPOT."""
        if request.finished_seconds is None or not request.token_seconds:
            return False
        pairs = [
            (self.ttft_seconds, ttft_seconds(request)),
            (self.tpot_seconds, tpot_seconds(request)),
            (self.e2el_seconds, e2el_seconds(request)),
        ]
        return all(b is None or found is None or found <= b for b, found in pairs)


def attainment(requests: Sequence[Timed], slo: Slo) -> float:
    """Return the share of requests that meet an SLO; one that never finished does not.

    No requests raise ValueError.
    """
    if not requests:
        raise ValueError("no requests, so no attainment")
    return sum(map(slo.met, requests)) / len(requests)


def goodput_per_s(requests: Iterable[Timed], slo: Slo, *, window_seconds: Number) -> float:
    """Return the requests per second that meet an SLO: a rate, not a share and not a count."""
    return sum(map(slo.met, requests)) / _positive(window_seconds)


@dataclass(frozen=True)
class Throughput:
    """What finished in a window, divided by its length."""

    requests_per_s: float
    input_tokens_per_s: float
    output_tokens_per_s: float


def throughput(requests: Iterable[Timed], window_seconds: Number) -> Throughput:
    """Return the rates at which a window's requests were finished, their prompts and tokens too."""
    done, window = finished(requests), _positive(window_seconds)
    return Throughput(
        len(done) / window,
        sum(r.prompt_tokens for r in done) / window,
        sum(r.generated for r in done) / window,
    )


def finished(
    requests: Iterable[Timed], *, start: Number = float("-inf"), end: Number = float("inf")
) -> list[Timed]:
    """Return the requests whose answers were complete from `start` on and before `end`."""
    ends = [(r, r.finished_seconds) for r in requests if r.token_seconds]
    return [r for r, at in ends if at is not None and start <= at < end]


def mean_in_system(requests: Iterable[Timed], *, start: Number, end: Number) -> float:
    """Return how many requests were inside on average over a window, waiting ones included.

    The area under their number over time, divided by the window. Little's law says that it is
    arrival rate × mean latency.
    """
    span, inside = _positive(end - start), 0.0
    for r in requests:
        left = end if r.finished_seconds is None else min(r.finished_seconds, end)
        inside += max(0.0, left - max(r.arrival_seconds, start))
    return inside / span


def knee(points: Iterable[tuple[Number, Number]], *, share: float = 0.99) -> Number | None:
    """Return the highest offered load up to which goodput keeps this share of it, or None.

    `points` are (offered, goodput), both in requests per second.
    """
    last = None
    for offered, good in sorted(points):
        if good < share * offered:
            break
        last = offered
    return last


def summary(
    requests: Sequence[Timed], *, window_seconds: Number, slo: Slo | None = None, unit: str = "ms"
) -> dict[str, str]:
    """Return a table's row: rates, then the middle and the tail of each latency."""
    done = finished(requests)
    rates = throughput(done, window_seconds)
    row = {
        "requests/s": f"{rates.requests_per_s:.2f}",
        "output tokens/s": f"{rates.output_tokens_per_s:,.0f}",
    }
    latencies: Mapping[str, list[float]] = {
        "TTFT": [ttft_seconds(r) for r in done],
        "TPOT": all_tpot(done),
        "ITL": pooled_itl(done),
        "E2EL": [e2el_seconds(r) for r in done],
    }
    for name, values in latencies.items():
        for q in (50, 99):
            text = show(percentile(values, q), unit, decimals=0) if values else "none"
            row[f"{name} P{q}"] = text
    if slo is not None:
        good = goodput_per_s(requests, slo, window_seconds=window_seconds)
        row |= {"SLO met": f"{attainment(requests, slo):.0%}", "goodput/s": f"{good:.2f}"}
    return row


def _positive(window_seconds: Number) -> Number:
    return bounded(window_seconds, "the seconds of a window", above=True)
