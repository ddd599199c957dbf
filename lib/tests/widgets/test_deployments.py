"""The deployments that the serving widgets share."""

import pytest

from tokenworks.cost.memory_budget import max_batch
from tokenworks.widgets.deployments import DEPLOYMENTS, LABELS


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_each_holds_its_model_and_says_what_it_is(name):
    on = DEPLOYMENTS[name]
    assert max_batch(on, 8192) >= 40
    assert LABELS[name] == f"{on.model.label} on {on.chips} × {on.chip.label}"
    assert on.precision == "bf16"
