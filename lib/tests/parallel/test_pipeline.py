"""Stages and micro-batches: equal to the model on one device, the bubble counted as idle ticks."""

from functools import cache

import numpy as np
import pytest

from parallel.drawn import FLOAT, changed, drawn_ids, drawn_weights, mesh_of, off
from tokenworks.cost.parallel_traffic import Layout, pipeline_traffic
from tokenworks.cost.pipeline import bubble_share, idle_share, pipeline_schedule
from tokenworks.model import forward, stack
from tokenworks.model.forward_pass import scan
from tokenworks.parallel import pipelined_forward

DEEP, IDS = changed(n_layers=4), drawn_ids(8, 6)
WAYS = [({"pipeline": 4}, 1), ({"pipeline": 4}, 8), ({"data": 2, "pipeline": 2, "tensor": 2}, 2)]


@cache
def single():
    return forward(drawn_weights(DEEP), DEEP, IDS)


@pytest.mark.parametrize(("axes", "micro_batches"), WAYS, ids=str)
def test_it_equals_the_model_on_one_device_and_moves_what_the_formula_says(axes, micro_batches):
    run = pipelined_forward(DEEP, mesh_of(**axes), micro_batches=micro_batches)
    weights = run.place(drawn_weights(DEEP))
    out = run(weights, IDS)
    assert off(out.logits, single()) < 1e-5
    assert run.exchanges(weights, IDS) == pipeline_traffic(
        DEEP,
        Layout(**axes),
        batch=8,
        tokens=6,
        micro_batches=micro_batches,
        bytes_per_value=FLOAT,
    )
    assert out.bubble == pytest.approx(bubble_share(axes["pipeline"], micro_batches))


@pytest.mark.model
def test_two_stages_share_the_real_model(lm):
    ids, weights = drawn_ids(2, 4, lm.spec), stack(lm.weights)
    run = pipelined_forward(lm.spec, mesh_of(pipeline=2), micro_batches=2)
    out = run(run.place(weights), ids)
    assert off(out.logits, forward(weights, lm.spec, ids, driver=scan)) < 1e-5
    assert out.bubble == pytest.approx(1 / 3)


def test_stages_are_busy_when_the_schedule_says_so():
    run = pipelined_forward(DEEP, mesh_of(pipeline=4), micro_batches=2)
    out = run(run.place(drawn_weights(DEEP)), IDS)
    turns = pipeline_schedule(4, 2)
    table = np.zeros((4, 5), bool)
    for turn in turns:
        table[turn.stage, turn.start] = True
    assert np.array_equal(out.busy, table)
    assert out.bubble == pytest.approx(idle_share(turns))


def test_a_stage_holds_its_layers_alone_and_the_last_one_has_the_logits():
    run = pipelined_forward(DEEP, mesh_of(pipeline=2), micro_batches=2)
    weights = run.place(stack(drawn_weights(DEEP)))
    first, second = (s.data for s in weights["layers"]["w_up"].addressable_shards)
    assert len(first) == len(second) == 2
    assert np.array_equal(second[1], drawn_weights(DEEP)["layers"][3]["w_up"])
    assert off(run(weights, IDS).stage_logits[0], single()) > 0.05


def test_what_does_not_divide_is_refused_with_what_to_do():
    with pytest.raises(ValueError, match=r"3 devices \(pipeline\) cannot share 4 layers"):
        pipelined_forward(DEEP, mesh_of(pipeline=3), micro_batches=2)
    with pytest.raises(ValueError, match="not by context=2"):
        pipelined_forward(DEEP, mesh_of(context=2), micro_batches=2)
    with pytest.raises(ValueError, match="micro_batches must be a whole number"):
        pipelined_forward(DEEP, mesh_of(pipeline=2), micro_batches=0)
    run = pipelined_forward(DEEP, mesh_of(pipeline=2), micro_batches=3)
    with pytest.raises(ValueError, match="8 sequences do not fall into 3 micro-batches"):
        run(run.place(drawn_weights(DEEP)), IDS)
