"""What devices exchange in one step, as a list: what a strategy needs, and what a program holds.

`cost.parallel_traffic` writes such lists from formulas, `tokenworks.compiled_collectives` reads
them from compiled programs, so that the two can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tokenworks.cost import collectives


class Exchange(NamedTuple):
    """A collective operation among `devices`, done `calls` times with as many bytes each time.

    Kinds are "all-reduce", "all-gather", "reduce-scatter", "all-to-all" and "send". Sizes are of
    the array as a device holds it whole: before a reduce-scatter or an all-to-all, after an
    all-gather, before and after an all-reduce.
    """

    kind: str
    size_bytes: int
    devices: int
    calls: int = 1

    @property
    def sent_bytes(self) -> float:
        """Bytes that each device must send, all calls together.

        Source: `collectives.sent_bytes`.
        """
        return self.calls * collectives.sent_bytes(self.kind, self.size_bytes, self.devices)


def exchanged_bytes(exchanges: Iterable[Exchange]) -> float:
    """Return the bytes that each device must send in all these exchanges.

    Source: derived: their sum.
    """
    return sum(each.sent_bytes for each in exchanges)


def together(exchanges: Iterable[Exchange]) -> tuple[Exchange, ...]:
    """Return the exchanges sorted, alike ones put together, those of nothing or no one left out."""
    calls: dict[Exchange, int] = {}
    for each in exchanges:
        alone = each._replace(calls=1)
        calls[alone] = calls.get(alone, 0) + each.calls
    counted = (alone._replace(calls=times) for alone, times in calls.items())
    return tuple(sorted(e for e in counted if e.devices > 1 and e.size_bytes and e.calls))
