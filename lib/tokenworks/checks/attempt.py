"""One call of a learner's function, whatever it does, becomes an Outcome."""

from __future__ import annotations

import contextlib
import io
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from tokenworks.checks.plain import Case, UnusableError, copied, plain, untouched

MOST_PRINTED = 2_000
CUT = "\n… and more, which is not shown.\n"


class TimeUp(BaseException):
    """Raised inside a learner's function when its time is over; no `except Exception` stops it."""


@dataclass(frozen=True)
class Outcome:
    """What one call did: a plain value, or the kind of problem and its detail."""

    value: Any = None
    problem: str = ""  # "", raised, time, stuck, jax, crashed, changed, unusable, unwritten
    detail: str = ""


@dataclass(frozen=True)
class Trial:
    """What all calls did and printed, or why nothing could be called: a mistake and a hint."""

    outcomes: tuple[Outcome, ...]
    printed: str = ""
    unusable: tuple[str, str] | None = None


class Printed(io.TextIOBase):
    """Standard output with a limit, so that printing for ever costs no memory."""

    def __init__(self, most: int = MOST_PRINTED) -> None:
        self.text, self.most = "", most

    def write(self, text: str) -> int:
        """Keep the beginning of what is printed, and say so where that is not all."""
        room = self.most - len(self.text)
        if room >= 0:
            self.text += text[:room] + (CUT if len(text) > room else "")
        return len(text)


def attempt(function: Callable[..., Any], case: Case) -> Outcome:
    """Call a function on a copy of one case; only TimeUp passes through."""
    try:
        given = copied(case)
        value = plain(function(*given))
        kept = untouched(case, given) or plain(given) == plain(case)
        return Outcome(value, "" if kept else "changed")
    except TimeUp:
        raise
    except NotImplementedError:
        return Outcome(problem="unwritten")
    except UnusableError as error:
        return Outcome(problem="unusable", detail=str(error))
    except BaseException as error:  # the grader's door: SystemExit is feedback too
        return Outcome(problem="raised", detail=_told(error, function))


def _told(error: BaseException, function: Callable[..., Any]) -> str:
    """Say what was raised, and in which line of the learner's function."""
    own = function.args[0] if isinstance(function, partial) and function.args else function
    code, place = getattr(own, "__code__", None), ""
    if code is not None:
        steps = traceback.walk_tb(error.__traceback__)
        lines = [line - code.co_firstlineno + 1 for frame, line in steps if frame.f_code is code]
        place = f" in line {lines[-1]} of the function" if lines else ""
    message = ""
    with contextlib.suppress(Exception):  # an exception's own __str__ may fail
        message = str(error)[:200]
    return f"{type(error).__name__}{': ' if message else ''}{message}{place}"
