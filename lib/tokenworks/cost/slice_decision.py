"""From a load and its limits to a fleet of slices, in six steps, or to what stands in the way.

1 formats and their critical batch, 2 the smallest slice, 3 the batch that memory allows, 4 the
batch that the latency allows, 5 the chips that the links allow, 6 the slices and their bill.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tokenworks.cost.chip_links import slice_torus
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.domain import Count, NotNegative, Positive, physical
from tokenworks.cost.fleet import Fleet, fleet_for
from tokenworks.cost.frontier import FORMATS, Formats
from tokenworks.cost.slice_limits import link_limit_chips
from tokenworks.cost.slice_loads import slice_prompt
from tokenworks.cost.slice_memory import model_shapes, slice_batch
from tokenworks.cost.slice_steps import PRODUCT_SHARE, SliceStep, slice_step
from tokenworks.cost.token_rent import middle_tokens
from tokenworks.number import rounded_up


@dataclass(frozen=True, kw_only=True)
class FleetLoad:
    """What is asked of a fleet: requests a second, their lengths, and how long they may take."""

    requests_per_s: float
    prompt_tokens: int
    output_tokens: int
    tpot_seconds: float  # the longest that a token may take, as is to be expected
    ttft_seconds: float  # the longest that reading a prompt may take, waiting not counted


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One pair of formats on one slice: the batches that are allowed, and what it costs."""

    on: Deployment
    shape: str
    critical_batch: (
        float | None
    )  # from which products outlast reading, as expected; None: from none
    memory_batch: int  # that fits at the end of the answers
    batch: int  # of those, the largest within the time a token; 0 where none is
    fastest_seconds: float  # the expected step of one sequence alone
    prompt_seconds: float
    link_chips: float  # beyond which messages outlast the FFN's work, at the links' full rate
    prefill_shape: str = ""  # of the slices that read the prompts
    fleet: Fleet | None = None

    @property
    def chips(self) -> int:
        """Chips of one slice."""
        return slice_torus(self.on.chip, self.shape).devices

    @property
    def name(self) -> str:
        """Such as "int8/int8 on 2x4"."""
        return f"{self.on.weights}/{self.on.kv} on {self.shape}"


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The fleet of the least rent, the constraint that binds, or what would make one possible."""

    load: FleetLoad
    candidates: tuple[Candidate, ...]
    chosen: Candidate | None
    binding: str  # "memory", "latency", "rate", or of an impossible load also "first token"
    remedy: str = ""

    @property
    def feasible(self) -> bool:
        """Whether there is a fleet at all."""
        return self.chosen is not None

    @property
    def steps(self) -> dict[str, str]:
        """The six answers in words; of an impossible load what is in the way, and the remedy."""
        best = self.chosen
        if best is None or best.fleet is None:
            return {"in the way": self.binding, "remedy": self.remedy}
        served, turn = best.fleet, "at no batch"
        if best.critical_batch is not None:
            turn = f"from {best.critical_batch:,.0f} sequences on"
        return {
            "1 formats": f"weights {best.on.weights}, cache {best.on.kv}: {turn} products take "
            "longer than reading",
            "2 slice": f"{best.shape}, {best.chips} chips",
            "3 memory": f"{best.memory_batch:,} sequences",
            "4 latency": f"{best.batch:,} sequences in "
            f"{served.decode.expected_seconds * 1e3:.1f} ms a token",
            "5 links": f"messages take longest from {best.link_chips:.0f} chips on, at the links' "
            "full rate",
            "6 fleet": f"{served.prefill_slices} slices of {best.prefill_shape} for prompts, "
            f"{served.decode_slices} of {best.shape} for answers, "
            f"USD {served.usd_per_hour:,.2f} an hour; bound by {self.binding}",
        }


@physical
def decide_slices(
    on: Deployment,
    *,
    requests_per_s: Positive,
    prompt_tokens: Count,
    output_tokens: Count,
    tpot_seconds: Positive,
    ttft_seconds: Positive,
    usd_per_chip_hour: NotNegative,
    busy_share: Positive,
    formats: Sequence[Formats] = FORMATS,
) -> Decision:
    """Return the cheapest fleet of a model on slices of one chip that keeps both times.

    `formats` are those whose accuracy is acceptable; a deployment says model and chip. Prompts and
    answers have pools of their own, each with the shape that costs least. Of equal rents the fewest
    chips win, then the order of `formats`, then the smaller slice. An impossible load has no fleet
    and a `remedy`. Nobody waits here: with arrivals at random and their percentiles the question is
    `tokenworks.planner.plan`'s. Source: derived:
    https://jax-ml.github.io/scaling-book/applied-inference/ (the order of the questions).
    """
    load = FleetLoad(
        requests_per_s=float(requests_per_s),
        prompt_tokens=prompt_tokens,
        output_tokens=output_tokens,
        tpot_seconds=float(tpot_seconds),
        ttft_seconds=float(ttft_seconds),
    )
    rent = {"usd_per_chip_hour": usd_per_chip_hour, "busy_share": busy_share}
    found = tuple(each for pair in formats for each in _candidates(on, pair, load=load, rent=rent))
    possible = [each for each in found if each.fleet]
    if not possible:
        binding, remedy = _obstacle(found, load)
        return Decision(load=load, candidates=found, chosen=None, binding=binding, remedy=remedy)
    best = min(possible, key=_bill)
    return Decision(load=load, candidates=found, chosen=best, binding=_binding(best))


def _bill(each: Candidate) -> tuple[float, int]:
    assert each.fleet is not None
    served = each.fleet
    chips = served.prefill_slices * served.prompt.chips + served.decode_slices * each.chips
    return served.usd_per_hour, chips


def _binding(best: Candidate) -> str:
    """Return what keeps the batch from being larger."""
    assert best.fleet is not None
    if best.fleet.in_flight < best.batch:
        return "rate"  # one slice is not filled
    return "memory" if best.batch == best.memory_batch else "latency"


def _obstacle(found: Sequence[Candidate], load: FleetLoad) -> tuple[str, str]:
    """Return the first constraint that no candidate keeps, and what would keep it."""
    longest = load.prompt_tokens + load.output_tokens
    held = [each for each in found if each.memory_batch]
    if not held:
        largest = found[-1]
        return "memory", (
            f"no slice of {largest.on.chip.label} holds the weights and one sequence of "
            f"{longest:,} tokens: take a chip with more memory, narrower formats, or a shorter "
            "context"
        )
    fast = [each for each in held if each.batch]
    if not fast:
        best = min(held, key=lambda each: each.fastest_seconds)
        return "latency", (
            f"the fastest step is {best.fastest_seconds * 1e3:.1f} ms, of {best.name} with one "
            f"sequence: allow as much, or take a chip with more bandwidth"
        )
    best = min(fast, key=lambda each: each.prompt_seconds)
    return "first token", (
        f"the shortest time to read the prompt is {best.prompt_seconds:.2f} s, of {best.name}: "
        "allow as much, shorten the prompt, or cache its beginning"
    )


def _candidate(on: Deployment, shape: str, load: FleetLoad) -> Candidate:
    longest = load.prompt_tokens + load.output_tokens
    middle = middle_tokens(load.prompt_tokens, load.output_tokens)
    memory = slice_batch(on, shape, context_tokens=longest)

    def step_seconds(batch: int) -> float:
        return slice_step(on, shape, batch=batch, context_tokens=middle).expected_seconds

    batch, over = 0, memory + 1
    while over - batch > 1:
        tried = (batch + over) // 2
        batch, over = (tried, over) if step_seconds(tried) <= load.tpot_seconds else (batch, tried)
    return Candidate(
        on=on,
        shape=shape,
        critical_batch=_products_from(slice_step(on, shape, batch=1, context_tokens=middle)),
        memory_batch=memory,
        batch=batch,
        fastest_seconds=step_seconds(1),
        prompt_seconds=slice_prompt(on, shape, load.prompt_tokens).expected_seconds,
        link_chips=link_limit_chips(on, shape, max(1, batch)),
    )


def _products_from(one: SliceStep) -> float | None:
    """Return the batch at which products take as long as reading, from the step of one sequence."""
    products = one.multiply_seconds / PRODUCT_SHARE
    cache = one.read_seconds - one.weight_seconds
    return one.weight_seconds / (products - cache) if products > cache else None


def _candidates(
    on: Deployment, formats: Formats, *, load: FleetLoad, rent: dict[str, float]
) -> list[Candidate]:
    """Return the ways of one pair of formats, each with the cheapest slices for its prompts."""
    stored = replace(on, weights=formats[0], kv=formats[1])
    found = [_candidate(stored, shape, load) for shape in model_shapes(on)]
    reading = [e for e in found if e.memory_batch and e.prompt_seconds <= load.ttft_seconds]
    if not reading:
        return found
    work = load.requests_per_s / rent["busy_share"]
    best = min(reading, key=lambda e: rounded_up(work * e.prompt_seconds) * e.chips)
    return [_with_fleet(each, best.shape, load=load, rent=rent) for each in found]


def _with_fleet(
    each: Candidate, prefill_shape: str, *, load: FleetLoad, rent: dict[str, float]
) -> Candidate:
    if not each.batch:
        return each
    served = fleet_for(
        each.on,
        each.shape,
        requests_per_s=load.requests_per_s,
        prompt_tokens=load.prompt_tokens,
        output_tokens=load.output_tokens,
        batch=each.batch,
        usd_per_chip_hour=rent["usd_per_chip_hour"],
        busy_share=rent["busy_share"],
        prefill_shape=prefill_shape,
    )
    return replace(each, prefill_shape=prefill_shape, fleet=served)
