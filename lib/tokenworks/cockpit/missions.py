"""Seven experiments with a test each: what to begin with, what to do, and when it has worked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tokenworks.cockpit.driving import run_of
from tokenworks.cockpit.script import MOST_SECONDS, Script
from tokenworks.cockpit.settings import Settings
from tokenworks.number import Number, bounded

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
    bound: Number
    least: bool  # whether it has to be at least the bound, not at most
    holds: Mapping[str, Any] = field(default_factory=dict)
    move: Mapping[str, Any] = field(default_factory=dict)

    @property
    def wanted(self) -> str:
        """The test in words."""
        held = (f"{name.replace('_', ' ')} {_said(value)}" for name, value in self.holds.items())
        bound = f"{self.label} {'at least' if self.least else 'at most'} {self.bound:g}"
        return ", ".join([bound, *held])

    def passed(self, board: Mapping[str, Any] | None, settings: Settings) -> bool:
        """Return whether a dashboard passes the test under these settings."""
        number = board[self.measure] if board else None
        if number is None:
            return False
        held = all(_held(getattr(settings, name), value) for name, value in self.holds.items())
        return held and (number >= self.bound if self.least else number <= self.bound)

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


def _said(value: Any) -> str:
    return ("off", "on")[value] if isinstance(value, bool) else f"{value}"


NAIVE = Settings(batching="static", paging=False)
SHARED = Settings(shared_prefix=2000)
ALL_ON = SHARED.but(prefix_caching=True, speculation=True)

MISSIONS: tuple[Mission, ...] = (
    Mission(
        id="baseline",
        title="Baseline suffering",
        task="Start one GPU with static batches, ten requests a second, and watch the queue.",
        settings=NAIVE,
        measure="queue",
        label="requests in the queue",
        bound=100,
        least=True,
        holds={"batching": "static", "rate": 10.0},
    ),
    Mission(
        id="continuous",
        title="Continuous batching",
        task="Switch to continuous batching while the queue is long, and let it drain.",
        settings=NAIVE,
        measure="queue",
        label="requests in the queue",
        bound=5,
        least=False,
        holds={"batching": "continuous", "rate": 10.0, "chips": 1},
        move={"batching": "continuous"},
    ),
    Mission(
        id="prefix",
        title="Prefix caching",
        task="All prompts begin with 2,000 shared tokens: get the slow end of TTFT below 0.15 s.",
        settings=SHARED,
        measure="ttft_p99",
        label="TTFT P99 in seconds",
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
        label="mean ITL in seconds",
        bound=0.006,
        least=False,
        holds={"speculation": True, "rate": 10.0, "chips": 1, "chip": "h100-sxm"},
        move={"speculation": True},
    ),
    Mission(
        id="scale",
        title="Four GPUs, then eight",
        task="A hundred requests a second drown one GPU: find how many carry them.",
        settings=Settings(rate=100.0, max_batch=32),
        measure="goodput",
        label="good requests a second",
        bound=90,
        least=True,
        holds={"rate": 100.0, "max_batch": 32, "chips_per_replica": 1},
        move={"chips": 8},
    ),
    Mission(
        id="breaking-point",
        title="The breaking point",
        task="All is on, eight GPUs: raise the rate until somebody waits for two seconds.",
        settings=ALL_ON.but(mix="long-answers", chips=8, chips_per_replica=8),
        measure="oldest_wait",
        label="longest wait for a first token in seconds",
        bound=2,
        least=True,
        holds={"prefix_caching": True, "speculation": True, "chips": 8, "max_batch": 64},
        move={"rate": 60.0},
    ),
    Mission(
        id="model-size",
        title="The wall of the model's size",
        task="Switch to 70B, see the caches fill, and find the weights that leave room for them.",
        settings=SHARED.but(rate=20.0, prefix_caching=True, chips=8, chips_per_replica=2),
        measure="goodput",
        label="good requests a second",
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
    passed = task.passed(run.board, asked.settings_at(at))
    number = run.board[task.measure] if run.board else None
    shown = "nothing yet" if number is None else f"{number:.3g}"
    verdict = "Passed" if passed else "Not yet"
    says = f"{verdict}: {task.label} {shown} at {at:g} s; wanted: {task.wanted}."
    return {"passed": passed, "shown": number, "says": says}
