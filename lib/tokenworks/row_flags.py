"""Which served rows not to trust, and the arithmetic that shows it.

Five rules, the first that holds names the flag: `dup`, `label`, `floor`, `spec`, `twin`. They
compare rows and hold them against their chips; no model, date or row is named in them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from statistics import median
from typing import NamedTuple

from tokenworks.data.silicon import ServedRow
from tokenworks.row_limits import missing, not_held, not_split, too_fast
from tokenworks.units import show

SAME = 7e-4  # two times of one run: a copy is rounded to 0.01 ms, 0.06 % of the fastest row
LEAST_LIST = 4  # rows of a list that is judged as one; a shorter one row by row
SUSPECT_SHARE = 0.25  # of a list's rows that break a limit: then its labels mean something else
TWIN_RATIO = 1.25
SPECULATION_RATIO = 1.4  # of a whole campaign, in the median
SPECULATION_POINTS = 3


class Flag(NamedTuple):
    """Why a row is not trusted: the rule's name and its arithmetic in words; both empty: it is."""

    name: str
    why: str


def flag_of(rows: Sequence[ServedRow]) -> list[str]:
    """Return the flag of each row: "dup", "label", "floor", "spec", "twin", or "ok"."""
    return [flag.name or "ok" for flag in row_flags_of(rows)]


def row_flags_of(rows: Sequence[ServedRow]) -> list[Flag]:
    """Return the flag of each row with the arithmetic behind it."""
    flags = [Flag("", "")] * len(rows)
    for name, rule in RULES.items():
        open_rows = [i for i, flag in enumerate(flags) if not flag.name]
        for place, why in rule([rows[i] for i in open_rows]).items():
            flags[open_rows[place]] = Flag(name, why)
    return flags


def listed_again(rows: Sequence[ServedRow]) -> dict[int, str]:
    """Find the runs that are listed again: same model, chip and requests, and the same two times.

    Of several listings one is kept: the one that says most about itself, or else the first. Degrees
    of parallelism may differ: a copy often leaves them out.
    """
    found: dict[int, str] = {}
    for group in _grouped(rows, _run).values():
        kept: list[int] = []
        for i in sorted(group, key=lambda i: -_said(rows[i])):
            first = next((k for k in kept if _same_times(rows[i], rows[k])), None)
            if first is None:
                kept.append(i)
                continue
            times = f"TTFT {_ms(rows[i].ttft_seconds)} and TPOT {_ms(rows[i].tpot_seconds)}"
            again = f"{_ms(rows[first].ttft_seconds)} and {_ms(rows[first].tpot_seconds)}"
            found[i] = f"{times} stand in another row as {again}: the same run"
    return found


def impossible_labels(rows: Sequence[ServedRow]) -> dict[int, str]:
    """Find labels that are missing or cannot be, and the other rows of a list of such.

    A list is what one source says of a model, chip and version. Where a quarter of it cannot be,
    its columns do not mean what they say, and the rest of it is not believed either.
    """
    found = {i: why for i, row in enumerate(rows) if (why := not_split(row) or not_held(row))}
    found |= _rest_of_list(rows, found)
    absent = {i: why for i, row in enumerate(rows) if (why := missing(row))}
    return absent | found


def below_floor(rows: Sequence[ServedRow]) -> dict[int, str]:
    """Find rows that are faster than the physics of their labels, and the rest of such a list."""
    found = {i: why for i, row in enumerate(rows) if (why := too_fast(row))}
    return found | _rest_of_list(rows, found)


def hidden_speculation(rows: Sequence[ServedRow]) -> dict[int, str]:
    """Find campaigns that are much faster than others under the same labels, at several points.

    A campaign is a model on one version of a server on one day. One step of a decoder makes one
    token a request; where all of a campaign is 1.4 times as fast and more in the median, its steps
    make more than one. The comparison cannot tell that from a better kernel, which no label names
    either.
    """
    found: dict[int, str] = {}
    for places in _grouped(rows, _campaign).values():
        first, slower = rows[places[0]], dict[Hashable, float]()
        slowest = _slowest(
            row
            for row in rows
            if (row.model, row.backend) == (first.model, first.backend)
            and _campaign(row) != _campaign(first)
        )
        for i in places:
            label, tpot = _labels(rows[i]), rows[i].tpot_seconds
            if label in slowest and tpot:
                slower[label] = max(slower.get(label, 0.0), slowest[label] / tpot)
        if len(slower) < SPECULATION_POINTS or median(slower.values()) < SPECULATION_RATIO:
            continue
        why = f"{median(slower.values()):.2f} times as fast as other runs of the same labels, in "
        why += f"the median of {len(slower)} ({min(slower.values()):.2f} to "
        why += f"{max(slower.values()):.2f}): more than one token a step"
        found |= dict.fromkeys(places, why)
    return found


def twins(rows: Sequence[ServedRow]) -> dict[int, str]:
    """Find rows that are more than 1.25 times as fast as another with the same labels.

    One of the two has a label that is wrong or that the table lacks; the faster one is named. All
    labels count: with experts or attention spread in another way it is another server.
    """
    slowest, found = _slowest(rows), {}
    for i, row in enumerate(rows):
        most = slowest[_labels(row)]
        if row.tpot_seconds and most > TWIN_RATIO * row.tpot_seconds:
            found[i] = (
                f"{_ms(row.tpot_seconds)} a token where another run of the same labels takes "
                f"{_ms(most)}, {most / row.tpot_seconds:.2f} times as long"
            )
    return found


RULES: dict[str, Callable[[Sequence[ServedRow]], dict[int, str]]] = {
    "dup": listed_again,
    "label": impossible_labels,
    "floor": below_floor,
    "spec": hidden_speculation,
    "twin": twins,
}


def _rest_of_list(rows: Sequence[ServedRow], found: dict[int, str]) -> dict[int, str]:
    rest: dict[int, str] = {}
    for group in _grouped(rows, _list).values():
        wrong = [i for i in group if i in found]
        if len(group) >= LEAST_LIST and len(wrong) >= SUSPECT_SHARE * len(group):
            why = f"{len(wrong)} of the {len(group)} rows of its list cannot be: {{}}"
            rest |= {i: why.format(found[wrong[0]]) for i in group if i not in found}
    return rest


def _run(row: ServedRow) -> Hashable:
    request = (row.isl, row.osl, row.concurrency)
    return (row.model, row.system, row.backend, row.precision, *request)


def _list(row: ServedRow) -> Hashable:
    return (row.model, row.system, row.backend, row.version, row.precision, row.family)


def _campaign(row: ServedRow) -> Hashable:
    return (row.model, row.backend, row.version, row.date)


def _labels(row: ServedRow) -> Hashable:
    """Return all that a row says but its times, its source and when and with what it was run."""
    return replace(row, ttft_seconds=None, tpot_seconds=None, version="", family="", date="")


def _said(row: ServedRow) -> int:
    return bool(row.version) + bool(row.date)


def _same_times(row: ServedRow, other: ServedRow) -> bool:
    pairs = [(row.ttft_seconds, other.ttft_seconds), (row.tpot_seconds, other.tpot_seconds)]
    return all(a == b or (a and b and abs(a / b - 1) <= SAME) for a, b in pairs)


def _slowest(rows: Iterable[ServedRow]) -> dict[Hashable, float]:
    slowest: dict[Hashable, float] = defaultdict(float)
    for row in rows:
        slowest[_labels(row)] = max(slowest[_labels(row)], row.tpot_seconds or 0.0)
    return dict(slowest)


def _grouped(
    rows: Sequence[ServedRow], key: Callable[[ServedRow], Hashable]
) -> dict[Hashable, list[int]]:
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        groups[key(row)].append(i)
    return dict(groups)


def _ms(seconds: float | None) -> str:
    return "not stated" if seconds is None else show(seconds, "ms")
