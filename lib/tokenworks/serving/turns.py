"""Fair turns between clients: who has been served least comes next.

Source: https://arxiv.org/abs/2401.00588 (virtual token counter): a token of a prompt that is read
counts 1, one of an answer 2, and a client that comes back starts no lower than those who stayed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

READ, MADE = 1, 2  # what a token counts, read and made: the weights of the paper
KEPT = 1024  # clients without requests whose counters are remembered before it is looked through


@dataclass
class Turns:
    """What each client has had, in weighted tokens; equal ones take turns by arrival."""

    served: dict[str, float] = field(default_factory=dict)
    _present: Counter[str] = field(default_factory=Counter)  # requests that wait or run

    def enter(self, client: str) -> None:
        """Take in a request: who was away keeps what it owes, and has saved nothing up."""
        if not self._present:
            self.served.clear()  # nobody is left to whom anything could be owed
        if client not in self._present:
            least = min((self.served[each] for each in self._present), default=0.0)
            self.served[client] = max(self.served.get(client, 0.0), least)
        self._present[client] += 1
        if len(self.served) > len(self._present) + KEPT:
            self._forget_paid()

    def serve(self, client: str, *, read: int, made: int) -> None:
        """Enter tokens that were computed for a client that has a request here."""
        self.served[client] += READ * read + MADE * made

    def leave(self, client: str) -> None:
        """Let a request go; its client's counter stays."""
        self._present[client] -= 1
        if not self._present[client]:
            del self._present[client]

    def _forget_paid(self) -> None:
        """Drop the counters of those who would start at the least one anyway."""
        least = min(self.served[each] for each in self._present)
        self.served = {
            client: served
            for client, served in self.served.items()
            if client in self._present or served > least
        }
