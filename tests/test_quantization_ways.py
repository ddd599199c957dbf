"""What the record says of caches in fewer bits, held to what the book claims of them."""

from __future__ import annotations

import pytest

from tokenworks.data import quantization_record
from tokenworks.quantization.texts import DOMAINS

RECORD = quantization_record()


def loss(method, stored, domain):
    """Return by which share perplexity is above that of the float model."""
    exact = RECORD.row("float", "float32", domain).perplexity
    return RECORD.row(method, stored, domain).perplexity / exact - 1


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_cache_of_eight_bits_costs_next_to_nothing(domain):
    assert abs(loss("KV int8", "per token", domain)) <= 0.005
    assert RECORD.row("KV int8", "per token", domain).agreement > 0.98


@pytest.mark.parametrize("domain", DOMAINS)
def test_four_bits_want_keys_by_channel_or_turned_heads(domain):
    by_token = loss("KV int4", "per token", domain)
    by_channel = loss("KV int4", "keys per channel", domain)
    assert by_token > 0.05
    assert 0 < by_channel <= 0.05
    assert by_channel <= by_token / 2
    assert by_channel < loss("KV int4", "per token, rotated", domain) < 0.7 * by_token
