import numpy as np

from parallel.drawn import SMALL, drawn_ids, drawn_weights, mesh_of
from tokenworks.compiled_collectives import exchanges
from tokenworks.parallel import sharded_forward


def test_a_program_says_on_what_it_runs_and_what_it_exchanges():
    run = sharded_forward(SMALL, mesh_of(data=2, tensor=2))
    assert repr(run) == "ShardedProgram('small', data=2, tensor=2)"
    assert repr(sharded_forward(SMALL, mesh_of())) == "ShardedProgram('small', one device)"
    weights, ids = run.place(drawn_weights()), drawn_ids(2, 4)
    compiled = run.function.lower(weights, ids).compile()
    assert run.exchanges(weights, ids) == exchanges(compiled) != ()


def test_tokens_may_be_lists():
    run, ids = sharded_forward(SMALL, mesh_of(data=2)), drawn_ids(2, 4)
    weights = run.place(drawn_weights())
    assert np.array_equal(run(weights, ids.tolist()), run(weights, ids))
    assert run.exchanges(weights, ids.tolist()) == ()
