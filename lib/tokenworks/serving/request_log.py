"""What a log of requests comes to: goodput, cost per accepted result, and where the money went.

A row is one attempt. Attempts at one result share its name in `result`; without one a row stands
for itself. Only an attempt that finished, kept the SLO and passed the quality gate is accepted.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tokenworks.data.rows import parse_rows
from tokenworks.number import Number, bounded, make_bounded, make_whole, shown
from tokenworks.serving.metrics import Slo

GATES: tuple[str, ...] = ("finished", "within the SLO", "passed the quality gate")
TIMED = ("ttft_seconds", "e2el_seconds", "generated")  # columns without which nothing is finished


@dataclass(frozen=True, kw_only=True)
class LoggedRequest:
    """One attempt as a log has it: when, how long, how many tokens, how good, and what it cost.

    `e2el_seconds` is None where no answer was finished, `passed` where nobody judged it. It can be
    given to all of `serving.metrics`: its tokens are taken as evenly spaced. Impossible values
    raise ValueError.
    """

    name: str
    arrival_seconds: Number
    ttft_seconds: Number | None = None
    e2el_seconds: Number | None = None
    prompt_tokens: int = 1
    generated: int = 0
    passed: bool | None = None
    usd: Number = 0.0
    result: str = ""

    def __post_init__(self) -> None:
        make_bounded(self, "arrival_seconds", "usd")
        make_whole(self, "prompt_tokens", "generated", least=0)
        for each in ("ttft_seconds", "e2el_seconds"):
            if getattr(self, each) is not None:
                make_bounded(self, each)
        if self.passed is not None and not isinstance(self.passed, bool):
            raise ValueError(
                f"request {self.name!r}: passed must be True, False or None, got "
                f"{shown(self.passed)}"
            )
        self._check_times()

    def _check_times(self) -> None:
        first, last = self.ttft_seconds, self.e2el_seconds
        if last is not None and (first is None or first > last or not self.generated):
            raise ValueError(
                f"request {self.name!r} is finished, so it has at least one token, and its "
                "ttft_seconds are no more than its e2el_seconds"
            )

    @property
    def finished_seconds(self) -> float | None:
        """When the answer was complete, None where it never was."""
        return None if self.e2el_seconds is None else self.arrival_seconds + self.e2el_seconds

    @property
    def token_seconds(self) -> list[float]:
        """When each token came: the first and the last as logged, the others evenly between."""
        if self.ttft_seconds is None or self.e2el_seconds is None:
            return []
        first, last = self.ttft_seconds, self.e2el_seconds
        gap = (last - first) / max(1, self.generated - 1)
        return [self.arrival_seconds + first + i * gap for i in range(self.generated)]


@dataclass(frozen=True)
class Account:
    """What the attempts of a window brought and cost.

    `lost` counts each attempt that was not accepted at the first gate that it failed.
    """

    attempts: int
    results: int  # that were asked for
    accepted: int  # results, each once
    window_seconds: float
    usd: float
    retry_usd: float  # of attempts after the first at each result
    lost: dict[str, int]
    lost_usd: dict[str, float]  # likewise, what they cost
    judged: bool  # whether every finished attempt within the SLO has a verdict

    @property
    def throughput_per_s(self) -> float:
        """Attempts a second, whatever became of them."""
        return self.attempts / self.window_seconds

    @property
    def goodput_per_s(self) -> float:
        """Accepted results a second."""
        return self.accepted / self.window_seconds

    @property
    def accepted_share(self) -> float:
        """The share of results asked for that were accepted."""
        return self.accepted / self.results

    @property
    def usd_per_attempt(self) -> float:
        """All cost over all attempts."""
        return self.usd / self.attempts

    @property
    def usd_per_accepted(self) -> float:
        """All cost over accepted results; without any, and without a cost, it raises ValueError."""
        if not self.accepted:
            raise ValueError("nothing was accepted, so no cost per accepted result")
        if not self.usd:
            raise ValueError(
                "no attempt has a cost, so no cost per accepted result: give usd of the attempts, "
                "or fixed_usd"
            )
        return self.usd / self.accepted


def account(
    log: Sequence[LoggedRequest],
    slo: Slo,
    *,
    window_seconds: Number,
    unjudged_pass: bool = False,
    fixed_usd: Number = 0.0,
) -> Account:
    """Return what a log comes to, in USD and results, over a window.

    `fixed_usd` is cost that no row has, such as the rent of the window. Attempts that nobody judged
    fail the quality gate unless `unjudged_pass`: then goodput is only that within the SLO. Of
    several accepted attempts at one result one counts. An empty log, rows that are no LoggedRequest
    and an SLO that is none raise ValueError.
    Source: derived: all cost above the line, accepted results below it.
    """
    if not log:
        raise ValueError("no requests in the log, so nothing to account for")
    if not isinstance(slo, Slo):
        raise ValueError(f"slo must be an Slo(ttft_seconds=…, tpot_seconds=…), got {shown(slo)}")
    if other := [row for row in log if not isinstance(row, LoggedRequest)]:
        raise ValueError(
            f"rows of a log must be LoggedRequest (read_log makes them), got {shown(other[0])}"
        )
    window = bounded(window_seconds, "the seconds of a window", above=True)
    asked = [row.result or f"row {row.name}" for row in log]
    failed = [_failed_gate(row, slo, unjudged_pass=unjudged_pass) for row in log]
    both = list(zip(log, failed, strict=True))
    return Account(
        attempts=len(log),
        results=len(set(asked)),
        accepted=len({name for name, gate in zip(asked, failed, strict=True) if gate is None}),
        window_seconds=float(window),
        usd=math.fsum(row.usd for row in log) + float(bounded(fixed_usd, "fixed_usd")),
        retry_usd=_retry_usd(log),
        lost={name: failed.count(name) for name in GATES},
        lost_usd={name: math.fsum(row.usd for row, gate in both if gate == name) for name in GATES},
        judged=all(row.passed is not None for row in log if slo.met(row)),
    )


def _retry_usd(log: Sequence[LoggedRequest]) -> float:
    """Return what the attempts after the first at each result cost."""
    first: dict[str, LoggedRequest] = {}
    for row in log:
        if row.result:
            known = first.setdefault(row.result, row)
            if row.arrival_seconds < known.arrival_seconds:
                first[row.result] = row
    alone = math.fsum(row.usd for row in log if not row.result)
    return math.fsum(row.usd for row in log) - alone - math.fsum(row.usd for row in first.values())


def read_log(text: str, *, priced: bool = True) -> list[LoggedRequest]:
    """Return the requests of a CSV text whose columns are fields of `LoggedRequest`, `name` first.

    Empty cells are what is not known, verdicts are true or false. Each row has a cost in `usd`,
    unless `priced` is False: then all cost is `fixed_usd` of `account`. A bad row or cell, and a
    first line without `name`, `arrival_seconds`, `ttft_seconds`, `e2el_seconds` or `generated`,
    raise ValueError, which names it.
    """
    heads = (*TIMED, "usd") if priced else TIMED
    log = list(parse_rows(LoggedRequest, text, table="log", heads=heads).values())
    if priced:
        cells = [row for row in csv.DictReader(text.splitlines()) if not row["usd"]]
        if cells:
            raise ValueError(
                f"log, row {cells[0]['name']!r}, column 'usd': no cost: write 0 where an attempt "
                "was free, or read the log with priced=False and give account its fixed_usd"
            )
    return log


def operating_point(
    accounts: Iterable[tuple[Number, Account]], *, most_usd_per_accepted: Number | None = None
) -> tuple[Number, Account]:
    """Return the offered rate with the highest goodput, of those within a cost, and its account.

    Of equal ones the lowest rate. No account within it raises ValueError.
    Source: derived: the accounts themselves.
    """
    limit = most_usd_per_accepted
    kept = [
        (rate, each)
        for rate, each in sorted(accounts, key=lambda pair: pair[0])
        if each.accepted and (limit is None or each.usd_per_accepted <= limit)
    ]
    if not kept:
        raise ValueError(
            "no rate has an accepted result within this cost: allow more, or offer less"
        )
    return max(kept, key=lambda pair: pair[1].goodput_per_s)


def _failed_gate(row: LoggedRequest, slo: Slo, *, unjudged_pass: bool) -> str | None:
    """Return the first gate that an attempt fails, or None."""
    if row.finished_seconds is None:
        return GATES[0]
    if not slo.met(row):
        return GATES[1]
    passed = unjudged_pass if row.passed is None else row.passed
    return None if passed else GATES[2]
