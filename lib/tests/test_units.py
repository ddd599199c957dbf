import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenworks.units import (
    UNITS,
    dimension_of,
    plain,
    quantities,
    quantity,
    show,
    show_as,
)


@pytest.mark.parametrize(
    ("literal", "value", "unit"),
    [
        ("140 GB", 140e9, "GB"),
        ("2 GiB", 2 * 2**30, "GiB"),
        ("2,039 GB/s", 2.039e12, "GB/s"),
        ("14.3 tokens/s", 14.3, "tokens/s"),
        ("0.7 %", 0.007, "%"),
        ("6.7×", 6.7, "×"),
        ("USD 1.20", 1.2, "USD"),
        ("USD 91 million", 91e6, "USD million"),
        ("USD 53/million tokens", 53e-6, "USD/million tokens"),
        ("USD 53 per million tokens", 53e-6, "USD/million tokens"),
        ("USD 2.95/h", 2.95, "USD/h"),
        ("4 bits", 0.5, "bits"),
        ("5 s", 5.0, "s"),
    ],
)
def test_quantity_reads_number_and_unit(literal, value, unit):
    read = quantity(literal)
    assert (read.value, read.unit) == (pytest.approx(value), unit)


@pytest.mark.parametrize("text", ["140", "GB", "70B", "about 5 GB", "1 furlong", ""])
def test_quantity_refuses_what_is_no_number_with_a_unit(text):
    with pytest.raises(ValueError, match="not a number with a unit"):
        quantity(text)


def test_quantities_skip_counts_years_and_model_names():
    text = "In 2024 a 70B model on 8 GPUs reads 141 GB for 200 tokens, H100, v5e, 3x3."
    assert [q.literal for q in quantities(text)] == ["141 GB"]


def test_gb_and_gib_differ():
    assert quantity("1 GiB").value / quantity("1 GB").value == pytest.approx(1.073741824)


@pytest.mark.parametrize(
    ("literal", "good", "bad"),
    [("70 ms", [0.0695, 0.0705], [0.0694, 0.0706]), ("2.10 GB", [2.101e9], [2.106e9, 2.094e9])],
)
def test_agreement_is_at_the_printed_digits(literal, good, bad):
    assert all(quantity(literal).agrees(value) for value in good)
    assert not any(quantity(literal).agrees(value) for value in [*bad, math.nan, math.inf])
    assert quantity(literal).agrees(np.float64(good[0])) is True


@given(st.floats(1e-3, 1e15), st.sampled_from([u for u in UNITS if not u.startswith("USD")]))
def test_what_is_shown_reads_back(value, unit):
    assert quantity(show(value, unit)).agrees(value)


@pytest.mark.parametrize(
    ("name", "dimension"),
    [
        ("weight_bytes", "bytes"),
        ("hbm_bytes_per_s", "bytes_per_s"),
        ("kv_bytes_per_token", "bytes_per_token"),
        ("step_seconds", "seconds"),
        ("layer_parameter_count", "params"),
        ("batch", None),
    ],
)
def test_a_name_ends_in_its_dimension(name, dimension):
    assert dimension_of(name) == dimension


def test_show_as_scales():
    assert show_as(16384.0, "bytes") == "16.38 KB"
    assert show_as(2e9, "usd") == "USD 2.00 billion"
    assert show_as(0.0, "bytes") == "0"
    assert show_as(3, None) == "3"


def test_plain_keeps_integers_whole():
    assert [plain(v) for v in (128256, 0.00123456, 1.5, True)] == [
        "128,256",
        "0.001235",
        "1.5",
        "True",
    ]


def test_unknown_unit_lists_the_known():
    with pytest.raises(ValueError, match="known: B, KB"):
        show(1.0, "furlong")
