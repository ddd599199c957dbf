import jax.numpy as jnp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenworks.figures import softmax_strip
from tokenworks.figures.softmax_steps import softmax_frames
from tokenworks.kernels import online_softmax

numbers = st.lists(st.integers(-9, 9), min_size=1, max_size=9)


@given(numbers, st.integers(1, 4))
def test_frames_are_the_kernel_s_states(scores, tile):
    values = [float(i % 5) for i in range(len(scores))]
    state = online_softmax.start((), 1)
    frames = softmax_frames(scores, values, tile)
    for i, frame in enumerate(frames):
        part = slice(i * tile, (i + 1) * tile)
        column = jnp.array(values[part])[:, None]
        state = online_softmax.update(state, jnp.array(scores[part], float), column)
        assert frame.m == state.m
        assert frame.l == pytest.approx(float(state.l), rel=1e-5)
        assert frame.o == pytest.approx(float(state.o[0]), rel=1e-4, abs=1e-6)
        assert sum(frame.weights) == pytest.approx(frame.l)


def test_the_strip_prints_the_states():
    figure = softmax_strip((2, 4, 3, 6), (1, 2, 3, 4))
    assert "m = 4, ℓ = 1.135, o = 2.135" in figure.printed
    assert "m = 6, ℓ = 1.203, o = 4.438" in figure.printed
    assert figure.numbers["result"] == pytest.approx(3.688, abs=5e-4)
    assert "the old: × 0.135" in figure.printed
