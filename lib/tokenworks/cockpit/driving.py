"""A script, run up to a moment: frames in one go or in pieces, the same to the last bit."""

from __future__ import annotations

from typing import Any

from tokenworks.cockpit.driven import Cockpit
from tokenworks.cockpit.frames import frame
from tokenworks.cockpit.script import MOST_SECONDS, Script
from tokenworks.number import Number, bounded

MOST_FRAMES = 3600  # of one call
LEAST_EVERY = 0.001
_kept: list[Cockpit] = []  # the run that was driven last


def drive(
    script: Any, *, until: Number, since: Number = 0.0, every: Number = 0.5
) -> dict[str, Any]:
    """Return frames at since + every, since + 2 · every … up to `until` (all in seconds).

    Where both moments are one, its frame alone. Each shows what stood just before what happens at
    its moment. The run that was driven last goes on where its script has not changed before; the
    answer does not depend on it. Nonsense raises ValueError with one line.
    Source: derived: `simulate_cluster` at the planner's expected times.
    """
    asked = script if isinstance(script, Script) else Script.from_dict(script)
    start, end = _micro(since, "since"), _micro(until, "until")
    step = _micro(every, "every")
    if step < LEAST_EVERY:
        raise ValueError(f"every must be at least {LEAST_EVERY} s, got {every!r}")
    if end < start:
        raise ValueError(f"until, {end:g} s, lies before since, {start:g} s")
    count = int((end - start) / step + 1e-6)
    if count > MOST_FRAMES:
        raise ValueError(f"{count} frames are too many, the most are {MOST_FRAMES}: ask in pieces")
    moments = [round(start + number * step, 6) for number in range(1, count + 1)]
    if start == end:
        moments = [start]
    run = run_of(asked, moments[0] if moments else end)
    frames = []
    for moment in moments:
        run.run_to(moment)
        frames.append(frame(run, moment))
    return {"frames": frames, "settings": asked.settings_at(end).to_dict()}


def _micro(seconds: Number, name: str) -> float:
    """Return a time in whole microseconds."""
    return round(float(bounded(seconds, f"{name} (seconds)", most=MOST_SECONDS)), 6)


def run_of(script: Script, moment: float) -> Cockpit:
    """Return a run of a script that has not passed a moment: the kept one or a new one."""
    for run in _kept:
        if run.at <= moment and _same_before(run.script, script, run.at):
            if run.script != script:
                run.plan_changes(script)
            return run
    made = Cockpit(script)
    _kept[:] = [made]
    return made


def _same_before(one: Script, other: Script, seconds: float) -> bool:
    """Return whether two scripts are the same up to a moment, which is still open."""

    def past(script: Script) -> list[Any]:
        return [c for c in script.later() if c.seconds < seconds]

    return (one.seed, one.start, past(one)) == (other.seed, other.start, past(other))
