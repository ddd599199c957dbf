import math

import pytest

from tokenworks.serving.server.limits import Limits
from tokenworks.serving.server.service import Options


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: Options(max_waiting=-9), "max_waiting must be a whole number from 0, got -9"),
        (lambda: Options(drain_seconds=math.nan), "drain_seconds must be a finite number from 0"),
        (lambda: Limits(context_tokens=0), "context_tokens must be a whole number from 1, got 0"),
        (lambda: Limits(context_tokens=9, max_open=0), "max_open must be a whole number from 1"),
        (
            lambda: Limits(context_tokens=9, stall_seconds=0.0),
            "stall_seconds must be a finite number above 0",
        ),
    ],
)
def test_impossible_limits_are_refused(make, why):
    with pytest.raises(ValueError, match=why):
        make()
