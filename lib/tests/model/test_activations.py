import jax.numpy as jnp
import numpy as np
import pytest

from tokenworks.model.activations import residual_stream, trace
from tokenworks.model.forward_pass import forward
from tokenworks.model.layers import rms_norm


def test_every_stage_has_its_shape_and_the_stages_connect(tiny):
    stages = trace(tiny, "abc a!")
    assert stages.pieces == ["abc", "Ġa", "!"]
    assert stages.embeddings.shape == stages.hidden.shape == (3, 32)
    assert [a.shape for a in (stages.q, stages.k, stages.v)] == [(3, 4, 8), (3, 2, 8), (3, 2, 8)]
    np.testing.assert_array_equal(stages.embeddings, tiny.weights["embed"][stages.ids])
    logits = forward(tiny.weights, tiny.spec, stages.ids[None])[0]
    np.testing.assert_allclose(stages.logits, logits, rtol=1e-4, atol=1e-4)


def test_the_residual_stream_ends_in_the_hidden_state(tiny):
    stream = residual_stream(tiny, "abc a!")
    assert stream.shape == (tiny.spec.n_layers, 3, 32)
    last = rms_norm(jnp.asarray(stream[-1:]), tiny.weights["final_norm"], tiny.spec.norm_eps)[0]
    np.testing.assert_allclose(last, trace(tiny, "abc a!").hidden, rtol=1e-5, atol=1e-5)


@pytest.mark.model
def test_a_few_channels_of_the_real_model_are_thousands_of_times_the_median(lm):
    after = np.abs(residual_stream(lm, "The river froze in 1987.")[12])
    assert after[0].argmax() == 507
    assert after.max() > 5000 * np.median(after)


@pytest.mark.model
def test_stages_of_the_real_model(lm):
    stages = trace(lm, "The capital of France is")
    assert stages.logits.shape == (5, 49152)
    assert lm.tokenizer.decode([int(stages.logits[-1].argmax())]) == " Paris"
    assert (stages.q.shape, stages.k.shape) == ((5, 9, 64), (5, 3, 64))
