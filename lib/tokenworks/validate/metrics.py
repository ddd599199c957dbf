"""What to expect of a published row, metric by metric, in the row's own unit."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

from tokenworks.cost.alpha_beta import expected_all_reduce_seconds
from tokenworks.cost.checkpoints import served_plan
from tokenworks.cost.expected import Requests, Served, cache_capacity, served
from tokenworks.cost.hosts import host_of
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.serving_plan import ServingPlan
from tokenworks.cost.step_kernels import decode_step, prefill_step
from tokenworks.specs import chip_named
from tokenworks.validate.prediction import Prediction
from tokenworks.validate.published import PublishedRow, Setting, setting_of

MOST_SEQUENCES = 2048  # that an engine decodes at once (max_batch_size of TensorRT-LLM)
MOST_ROUNDS = 40
UNITS = {"B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9}
LAYER_MATRICES = ("query, key, value", "attention output", "FFN up", "FFN down")


def plan_of_setting(setting: Setting) -> ServingPlan:
    """Return one replica of what a row says."""
    return served_plan(
        setting.model,
        setting.chip,
        setting.chips,
        engine=setting.engine,
        precision=setting.precision,
        cache=setting.cache,
    )


def decode_rate(row: PublishedRow, setting: Setting, constants: Constants) -> float:
    """Return the tokens per second of one sequence in a decode step."""
    if setting.context_tokens is None or setting.batch is None:
        raise ValueError("the batch or the context of the step is not stated")
    plan, batch = plan_of_setting(setting), setting.batch / setting.replicas
    step = decode_step(plan, batch, setting.context_tokens, constants=constants)
    return 1 / step.expected_seconds


def total_rate(row: PublishedRow, setting: Setting, constants: Constants) -> float:
    """Return the output tokens per second of all replicas."""
    if setting.arrivals_per_s is not None:
        found, requests = _open_loop(setting, constants)
        return min(setting.arrivals_per_s * requests.output_tokens, _steady(found))
    plan, requests = plan_of_setting(setting), _requests(setting)
    if "static batch" in row["caveat"]:
        return setting.replicas * _static_rate(plan, requests, constants)
    return setting.replicas * _steady(served(plan, requests, constants=constants))


def _steady(found: Served) -> float:
    return found.batch / found.tpot_seconds


def _requests(setting: Setting) -> Requests:
    """Return the requests of one replica; a batch without limit is what the memory holds."""
    prompt, output = setting.prompt_tokens, setting.output_tokens
    if prompt is None or output is None:
        raise ValueError("the lengths of prompts and answers are not stated")
    plan = plan_of_setting(setting)
    held = cache_capacity(plan, max(1, round(prompt + output / 2)))
    if held < 1:
        raise ValueError("no sequence fits beside the weights: the row cannot be as stated")
    wanted = MOST_SEQUENCES if setting.batch is None else setting.batch / setting.replicas
    return Requests(prompt, output, max(1.0, min(wanted, held)))


def _static_rate(plan: ServingPlan, requests: Requests, constants: Constants) -> float:
    """Return output tokens per second where a batch starts and ends together."""
    batch, output = requests.concurrency, requests.output_tokens
    reading = prefill_step(plan, requests.prompt_tokens, constants=constants).expected_seconds
    middle = requests.prompt_tokens + output / 2
    step = decode_step(plan, batch, middle, constants=constants).expected_seconds
    return batch * output / (batch * reading + output * step)


def _open_loop(setting: Setting, constants: Constants) -> tuple[Served, Requests]:
    """Return what is served where requests arrive at a rate: by Little's law, round by round."""
    prompt, output = setting.prompt_tokens, setting.output_tokens
    if prompt is None or output is None or setting.arrivals_per_s is None:
        raise ValueError("the lengths of prompts and answers are not stated")
    plan, host = plan_of_setting(setting), host_of(setting.engine)
    most = min(MOST_SEQUENCES, cache_capacity(plan, max(1, round(prompt + output / 2))))
    requests = Requests(prompt, output)
    found = served(plan, requests, constants=constants, host=host)
    for _ in range(MOST_ROUNDS):
        wanted = setting.arrivals_per_s * (found.ttft_seconds + output * found.tpot_seconds)
        inside = min(max(1.0, most), max(1.0, (requests.concurrency + wanted) / 2))
        requests = Requests(prompt, output, inside)
        found = served(plan, requests, constants=constants, host=host)
    return found, requests


def total_rate_per_chip(row: PublishedRow, setting: Setting, constants: Constants) -> float:
    """Return the output tokens per second of one chip."""
    return total_rate(row, setting, constants) / (setting.chips * setting.replicas)


def both_ways_per_chip(row: PublishedRow, setting: Setting, constants: Constants) -> float:
    """Return prompt and output tokens per second of one chip, counted together."""
    out = total_rate_per_chip(row, setting, constants)
    if not setting.prompt_tokens or not setting.output_tokens:
        raise ValueError("the lengths of prompts and answers are not stated")
    return out * (1 + setting.prompt_tokens / setting.output_tokens)


def first_token_ms(row: PublishedRow, setting: Setting, constants: Constants) -> float:
    """Return the milliseconds in which one prompt is read."""
    if setting.prompt_tokens is None:
        raise ValueError("the length of the prompt is not stated")
    plan = plan_of_setting(setting)
    return 1e3 * prefill_step(plan, setting.prompt_tokens, constants=constants).expected_seconds


def tpot_ms(row: PublishedRow, setting: Setting, constants: Constants) -> float:
    """Return the milliseconds a token at a concurrency, or at a rate of arrivals."""
    if setting.arrivals_per_s is not None:
        return 1e3 * _open_loop(setting, constants)[0].tpot_seconds
    host = host_of(setting.engine)
    found = served(plan_of_setting(setting), _requests(setting), constants=constants, host=host)
    return 1e3 * found.tpot_seconds


def layer_ms(row: PublishedRow, setting: Setting, constants: Constants) -> float:
    """Return the milliseconds of the four matrix products of one layer."""
    if setting.batch is None:
        raise ValueError("the tokens of the step are not stated")
    step = decode_step(plan_of_setting(setting), setting.batch, 1, constants=constants)
    chosen = (kernel for kernel in step.kernels if kernel.name in LAYER_MATRICES)
    return 1e3 * math.fsum(kernel.expected_seconds for kernel in chosen)


def message_ms(row: PublishedRow, constants: Constants) -> float:
    """Return the milliseconds of an all-reduce over NCCL."""
    found = re.fullmatch(r"all-reduce (\d+(?:\.\d+)?) ([KMG]?B)", row["model"])
    if found is None or not row["count"].isdigit():
        raise ValueError("the message or the number of chips is not stated")
    on, chips = chip_named(row["hardware"].lower().split()[0]), int(row["count"])
    fit = constants.find("all_reduce", on, libraries=("nccl",), chips=chips)
    size = float(found[1]) * UNITS[found[2]]
    return 1e3 * expected_all_reduce_seconds(
        size, chips, latency_seconds=fit.launch_seconds, bytes_per_s=fit.bytes_per_s
    )


Metric = Callable[[PublishedRow, Setting, Constants], float]
METRICS: dict[str, Metric] = {
    "decode steps/s (=tok/s per sequence)": decode_rate,
    "decode tok/s per sequence": decode_rate,
    "decode tok/s": decode_rate,
    "output tok/s total": total_rate,
    "output tok/s": total_rate,
    "output tok/s per GPU": total_rate_per_chip,
    "output tok/s per chip": total_rate_per_chip,
    "(in+out) tok/s per GPU": both_ways_per_chip,
    "first-token latency": first_token_ms,
    "TPOT": tpot_ms,
    "median TPOT": tpot_ms,
    "time: qkv+o+gate/up+down": layer_ms,
}


def group_of(row: PublishedRow) -> str:
    """Return the group that a row's error is given in."""
    if row["batch_or_concurrency"] == "max":
        return "max throughput"
    return "TPU" if row["hardware"].startswith("TPU") else "other"


def predict_published(
    rows: Sequence[PublishedRow], constants: Constants | None = None
) -> list[Prediction]:
    """Return one prediction a row, in its unit; a row that cannot be predicted says why."""
    constants = constants or Constants.fitted()
    return [_predict(row, constants) for row in rows]


def _predict(row: PublishedRow, constants: Constants) -> Prediction:
    predicted, reason = None, ""
    constants.notes.clear()
    try:
        if row["metric"] == "time" and row["model"].startswith("all-reduce"):
            predicted = message_ms(row, constants)
        elif row["metric"] not in METRICS:
            raise ValueError(f"the metric {row['metric']!r} is not predicted")
        else:
            predicted = METRICS[row["metric"]](row, setting_of(row), constants)
    except (KeyError, ValueError) as error:
        reason = str(error.args[0])
    flag = "ok" if row.measured is not None and row.measured > 0 else "value"
    return Prediction(
        row.number,
        f"{row['metric']} [{row['unit']}]".replace(" []", ""),
        row.measured,
        predicted,
        group_of(row),
        id=row.id,
        reason=reason,
        flag=flag,
        grade=row["grade"] or None,
        note="; ".join(constants.notes),
    )
