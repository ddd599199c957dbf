"""The cost model against what others measured: row by row, with the errors of each group.

- `files`: a user's file of either kind
- `served`: servers that were timed end to end; `published`, `metrics`: results in many metrics
- `prediction`: one prediction, and the errors of many
- `scored`: the served rows that ship, with what each rung of the ladder predicts for them
- `printed`: speeds that a guide prints, against floor, expectation and measured rows
- `favoured`: its ways to batch in their best case, and the users that are said to fit
- `timed_steps`: steps that were measured on slices of TPUs
- `stated_error`: the error that is said beside an expected time
"""

from typing import TYPE_CHECKING

from tokenworks.lazy_names import public_names

if TYPE_CHECKING:
    from tokenworks.validate.favoured import PrintedRoom as PrintedRoom
    from tokenworks.validate.favoured import PrintedWay as PrintedWay
    from tokenworks.validate.favoured import printed_rooms as printed_rooms
    from tokenworks.validate.favoured import printed_ways as printed_ways
    from tokenworks.validate.files import predict_text as predict_text
    from tokenworks.validate.metrics import predict_published as predict_published
    from tokenworks.validate.prediction import Errors as Errors
    from tokenworks.validate.prediction import Prediction as Prediction
    from tokenworks.validate.prediction import errors as errors
    from tokenworks.validate.prediction import grouped as grouped
    from tokenworks.validate.printed import PrintedCheck as PrintedCheck
    from tokenworks.validate.printed import printed_checks as printed_checks
    from tokenworks.validate.published import published_rows as published_rows
    from tokenworks.validate.scored import ScoredRow as ScoredRow
    from tokenworks.validate.scored import score_row as score_row
    from tokenworks.validate.scored import scored_rows as scored_rows
    from tokenworks.validate.served import kind_of as kind_of
    from tokenworks.validate.served import plan_of as plan_of
    from tokenworks.validate.served import predict_rows as predict_rows
    from tokenworks.validate.served import requests_of as requests_of
    from tokenworks.validate.stated_error import error_text as error_text
    from tokenworks.validate.stated_error import expected_error as expected_error
    from tokenworks.validate.stated_error import is_scored as is_scored
    from tokenworks.validate.timed_steps import TimedSlice as TimedSlice
    from tokenworks.validate.timed_steps import slice_errors as slice_errors
    from tokenworks.validate.timed_steps import timed_slices as timed_slices
else:
    __all__, __dir__, __getattr__ = public_names(__name__)
