"""Scores of quantized models: by method, domain and set of tokens, with what they rest on."""

import pytest

from tokenworks.data.quantized_score import quantization_record
from tokenworks.fact_sources import row_sources
from tokenworks.quantization.texts import DOMAINS

RECORD = quantization_record()
SETS = ("all", "digits", "rare", "late", "short")


def test_every_method_is_judged_on_the_same_tokens():
    methods = dict.fromkeys((row.method, row.stored) for row in RECORD.rows)
    assert next(iter(methods)) == ("float", "float32")
    for domain in DOMAINS:
        for among in SETS:
            rows = [RECORD.row(*each, domain, among=among) for each in methods]
            assert len({row.tokens for row in rows}) == 1
    assert len(RECORD.rows) == len(methods) * len(DOMAINS) * len(SETS)


def test_enough_is_judged_and_the_tail_is_a_part_of_it():
    whole = [RECORD.row("float", "float32", domain) for domain in DOMAINS]
    assert sum(row.tokens for row in whole) >= 20_000
    for row in whole:
        windows, tokens = RECORD.windows[row.domain]
        assert row.tokens == windows * (tokens - 1)
        for among in SETS[1:]:
            part = RECORD.row("float", "float32", row.domain, among=among)
            assert 50 < part.tokens < row.tokens


@pytest.mark.parametrize("row", RECORD.rows, ids=lambda r: f"{r.method}-{r.domain}-{r.among}")
def test_a_row_is_possible(row):
    assert row.bits_per_weight is None or 2 <= row.bits_per_weight <= 32
    assert row.perplexity > 1
    assert 0 <= row.agreement <= 1
    assert -1e-6 <= row.kl_nats <= max(row.kl_nats_p99, 1e-6)
    assert row.source == "benchmarks/quantization.py"


def test_a_row_names_its_source():
    (found,) = row_sources(RECORD.row("float", "float32", "prose"))
    assert found.source == RECORD.source
    assert RECORD.accessed >= "2026-11-29"
    assert RECORD.machine


def test_ratios_are_those_of_210_matrices_but_for_those_that_rounding_keeps():
    for each in RECORD.ratios:
        assert len(each.ratios) == (150 if each.stored == "4-bit asymmetric g32" else 210)
        assert min(each.ratios) > 0
        assert RECORD.matrix_ratios(each.method, each.stored, tokens=each.tokens) is each


@pytest.mark.parametrize("row", RECORD.passkeys, ids=lambda r: f"{r.label}-{r.distance_tokens}")
def test_no_more_numbers_are_found_than_asked_for(row):
    assert row.tokens == 6 * row.asked
    assert 0 <= row.found <= row.asked
    assert 6 * row.found <= row.tokens_found <= row.tokens - (row.asked - row.found)
    assert RECORD.passkeys_found(row.method, row.stored, row.distance_tokens) is row
    assert row.source == "benchmarks/quantization_passkeys.py"


def test_what_was_not_measured_is_refused():
    with pytest.raises(KeyError, match=r"no passkeys of GGML, 4-bit, 128; asked: float, float32"):
        RECORD.passkeys_found("GGML", "4-bit", 128)
    with pytest.raises(KeyError, match=r"no score of GGML.*measured were: float, float32; RTN"):
        RECORD.row("GGML", "4-bit", "prose")
    with pytest.raises(KeyError, match="no ratios of RTN, 4-bit symmetric g64, all; there are"):
        RECORD.matrix_ratios("RTN", "4-bit symmetric g64")
