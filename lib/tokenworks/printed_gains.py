"""What each thing that a server can do buys in one case, beside what a guide prints for any case.

The case is Llama-3 70B on 8 H100, 16 bits, prompts of 2,048 tokens and 32 users, unless a row says
otherwise. Each row has two numbers where its gain depends on something, which the row names.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from tokenworks.cost.attention_call import Tiles
from tokenworks.cost.checkpoints import engine_plan
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory_budget import max_batch
from tokenworks.cost.prompt_attention import prompt_floors
from tokenworks.cost.scheduled_step import load_step
from tokenworks.cost.slice_loads import prompt_load
from tokenworks.cost.step_kernels import decode_step, prefill_step
from tokenworks.data.printed_speed import PrintedGain, printed_gains
from tokenworks.data.speculation_run import speculation_runs
from tokenworks.number import Number
from tokenworks.serving.arrivals import poisson
from tokenworks.serving.kv_occupancy import occupancy
from tokenworks.serving.lengths import Lengths, lognormal
from tokenworks.serving.waste import rival_memories
from tokenworks.specs import chip, model_spec

CASE = Deployment(model_spec("llama-3-70b"), chip("h100-sxm"), 8)
CONTEXT, USERS, PREFIX, NEW = 2048, 32, 2000, 80
Sides = dict[str, Number]  # what is divided by what, by their names
Pair = tuple[Sides, Sides]  # of two cases, in any order


@dataclass(frozen=True)
class ComputedGain:
    """A printed gain, ours from the least to the most, and on what that depends."""

    printed: PrintedGain
    least: Sides
    most: Sides
    depends: str

    @property
    def low(self) -> float:
        """The gain in the case in which it is least."""
        return _ratio(self.least)

    @property
    def high(self) -> float:
        """The gain in the case in which it is most."""
        return _ratio(self.most)

    @property
    def inside(self) -> bool:
        """Whether all of ours lies within what is printed."""
        return self.printed.low <= self.low and self.high <= self.printed.high


def _ratio(sides: Sides) -> float:
    over, under = sides.values()
    return over / under


def _rates(many: Number, few: Number) -> Sides:
    return {"with_tokens_per_s": many, "without_tokens_per_s": few}


def _fitting(many: Number, few: Number) -> Sides:
    return {"sequences_with": many, "sequences_without": few}


def _rate(on: Deployment, users: int) -> float:
    step = decode_step(engine_plan(on), users, CONTEXT, constants=Constants.fitted())
    return users / step.expected_seconds


def _batching() -> Pair:
    gain = _rates(_rate(CASE, USERS), _rate(CASE, 1))
    return gain, gain


def _continuous() -> Pair:
    """Return slots in use over those of static batching, as SIM-08 recorded under full load."""
    text = files("tokenworks.data").joinpath("batching.json").read_text(encoding="utf-8")
    held = json.loads(text)
    rates, spreads, limits = (
        held["grid"][name] for name in ("rate_per_s", "variance_percent", "max_batch")
    )
    crowded = held["runs"][rates.index(20)]
    runs = (crowded[spreads.index(spread)][limits.index(8)] for spread in (25, 200))
    equal, unequal = (
        {f"{way}_busy": run[way]["utilisation"] for way in ("continuous", "static")} for run in runs
    )
    return equal, unequal


def _weights() -> Pair:
    def gain(chips: int, weights: str) -> Sides:
        wide = replace(CASE, chips=chips)
        narrow = replace(wide, weights=weights)
        return _fitting(max_batch(narrow, CONTEXT), max_batch(wide, CONTEXT))

    return gain(8, "int8"), gain(2, "int4")


def _cache() -> Pair:
    gain = _fitting(max_batch(replace(CASE, kv="int8"), CONTEXT), max_batch(CASE, CONTEXT))
    return gain, gain


def _paged() -> Pair:
    """Return sequences at once in blocks over those in pieces, for lengths as in a paper.

    Source: https://arxiv.org/abs/2309.06180 (section 6.2, the means of its chats).
    """
    lengths = Lengths(*(lognormal(mean_tokens=n, sigma=1, most=1024) for n in (161, 338)))
    crowd = poisson(2, 300, lengths=lengths, seed=1, max_tokens=1024)
    drawn = [(r.arrival_seconds, r.prompt_tokens, r.output_tokens or 1) for r in crowd]
    found = {
        name: occupancy(memory, drawn, step_seconds=0.03).running
        for name, memory in rival_memories(15_728, most=2048, block_size=16).items()
        if name in ("the longest", "a good guess, buddy", "blocks")
    }
    guess, longest = (
        _fitting(found["blocks"], found[name]) for name in ("a good guess, buddy", "the longest")
    )
    return guess, longest


def _flash() -> Pair:
    def gain(tokens: int) -> Sides:
        parts = prompt_floors(CASE.model, CASE.chip, tokens, tiles=Tiles(128, 64))
        flash, naive = (parts.rest + way for way in (parts.flash, parts.naive))
        return {"naive_seconds": naive, "flash_seconds": flash}

    return gain(2048), gain(32_768)


def _tensor() -> Pair:
    few = replace(CASE, chips=2)
    one, eight = (_rates(_rate(CASE, users), _rate(few, users)) for users in (1, 8))
    return one, eight


def _speculation() -> Pair:
    rows = speculation_runs()
    ends = min(row.speedup_low for row in rows), max(row.speedup_high for row in rows)
    least, most = ({"speedup": each, "plain": 1.0} for each in ends)
    return least, most


def _prefix() -> Pair:
    plan, fitted = engine_plan(CASE), Constants.fitted()
    whole = prefill_step(plan, PREFIX + NEW, constants=fitted).expected_seconds

    def gain(found: int) -> Sides:
        rest = prompt_load(PREFIX + NEW - found, before_tokens=found)
        warm = load_step(plan, rest, constants=fitted).expected_seconds
        return {"cold_seconds": whole, "warm_seconds": warm}

    return gain(16 * (PREFIX // 2 // 16)), gain(PREFIX)


def _fp8() -> Pair:
    narrow = replace(CASE, weights="fp8", kv="fp8")
    one, all_ = (_rates(_rate(narrow, users), _rate(CASE, users)) for users in (1, USERS))
    return one, all_


COMPUTED: dict[str, tuple[Callable[[], Pair], str]] = {
    "batching": (_batching, "expected, 2,048 tokens each"),
    "continuous": (_continuous, "equal or very unequal answers"),
    "weights": (_weights, "8 bits on 8 chips, or 4 bits on 2"),
    "cache": (_cache, "half the bytes"),
    "paged": (_paged, "over a good guess, or the longest"),
    "flash": (_flash, "floors, 2,048 or 32,768 tokens"),
    "tensor": (_tensor, "from 2 to 8 chips, expected"),
    "speculation": (_speculation, "measured by others"),
    "prefix": (_prefix, "half or all of the prefix known"),
    "fp8": (_fp8, "1 or 32 users, expected"),
}


@cache
def _gains() -> tuple[ComputedGain, ...]:
    found = []
    for printed in printed_gains():
        compute, depends = COMPUTED[printed.name]
        least, most = sorted(compute(), key=_ratio)
        found.append(ComputedGain(printed, least, most, depends))
    return tuple(found)


def computed_gains() -> tuple[ComputedGain, ...]:
    """Return what each of ten things buys in the case, beside what is printed.

    Source: https://fridayswithfaraday.com/posts/llm-inference-basics-2019 (the printed ranges);
    derived: each row's own formula, measured by others where it says so.
    """
    return _gains()
