"""Seven experiments with a test each: what to begin with, what to do, and when it has worked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tokenworks.cockpit.driving import run_of
from tokenworks.cockpit.labels import held_text
from tokenworks.cockpit.script import MOST_SECONDS, Script
from tokenworks.cockpit.settings import Settings
from tokenworks.number import Number, bounded
from tokenworks.units import UNITS, plain, show

SETTLED_SECONDS = 20.0  # after the last change, until when the dashboard shows nothing older


@dataclass(frozen=True, kw_only=True)
class Mission:
    """An experiment: it has worked where a number of the dashboard is beyond its bound.

    `holds` are settings that must be so then (a rate: or higher). `move` is a change that does it.
    """

    id: str
    title: str
    task: str
    settings: Settings
    measure: str  # a key of the dashboard
    label: str  # what that is, in words
    unit: str = ""  # in which it is said
    bound: Number
    least: bool  # whether it has to be at least the bound, not at most
    none: str = "not known yet"  # what is said where there is no value
    holds: Mapping[str, Any] = field(default_factory=dict)
    move: Mapping[str, Any] = field(default_factory=dict)

    @property
    def test(self) -> str:
        """The bound and what must hold, in words."""
        held = ", ".join(held_text(name, value) for name, value in self.holds.items())
        bound = f"{'at least' if self.least else 'at most'} {self.said(self.bound)}"
        return f"{bound}; with {held}" if held else bound

    @property
    def wanted(self) -> str:
        """The test in words, with what is looked at."""
        return f"{self.label} {self.test}"

    def said(self, number: Number | None) -> str:
        """Return a value of what is looked at, with three digits and its unit."""
        if number is None:
            return self.none
        rounded = float(f"{number:.3g}")
        if self.unit in UNITS:
            return show(rounded, self.unit)
        return f"{plain(rounded)} {self.unit}".rstrip()

    def passed(self, board: Mapping[str, Any] | None, settings: Settings) -> bool:
        """Return whether a dashboard passes the test under these settings."""
        number = board[self.measure] if board else None
        if number is None:
            return False
        beyond = number >= self.bound if self.least else number <= self.bound
        return beyond and not self.missing(settings)

    def missing(self, settings: Settings) -> list[str]:
        """Return what must hold and does not, in words."""
        return [
            held_text(name, value)
            for name, value in self.holds.items()
            if not _held(getattr(settings, name), value)
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "id": self.id,
            "title": self.title,
            "task": self.task,
            "settings": self.settings.to_dict(),
            "wanted": self.wanted,
        }


def _held(value: Any, wanted: Any) -> bool:
    return value >= wanted if isinstance(wanted, float) else value == wanted


NAIVE = Settings(batching="static", paging=False)
SHARED = Settings(shared_prefix=2000)
ALL_ON = SHARED.but(prefix_caching=True, speculation=True)

MISSIONS: tuple[Mission, ...] = (
    Mission(
        id="baseline",
        title="Baseline suffering",
        task="Start one chip with static batches, ten requests a second, and watch who waits.",
        settings=NAIVE,
        measure="queue",
        label="requests that wait",
        bound=100,
        least=True,
        holds={"batching": "static", "rate": 10.0},
    ),
    Mission(
        id="continuous",
        title="Continuous batching",
        task="Switch to continuous batching while many wait, and let the queue drain.",
        settings=NAIVE,
        measure="queue",
        label="requests that wait",
        bound=5,
        least=False,
        holds={"batching": "continuous", "rate": 10.0, "chips": 1},
        move={"batching": "continuous"},
    ),
    Mission(
        id="prefix",
        title="Prefix caching",
        task="All prompts begin with 2,000 shared tokens: bring slow first tokens to 150 ms.",
        settings=SHARED,
        measure="ttft_p99",
        label="first token (TTFT), P99,",
        unit="ms",
        bound=0.15,
        least=False,
        holds={"prefix_caching": True, "shared_prefix": 2000, "rate": 10.0, "chips": 1},
        move={"prefix_caching": True},
    ),
    Mission(
        id="speculation",
        title="Speculative decoding",
        task="Bring the mean time between tokens to 6 ms or less, with guesses.",
        settings=SHARED.but(prefix_caching=True),
        measure="itl_mean",
        label="mean token gap (ITL)",
        unit="ms",
        bound=0.006,
        least=False,
        holds={"speculation": True, "rate": 10.0, "chips": 1, "chip": "h100-sxm"},
        move={"speculation": True},
    ),
    Mission(
        id="scale",
        title="Four chips, then eight",
        task="A hundred requests a second drown one chip: find how many carry them.",
        settings=Settings(rate=100.0, max_batch=32),
        measure="goodput",
        label="goodput",
        unit="answers/s",
        bound=90,
        least=True,
        holds={"rate": 100.0, "max_batch": 32, "chips_per_replica": 1},
        move={"chips": 8},
    ),
    Mission(
        id="breaking-point",
        title="The breaking point",
        task="All is on, eight chips: raise the rate until somebody waits for two seconds.",
        settings=ALL_ON.but(mix="long-answers", chips=8, chips_per_replica=8),
        measure="oldest_wait",
        label="longest wait for a first token",
        unit="s",
        none="nobody waits",
        bound=2,
        least=True,
        holds={"prefix_caching": True, "speculation": True, "chips": 8, "max_batch": 64},
        move={"rate": 60.0},
    ),
    Mission(
        id="model-size",
        title="The wall of the model's size",
        task="Switch to Llama-3 70B, see the caches fill, and find weights that leave them room.",
        settings=SHARED.but(rate=20.0, prefix_caching=True, chips=8, chips_per_replica=2),
        measure="goodput",
        label="goodput",
        unit="answers/s",
        bound=18,
        least=True,
        holds={"model": "llama-3-70b", "rate": 20.0, "chips": 8, "chips_per_replica": 2},
        move={"model": "llama-3-70b", "weights": "int8"},
    ),
)


def mission(name: str) -> Mission:
    """Return a mission by its id; ValueError names those that there are."""
    found = {each.id: each for each in MISSIONS}
    if name not in found:
        raise ValueError(f"no mission {name!r:.40}; there are {', '.join(found)}")
    return found[name]


def judge(name: str, script: Any, until: Number | None = None) -> dict[str, Any]:
    """Return whether a script passes a mission at a moment, the number that was looked at, and why.

    No moment: 20 s after the last change, or after 30 s. Nonsense raises ValueError.
    """
    asked = script if isinstance(script, Script) else Script.from_dict(script)
    task = mission(name)
    last = max((each.seconds for each in asked.changes), default=0.0)
    at = last + SETTLED_SECONDS if last else 30.0
    if until is not None:
        at = round(float(bounded(until, "until (seconds)", most=MOST_SECONDS)), 6)
    run = run_of(asked, at)
    run.run_to(at)
    settings = asked.settings_at(at)
    board = {**run.board, "queue": run.queued} if run.board else None
    passed, missing = task.passed(board, settings), task.missing(settings)
    number = board[task.measure] if board else None
    verdict, when = "Passed" if passed else "Not yet", plain(round(at, 1))
    says = f"{verdict}: {task.label} at {when} s: {task.said(number)}. Wanted: {task.test}."
    if missing:
        says += f" Not set: {', '.join(missing)}."
    return {"passed": passed, "shown": number, "says": says}
