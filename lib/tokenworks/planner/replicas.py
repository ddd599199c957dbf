"""One copy of a model on chips, in one pair of formats: its memory, and how long its steps take."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import NamedTuple

from tokenworks.accelerator import Chip
from tokenworks.architecture import ModelSpec
from tokenworks.cost.alpha_beta import Line
from tokenworks.cost.checkpoints import EVERYWHERE, checkpoint, served_plan
from tokenworks.cost.chip_links import SERVER
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.expected import MEMORY_SHARE, STEP_TOKENS, sequence_bytes
from tokenworks.cost.hosts import host_of
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory import activation_bytes, kv_bytes, tensor_parallel_sizes
from tokenworks.cost.mixed_step import Load, decode_load
from tokenworks.cost.scheduled_step import expected_clock, load_step
from tokenworks.cost.serving_plan import CACHE_FORMATS
from tokenworks.cost.slice_loads import slice_load
from tokenworks.cost.slice_memory import model_shapes, slice_budget
from tokenworks.cost.slice_steps import SliceStep, shared_torus
from tokenworks.number import Number
from tokenworks.planner.tabulated_clock import Clock
from tokenworks.serving.cluster.ports import link_wire
from tokenworks.specs import number_format

BLOCK = 16  # tokens of a block of the cache (vLLM's default)
ENGINE = "vllm"  # whose kernels and habits the expected times are of
SLICE_STEP_TOKENS = 2048  # of prompts that a step on a slice reads: assumed, as 16 GB are little
LARGEST_SLICE = 64  # chips of one copy
# The network between two pools, a port for each chip: assumed, as offers seldom say it.
NETWORKS = {"gpu": "infiniband-ndr", "tpu": "tpu-v5e-dcn"}
# Formats to choose among unless told: none narrower than 8 bits, for what 4 cost is to be tried.
CACHES = ("bf16", "fp8")
SLICE_CACHES = ("bf16", "int8")
NATIVE = {"gpt-oss-20b": "fp4", "gpt-oss-120b": "fp4", "kimi-k2.5": "int4"}  # as published


class Ratio(NamedTuple):
    """Replicas that read prompts for those that write answers, the smallest such numbers."""

    prefill: int
    decode: int


RATIOS = tuple(
    Ratio(a, b) for a in (1, 2, 3) for b in (1, 2, 3, 4) if math.gcd(a, b) == 1 and a + b <= 5
)


@dataclass(frozen=True, kw_only=True)
class Replica:
    """One copy: formats, chips, what each chip has for caches, and clocks, expected and floor."""

    model: ModelSpec
    chip: Chip
    chips: int
    layout: str  # "TP4", or the shape of a slice
    weights: str
    cache: str
    cache_bytes_per_value: Number
    weight_bytes: Number  # of one chip, as all below
    activation_bytes: Number
    pool_bytes: Number
    sequence_bytes: Callable[[int], float] = field(repr=False)
    expected: Clock = field(repr=False)
    floor: Clock = field(repr=False)
    first_seconds: Number  # from a request's arrival to its first step, waiting not counted
    step_tokens: int  # of prompts that one step reads at most

    @property
    def name(self) -> str:
        """Such as "TP4, weights fp8, cache bf16"."""
        return f"{self.layout}, weights {self.weights}, cache {self.cache}"

    def capacity(self, tokens: int) -> int:
        """Return how many sequences of this length the caches hold, in whole blocks."""
        return int(max(0.0, self.pool_bytes) // self.sequence_bytes(-(-tokens // BLOCK) * BLOCK))

    @cached_property
    def wire(self) -> Line:
        """What carries a cache to another replica: a floor, as it is the data sheet's rate."""
        return link_wire(NETWORKS[self.chip.kind], links=self.chips)

    def token_bytes(self, tokens: int) -> float:
        """Return the cache of one token on all chips, the mean of a sequence of this length."""
        return kv_bytes(self.model, tokens, bytes_per_value=self.cache_bytes_per_value) / tokens


@dataclass(frozen=True)
class NotPossible:
    """A pair of formats on so many chips that cannot be, and why."""

    weights: str
    cache: str
    place: str
    reason: str


def replicas_of(
    model: ModelSpec,
    on: Chip,
    *,
    constants: Constants,
    weights: Sequence[str] = (),
    caches: Sequence[str] = (),
) -> tuple[list[Replica], list[NotPossible]]:
    """Return every copy of a model that chips of one kind can hold in some way, and what cannot be.

    Copies of GPUs are tensor-parallel within a server, those of TPUs stand on a slice. No formats:
    those of 8 bits and more. A chip that is neither raises ValueError, as do names of formats that
    nobody knows, and one string in place of several; on a TPU they raise KeyError.
    """
    if on.kind not in NETWORKS:
        raise ValueError(f"{on.label} is no GPU and no TPU: take another chip")
    tpu = on.kind == "tpu"
    _check_names(model, on, weights=weights, caches=caches)
    stored = tuple(weights) or _usual_weights(model, on)
    kept = tuple(caches) or (SLICE_CACHES if tpu else CACHES)
    sizes = [n for n in tensor_parallel_sizes(model) if n <= SERVER and n in on.slices]
    places = model_shapes(Deployment(model, on)) if tpu else sizes
    found, refused = [], []
    for form, cache, place in product(stored, kept, places):
        try:
            if tpu:
                made = _on_slice(model, on, str(place), weights=form, cache=cache)
            else:
                chips = int(place)
                made = _on_gpus(model, on, chips, constants=constants, weights=form, cache=cache)
        except ValueError as error:
            refused.append(NotPossible(form, cache, str(place), str(error)))
        else:
            found.append(made)
    return [each for each in found if each.chips <= LARGEST_SLICE], refused


def left_out(found: Sequence[Replica], refused: Sequence[NotPossible]) -> list[str]:
    """Return the pairs of formats of which there is no copy at all, in words, each with why."""
    made = {(each.weights, each.cache) for each in found}
    pairs = {(no.weights, no.cache): no.reason for no in refused}
    reasons = dict[str, list[str]]()
    for (form, cache), reason in pairs.items():
        if (form, cache) not in made:
            reasons.setdefault(reason, []).append(f"weights {form} with cache {cache}")
    return [f"left out: {', '.join(names)}: {reason}" for reason, names in reasons.items()]


def _check_names(
    model: ModelSpec, on: Chip, *, weights: Sequence[str], caches: Sequence[str]
) -> None:
    for name, given in (("weights", weights), ("caches", caches)):
        if isinstance(given, str):
            raise ValueError(f"{name} are several formats: ({given!r},) in place of {given!r}")
    if on.kind == "tpu":
        for form in {*weights, *caches} - set(EVERYWHERE):
            number_format(form)
        return
    for form in weights:
        checkpoint(model.name, form)
    for cache in caches:
        if cache not in CACHE_FORMATS:
            known = ", ".join(CACHE_FORMATS)
            raise ValueError(f"a cache in {cache!r} is not known; known: {known}")


def _usual_weights(model: ModelSpec, on: Chip) -> tuple[str, ...]:
    """Return the formats to try: as published, else 16 bits and the 8 that the chip multiplies."""
    if model.name in NATIVE:
        return (NATIVE[model.name],)
    narrow = "fp8" if on.has("fp8") and on.kind == "gpu" else "int8"
    return ("bf16", narrow)


def _on_gpus(
    model: ModelSpec, on: Chip, chips: int, *, weights: str, cache: str, constants: Constants
) -> Replica:
    plan = served_plan(model, on, chips, engine=ENGINE, precision=weights, cache=cache)
    work = activation_bytes(model, STEP_TOKENS, tp=chips)
    held = plan.weight_bytes / chips

    def floor(load: Load) -> float:
        return load_step(plan, load, constants=constants).floor_seconds

    return Replica(
        model=model,
        chip=on,
        chips=chips,
        layout=f"TP{chips}",
        weights=weights,
        cache=cache,
        cache_bytes_per_value=plan.cache_bytes_per_value,
        weight_bytes=held,
        activation_bytes=work,
        pool_bytes=MEMORY_SHARE * on.planned_bytes - held - work,
        sequence_bytes=lambda tokens: sequence_bytes(plan, tokens),
        expected=expected_clock(plan, constants=constants),
        floor=floor,
        first_seconds=host_of(ENGINE).first_seconds,
        step_tokens=STEP_TOKENS,
    )


def _on_slice(model: ModelSpec, on: Chip, shape: str, *, weights: str, cache: str) -> Replica:
    try:
        number_format(weights)
    except KeyError as error:
        raise ValueError(f"weights {weights}: no such numbers are counted on a slice") from error
    left = (1 - MEMORY_SHARE) * on.planned_bytes
    placed = Deployment(model, on, weights=weights, kv=cache, overhead_bytes=left)
    torus = shared_torus(placed, shape)
    one = slice_budget(
        placed, shape, batch=1, context_tokens=BLOCK, prompt_tokens=SLICE_STEP_TOKENS
    )

    def held(tokens: int) -> float:
        return slice_budget(placed, shape, batch=1, context_tokens=tokens).kv_bytes

    def step(load: Load) -> SliceStep:
        return slice_load(placed, shape, load)

    step(decode_load(1, 1))  # refuses models whose caches it cannot count
    return Replica(
        model=model,
        chip=on,
        chips=torus.devices,
        layout=shape,
        weights=weights,
        cache=cache,
        cache_bytes_per_value=placed.bytes_per_value,
        weight_bytes=float(one.weight_bytes),
        activation_bytes=float(one.activation_bytes),
        pool_bytes=one.free_bytes + one.kv_bytes,
        sequence_bytes=held,
        expected=lambda load: step(load).expected_seconds,
        floor=lambda load: step(load).floor_seconds,
        first_seconds=host_of(ENGINE).first_seconds,
        step_tokens=SLICE_STEP_TOKENS,
    )
