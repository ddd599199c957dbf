"""States against the shapes of vLLM's MambaStateShapeCalculator, worked out by hand."""

import pytest

from tokenworks.configs.reading import Keys
from tokenworks.configs.states import (
    gated_delta,
    gated_recurrence,
    kimi_delta,
    lightning,
    mamba1,
    mamba2,
    short_convolution,
)


def sizes(parts):
    return [part.values * part.bytes_per_value for part in parts]


def test_gated_delta_takes_the_dtype_that_the_config_names():
    config = {
        "linear_key_head_dim": 4,
        "linear_value_head_dim": 8,
        "linear_num_key_heads": 2,
        "linear_num_value_heads": 6,
        "linear_conv_kernel_dim": 4,
    }
    assert sizes(gated_delta(Keys(config))) == [6 * 4 * 8 * 4, (2 * 2 * 4 + 6 * 8) * 3 * 2]
    halved = config | {"mamba_ssm_dtype": "bfloat16"}
    assert sizes(gated_delta(Keys(halved)))[0] == 6 * 4 * 8 * 2
    odd = config | {"mamba_ssm_dtype": "int3"}
    with pytest.raises(ValueError, match="mamba_ssm_dtype 'int3' is not known here"):
        gated_delta(Keys(odd))


def test_mamba_2_reads_or_divides_its_head():
    names = {"heads": "h", "size": "d", "state": "s", "groups": "g", "kernel": "k"}
    config = {"h": 6, "d": 4, "s": 16, "g": 2, "k": 4}
    expected = [6 * 4 * 16 * 4, (24 + 2 * 2 * 16) * 3 * 2]
    assert sizes(mamba2(**names)(Keys(config))) == expected
    auto = config | {"d": "auto", "mamba_expand": 2, "hidden_size": 12}
    assert sizes(mamba2(**names)(Keys(auto))) == expected


def test_mamba_1_keeps_a_state_a_channel():
    config = {"hidden_size": 10, "e": 2, "s": 16, "k": 4}
    assert sizes(mamba1("e", "s", "k")(Keys(config))) == [20 * 16 * 4, 20 * 3 * 2]


def test_the_others():
    kimi = {"n": 3, "d": 8, "k": 4}
    assert sizes(kimi_delta("n", "d", "k")(Keys(kimi))) == [3 * 64 * 4, 3 * 24 * 3 * 2]
    assert sizes(lightning(Keys({"num_attention_heads": 3, "head_dim": 8}))) == [3 * 64 * 4]
    assert sizes(short_convolution(Keys({"hidden_size": 10, "conv_L_cache": 3}))) == [10 * 2 * 2]
    griffin = {"hidden_size": 10, "lru_width": 12, "conv1d_width": 4}
    assert sizes(gated_recurrence(Keys(griffin))) == [12 * 4, 12 * 3 * 2]
