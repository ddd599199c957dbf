"""`tokenworks plan`: what to deploy for a load, and what binds; every answer is replayed."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tokenworks.commands.answer import without_points
from tokenworks.commands.arguments import add_model, model_of, natural, positive
from tokenworks.cost.price_basis import MARKETS
from tokenworks.data.traces import azure_conversation
from tokenworks.planner.plans import plan
from tokenworks.planner.replay import COUNTED, SEEDS, SEEDS_IF_CLOSE
from tokenworks.serving.arrivals import COLUMNS, trace
from tokenworks.serving.lengths import Samples

ASK = "--rate 4 --prompt 1000 --output 200"
AZURE = "azure-conversation"  # the trace that ships
TRACED = f"--rate 20 --trace {AZURE}"
HELP = f"""examples:
  tokenworks plan --model llama-3-70b --chip h100 --slo-ttft 2 --slo-tpot 0.05 {ASK}
  tokenworks plan --model llama-3-8b --chip tpu-v5e --slo-ttft 1 --slo-tpot 0.04 {ASK} --json
  tokenworks plan --model llama-3-8b --chip h100 --slo-ttft 2 --slo-tpot 0.05 {TRACED}

Picks formats, chips of a copy, batch, copies, one pool or two (prompts and answers apart) of the
least rent whose percentile of both times keeps its bound in the simulator: {SEEDS} seeds, and
{SEEDS_IF_CLOSE} where first tokens come close to theirs, {COUNTED} requests of each, steps as they
are to be expected. Times are in seconds; TTFT counts waiting, TPOT is the mean of an answer after
its first token. Requests are of one pair of lengths, or of those of a trace, drawn with equal
chances: {AZURE}, or a CSV file with columns
{", ".join(COLUMNS)}. Formats are those of 8 bits and more unless they are
named. Prices are the cheapest on demand of a cloud (`tokenworks prices`). Exit code 0 whether there
is a deployment or not; then it says what would make one possible."""


def add_plan(command: Callable[..., Any]) -> None:
    """Add the command; `command` makes one."""
    sub = command("plan", "what to deploy for a load, replayed before it is printed", epilog=HELP)
    add_model(sub, only_cache=False)
    add = sub.add_argument
    add("--chip", required=True, metavar="NAME", help="of `tokenworks chips`, or how one begins")
    add("--slo-ttft", type=float, required=True, metavar="S", help="time to first token")
    add("--slo-tpot", type=float, required=True, metavar="S", help="time per output token")
    add("--rate", type=float, required=True, metavar="R", help="requests a second")
    add("--prompt", type=positive, metavar="N", help="tokens of a prompt")
    add("--output", type=positive, metavar="N", help="tokens of an answer")
    add("--trace", metavar="NAME|CSV", help="in place of both: lengths as they occurred")
    add("--percentile", type=float, default=99.0, metavar="P", help="of requests (default 99)")
    add("--seed", type=natural, default=0, metavar="N", help="the first of three (default 0)")
    add("--requests", type=positive, default=COUNTED, metavar="N", help="counted of each seed")
    add("--weights", nargs="+", default=(), metavar="TYPE", help="formats to choose among")
    add("--kv", nargs="+", default=(), metavar="TYPE", help="the same of the cache")
    add("--max-chips", type=positive, metavar="N", help="rented at most")
    price = sub.add_mutually_exclusive_group()
    price.add_argument("--offer", metavar="NAME", help="one of `tokenworks prices`")
    price.add_argument("--usd-per-chip-hour", type=float, metavar="USD", help="a price of your own")
    price.add_argument("--market", choices=tuple(MARKETS), help="default: a cloud of either kind")
    add("--json", action="store_true", help="print one object")
    sub.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    notes: list[str] = []
    given = (options.prompt, options.output)
    if (None in given) != bool(options.trace) or (options.trace and given != (None, None)):
        raise ValueError("give --prompt and --output, or --trace in place of both")
    samples = _samples(options.trace, notes) if options.trace else None
    found = plan(
        model_of(options, notes),
        options.chip,
        requests_per_s=options.rate,
        prompt_tokens=options.prompt,
        output_tokens=options.output,
        samples=samples,
        ttft_seconds=options.slo_ttft,
        tpot_seconds=options.slo_tpot,
        percentile=options.percentile,
        seed=options.seed,
        weights=tuple(options.weights),
        caches=tuple(options.kv),
        offer=options.offer,
        market=options.market,
        usd_per_chip_hour=options.usd_per_chip_hour,
        max_chips=options.max_chips,
        counted=options.requests,
    )
    notes += found.notes
    if options.json:
        print(json.dumps(without_points(found.as_json() | {"notes": notes}), indent=2))
        return
    print(found.table())
    if found.feasible:
        print()
        print(found.options_table())
        print()
    for sentence in found.sentences:
        print(sentence)
    for note in notes:
        print(f"note: {note}")


def _samples(named: str, notes: list[str]) -> Samples:
    """Return the pairs of lengths of a trace by name or file, and note where they come from."""
    if named == AZURE:
        kept = azure_conversation()
        notes.append(f"lengths: {kept.attribution}; {kept.source}; {kept.license}")
        return Samples([(prompt, output) for _, prompt, output in kept.rows])
    if not Path(named).is_file():
        raise ValueError(f"no trace {named!r}: give {AZURE} or a CSV file")
    return Samples([(each.prompt_tokens, each.max_tokens) for each in trace(named)])
