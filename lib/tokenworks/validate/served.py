"""Rows of servers that were timed end to end: time a token and time to the first."""

from __future__ import annotations

from collections.abc import Sequence

from tokenworks.architecture import ModelSpec
from tokenworks.cost.checkpoints import served_plan
from tokenworks.cost.expected import Requests, Served, served
from tokenworks.cost.hosts import host_of
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.serving_plan import ServingPlan
from tokenworks.data.silicon import ServedRow
from tokenworks.row_flags import flag_of
from tokenworks.row_limits import chip_of, model_of
from tokenworks.validate.prediction import Prediction

METRICS = ("tpot_ms", "ttft_ms")
UNREAD = "value"  # the flag of a row that has a bad cell


def kind_of(model: ModelSpec) -> str:
    """Return the class of a model that errors are given for."""
    if not model.n_experts:
        return "dense"
    return "MLA MoE" if model.kv_lora_rank else "GQA MoE"


def plan_of(row: ServedRow) -> ServingPlan:
    """Return how the labels of a row say that the model was served.

    Unknown names raise KeyError, labels that cannot be ValueError.
    """
    for name, count in (("gpus", row.gpus), ("concurrency", row.concurrency)):
        if count < 1:
            raise ValueError(f"the row does not say its {name}")
    return served_plan(
        model_of(row),
        chip_of(row),
        row.gpus,
        engine=row.backend,
        precision=row.precision,
        expert_parallel=max(1, row.ep),
        attention_data_parallel=max(1, row.dpa),
    )


def requests_of(row: ServedRow) -> Requests:
    """Return what the users of a row asked for."""
    return Requests(row.prompt_tokens, row.output_tokens, row.concurrency)


def serve_row(row: ServedRow, constants: Constants) -> Served:
    """Return what to expect of a row's server."""
    plan = plan_of(row)
    return served(plan, requests_of(row), constants=constants, host=host_of(row.backend))


def predict_rows(
    rows: Sequence[ServedRow | str], constants: Constants | None = None
) -> list[Prediction]:
    """Return two predictions a row, in milliseconds: "tpot_ms" and "ttft_ms".

    A row that cannot be predicted keeps its place, with the reason; so does one that could not be
    read, given as the complaint. One that is flagged is predicted all the same.
    """
    constants = constants or Constants.fitted()
    flags = iter(flag_of([row for row in rows if isinstance(row, ServedRow)]))
    found = []
    for number, row in enumerate(rows):
        if isinstance(row, str):
            found += [_unread(number, metric, row) for metric in METRICS]
        else:
            found += _predict(number, row, flag=next(flags), constants=constants)
    return found


def _unread(number: int, metric: str, complaint: str) -> Prediction:
    return Prediction(number, metric, None, None, "", reason=complaint, flag=UNREAD)


def _predict(number: int, row: ServedRow, *, flag: str, constants: Constants) -> list[Prediction]:
    predicted: dict[str, float | None] = dict.fromkeys(METRICS)
    group, reason = "", ""
    constants.notes.clear()
    try:
        group = kind_of(model_of(row))
        found = serve_row(row, constants)
        times = (found.tpot_seconds, found.ttft_seconds)
        predicted = {name: 1e3 * t for name, t in zip(METRICS, times, strict=True)}
    except (KeyError, ValueError) as error:
        reason = str(error.args[0])
    note = "; ".join(constants.notes)
    measured = zip(METRICS, (row.tpot_seconds, row.ttft_seconds), strict=True)
    return [
        Prediction(
            number,
            metric,
            None if seconds is None else seconds * 1e3,
            predicted[metric],
            group,
            reason=reason,
            flag=flag,
            note=note,
        )
        for metric, seconds in measured
    ]
