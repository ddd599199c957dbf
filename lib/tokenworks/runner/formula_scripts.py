"""What a page asks of a checked number: its formula run again with the reader's values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from tokenworks.formula_inputs import Input
from tokenworks.run_again import Refused, run_printed


def run_formula(
    *,
    formulas: list[str],
    inputs: list[dict[str, Any]],
    literal: str,
    changed: dict[str, str],
    tell: Callable[[str], object],
) -> dict[str, Any]:
    """Run a printed formula with what a reader typed; fields are those of `run_printed`.

    What is wrong with a value is the answer's `problem`, the input that it is about its `name`.
    """
    del tell
    try:
        own = [Input(**one) for one in inputs]
        return asdict(run_printed(formulas, own, literal=literal, changed=changed))
    except Refused as problem:
        return {"problem": str(problem), "name": problem.name}
