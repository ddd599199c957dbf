"""A plan as it is answered: what to deploy, what it costs, what binds, and how it was replayed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tokenworks.accelerator import Chip
from tokenworks.architecture import ModelSpec
from tokenworks.planner.binding import Binding, Constraint
from tokenworks.planner.candidate import Candidate
from tokenworks.planner.demand import Demand, time_text
from tokenworks.planner.replay import Replay, Tail
from tokenworks.planner.search import Trial
from tokenworks.printed_table import Table, table
from tokenworks.units import show


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to deploy for a demand, every way in it replayed; or why nothing does, and what would.

    `slower` is the best way again, once, with steps longer by the median error of such times.
    """

    model: ModelSpec
    chip: Chip
    demand: Demand
    limit: Binding
    best: Trial | None = None
    others: tuple[Trial, ...] = ()
    remedy: str = ""
    median_error: float = 0.0
    error_text: str = ""
    slower: Replay | None = None
    notes: tuple[str, ...] = ()

    @property
    def feasible(self) -> bool:
        """Whether there is a way that passed its replay."""
        return self.best is not None

    @property
    def binding(self) -> Constraint:
        """What keeps it from costing less, or from being at all."""
        return self.limit.name

    @property
    def binding_text(self) -> str:
        """The same in a sentence."""
        return self.limit.text

    @property
    def usd_per_million(self) -> float | None:
        """The rent behind a million tokens of answers at the rate that is asked; None without."""
        return self.best.candidate.usd_per_million if self.best else None

    @property
    def caption(self) -> str:
        """What was asked, in words."""
        d = self.demand
        mean = "" if d.samples is None else " on average"
        return (
            f"{self.model.label} on {self.chip.label}: {d.requests_per_s:g} requests/s of "
            f"{d.prompt_tokens:,} + {d.output_tokens:,} tokens{mean}, {d.name} of TTFT within "
            f"{time_text(d.ttft_seconds)} and of TPOT within {time_text(d.tpot_seconds)}"
        )

    def table(self) -> Table:
        """Return the answer as a table of two columns."""
        rows = [{"what": what, "value": value} for what, value in self._rows().items()]
        return table(rows, caption=self.caption)

    def options_table(self) -> Table:
        """Return the plan and what comes after it; an impossible demand raises ValueError."""
        if self.best is None:
            raise ValueError(f"no way is left to compare: {self.limit.text}")
        shown = [_option(each, self.best.candidate) for each in (self.best, *self.others)]
        return table(shown, caption=f"the plan, then what comes next; {self.demand.name} replayed")

    def _rows(self) -> dict[str, str]:
        if self.best is None:
            return {"feasible": "no", "in the way": self.limit.name}
        way, replay = self.best
        rent, replica = way.rent, way.replica
        more = f", {rent.chips} rented" if rent.chips > way.chips else ""
        full = show(way.memory_share, "%", decimals=0)
        return {
            "copies": copies_text(way),
            "each copy": f"{replica.layout}: {replica.chips} × {self.chip.label}",
            "formats": f"weights {replica.weights}, cache {replica.cache}",
            "batch": f"{way.batch} answers at once; {way.running:.0f} at work, the mean",
            "chips": f"{way.chips}{more}; memory {full} full at most",
            "rent": f"USD {rent.usd_per_hour:,.2f} an hour",
            "price of a chip": f"USD {rent.usd_per_chip_hour:g} an hour: {rent.basis}",
            "a million tokens out": f"USD {way.usd_per_million:.3g} expected; "
            f"floor USD {way.floor_usd_per_million:.3g}",
            f"TTFT, {self.demand.name}": tail_text(replay.ttft),
            f"TPOT, {self.demand.name}": tail_text(replay.tpot),
            "single gaps": replay.gaps_text,
            "binding": self.limit.name,
        }

    @property
    def sentences(self) -> tuple[str, ...]:
        """What binds, how it was replayed, and whether it holds with longer steps; or a remedy."""
        if self.best is None:
            return (f"in the way: {self.limit.text}", f"remedy: {self.remedy}")
        return (
            f"binding: {self.limit.text}",
            f"replayed: {replay_text(self.best.replay)}",
            f"with longer steps: {self._slower_text()}",
        )

    def _slower_text(self) -> str:
        """No times: a slow end of one seed may come out shorter, since batches form anew."""
        assert self.slower is not None  # every plan has one
        tails = {"TTFT": self.slower.ttft, "TPOT": self.slower.tpot}
        missed = " and ".join(name for name, tail in tails.items() if not tail.met)
        kept = f"{missed} may miss what is asked" if missed else "both bounds are still kept"
        longer, seed = show(self.median_error, "%", decimals=0), self.slower.seeds[0]
        return f"where every step takes {longer} longer, the median error, {kept} (seed {seed})"

    def as_json(self) -> dict[str, Any]:
        """Return the whole answer in plain values, times in seconds."""
        d = self.demand
        return {
            "feasible": self.feasible,
            "asked": {
                "model": self.model.name,
                "chip": self.chip.name,
                "requests_per_s": d.requests_per_s,
                "prompt_tokens": d.prompt_tokens,
                "output_tokens": d.output_tokens,
                "lengths": "fixed" if d.samples is None else "samples",
                "pairs": 1 if d.samples is None else len(d.samples.pairs),
                "longest_tokens": d.longest,
                "ttft_seconds": d.ttft_seconds,
                "tpot_seconds": d.tpot_seconds,
                "percentile": d.percentile,
            },
            "deployment": _deployment(self.best.candidate) if self.best else None,
            "binding": {"constraint": self.limit.name, "text": self.limit.text},
            "remedy": self.remedy or None,
            "usd_per_million": self.usd_per_million,
            "floor_usd_per_million": self.best and self.best.candidate.floor_usd_per_million,
            "alternatives": [self._alternative(each) for each in self.others],
            "replay": _replay(self.best.replay) if self.best else None,
            "expected_error": {"median": self.median_error, "text": self.error_text},
            "slower": self.slower
            and {"factor": 1 + self.median_error, "met": self.slower.met, **_replay(self.slower)},
            "notes": list(self.notes),
        }

    def _alternative(self, trial: Trial) -> dict[str, Any]:
        assert self.best is not None
        return {
            "deployment": _deployment(trial.candidate),
            "usd_per_million": trial.candidate.usd_per_million,
            "floor_usd_per_million": trial.candidate.floor_usd_per_million,
            "loses_by": loses_by(trial.candidate, self.best.candidate),
            "replay": _replay(trial.replay),
        }


def copies_text(way: Candidate) -> str:
    """Return the copies of a way in words."""
    if way.ratio is None:
        return f"{way.groups}, each for prompts and answers"
    return f"{way.prefill_replicas} for prompts, {way.decode_replicas} for answers"


def loses_by(way: Candidate, best: Candidate) -> float:
    """Return by which share the rent of a way is above that of the best."""
    return way.rent.usd_per_hour / best.rent.usd_per_hour - 1


def replay_text(replay: Replay) -> str:
    """Return how a way was replayed, in words."""
    first, *more = replay.seeds
    seeds = f"seeds {first} to {replay.seeds[-1]}" if more else f"seed {first}"
    kept = show(replay.attainment, "%", decimals=1)
    text = f"{replay.requests:,} requests, {seeds}, {kept} of them within both bounds"
    if replay.run_replicas == replay.replicas:
        return text
    return f"{text}, on {replay.run_replicas} of {replay.replicas} copies with their share of them"


def tail_text(tail: Tail) -> str:
    """Return a percentile beside its bound and how sure it is."""
    if not tail.seconds:
        return "none: the first token is the last"
    error = time_text(tail.standard_error) if tail.standard_error else "0 s"
    return f"{_seconds(tail)} ± {error}, within {time_text(tail.bound_seconds)}"


def _seconds(tail: Tail) -> str:
    return time_text(tail.seconds) if tail.seconds else "none"


def _option(trial: Trial, best: Candidate) -> dict[str, str]:
    way, share = trial.candidate, loses_by(trial.candidate, best)
    more = show(share, "%", decimals=0) if share else "same rent"
    return {
        "way": way.name,
        "USD per million": f"{way.usd_per_million:.3g}",
        "loses by": "" if way is best else more,
        "TTFT": _seconds(trial.replay.ttft),
        "TPOT": _seconds(trial.replay.tpot),
    }


def _deployment(way: Candidate) -> dict[str, Any]:
    replica, rent = way.replica, way.rent
    return {
        "name": way.name,
        "weights": replica.weights,
        "cache": replica.cache,
        "parallelism": replica.layout,
        "chips_per_replica": replica.chips,
        "replicas": way.replicas,
        "pools": way.ratio and {"prefill": way.prefill_replicas, "decode": way.decode_replicas},
        "batch": way.batch,
        "running": way.running,
        "step_tokens": replica.step_tokens,
        "chips": way.chips,
        "rented_chips": rent.chips,
        "memory_share": way.memory_share,
        "usd_per_hour": rent.usd_per_hour,
        "usd_per_chip_hour": rent.usd_per_chip_hour,
        "price": None if rent.offer is None else rent.offer.name,
        "price_day": None if rent.offer is None else rent.offer.day,
        "price_source": None if rent.offer is None else rent.offer.source,
    }


def _replay(replay: Replay) -> dict[str, Any]:
    return {
        "seeds": list(replay.seeds),
        "requests": replay.requests,
        "run_replicas": replay.run_replicas,
        "replicas": replay.replicas,
        "ttft": replay.ttft._asdict(),
        "tpot": replay.tpot._asdict(),
        "attainment": replay.attainment,
        "gap_attainment": replay.gap_attainment,
        "preemptions": replay.preemptions,
    }
