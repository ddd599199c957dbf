"""The one description of every weight tensor."""

from dataclasses import replace

import numpy as np
import pytest

from tokenworks.shapes import (
    attending_windows,
    is_linear_layer,
    is_moe_layer,
    layer_shapes,
    layer_window,
    moe_layer_count,
    weight_shapes,
)
from tokenworks.specs import model_spec


def test_dense_llama_weights_have_the_names_and_shapes_that_the_model_runs():
    shapes = weight_shapes(model_spec("llama-3-70b"))
    assert len(shapes) == 80 * 9 + 3
    assert list(shapes)[:2] == ["embed", "layers.0.attn_norm"]
    assert list(shapes)[-2:] == ["final_norm", "lm_head"]
    assert layer_shapes(model_spec("llama-3-70b"), 79) == {
        "attn_norm": (8192,),
        "wq": (8192, 8192),
        "wk": (1024, 8192),
        "wv": (1024, 8192),
        "wo": (8192, 8192),
        "ffn_norm": (8192,),
        "w_gate": (28672, 8192),
        "w_up": (28672, 8192),
        "w_down": (8192, 28672),
    }


def test_a_tied_head_has_no_weights_of_its_own():
    shapes = weight_shapes(model_spec("smollm2-135m"))
    assert "lm_head" not in shapes
    assert shapes["embed"] == (49152, 576)


@pytest.mark.parametrize(
    ("name", "layer", "tensors"),
    [
        ("gpt-j-6b", 0, {"attn_norm_bias": (4096,), "w_up": (16384, 4096), "b_down": (4096,)}),
        ("mixtral-8x7b", 5, {"router": (8, 4096), "experts.w_down": (8, 4096, 14336)}),
        ("deepseek-v3", 2, {"w_gate": (18432, 7168), "wkv_a": (576, 7168)}),
        ("deepseek-v3", 3, {"experts.w_up": (256, 2048, 7168), "shared.w_up": (2048, 7168)}),
        ("deepseek-v3", 3, {"wq_b": (24576, 1536), "wkv_b": (32768, 512), "wo": (7168, 16384)}),
        ("deepseek-r1", 60, {"router_bias": (256,), "q_a_norm": (1536,), "kv_a_norm": (512,)}),
        ("llama-4-scout", 0, {"experts.w_gate": (16, 8192, 5120), "shared.w_gate": (8192, 5120)}),
        ("qwen3-0.6b", 0, {"q_norm": (128,), "wq": (2048, 1024), "wo": (1024, 2048)}),
        ("qwen3-30b-a3b", 47, {"experts.w_gate": (128, 768, 2048), "wk": (512, 2048)}),
        ("gemma-2-9b", 0, {"post_attn_norm": (3584,), "post_ffn_norm": (3584,)}),
        ("gpt-oss-20b", 23, {"sinks": (64,), "bq": (4096,), "experts.b_gate": (32, 2880)}),
        ("minimax-m2.5", 0, {"q_norm": (6144,), "k_norm": (1024,), "router_bias": (256,)}),
        ("glm-5", 0, {"index_wq": (4096, 2048), "index_wk": (128, 6144), "wo": (6144, 16384)}),
        ("glm-5", 77, {"index_weights": (32, 6144), "index_k_norm_bias": (128,)}),
        ("qwen3.5-397b-a17b", 0, {"linear_qkv": (12288, 4096), "linear_conv": (12288, 4)}),
        ("qwen3.5-397b-a17b", 2, {"linear_gate": (8192, 4096), "wo": (4096, 8192)}),
        ("qwen3.5-397b-a17b", 3, {"wq": (8192, 4096), "wq_gate": (8192, 4096), "wk": (512, 4096)}),
        ("qwen3.5-397b-a17b", 59, {"shared_gate": (1, 4096), "q_norm": (256,)}),
    ],
)
def test_each_family_adds_its_own_tensors(name, layer, tensors):
    assert tensors.items() <= layer_shapes(model_spec(name), layer).items()


@pytest.mark.parametrize(
    ("name", "absent"),
    [
        ("gpt-j-6b", {"ffn_norm", "w_gate", "lm_head"}),
        ("mixtral-8x7b", {"w_gate", "shared.w_gate", "router_bias"}),
        ("deepseek-v3", {"wq", "wk", "wv", "k_norm"}),
        ("gemma-7b", {"q_norm", "post_attn_norm"}),
        ("kimi-k2.5", {"index_wq", "shared_gate"}),
        ("qwen3.5-397b-a17b", {"linear_qkv", "decay_log"}),  # layer 3 attends
    ],
)
def test_no_family_has_the_tensors_of_another(name, absent):
    assert not absent & set(layer_shapes(model_spec(name), 3))


def test_experts_follow_the_dense_layers_and_the_period():
    v3 = model_spec("deepseek-v3")
    assert [is_moe_layer(v3, i) for i in range(5)] == [False, False, False, True, True]
    assert moe_layer_count(v3) == v3.n_layers - 3
    alternate = replace(v3, n_dense_layers=0, moe_layer_period=2)
    assert [is_moe_layer(alternate, i) for i in range(4)] == [False, True, False, True]
    assert not is_moe_layer(model_spec("llama-3-8b"), 0)
    assert is_moe_layer(v3, np.int64(3)) is True


def test_every_fourth_layer_of_a_hybrid_attends():
    hybrid = model_spec("qwen3.5-397b-a17b")
    assert [is_linear_layer(hybrid, i) for i in range(5)] == [True, True, True, False, True]
    assert attending_windows(hybrid) == [None] * 15
    assert not any("wk" in layer_shapes(hybrid, i) for i in range(3))
    assert not any(is_linear_layer(model_spec("glm-5"), i) for i in range(78))
    assert attending_windows(model_spec("gemma-2-2b")) == [4096, None] * 13


@pytest.mark.parametrize(
    ("name", "windows"),
    [
        ("llama-3-8b", [None] * 6),
        ("gpt-oss-20b", [128, None] * 3),
        ("gemma-2-2b", [4096, None] * 3),
        ("gemma-3-4b", [1024] * 5 + [None]),
        ("llama-4-scout", [8192, 8192, 8192, None, 8192, 8192]),
    ],
)
def test_windows_follow_the_period(name, windows):
    assert [layer_window(model_spec(name), i) for i in range(6)] == windows
