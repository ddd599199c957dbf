import pytest

from tokenworks.checks.parallelism.sums import ring_bytes, step_bytes
from tokenworks.cost.collectives import sent_bytes
from tokenworks.cost.exchanges import exchanged_bytes
from tokenworks.cost.parallel_traffic import Layout, decode_traffic
from tokenworks.specs import model_spec


@pytest.mark.parametrize("devices", [1, 2, 3, 8, 64])
def test_a_ring_sends_what_the_library_says(devices):
    assert ring_bytes(98_304, devices) == pytest.approx(sent_bytes("all-reduce", 98_304, devices))


@pytest.mark.parametrize("devices", [1, 2, 4, 8])
@pytest.mark.parametrize("name", ["llama-3-70b", "llama-3-8b"])
def test_a_step_sends_what_its_exchanges_do(name, devices):
    spec = model_spec(name)
    moved = decode_traffic(spec, Layout(tensor=devices), batch=32, cached=4096, bytes_per_value=2)
    found = step_bytes(spec.n_layers, spec.d_model, 32, devices, 16)
    assert found == pytest.approx(exchanged_bytes(moved))
