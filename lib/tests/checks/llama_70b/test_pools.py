import pytest

from tokenworks.checks.llama_70b.pools import prefill_slices_for_each, slices_for
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.fleet import fleet_for
from tokenworks.specs import chip, model_spec

ON = Deployment(model_spec("llama-3-70b"), chip("tpu-v5e"), weights="int8", kv="int8")


@pytest.mark.parametrize("rate", [1, 20, 333, 10_000])
@pytest.mark.parametrize("shape", ["2x4", "4x4"])
def test_both_agree_with_the_fleet(rate, shape):
    found = fleet_for(
        ON,
        shape,
        requests_per_s=rate,
        prompt_tokens=2048,
        output_tokens=512,
        batch=44,
        usd_per_chip_hour=1.2,
        busy_share=0.7,
    )
    times = (found.prompt.expected_seconds, found.decode.expected_seconds, 512, 44)
    assert prefill_slices_for_each(*times) == pytest.approx(found.ratio)
    assert slices_for(rate, *times, 0.7) == [found.prefill_slices, found.decode_slices]
