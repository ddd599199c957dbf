"""An engine that takes requests before all its shapes are compiled."""

import dataclasses

from serving.served import Ticks, compilations, engine_of, same_as_alone, traffic
from tokenworks.serving.buckets import Shape
from tokenworks.serving.compiled_shapes import CompiledShapes
from tokenworks.serving.ragged import paged_block


def test_the_first_step_of_a_shape_says_how_long_it_waited(caplog):
    caplog.set_level("INFO", "tokenworks.compiling")
    shapes, decode, prompt = CompiledShapes(), Shape(4, 0, 0, 256), Shape(8, 1, 128, 4096)
    shapes.add(decode)
    for shape in (decode, prompt, prompt):
        with shapes.needed(shape):
            pass
    assert caplog.messages == [
        "a step of 8 decode rows, 1 × 128 of prompts, context 4,096 waited 0.00 s to be compiled"
    ]
    assert decode in shapes
    assert prompt in shapes


def test_an_engine_that_compiles_when_idle_answers_before_all_is_compiled(tiny, caplog):
    caplog.set_level("INFO", "tokenworks.compiling")
    engine = engine_of(tiny, {"max_batch": 3}, blocks=23, compile_idle=True)  # sizes of its own
    before, shapes = paged_block._cache_size(), list(engine.buckets.shapes())
    warming = engine.warming_up()
    assert next(warming) in engine.buckets.first_shapes()
    first = paged_block._cache_size() - before
    assert first == len(engine.buckets.first_shapes()) < len(shapes)
    with compilations() as compiled:  # a short request alone needs no more
        engine.serve([dataclasses.replace(traffic(1)[0], arrival_seconds=0.0)], clock=Ticks())
    assert (compiled, caplog.messages) == ([], [])
    rows = traffic(6)
    engine.serve(rows, clock=Ticks())
    same_as_alone(tiny, rows)
    early = paged_block._cache_size() - before - first
    assert early == len(caplog.messages) > 0
    assert all("waited" in said and "decode rows" in said for said in caplog.messages)
    assert len([*warming]) == len(shapes) - first
    assert paged_block._cache_size() - before == len(shapes)
    assert caplog.messages[-1] == "all shapes of a step are compiled"
    assert [*engine.warming_up()] == []


def test_a_window_never_waits_for_a_compiler(tiny):
    policy = {"max_batch": 2, "batching": "dynamic", "window_seconds": 1.0}
    engine = engine_of(tiny, policy, compile_idle=True)
    assert len([*engine.warming_up()]) == 1
    assert all(shape in engine.runner.compiled for shape in engine.buckets.shapes())
