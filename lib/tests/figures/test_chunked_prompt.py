import pytest

from tokenworks import chip, model_spec
from tokenworks.cost import Deployment, decode_seconds, prefill_seconds
from tokenworks.figures import Load, prompt_in_chunks
from tokenworks.figures.chunked_prompt import chunk_seconds

ON = Deployment(model_spec("llama-3-70b"), chip("h100-sxm"), 8)


def test_chunks_together_are_the_prompt():
    chunks = chunk_seconds(ON, 32768, 512)
    assert len(chunks) == 64
    assert sum(chunks) == pytest.approx(prefill_seconds(ON, 32768), rel=0.001)
    assert chunks == sorted(chunks)


def test_a_chunk_is_never_faster_than_reading_the_weights():
    assert min(chunk_seconds(ON, 256, 16)) == prefill_seconds(ON, 1)
    with pytest.raises(ValueError, match="whole chunks"):
        chunk_seconds(ON, 1000, 512)


def test_the_picture_says_pause_gap_and_first_token():
    figure = prompt_in_chunks(ON, Load(32, 2048, 32768), chunk_tokens=512)
    step = decode_seconds(ON, 2048, batch=32)
    assert figure.numbers["pause"] == prefill_seconds(ON, 32768)
    assert figure.numbers["longest gap"] == chunk_seconds(ON, 32768, 512)[-1] + step
    assert figure.numbers["first token"] == pytest.approx(1.12, abs=0.01)
    assert "32 streams stand still for 745 ms" in figure.printed
    assert "longest gap 20.4 ms" in figure.printed
