"""Servers that were measured, as the planner sees them: its clock and its simulator, closed loops.

The users of a measured server send a request as soon as their last one is answered, so that the
simulator gets as many users, and the copy, the lengths and the formats of the row.
"""

from __future__ import annotations

from statistics import fmean
from typing import Any

from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.scheduled_step import expected_clock
from tokenworks.data.silicon import LICENCE
from tokenworks.planner.tabulated_clock import tabulated
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.closed_system import closed_loop
from tokenworks.serving.lengths import Lengths, fixed
from tokenworks.serving.metrics import all_tpot
from tokenworks.serving.policy import Policy
from tokenworks.serving.scheduler import Scheduler
from tokenworks.serving.simulator import simulate
from tokenworks.validate.prediction import errors
from tokenworks.validate.scored import ScoredRow, scored_rows
from tokenworks.validate.served import plan_of
from tokenworks.validate.stated_error import expected_error

EVERY = 12  # of the rows, one: the others differ in one label
MOST_USERS = 128


def predicted_rows() -> dict[str, Any]:
    """Return the simulated mean time a token over the measured one, for a part of the rows."""
    chosen = [row for row in scored_rows() if _fits_the_planner(row)][::EVERY]
    constants = Constants.fitted()
    rows = [{"row": each.number, "ratio": round(ratio(each, constants), 4)} for each in chosen]
    found, published = errors(row["ratio"] for row in rows), expected_error()
    return {
        "licence": LICENCE,
        "rows_compared": len(rows),
        "median_error": round(found.median, 4),
        "p90_error": round(found.p90, 4),
        "published": {"median": round(published.median, 4), "p90": round(published.p90, 4)},
        "rows": rows,
    }


def _fits_the_planner(row: ScoredRow) -> bool:
    """Return whether the planner has such a copy: vLLM, tensor-parallel, within a server."""
    served = row.served
    one_way = served.dpa <= 1 and served.ep <= 1 and served.gpus <= 8
    return one_way and served.backend == "vllm" and served.concurrency <= MOST_USERS


def ratio(row: ScoredRow, constants: Constants) -> float:
    """Return the simulated mean time a token of a row's server over the measured one."""
    served, plan = row.served, plan_of(row.served)
    prompt, output = round(served.prompt_tokens), round(served.output_tokens)
    clock = tabulated(expected_clock(plan, constants=constants), tokens=(prompt + output) // 64)
    users = served.concurrency
    lengths = Lengths(fixed(prompt), fixed(output))
    arrivals, follow_up = closed_loop(users, 4 * users, lengths=lengths, seed=0)
    pool = BlockPool((users + 1) * (-(-(prompt + output) // 16)), 16)
    policy = Policy(max_batch=users, max_batch_tokens=8192)
    run = simulate(Scheduler(policy, pool), arrivals, clock, follow_up=follow_up)
    assert served.tpot_seconds is not None
    return fmean(all_tpot(run.requests[users : 3 * users])) / served.tpot_seconds
