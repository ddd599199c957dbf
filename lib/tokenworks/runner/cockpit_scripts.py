"""What a page asks of the cockpit: frames of a script, a mission's test, a challenge's score.

Nonsense, such as a shared link may have, is refused in one line.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tokenworks.cockpit import drive, judge, score

Told = Callable[[str], object]


def drive_script(*, tell: Told, **fields: Any) -> dict[str, Any]:
    """Drive a script, with the fields of `drive`."""
    del tell
    return _answer(drive, **fields)


def judge_mission(mission: str, script: Any, until: Any = None, *, tell: Told) -> dict[str, Any]:
    """Say whether a script passes a mission; fields are those of `judge`."""
    del tell
    return _answer(judge, mission, script, until)


def score_settings(challenge: str, settings: Any, *, tell: Told) -> dict[str, Any]:
    """Score settings in a challenge."""
    del tell
    return _answer(score, challenge, settings)


def _answer(function: Callable[..., dict[str, Any]], *args: Any, **fields: Any) -> dict[str, Any]:
    try:
        return function(*args, **fields)
    except ValueError as error:
        return {"refused": str(error)}
