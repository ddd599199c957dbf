"""A run as its script: a seed, and what was changed when."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tokenworks.cockpit.copies import copy_for
from tokenworks.cockpit.settings import Settings
from tokenworks.number import Number, finite, whole

MOST_CHANGES = 200
MOST_SECONDS = 3600.0
MOST_SEED = 2**31 - 1


@dataclass(frozen=True)
class Change:
    """What happens at a moment: settings that change, or a replica that fails."""

    seconds: float
    set: Mapping[str, Any] | None = None
    fail: int | None = None

    def to_list(self) -> list[Any]:
        """Return it as JSON has it."""
        return [self.seconds, {"fail": self.fail} if self.set is None else {"set": dict(self.set)}]


@dataclass(frozen=True)
class Script:
    """A seed, and changes in order of time: `[seconds, {"set": {…}}]` or `[seconds, {"fail": n}]`.

    Those at 0 are what a run starts with. The same script is the same run, to the last bit.
    Nonsense raises ValueError with one line.
    """

    seed: int = 0
    changes: tuple[Change, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "seed", _seed(self.seed))
        if len(self.changes) > MOST_CHANGES:
            raise ValueError(
                f"a script has at most {MOST_CHANGES} changes, got {len(self.changes)}"
            )
        before = 0.0
        for change in self.changes:
            if change.seconds < before:
                raise ValueError(
                    f"changes stand in order of time, {change.seconds:g} s is too late"
                )
            before = change.seconds
        self.settings_at(math.inf)  # refuses what cannot be
        self._refuse_unknown()

    @property
    def start(self) -> Settings:
        """What a run starts with."""
        return self.settings_at(0.0)

    def settings_at(self, seconds: Number) -> Settings:
        """Return what holds after the changes of a moment."""
        settings = Settings()
        for change in self.changes:
            if change.set is not None and change.seconds <= seconds:
                settings = _changed(settings, change)
        return settings

    def _refuse_unknown(self) -> None:
        """Refuse failures of replicas that never were, as long as only the start says which are."""
        start = self.start
        for change in self.later():
            if change.set is not None or start.autoscaling:
                return
            if change.fail is not None and change.fail >= start.replicas:
                raise ValueError(
                    f"at {change.seconds:g} s: there is no replica {change.fail}; they are counted "
                    f"from 0, and there are {start.replicas}"
                )

    def later(self) -> list[Change]:
        """Return what happens after the start, and all failures."""
        return [each for each in self.changes if each.seconds > 0 or each.set is None]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {"seed": self.seed, "changes": [each.to_list() for each in self.changes]}

    @classmethod
    def of(cls, settings: Settings, *, seed: int = 0) -> Script:
        """Return the script that starts with some settings and keeps them."""
        plain = Settings().to_dict()
        other = {name: v for name, v in settings.to_dict().items() if v != plain[name]}
        return cls(seed, (Change(0.0, other),) if other else ())

    @classmethod
    def from_dict(cls, values: Any) -> Script:
        """Return the script of a JSON object, as a link has it; nonsense raises ValueError."""
        if not isinstance(values, Mapping) or set(values) - {"seed", "changes"}:
            raise ValueError(f"a script is an object with seed and changes, got {values!r:.60}")
        rows = values.get("changes", [])
        if isinstance(rows, str) or not isinstance(rows, Sequence):
            raise ValueError(f"the changes of a script are a list, got {rows!r:.60}")
        return cls(_seed(values.get("seed", 0)), tuple(map(_change, rows)))


def _seed(value: Any) -> int:
    return whole(value, "a seed", least=0, most=MOST_SEED)


def _change(row: Any) -> Change:
    """Return a change as JSON has it."""
    if isinstance(row, str) or not isinstance(row, Sequence) or len(row) != 2:
        raise ValueError(f"a change is [seconds, what], got {row!r:.60}")
    seconds, what = row
    at = None if isinstance(seconds, bool | str) else finite(seconds)
    if at is None or not 0 <= at <= MOST_SECONDS:
        raise ValueError(f"a change is at 0 to {MOST_SECONDS:g} seconds, got {seconds!r:.40}")
    at = round(float(at), 6)
    if isinstance(what, Mapping) and set(what) == {"set"} and isinstance(what["set"], Mapping):
        return Change(at, {str(name): value for name, value in what["set"].items()})
    if isinstance(what, Mapping) and set(what) == {"fail"}:
        return Change(at, None, whole(what["fail"], "a change is of a replica: fail", least=0))
    raise ValueError(f'a change is {{"set": settings}} or {{"fail": replica}}, got {what!r:.60}')


def _changed(settings: Settings, change: Change) -> Settings:
    """Return settings after a change, which has to be possible."""
    try:
        made = settings.but(**(change.set or {}))
        copy_for(made)
    except (TypeError, ValueError) as error:
        raise ValueError(f"at {change.seconds:g} s: {error}") from error
    return made
