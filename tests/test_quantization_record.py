"""What is published of quantized models: the table, its claims, and a row computed again."""

from __future__ import annotations

from statistics import median

import numpy as np
import pytest

from benchmarks.quantization import GRIDS, SHORT, TOKENS, WINDOWS, Bench
from benchmarks.quantization_passkeys import ASKED
from benchmarks.quantization_tables import TABLE, text
from tokenworks.data import quantization_record
from tokenworks.model import load
from tokenworks.quantization import (
    digits_found,
    draw_passkeys,
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
    assert max(each.ratios) <= (0.6 if each.method.startswith("GPTQ") else 1)
    assert median(each.ratios) <= (0.3 if each.method.startswith("GPTQ") else 0.7)


def test_all_matrices_of_gptq_and_awq_are_compared():
    found = {(each.method, each.stored) for each in OVER_ALL}
    assert found >= {(method, grid) for method in ("GPTQ", "AWQ") for grid in GRIDS}


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("method", ["GPTQ", "AWQ"])
def test_their_perplexity_is_lower_too(method, domain):
    assert perplexity(method, FOUR, domain) <= 0.75 * perplexity("RTN", FOUR, domain)


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("method", ["GPTQ", "AWQ"])
def test_at_three_bits_rounding_alone_breaks_the_model(method, domain):
    assert perplexity(method, THREE, domain) <= perplexity("RTN", THREE, domain) / 5


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_grid_of_the_file_loses_nothing_and_eight_bits_hardly_anything(domain):
    exact = perplexity(*FLOAT, domain)
    on_it = RECORD.row("RTN as stored", SHIPPED, domain)
    assert (on_it.perplexity, on_it.kl_nats, on_it.agreement) == (exact, 0, 1)
    assert perplexity("RTN", "8-bit symmetric channel", domain) == pytest.approx(exact, rel=0.01)


@pytest.mark.parametrize("domain", DOMAINS)
def test_off_the_file_s_grid_the_same_grid_does_lose(domain):
    assert perplexity("RTN", SHIPPED, domain) > 1.1 * perplexity(*FLOAT, domain)


def test_gptq_keeps_first_tokens_no_better_than_rounding_and_awq_does():
    """All attend to the first token, one of 512; kept better by weight, it helps code alone."""
    for method, low, high in (("GPTQ", 0.9, 1.1), ("AWQ", 0, 0.2)):
        ratios = RECORD.matrix_ratios(method, FOUR, tokens="first").ratios
        for place in (MATRICES.index("wq"), MATRICES.index("wk")):
            assert low <= median(ratios[place :: len(MATRICES)]) <= high
    assert perplexity("AWQ", FOUR, "prose") < perplexity("GPTQ", FOUR, "prose")
    for weighted in ("GPTQ without first tokens", "GPTQ with first tokens × 64"):
        ratio = perplexity(weighted, FOUR, "prose") / perplexity("GPTQ", FOUR, "prose")
        assert ratio == pytest.approx(1, abs=0.02)


def test_gptq_fits_its_calibration_and_awq_does_not():
    """Why AWQ wins with larger errors: those are of the texts that both were fitted on."""

    def over_nearest(method, text):
        found = RECORD.matrix_ratios(f"{method} on float inputs", FOUR, tokens=text)
        return median(found.ratios)

    assert over_nearest("GPTQ", "calibration") < over_nearest("AWQ", "calibration") / 2
    assert over_nearest("GPTQ", "prose") > 2 * over_nearest("GPTQ", "calibration")
    assert over_nearest("GPTQ", "prose") > 0.95 * over_nearest("AWQ", "prose")
    for domain in DOMAINS:
        ratio = over_nearest("AWQ", domain) / over_nearest("AWQ", "calibration")
        assert ratio == pytest.approx(1, abs=0.1)


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


def test_numbers_are_found_by_the_float_model_and_lost_by_rounding():
    """By fewer bits of weights or cache, never by eight."""
    found = {(each.label, each.distance_tokens): each for each in RECORD.passkeys}
    for distance, count in ASKED.items():
        exact = found["float, float32", distance]
        assert exact.asked == count
        assert exact.found >= 0.95 * count
        eight = found["RTN, 8-bit symmetric channel", distance]
        rounded = found[f"RTN, {FOUR}", distance]
        assert abs(eight.found - exact.found) <= 0.04 * count
        assert rounded.found <= 0.8 * exact.found
        assert exact.tokens_found > rounded.tokens_found > rounded.tokens / 2


@pytest.mark.model
def test_some_numbers_are_asked_for_again():
    bench = Bench(load())
    keys = draw_passkeys(
        bench.lm.tokenizer, bench.evaluation["prose"], distance_tokens=128, count=ASKED[128]
    )
    head, model = np.asarray(bench.weights["embed"]), states_of(bench.weights, bench.lm.spec)
    hits = [digits_found(model, head, key).all() for key in keys[:10]]
    row = RECORD.passkeys_found(*FLOAT, 128)
    assert len(hits) - sum(hits) <= row.asked - row.found
