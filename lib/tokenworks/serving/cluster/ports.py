"""A port that bytes leave one after the other: latency, rate, and a line of those that wait."""

from __future__ import annotations

from dataclasses import dataclass

from tokenworks.cost.alpha_beta import Line
from tokenworks.cost.chip_links import link
from tokenworks.number import Number, bounded, whole


def wire(bytes_per_s: Number, *, latency_seconds: Number = 0.0) -> Line:
    """Return the line of a rate in bytes a second: what a transfer takes by its bytes.

    A rate that is not above 0 and a negative latency raise ValueError.
    """
    rate = bounded(bytes_per_s, "bytes_per_s", above=True)
    return Line(float(bounded(latency_seconds, "latency_seconds")), 1 / rate)


def link_wire(name: str, *, links: int = 1) -> Line:
    """Return the line of a row of the table of links, `links` of them side by side, one way.

    The rate is the data sheet's, so that a transfer is a floor; a latency that nobody publishes
    counts as 0. An unknown name raises KeyError, fewer than 1 link ValueError.
    Source: `data/links.csv`, row by row.
    """
    row = link(name)
    links = whole(links, "links")
    return wire(links * row.bytes_per_s, latency_seconds=row.hop_seconds or 0.0)


@dataclass
class Port:
    """A line that carries one transfer at a time: the next waits for the end of the one before.

    The latency passes after the last byte has left, so that it holds nobody up.
    """

    line: Line
    free_seconds: float = 0.0  # when the last byte of all transfers so far has left
    moved_bytes: float = 0.0
    busy_seconds: float = 0.0
    transfers: int = 0

    def send(self, size_bytes: float, now: float) -> float:
        """Send bytes as soon as the port is free; return when the last of them has arrived.

        Source: the alpha-beta model of a message (latency + bytes / rate), in a line.
        """
        sending = size_bytes * self.line.seconds_per_byte
        self.free_seconds = max(now, self.free_seconds) + sending
        self.moved_bytes += size_bytes
        self.busy_seconds += sending
        self.transfers += 1
        return self.free_seconds + self.line.latency_seconds
