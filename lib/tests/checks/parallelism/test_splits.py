from itertools import product

import pytest

from tokenworks.checks.parallelism.splits import best_split
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.layouts import layout_cost
from tokenworks.cost.memory import checkpoint_bytes, kv_bytes
from tokenworks.cost.parallel_traffic import Layout
from tokenworks.specs import chip, model_spec

H100 = chip("h100-sxm")


@pytest.mark.parametrize("batch", [16, 64, 128])
@pytest.mark.parametrize("devices", [8, 16])
@pytest.mark.parametrize(("name", "weights"), [("llama-3-70b", "bf16"), ("llama-3-405b", "fp8")])
def test_the_best_way_is_the_one_the_library_calls_fastest(name, weights, devices, batch):
    on, costs = Deployment(model_spec(name), H100, weights=weights), {}
    for tensor, pipeline in product((1, 2, 4, 8), (1, 2, 4, 8)):
        data = devices // (tensor * pipeline)
        if data and not on.model.n_layers % pipeline:
            layout = Layout(tensor=tensor, pipeline=pipeline, data=data)
            costs[layout] = layout_cost(on, layout, batch=batch, context_tokens=4096)
    sums = {c.layout.tensor: c.step.sums / (2 * on.model.n_layers) for c in costs.values()}
    found = best_split(
        devices,
        on.model.n_layers,
        checkpoint_bytes(on.model, on.bytes_per_param),
        batch * kv_bytes(on.model, 4096, bytes_per_value=2),
        H100.planned_bytes,
        H100.hbm_bytes_per_s,
        sorted(sums.items()),
    )
    fits = [cost for cost in costs.values() if cost.fits]
    best = min(fits, key=lambda c: (round(c.step.reading + c.step.sums, 7), c.layout.pipeline))
    assert found == [best.layout.tensor, best.layout.pipeline, best.layout.data]
