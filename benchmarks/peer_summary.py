"""The arithmetic of a comparison: errors, their quantiles, how sure a difference of two is.

Rows of one configuration (model, chip, backend, format, number of chips, their layout) err
together, so that the bootstrap draws configurations, not rows.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

SEED, RESAMPLES = 13, 10_000
INTERVAL = (2.5, 97.5)
METRICS = ("tpot", "ttft")
PREDICTORS = ("peer", "peer_unseen", "peer_as_labelled", "ours")
CLASSES = ("dense", "GQA MoE", "MLA MoE")
Row = dict[str, Any]


def rows_of(record: dict[str, Any]) -> list[Row]:
    """Return the rows of a record, each with the names of its columns."""
    return [dict(zip(record["columns"], row, strict=True)) for row in record["rows"]]


def common(rows: list[Row], metric: str) -> list[Row]:
    """Return the rows that are measured and that both predict."""
    needed = (metric, f"{metric}_peer", f"{metric}_ours")
    return [row for row in rows if all(row[column] for column in needed)]


def percent_off(row: Row, metric: str, predictor: str) -> float | None:
    """Return how far a prediction is from the measurement, in % of the measurement."""
    predicted = row[f"{metric}_{predictor}"]
    return 100 * abs(predicted / row[metric] - 1) if predicted else None


def median_and_p90(errors: np.ndarray) -> np.ndarray:
    """Return the two quantiles by which predictors are compared."""
    return np.quantile(errors, [0.5, 0.9])


def score(rows: list[Row], metric: str, predictor: str) -> dict[str, float]:
    """Return the count, mean, median and P90 of a predictor's errors, in %."""
    errors = [e for row in rows if (e := percent_off(row, metric, predictor)) is not None]
    if not errors:
        return {"count": 0, "mean": 0.0, "median": 0.0, "p90": 0.0}
    median, p90 = median_and_p90(np.array(errors))
    values = {"mean": np.mean(errors), "median": median, "p90": p90}
    return {"count": len(errors)} | {name: round(float(v), 2) for name, v in values.items()}


def compared(rows: list[Row], metric: str) -> dict[str, Any]:
    """Return the scores on the common rows, and the peer's error minus ours with its interval."""
    both = common(rows, metric)
    configurations = len({row["configuration"] for row in both})
    found: dict[str, Any] = {"count": len(both), "configurations": configurations}
    found |= {predictor: score(both, metric, predictor) for predictor in PREDICTORS}
    return found | {"peer_minus_ours": difference(both, metric)} if both else found


def difference(rows: list[Row], metric: str) -> dict[str, Any]:
    """Return peer minus ours, in points of %, and what 95 % of the resamples lie between."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        places[row["configuration"]].append(place)
    groups = [np.array(group) for group in places.values()]
    peer, ours = (
        np.array([percent_off(row, metric, predictor) for row in rows])
        for predictor in ("peer", "ours")
    )
    draw = np.random.default_rng(SEED)
    resampled = np.empty((RESAMPLES, 2))
    for i in range(RESAMPLES):
        drawn = np.concatenate([groups[j] for j in draw.integers(len(groups), size=len(groups))])
        resampled[i] = median_and_p90(peer[drawn]) - median_and_p90(ours[drawn])
    ends = np.percentile(resampled, INTERVAL, axis=0)
    exact = median_and_p90(peer) - median_and_p90(ours)
    return {
        name: {"points": round(float(exact[i]), 2), "interval": ends[:, i].round(2).tolist()}
        for i, name in enumerate(("median", "p90"))
    }


def summary(rows: list[Row]) -> dict[str, Any]:
    """Return the comparison of both times on rows without a flag, pooled and by class."""
    clean = [row for row in rows if row["flag"] == "ok"]
    found: dict[str, Any] = {}
    for metric in METRICS:
        by_class = {
            name: compared([row for row in clean if row["class"] == name], metric)
            for name in CLASSES
        }
        of_tables = [row for row in clean if row["database"] == "SILICON"]
        found[metric] = {"all": compared(clean, metric), **by_class}
        found[metric]["in its tables"] = compared(of_tables, metric)
        found[metric]["flagged rows too"] = compared(rows, metric)
    return found
