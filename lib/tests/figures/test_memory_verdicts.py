"""Bars of compiled steps are as long as the bytes that they stand for."""

import re

import pytest

from tokenworks.data import decode_compile
from tokenworks.figures import compiled_memory

BAR = re.compile(r'width="([\d.]+)" height="([\d.]+)" class="f-(weights|kv)"')


def steps(*batches):
    name = "llama-3-70b v5e:2x4 int8/int8 {} x 8192"
    return {f"{n} at once": decode_compile(name.format(n)) for n in batches}


@pytest.mark.parametrize("layout", ["wide", "narrow"])
def test_lengths_are_bytes(layout):
    asked = steps(32, 120)
    key = 2  # the last two are the samples of the key
    bars = BAR.findall(getattr(compiled_memory(asked, title="One chip"), layout))[:-key]
    found = {kind: [float(w) for w, _, k in bars if k == kind] for *_, kind in bars}
    few, many = asked.values()
    assert found["kv"][1] / found["kv"][0] == pytest.approx(many.kv_bytes / few.kv_bytes, rel=0.02)
    assert found["weights"][0] == pytest.approx(found["weights"][1])
    per_byte = found["weights"][0] / few.weight_bytes
    assert found["kv"][0] / few.kv_bytes == pytest.approx(per_byte, rel=0.02)


def test_it_says_what_the_compiler_says():
    figure = compiled_memory(steps(44, 48), title="One chip")
    assert "44 at once: 16.6 GB, fits; 48 at once: 17.3 GB, refused" in figure.alt
    assert "16.9 GB" in figure.alt


def test_chips_of_two_kinds_are_refused():
    other = decode_compile("llama-3-70b v6e:2x2 int8/int8 8 x 8192")
    with pytest.raises(ValueError, match="one limit, not of 2"):
        compiled_memory(steps(32) | {"v6e": other}, title="Two chips")
    with pytest.raises(ValueError, match="one limit, not of 0"):
        compiled_memory({}, title="None")
