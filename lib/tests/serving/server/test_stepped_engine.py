from scripted import Scripted, echoes
from serving.served import engine_of

from tokenworks.serving.server.stepped_engine import SteppedEngine


def test_with_a_model_and_without_one_it_is_stepped_alike(tiny):
    for engine in (Scripted(echoes), engine_of(tiny, {"max_batch": 2})):
        assert isinstance(engine, SteppedEngine)
        assert engine.step() is None
