"""What is published of quantized models: the table, its claims, and a row computed again."""

from __future__ import annotations

from statistics import median

import pytest

from benchmarks.quantization import GRIDS, SHORT, TOKENS, WINDOWS
from benchmarks.quantization_tables import TABLE, text
from tokenworks.data import quantization_record
from tokenworks.model import load
from tokenworks.quantization import (
    evaluation_windows,
    fold_norms,
    reference_states,
    round_layer,
    scores,
    states_of,
    token_scores,
)
from tokenworks.quantization.folding import MATRICES
from tokenworks.quantization.texts import DOMAINS

RECORD = quantization_record()
FOUR, THREE, SHIPPED = GRIDS
FLOAT = ("float", "float32")


def perplexity(method, stored, domain):
    return RECORD.row(method, stored, domain).perplexity


def test_the_table_of_the_package_is_that_of_the_results():
    assert TABLE.read_text(encoding="utf-8") == text(), "python -m benchmarks.quantization_tables"


OVER_ALL = [each for each in RECORD.ratios if each.tokens == "all"]


@pytest.mark.parametrize("each", OVER_ALL, ids=lambda each: each.label)
def test_methods_that_know_the_inputs_err_less_than_rounding(each):
    assert max(each.ratios) < 1
    assert median(each.ratios) <= {"GPTQ": 0.3, "AWQ": 0.7}[each.method]


def test_all_matrices_of_gptq_and_awq_are_compared():
    assert {(each.method, each.stored) for each in OVER_ALL} >= {
        ("GPTQ", FOUR),
        ("AWQ", FOUR),
        ("GPTQ", THREE),
    }


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("method", ["GPTQ", "AWQ"])
def test_their_perplexity_is_lower_too(method, domain):
    assert perplexity(method, FOUR, domain) <= 0.75 * perplexity("RTN", FOUR, domain)


@pytest.mark.parametrize("domain", DOMAINS)
def test_at_three_bits_rounding_alone_breaks_the_model(domain):
    assert perplexity("GPTQ", THREE, domain) <= perplexity("RTN", THREE, domain) / 5


def test_gptq_keeps_first_tokens_no_better_than_rounding_and_awq_does():
    """A cause why AWQ wins with larger errors: all attend to the first token, one of 512."""
    for method, low, high in (("GPTQ", 0.9, 1.1), ("AWQ", 0, 0.2)):
        ratios = RECORD.matrix_ratios(method, FOUR, tokens="first").ratios
        for place in (MATRICES.index("wq"), MATRICES.index("wk")):
            assert low <= median(ratios[place :: len(MATRICES)]) <= high
    assert perplexity("AWQ", FOUR, "prose") < perplexity("GPTQ", FOUR, "prose")


@pytest.mark.parametrize("domain", DOMAINS)
def test_smoothing_helps_static_scales_and_a_scale_a_token_helps_more(domain):
    static = perplexity("W8A8", "static", domain)
    smoothed = perplexity("W8A8", "static, SmoothQuant over norms and w_down", domain)
    assert smoothed <= 0.8 * static
    assert perplexity(*FLOAT, domain) < perplexity("W8A8", "a scale a token", domain) < smoothed


@pytest.mark.model
@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize(
    ("method", "stored"), [FLOAT, ("RTN", FOUR), ("RTN", THREE)], ids=lambda name: name
)
def test_a_short_row_is_computed_again(method, stored, domain):
    lm = load()
    windows = evaluation_windows(lm.tokenizer, domain, tokens=TOKENS, most=WINDOWS)[:1, :SHORT]
    exact = reference_states(states_of(lm.weights, lm.spec), windows)
    states = exact
    if method != "float":
        folded = fold_norms(lm.weights)
        layers = [round_layer(layer, GRIDS[stored]) for layer in folded["layers"]]
        states = reference_states(states_of({**folded, "layers": layers}, lm.spec), windows)
    found = scores(token_scores(lm.weights["embed"], windows, states, reference=exact))
    wanted = RECORD.row(method, stored, domain, among="short")
    assert found.tokens == wanted.tokens == SHORT - 1
    for name in ("perplexity", "kl_nats", "kl_nats_p99"):
        assert getattr(found, name) == pytest.approx(getattr(wanted, name), rel=0.01, abs=1e-5)
    assert found.agreement == pytest.approx(wanted.agreement, abs=0.01)
