"""Fit what engines add to their kernels to the served requests of `data/silicon/end_to_end.csv`.

`python -m benchmarks.fit_hosts` rewrites `lib/tokenworks/data/hosts.csv`: for each engine the
seconds of a step in which no kernel runs (one constant an engine, fitted to the times a token;
three in all), and two constants of the time to the first token. Rows with a flag are left out.
`python -m benchmarks.score_expected` scores them with each model, chip and engine left out.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Sequence
from math import log
from statistics import fmean

from scipy.optimize import minimize, minimize_scalar

from tokenworks.cost.expected import Host, Requests, served
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.serving_plan import ServingPlan
from tokenworks.data.silicon import ServedRow, end_to_end_rows
from tokenworks.row_flags import flag_of
from tokenworks.validate import plan_of, requests_of
from tools.repository import ROOT

HOSTS = ROOT / "lib" / "tokenworks" / "data" / "hosts.csv"
SOURCE = "fitted by benchmarks/fit_hosts.py to data/silicon/end_to_end.csv"
ACCESSED = "2026-11-29"
Case = tuple[ServedRow, ServingPlan, Requests]


def clean_cases() -> list[Case]:
    """Return the rows without a flag that can be predicted, with plan and requests."""
    rows = end_to_end_rows()
    cases = []
    for row, flag in zip(rows, flag_of(rows), strict=True):
        if flag == "ok":
            cases.append((row, plan_of(row), requests_of(row)))
    return cases
