"""The first ladder: one chip, one server, several, copies, experts; each rung and its numbers."""

from __future__ import annotations

from tokenworks.cost.chip_links import SERVER
from tokenworks.cost.copies import Groups, tokens_of_groups
from tokenworks.cost.expert_dispatch import PLAIN_BYTES, dispatch_bytes, dispatch_seconds
from tokenworks.cost.hybrid import Split, SplitCost, split_cost
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory_budget import budget
from tokenworks.cost.parameters import expert_parameter_count
from tokenworks.planner.served_case import (
    LOST_SHARE,
    RUNTIME_BYTES,
    Case,
    chips_text,
    short_time,
    size_text,
)
from tokenworks.shapes import moe_layer_count

STAGES = (2, 4, 8)
Answer = tuple[str, str]  # in a word or two, and why


def one_chip(case: Case) -> Answer:
    """Return whether one chip holds weights and caches, with their bytes.

    Source: derived: `budget` of one chip.
    """
    held = budget(case.on(1), context_tokens=case.context_tokens, batch=case.users)
    why = (
        f"{size_text(held.weight_bytes)} of weights and {size_text(held.kv_bytes)} of caches; one "
        f"chip has {size_text(held.capacity_bytes)}, of which something is kept back."
    )
    return ("yes" if held.fits else "no"), why


def one_server(case: Case) -> Answer:
    """Return the least chips of one tensor-parallel group that hold the case.

    Source: derived: `budget` of each size of a group.
    """
    if case.group == 1:
        return "not needed", "A chip holds it. More chips would bring a token sooner."
    if case.links is None:
        return "unknown", f"No links between chips are known of {case.chip.label}: none is costed."
    largest = case.groups[-1]
    if case.group is None:
        held = budget(case.on(largest), context_tokens=case.context_tokens, batch=case.users)
        what = f"{largest} chips" if largest > 1 else "one chip"
        return "no", (
            f"The heads can be shared among {what} of a {case.place}; each would hold "
            f"{size_text(held.needed_bytes)} and has {size_text(held.capacity_bytes)}."
        )
    held = budget(case.on(case.group), context_tokens=case.context_tokens, batch=case.users)
    sums = 2 * case.model.n_layers
    return f"{case.group} chips", (
        f"Cut each matrix (tensor parallel): each chip holds {size_text(held.needed_bytes)} of "
        f"{size_text(held.capacity_bytes)}. A token waits for {sums} sums over {case.links.label}."
    )


def several_servers(case: Case) -> Answer:
    """Return how several servers hold what one does not: stages, or one wide group.

    Source: derived: `split_cost` of both, with their floors.
    """
    if case.group is not None:
        return "not needed", f"One {case.place} holds it."
    if case.links is None:
        return "unknown", f"No links between chips are known of {case.chip.label}: none is costed."
    if case.is_slice:
        return "no", "No slice over which the heads can be shared holds it: fewer bits, or users."
    ways = [way for stages in STAGES for way in _ways_over(case, stages)]
    if not ways and (odd := _uneven(case)) and _would_divide(case):
        return "unknown", f"No way that is costed holds it on {STAGES[-1]} servers.{odd}"
    if not ways:
        return "no", f"Not even {STAGES[-1]} servers hold it: take fewer bits, or fewer users."
    first = ways[0]
    both = [way for way in ways if way.split.devices == first.split.devices]
    said = "; ".join(
        f"{_split_text(way.split)} ({way.split.name}): a chip holds "
        f"{size_text(way.weight_bytes + way.kv_bytes)}, a step takes at least "
        f"{short_time(way.in_turn_seconds)}"
        for way in both
    )
    best = min(both, key=lambda way: way.in_turn_seconds)
    odd = "" if any(way.split.pipeline > 1 for way in both) else _uneven(case)
    return _split_text(best.split), f"{said}. {case.ports.label} between servers.{_lead(both)}{odd}"


def _split_text(split: Split) -> str:
    if split.pipeline == 1:
        return f"{split.tensor} chips"
    return f"{split.pipeline} stages of {split.tensor} chips"


def _would_divide(case: Case) -> bool:
    """Tell whether the most servers hold all bytes, if each chip took as much as any other."""
    held = budget(case.on(1), context_tokens=case.context_tokens, batch=case.users)
    room = STAGES[-1] * SERVER * (held.capacity_bytes - RUNTIME_BYTES)
    return held.weight_bytes + held.kv_bytes / (1 - LOST_SHARE) <= room


def _uneven(case: Case) -> str:
    """Say which stages are left out because they would not be equal."""
    layers = case.model.n_layers
    *others, last = [str(stages) for stages in STAGES if layers % stages] or [""]
    if not last:
        return ""
    odd = f"{', '.join(others)} or {last}" if others else last
    return f" {layers} layers do not divide into {odd} equal stages; unequal ones are not costed."


def _lead(ways: list[SplitCost]) -> str:
    """Say how much latency more of a sum between servers turns the order of two ways."""
    wide = next((way for way in ways if way.split.pipeline == 1), None)
    staged = next((way for way in ways if way.split.pipeline > 1), None)
    if wide is None or staged is None or wide.in_turn_seconds >= staged.in_turn_seconds:
        return " Latency is on top."
    lead = (staged.in_turn_seconds - wide.in_turn_seconds) / wide.sums
    return f" If a sum between servers takes {short_time(lead)} longer, beyond its bytes, it turns."


def _ways_over(case: Case, servers: int) -> list[SplitCost]:
    """Return stages over so many servers, and one group over all, as far as they hold the case."""
    group = max(n for n in case.groups if n <= SERVER)
    found = []
    for split in (Split(group, servers), Split(group * servers)):
        batch = -(-case.users // split.pipeline) * split.pipeline
        try:
            cost = split_cost(
                case.on(group),
                split,
                batch=batch,
                context_tokens=case.context_tokens,
                ports=case.ports.name,
            )
        except ValueError:  # layers or heads that cannot be shared so
            continue
        room = (1 - LOST_SHARE) * (cost.capacity_bytes - RUNTIME_BYTES - cost.weight_bytes)
        if cost.kv_bytes <= room:
            found.append(cost)
    return found


def copies(case: Case) -> Answer:
    """Return into how many copies to divide a server, by expected tokens a second.

    Source: derived: `tokens_of_groups`.
    """
    if case.group is None or case.links is None or case.is_slice:
        return _plain_copies(case)
    ways = tokens_of_groups(
        case.on(SERVER),
        batch=SERVER * -(-case.users // SERVER),
        context_tokens=case.context_tokens,
        constants=Constants.fitted(),
    )
    able = [way for way in ways if way.fits and SERVER % way.chips == 0]
    if not able:
        return _plain_copies(case)
    best = max(able, key=lambda way: way.tokens_per_s)
    said = "; ".join(f"{_copies_text(way)} {way.tokens_per_s:,.0f} tokens/s" for way in able)
    return _copies_text(best), f"Expected of {SERVER} chips and {best.batch} users: {said}."


def _copies_text(way: Groups) -> str:
    if way.chips == SERVER:
        return f"one copy on {SERVER} chips"
    return f"{SERVER // way.chips} copies, {chips_text(way.chips)} each"


def _plain_copies(case: Case) -> Answer:
    if case.group is None:
        return "later", "First one copy has to fit. Then each copy more carries as much again."
    return "for more users", (
        f"Each copy more takes {chips_text(case.group)} and carries as much again; a token "
        "comes no sooner."
    )


def experts(case: Case) -> Answer:
    """Return what a chip would hold of dealt-out experts, and the floor of their journeys.

    Source: derived: `dispatch_bytes` and `dispatch_seconds`.
    """
    model = case.model
    if not model.n_experts:
        return "has none", f"{model.label} is no mixture of experts."
    all_bytes = 2 * expert_parameter_count(model)
    if case.group == 1:
        return "not needed", f"A chip holds all {size_text(all_bytes)} of experts."
    if case.links is None or case.is_slice:
        why = f"{size_text(all_bytes)} of experts; their journeys over these links are not costed."
        return "unknown", why
    within = case.group is not None
    devices = SERVER if within else min(4 * SERVER, model.n_experts)
    sent = dispatch_bytes(
        max(1, case.users // devices),
        model.n_experts_active,
        model.d_model,
        bytes_per_value=PLAIN_BYTES,
        devices=devices,
    )
    journey = dispatch_seconds(
        sent,
        inside_bytes_per_s=case.links.chip_bytes_per_s,
        between_bytes_per_s=case.ports.chip_bytes_per_s,
    )
    seconds = 2 * moe_layer_count(model) * journey
    return "deal them out", (
        f"Of {size_text(all_bytes)} of experts each of {devices} chips would hold "
        f"{size_text(all_bytes / devices)}. Their journeys take at least {short_time(seconds)} a "
        f"step{'' if within else f', over {case.ports.label} between servers'}, plus latency."
    )
