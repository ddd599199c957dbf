"""The parts of a layer on one chip, against the shapes of the weights."""

import math

import pytest

from tokenworks.cost.kernel_calls import Tokens
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.layer_kernels import LayerKernels
from tokenworks.cost.serving_plan import ServingPlan
from tokenworks.shapes import layer_shapes
from tokenworks.specs import chip, model_spec


def part(name, tokens, chips=1):
    plan = ServingPlan(model_spec(name), chip("h200-sxm"), chips)
    return LayerKernels(plan, tokens, Constants.fitted())


@pytest.mark.parametrize("name", ["llama-3-8b", "deepseek-v3", "glm-5"])
def test_the_projections_are_the_layers_matrices(name):
    model = model_spec(name)
    multiplied = sum(
        kernel.work.flops
        for kernel in part(name, Tokens(decodes=1, context=10)).attention_matrices(1)
    )
    chosen = ("wq", "wk", "wv", "wo", "index_w")
    shapes = layer_shapes(model, 0).items()
    weights = sum(math.prod(s) for n, s in shapes if n.startswith(chosen) and len(s) == 2)
    assert multiplied == pytest.approx(2 * weights, rel=1e-6)


def test_a_window_is_read_and_no_more():
    layer = part("gpt-oss-120b", Tokens(decodes=4, context=5000))
    (near,), (far,) = layer.attention(128, 1), layer.attention(None, 1)
    assert far.work.bytes / near.work.bytes == pytest.approx(5000 / 128)
    assert near.name == "attention over 128 tokens"


def test_an_index_reads_every_key_and_attention_what_it_chose():
    layer = part("glm-5", Tokens(decodes=1, context=10_000))
    scores, choice, attention = layer.attention(None, 1)
    assert scores.work.bytes == 10_000 * 128 * 2
    assert attention.work.bytes == 2048 * (512 + 64) * 2
    assert choice.work.flops == 0


@pytest.mark.parametrize(("context", "latents"), [(100, 100), (4000, 4000), (50_000, 5 * 2048)])
def test_tokens_that_are_verified_each_choose_their_own_latents(context, latents):
    layer = part("glm-5", Tokens(decodes=3, context=context, looks=5))
    scores, _, attention = layer.attention(None, 1)
    assert scores.work.bytes == 3 * context * 128 * 2
    assert attention.work.bytes == 3 * latents * (512 + 64) * 2


def test_a_window_is_read_once_for_all_tokens_that_are_verified():
    (near,) = part("gpt-oss-120b", Tokens(decodes=4, context=5000, looks=5)).attention(128, 1)
    (one,) = part("gpt-oss-120b", Tokens(decodes=4, context=5000)).attention(128, 1)
    assert near.work.bytes == one.work.bytes
    assert near.work.flops == 5 * one.work.flops


def test_every_token_that_is_verified_gets_logits_and_a_linear_state_moves_once():
    layer = part("qwen3.5-397b-a17b", Tokens(decodes=3, context=10, looks=5))
    vocabulary = next(iter(layer.head()))
    assert vocabulary.work.flops == 2 * 15 * layer.model.vocab_size * layer.model.d_model
    state = next(kernel for kernel in layer.linear(1) if kernel.name == "gated delta rule")
    assert state.work.bytes == 3 * 2 * 64 * 128 * 128 * 4


def test_a_prompt_is_read_under_a_causal_mask():
    layer = part("llama-3-8b", Tokens(prompt=1000))
    (whole,), (window,) = layer.attention(None, 1), layer.attention(100, 1)
    assert whole.work.flops == 4 * 32 * 128 * 1000 * 1001 / 2
    assert window.work.flops == 4 * 32 * 128 * (100 * 101 / 2 + 900 * 100)


def test_the_state_of_linear_layers_is_read_and_written():
    layer = part("qwen3.5-397b-a17b", Tokens(decodes=3, context=10))
    state = next(kernel for kernel in layer.linear(1) if kernel.name == "gated delta rule")
    assert state.work.bytes == 3 * 2 * 64 * 128 * 128 * 4
