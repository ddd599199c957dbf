"""The error beside an expected time: how far such times were off on measured servers."""

from __future__ import annotations

from functools import cache

from tokenworks.accelerator import Chip
from tokenworks.architecture import ModelSpec
from tokenworks.cost.ladder import RUNGS
from tokenworks.row_limits import chip_of
from tokenworks.units import show
from tokenworks.validate.prediction import Errors, errors
from tokenworks.validate.scored import scored_rows
from tokenworks.validate.served import kind_of

# Every prediction of the package is the rung before the last, which alone has a constant that was
# fitted to served rows.
PREDICTS = RUNGS[-2]


def expected_error(model: ModelSpec | None = None) -> Errors:
    """Return the published error of an expected time a token: of a model's class, or of all.

    Source: derived: |predicted / measured - 1| over the clean rows of `scored_rows`.
    """
    return _error("" if model is None else kind_of(model))


@cache
def _error(kind: str) -> Errors:
    chosen = [row for row in scored_rows() if not kind or row.kind == kind]
    return errors(row.ratios[PREDICTS.number - 1] for row in chosen)


@cache
def _scored_chips(kind: str) -> frozenset[str]:
    return frozenset(chip_of(row.served).name for row in scored_rows() if kind in ("", row.kind))


def is_scored(on: Chip, model: ModelSpec | None = None) -> bool:
    """Return whether a row behind `expected_error` is of this chip, and of a model's class.

    One whose kernels were timed may have none.
    """
    return on.name in _scored_chips("" if model is None else kind_of(model))


def error_text(error: Errors, *, on: Chip | None = None, model: ModelSpec | None = None) -> str:
    """Return the words that stand beside an expected time.

    A chip on which no server was measured, of the model's class if one is given, is named: the
    error is that of other chips.
    """
    middle, p90 = (show(share, "%", decimals=0) for share in (error.median, error.p90))
    text = f"half of {error.rows:,} measured servers are within {middle}, nine of ten within {p90}"
    if on is None or is_scored(on, model):
        return text
    return f"{text}; none of them had {on.label} chips"
