"""The guard at every formula's door."""

import math
from functools import partial

import pytest

from tokenworks.cost.dollars import electricity_usd, request_usd, usd_per_token
from tokenworks.cost.domain import Number, physical
from tokenworks.cost.memory import kv_bytes, kv_bytes_per_token, min_chips, weight_bytes
from tokenworks.cost.step_time import (
    compute_seconds,
    compute_utilisation,
    decode_step_seconds,
    decode_tokens_per_s,
    flops_per_token,
)
from tokenworks.specs import model_spec

LLAMA = model_spec("llama-3-8b")
BAD = [0, -1, -0.5, math.nan, math.inf, -math.inf, "2", None, True, [1]]
FORMULAS = {
    "decode_step_seconds: hbm_bytes_per_s": partial(decode_step_seconds, 1e9),
    "decode_tokens_per_s: step_seconds": decode_tokens_per_s,
    "flops_per_token: params": flops_per_token,
    "compute_seconds: flops_per_s": partial(compute_seconds, 1e12),
    "compute_utilisation: step_flops": lambda x: compute_utilisation(x, 1.0, flops_per_s=1e12),
    "compute_utilisation: flops_per_s": lambda x: compute_utilisation(1.0, 1.0, flops_per_s=x),
    "min_chips: hbm_bytes": partial(min_chips, 1e9),
    "weight_bytes: bytes_per_param": partial(weight_bytes, LLAMA),
    "kv_bytes_per_token: bytes_per_value": partial(kv_bytes_per_token, LLAMA),
    "usd_per_token: chips": lambda x: usd_per_token(2.0, x, 100.0),
    "electricity_usd: usd_per_kwh": lambda x: electricity_usd(1.0, 1.0, usd_per_kwh=x),
}


@pytest.mark.parametrize("value", BAD, ids=repr)
@pytest.mark.parametrize("argument", FORMULAS)
def test_a_value_that_cannot_be_is_refused_by_name(argument, value):
    with pytest.raises(ValueError, match=argument) as caught:
        FORMULAS[argument](value)
    assert str(caught.value).endswith(f"got {value!r}")


@pytest.mark.parametrize("chips", [1.5, 2.0, "2"])
def test_a_count_must_be_whole(chips):
    with pytest.raises(ValueError, match="chips must be a whole number greater than 0"):
        request_usd(2.0, chips, 3.0)


@pytest.mark.parametrize("tokens", [-1, 1.5, 10.0])
def test_tokens_are_whole_and_not_negative(tokens):
    with pytest.raises(ValueError, match="tokens must be a whole number at least 0"):
        kv_bytes(LLAMA, tokens, bytes_per_value=2)


def test_zero_is_allowed_where_it_means_something():
    assert kv_bytes(LLAMA, 0, bytes_per_value=2) == 0
    assert usd_per_token(0, 1, 10) == 0


def test_the_guard_keeps_name_and_docstring_and_checks_keywords_too():
    @physical(zero=("mass_kg",))
    def weight_newtons(mass_kg: "Number", g: "Number" = 9.81) -> float:
        """Return the weight."""
        return mass_kg * g

    assert weight_newtons.__name__ == "weight_newtons"
    assert weight_newtons.__doc__ == "Return the weight."
    assert weight_newtons(0) == 0
    assert weight_newtons(2, g=1) == 2
    with pytest.raises(ValueError, match="weight_newtons: g must be a finite number"):
        weight_newtons(1, g=0)
