"""The second ladder: what to add once a model fits; each rung and its numbers."""

from __future__ import annotations

from tokenworks.cost.checkpoints import engine_plan
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory import kv_bytes
from tokenworks.cost.scheduled_step import load_step
from tokenworks.cost.slice_loads import prompt_load
from tokenworks.cost.speculation_batch import speculation_round
from tokenworks.cost.step_kernels import prefill_step
from tokenworks.planner.served_case import FORMATS, Case, chips_text, short_time, size_text
from tokenworks.planner.spread_rungs import Answer

GUESSES, SHARED_TOKENS, NEW_TOKENS, CHUNK_TOKENS = 5, 2000, 80, 512
GAP_SECONDS = 0.05  # that the case promises between two tokens


def always(case: Case) -> Answer:
    """Return what is on in every case, and what a place set aside would waste.

    Source: derived: the cache of one conversation.
    """
    cache = kv_bytes(case.model, case.context_tokens, bytes_per_value=2)
    return "always", (
        "Continuous batching, chunks, flash and paged attention: they cost next to nothing. "
        f"A place set aside and not used would be {size_text(cache)}."
    )


NO_TIMES = "unknown", "No single group of chips holds the case, so that no step is costed."


def prefixes(case: Case) -> Answer:
    """Return what a known beginning saves of the expected first token.

    Source: derived: `prefill_step` of all, `load_step` of what is new.
    """
    if case.costed is None:
        return NO_TIMES
    on, how = case.costed
    if case.context_tokens <= SHARED_TOKENS:
        return "not here", f"The conversations are no longer than {SHARED_TOKENS:,} tokens."
    plan, fitted, new = engine_plan(on), Constants.fitted(), NEW_TOKENS
    cold = prefill_step(plan, SHARED_TOKENS + new, constants=fitted).expected_seconds
    warm = load_step(plan, prompt_load(new, before_tokens=SHARED_TOKENS), constants=fitted)
    return "if prompts begin alike", (
        f"With {SHARED_TOKENS:,} tokens known and {new} new the first token is expected after "
        f"{short_time(warm.expected_seconds)}, else after {short_time(cold)}.{how}"
    )


def guesses(case: Case) -> Answer:
    """Return the acceptance from which on looked-up guesses gain, as expected.

    Source: derived: `speculation_round` without a draft model.
    """
    if case.costed is None:
        return NO_TIMES
    on, how = case.costed
    found = speculation_round(
        engine_plan(on),
        None,
        GUESSES,
        batch=case.users,
        context_tokens=case.context_tokens,
        constants=Constants.fitted(),
    )
    even, wider = found.break_even(), found.verify_cost()
    if even is None:
        return "no", f"A pass over {GUESSES} guesses takes {wider:.2f} plain steps: all lose.{how}"
    right = f"{100 * even:.0f} %"
    return "almost always" if right == "0 %" else f"if {right} are right", (
        f"A pass that checks {GUESSES} guesses of every user is expected to take {wider:.2f} plain "
        f"steps. A draft of its own costs more: then more have to be right.{how}"
    )


def fewer_bits(case: Case) -> Answer:
    """Return the format that needs the fewest chips of one group.

    Source: derived: `budget` in each of `FORMATS`.
    """
    able = {name: case.least(name) for name in FORMATS}
    least = min((n for n in able.values() if n), default=None)
    alone = case.links is None  # then nothing larger than one chip is costed
    if least is None and alone:
        return "unknown", (
            f"Not even in INT4 with an INT8 cache does one chip hold it. No links between chips "
            f"are known of {case.chip.label}: more are not costed."
        )
    if least is None:
        return "not enough", (
            f"Not even in INT4 with an INT8 cache does one {case.place} hold it with its heads "
            "shared out, the only way that is costed: fewer users on it, or a smaller model."
        )
    none = "more than one" if alone else "none"
    said = "; ".join(f"{name} {chips_text(n) if n else none}" for name, n in able.items())
    first = next(name for name, n in able.items() if n == least)
    answer = "only for speed" if first == "bf16" else first
    where = "" if alone else f" of one {case.place}"
    return answer, f"Least chips{where}: {said}. Measure the quality."


def two_pools(case: Case) -> Answer:
    """Return the gap that chunks leave, as expected, and the least time of handing a cache over.

    Source: derived: `load_step`; the bytes of a cache over one port a chip.
    """
    if case.costed is None:
        return NO_TIMES
    on, how = case.costed
    piece = min(CHUNK_TOKENS, case.context_tokens)
    load = prompt_load(
        piece,
        before_tokens=case.context_tokens - piece,
        decodes=case.users,
        context_tokens=case.context_tokens,
    )
    plan = engine_plan(on)
    gap = load_step(plan, load, constants=Constants.fitted()).expected_seconds
    sent = kv_bytes(case.model, case.context_tokens, bytes_per_value=on.bytes_per_value)
    wire = sent / (on.chips * case.ports.chip_bytes_per_s)
    answer = "chunks suffice" if gap <= GAP_SECONDS else "look at it"
    moved = (
        "How long its cache travels between slices is not costed."
        if case.is_slice
        else f"A cache of {size_text(sent)} would take at least {short_time(wire)} over "
        f"{_ported(on.chips)} of {case.ports.label}."
    )
    return answer, (
        f"The last chunk of {piece} tokens beside all users is expected to make a gap of "
        f"{short_time(gap)}; {short_time(GAP_SECONDS)} are promised here. {moved}{how}"
    )


def _ported(chips: int) -> str:
    return "a port" if chips == 1 else f"{chips} ports"
