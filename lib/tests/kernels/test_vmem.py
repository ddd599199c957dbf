import jax.numpy as jnp
import numpy as np
import pytest

from tokenworks.kernels import online_softmax, vmem


def test_on_a_cpu_a_kernel_is_interpreted_and_on_a_gpu_there_is_another_path(monkeypatch):
    assert vmem.interpreted(None)
    assert not vmem.interpreted(False)
    monkeypatch.setattr(vmem.jax, "default_backend", lambda: "tpu")
    assert not vmem.interpreted(None)
    monkeypatch.setattr(vmem.jax, "default_backend", lambda: "gpu")
    assert vmem.interpreted(True)
    with pytest.raises(ValueError, match=r"cannot run on gpu.*kernels\.flash, kernels\.paged"):
        vmem.interpreted(None)


def test_the_state_in_place_is_that_of_the_online_softmax():
    rng = np.random.default_rng(0)
    state = tuple(np.full(memory.shape, np.nan, np.float32) for memory in vmem.scratch(3, 5))
    vmem.clear(state)
    expected = online_softmax.start((3,), 5)
    for _ in range(2):
        q, k, v = (jnp.asarray(rng.normal(size=(n, 5)), jnp.float32) for n in (3, 4, 4))
        scores = vmem.scores_of(q, k, 2.0, precision="highest").at[1].set(-jnp.inf)
        vmem.update(state, scores, v, precision="highest")
        expected = online_softmax.update(expected, scores, v)
    np.testing.assert_array_equal(state[0][:, 0], expected.m)
    np.testing.assert_allclose(state[1][:, 0], expected.l, rtol=1e-6)
    np.testing.assert_allclose(state[2], expected.o, rtol=1e-6)
    out = np.empty((3, 5), np.float32)
    vmem.finish(state, out)
    np.testing.assert_allclose(out, online_softmax.finish(expected), rtol=1e-6)
    assert not out[1].any()  # that row saw no key


def test_pieces_that_hold_a_count():
    assert [int(vmem.up(jnp.asarray(count), 8)) for count in (0, 1, 8, 9)] == [0, 1, 1, 2]
