"""The guard at every formula's door."""

import importlib
import math
import pkgutil
from functools import partial
from typing import get_type_hints

import numpy as np
import pytest

from tokenworks import cost
from tokenworks.cost.dollars import electricity_usd, request_usd, usd_per_token
from tokenworks.cost.domain import Count, Natural, NotNegative, Positive, physical
from tokenworks.cost.memory import kv_bytes, kv_bytes_per_token, min_chips, weight_bytes
from tokenworks.cost.step_time import (
    compute_seconds,
    compute_utilisation,
    decode_step_seconds,
    decode_tokens_per_s,
    flops_per_token,
)
from tokenworks.number import Number
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
    @physical
    def weight_newtons(mass_kg: NotNegative, g: Positive = 9.81) -> float:
        """Return the weight."""
        return mass_kg * g

    assert weight_newtons.__name__ == "weight_newtons"
    assert weight_newtons.__doc__ == "Return the weight."
    assert weight_newtons(0) == 0
    assert weight_newtons(2, g=1) == 2
    with pytest.raises(ValueError, match="weight_newtons: g must be a finite number"):
        weight_newtons(1, g=0)
    with pytest.raises(TypeError, match="positional argument"):
        weight_newtons(1, 2, 3)
    with pytest.raises(TypeError, match="multiple values"):
        weight_newtons(1, mass_kg=3)


def test_numpys_numbers_reach_a_formula_as_pythons():
    @physical
    def kinds(count: Count, size: Positive, *, rest: Natural = 0) -> tuple[type, ...]:
        """Return the types that arrive."""
        return type(count), type(size), type(rest)

    assert kinds(np.int32(3), np.float32(2.5), rest=np.uint8(0)) == (int, float, int)
    assert kinds(np.int64(3), np.int8(2)) == (int, int, int)
    million = np.int32(1_000_000)  # the caches have more bytes than an int32 can count
    assert kv_bytes(LLAMA, million, bytes_per_value=np.int8(2)) == 131_072 * 1_000_000


def formulas():
    """Yield every guarded formula of cost/ with its name."""
    for module in pkgutil.iter_modules(cost.__path__, "tokenworks.cost."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if hasattr(value, "__wrapped__") and value.__module__ == module.name:
                yield name, value


def test_no_number_of_a_guarded_formula_goes_unchecked():
    found = dict(formulas())
    assert len(found) > 40
    for name, formula in found.items():
        hints = get_type_hints(formula, include_extras=True)
        del hints["return"]
        bare = [key for key, hint in hints.items() if hint in (int, float, Number)]
        assert not bare, f"{name}: say what {bare} may be, as Count, Natural, Positive, NotNegative"
