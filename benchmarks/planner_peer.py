"""Our picks beside AIConfigurator's, each judged by the measured server nearest to it."""

from __future__ import annotations

import json
import subprocess
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from tokenworks.data.silicon import LICENCE
from tokenworks.planner.answer import Plan
from tokenworks.planner.candidate import Candidate
from tokenworks.planner.plans import plan
from tokenworks.row_limits import chip_of
from tokenworks.specs import model_spec
from tokenworks.validate.scored import ScoredRow, scored_rows

WORKER = Path(__file__).with_name("aiconfigurator_picks.py")
WORKERS = 2
CHECKPOINTS = {  # whose rows state their format, each with measured copies of several sizes
    "llama-70b": ("nvidia/Llama-3.1-70B-Instruct-FP8", "llama-3-70b", "fp8"),
    "gpt-oss-120b": ("openai/gpt-oss-120b", "gpt-oss-120b", "fp4"),
}
LENGTHS = ((1024, 1024), (8192, 1024))
USERS = 16  # whose measured time a token is the bound: the middle of 4, 8, 16, 32 and 64
TTFT_MS = 5000
FARTHEST = 1.5  # a measured concurrency over the pick's, or the other way: beyond, it says nothing
LLAMA_31 = 131_072  # tokens that Llama 3.1 is built for; its shapes are Llama 3's


def workloads() -> list[dict[str, Any]]:
    """Return what is asked: the bound of each is what one measured server kept with 16 users."""
    return [
        {
            "model": row.served.model,
            "system": row.served.system,
            "lengths": [row.served.isl, row.served.osl],
            "tpot": round(1e3 * (row.served.tpot_seconds or 0.0), 3),
            "bound_of_row": row.number,
        }
        for row in scored_rows()
        if _is_judge(row)
        and row.served.concurrency == USERS
        and (row.served.isl, row.served.osl) in LENGTHS
    ]


def _is_judge(row: ScoredRow) -> bool:
    """Return whether a row is a server as both choose: vLLM, split by tensors alone."""
    served = row.served
    precision = CHECKPOINTS.get(served.model, ("", "", ""))[2]
    alone = served.dpa <= 1 and served.ep <= 1 and served.gpus <= 8
    return alone and served.backend == "vllm" and served.precision == precision


def peer(python: Path) -> dict[str, Any]:
    """Ask both for each workload, and look up the measured server nearest to each pick."""
    if not python.exists():
        raise SystemExit(f"no {python}: the head of peer_aiconfigurator.py makes it")
    asked = workloads()
    with ThreadPoolExecutor(WORKERS) as pool:
        jobs = [_job(row) for row in asked]
        parts = list(pool.map(partial(_told, python), (jobs[i::WORKERS] for i in range(WORKERS))))
    answers = [parts[i % WORKERS]["answers"][i // WORKERS] for i in range(len(asked))]
    return {"peer": parts[0]["versions"], "licence": LICENCE} | compared(asked, answers)


def _job(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "model_path": CHECKPOINTS[row["model"]][0],
        "system": row["system"],
        "isl": row["lengths"][0],
        "osl": row["lengths"][1],
        "ttft": float(TTFT_MS),
        "tpot": row["tpot"],
    }


def _told(python: Path, jobs: list[dict[str, Any]]) -> dict[str, Any]:
    done = subprocess.run(
        [python, WORKER], input=json.dumps(jobs), stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout)


def compared(asked: list[dict[str, Any]], answers: list[dict[str, Any]]) -> dict[str, Any]:
    """Return both picks of each workload, with what was measured nearest to them."""
    with ProcessPoolExecutor(WORKERS) as pool:
        return summed_up(list(pool.map(both_picks, asked, answers)))


def summed_up(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the picks, and what the measured servers say of those that both have one near."""
    both = [row for row in rows if "tokens_per_s_per_chip" in row.get("ours", {})]
    both = [row for row in both if "tokens_per_s_per_chip" in row["peer"]]
    gains = [
        row["ours"]["tokens_per_s_per_chip"] / row["peer"]["tokens_per_s_per_chip"] for row in both
    ]
    return {
        "workloads": len(rows),
        "both_judged": len(both),
        "farthest_concurrency": FARTHEST,
        "same_chips_of_a_copy": sum(row["ours"]["tp"] == row["peer"]["tp"] for row in both),
        "ours_keeps_the_bound": sum(row["ours"]["kept"] for row in both),
        "peer_keeps_the_bound": sum(row["peer"]["kept"] for row in both),
        "ours_over_peer_tokens_per_chip": {
            "median": round(median(gains), 3) if gains else None,
            "least": round(min(gains), 3) if gains else None,
            "most": round(max(gains), 3) if gains else None,
        },
        "rows": rows,
    }


def both_picks(asked: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    """Return what both choose for one workload, each with the server that stands for it."""
    if "tp" not in theirs:
        return asked | {"peer": theirs}
    judged = theirs | _judged(asked, int(theirs["tp"]), theirs["concurrency"])
    return asked | {"peer": judged, "ours": _ours(asked, theirs)}


def _ours(row: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    """Return our pick for the requests that the peer's pick answers on its eight chips."""
    rate = 8 * theirs["tokens/s/gpu"] / row["lengths"][1]
    _, name, weights = CHECKPOINTS[row["model"]]
    spec = replace(model_spec(name), context_tokens=LLAMA_31) if "llama" in name else name
    found = plan(
        spec,
        chip_of(_rows(row)[0].served),
        requests_per_s=rate,
        prompt_tokens=row["lengths"][0],
        output_tokens=row["lengths"][1],
        ttft_seconds=TTFT_MS / 1e3,
        tpot_seconds=row["tpot"] / 1e3,
        percentile=50,
        weights=(weights,),
        counted=100,
        alternatives=2,
        usd_per_chip_hour=1.0,
    )
    way = _one_pool(found)
    if way is None:
        return {"reason": found.binding_text}
    picked = {
        "name": way.name,
        "tp": way.replica.chips,
        "copies": way.replicas,
        "chips": way.chips,
        "running": way.running,
        "requests_per_s": round(rate, 3),
    }
    return picked | _judged(row, way.replica.chips, way.running)


def _one_pool(found: Plan) -> Candidate | None:
    ways = [trial.candidate for trial in (found.best, *found.others) if trial]
    return next((way for way in ways if not way.ratio), None)


def _rows(row: dict[str, Any], gpus: int | None = None) -> list[ScoredRow]:
    """Return the measured servers of a workload's model, chip, lengths and format."""
    return [
        each
        for each in scored_rows()
        if _is_judge(each)
        and each.served.model == row["model"]
        and each.served.system == row["system"]
        and [each.served.isl, each.served.osl] == list(row["lengths"])
        and gpus in (None, each.served.gpus)
    ]


def _judged(row: dict[str, Any], gpus: int, concurrency: float) -> dict[str, Any]:
    """Return what was measured near a pick, or that nobody measured such a copy at such a load."""
    rows = _rows(row, gpus)
    if not rows:
        return {"unjudged": f"no measured server has {gpus} chips"}
    near = min(rows, key=lambda each: apart(each.served.concurrency, concurrency)).served
    found = {
        "measured_concurrency": near.concurrency,
        "concurrency_apart": round(apart(near.concurrency, concurrency), 3),
    }
    if apart(near.concurrency, concurrency) > FARTHEST:
        return found | {"unjudged": f"the nearest measured server has {near.concurrency} at once"}
    assert near.tpot_seconds is not None
    assert near.ttft_seconds is not None
    answer = near.ttft_seconds + (near.output_tokens - 1) * near.tpot_seconds
    rate = near.concurrency * near.output_tokens / answer
    return found | {
        "measured_tpot_ms": round(1e3 * near.tpot_seconds, 3),
        "kept": round(1e3 * near.tpot_seconds, 3) <= row["tpot"],
        "tokens_per_s_per_chip": round(rate / near.gpus, 1),
    }


def apart(one: float, other: float) -> float:
    """Return the larger of two numbers over the smaller."""
    return max(one, other) / min(one, other)
