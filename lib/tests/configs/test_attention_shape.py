"""Published configs against caches worked out by hand, and against figures others published.

Every expected value is a product of plain integers: 2 (key and value) x layers x KV heads x head
size x 2 bytes, or for windowed models the positions that the layers keep x the bytes of one.
"""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tokenworks.configs import read_attention
from tokenworks.cost.memory import kv_bytes, kv_bytes_per_chip, kv_bytes_per_token

CONFIGS = {path.stem: json.loads(path.read_text()) for path in Path(__file__).parent.glob("*.json")}
OF_OTHERS = {"_excerpt", "_class"}  # other caches than plain ones, held by test_families
PER_TOKEN = {
    "llama-3.1-70b": ("gqa", 2 * 80 * 8 * 128 * 2),
    "llama-2-7b": ("mha", 2 * 32 * 32 * 128 * 2),
    "llama-13b": ("mha", 2 * 40 * 40 * 128 * 2),  # no num_key_value_heads: one a query head
    "smollm2-135m": ("gqa", 2 * 30 * 3 * 64 * 2),
    "mistral-7b-v0.3": ("gqa", 2 * 32 * 8 * 128 * 2),  # sliding_window null
    "mixtral-8x7b": ("gqa", 2 * 32 * 8 * 128 * 2),
    "qwen2.5-7b": ("gqa", 2 * 28 * 4 * 128 * 2),  # use_sliding_window false
    "qwen3-32b": ("gqa", 2 * 64 * 8 * 128 * 2),  # head_dim 128, hidden_size / heads is 80
    "phi-1": ("mha", 2 * 24 * 32 * 64 * 2),
    "phi-4": ("gqa", 2 * 40 * 10 * 128 * 2),
    "phi-2": ("mha", 2 * 32 * 32 * 80 * 2),
    "gemma-2b": ("mqa", 2 * 18 * 1 * 256 * 2),
    "qwen3-coder-30b-a3b": ("gqa", 2 * 48 * 4 * 128 * 2),
    "gpt2": ("mha", 2 * 12 * 12 * 64 * 2),
    "gpt-j-6b": ("mha", 2 * 28 * 16 * 256 * 2),
    "gpt-bigcode": ("mqa", 2 * 24 * 1 * 128 * 2),
    "gpt-neox-3b": ("mha", 2 * 32 * 32 * 80 * 2),
    "bloom-176b": ("mha", 2 * 70 * 112 * 128 * 2),
    "mpt-7b": ("mha", 2 * 32 * 32 * 128 * 2),
    "dbrx": ("gqa", 2 * 40 * 8 * 128 * 2),  # KV heads inside attn_config
    "falcon-7b": ("mqa", 2 * 32 * 1 * 64 * 2),  # multi_query beats num_kv_heads 71
    "falcon-40b": ("gqa", 2 * 60 * 8 * 64 * 2),
    "chatglm3-6b": ("gqa", 2 * 28 * 2 * 128 * 2),  # multi_query_group_num
    "devstral-small-2-24b": ("gqa", 2 * 40 * 8 * 128 * 2),  # text_config, not vision_config
    "deepseek-v3": ("mla", 61 * (512 + 64) * 2),
    "deepseek-v2-lite": ("mla", 27 * (512 + 64) * 2),
}
# Kind, bytes at 4,096 tokens, the model's context, bytes at that context.
WINDOWED = {
    "mistral-7b-v0.1": ("gqa", 32 * 4096 * 4096, 32768, 32 * 4096 * 4096),  # 2 x 8 x 128 x 2 = 4096
    "phi-3-mini-4k": ("mha", 32 * 2047 * 12288, 4096, 32 * 2047 * 12288),  # 2 x 32 x 96 x 2 = 12288
    "gemma-2-9b": ("gqa", 42 * 4096 * 8192, 8192, (21 * 4096 + 21 * 8192) * 8192),
    "gemma-3-1b": (
        "mqa",
        (4 * 4096 + 22 * 512) * 1024,  # layers 6, 12, 18 and 24 see everything
        32768,
        (4 * 32768 + 22 * 512) * 1024,
    ),
    "gemma-3-4b": (
        "gqa",
        (5 * 4096 + 29 * 1024) * 4096,  # heads, KV heads and head size are class defaults
        131072,
        (5 * 131072 + 29 * 1024) * 4096,
    ),
    "gemma-3-27b": (
        "gqa",
        (10 * 4096 + 52 * 1024) * 8192,
        131072,
        (10 * 131072 + 52 * 1024) * 8192,
    ),
    "gpt-oss-20b": (
        "gqa",
        (12 * 4096 + 12 * 128) * 2048,
        131072,
        (12 * 131072 + 12 * 128) * 2048,
    ),
    "olmo-3.1-32b": ("gqa", 64 * 4096 * 4096, 65536, (16 * 65536 + 48 * 4096) * 4096),
    "exaone-4.0-32b": ("gqa", 64 * 4096 * 4096, 131072, (16 * 131072 + 48 * 4096) * 4096),
    "command-r7b": ("gqa", 32 * 4096 * 4096, 8192, (8 * 8192 + 24 * 4096) * 4096),
    "llama-4-scout": ("gqa", 48 * 4096 * 4096, 262144, (12 * 262144 + 36 * 8192) * 4096),
}


def test_every_config_is_sourced_and_has_an_expected_cache():
    own = {name for name, config in CONFIGS.items() if not OF_OTHERS & set(config)}
    assert own == set(PER_TOKEN) | set(WINDOWED)
    for config in CONFIGS.values():
        assert config["_source"].startswith("https://")
        assert re.fullmatch(r"2026-\d\d-\d\d", config["_accessed"])


@pytest.mark.parametrize("name", PER_TOKEN)
def test_a_token_costs_what_hand_arithmetic_says(name):
    spec = read_attention(CONFIGS[name])
    kind, expected = PER_TOKEN[name]
    assert spec.attention_kind == kind
    assert kv_bytes_per_token(spec, 2) == expected
    assert kv_bytes(spec, 4096, bytes_per_value=2) == 4096 * expected


@pytest.mark.parametrize("name", WINDOWED)
def test_windows_keep_what_hand_arithmetic_says(name):
    spec = read_attention(CONFIGS[name])
    kind, short, context, long = WINDOWED[name]
    assert (spec.attention_kind, spec.context_tokens) == (kind, context)
    assert kv_bytes(spec, 4096, bytes_per_value=2) == short
    assert kv_bytes(spec, context, bytes_per_value=2) == long


@pytest.mark.parametrize(
    ("name", "tokens", "published"),
    [
        # Table 1 of https://arxiv.org/abs/2505.09343: 70.272 KB; 327.680 KB for Qwen-2.5 72B, whose
        # layers, KV heads and head size are those of Llama 70B
        ("deepseek-v3", 1, 70_272),
        ("llama-3.1-70b", 1, 327_680),
        # https://bhabishya.rbind.io/posts/vllm-and-lmcache works out 131,072 bytes for Llama 3.1
        # 8B, which has the same cache as Mistral 7B
        ("mistral-7b-v0.3", 1, 131_072),
        # https://lmdeploy.readthedocs.io/en/v0.2.0/quantization/kv_int8.html: about 1030 MB for
        # 2,048 tokens of LLaMa-7B, measured; 1,024 MiB is the cache
        ("llama-2-7b", 2048, 1024 * 2**20),
    ],
)
def test_published_figures_agree(name, tokens, published):
    assert kv_bytes(read_attention(CONFIGS[name]), tokens, bytes_per_value=2) == published


def test_engines_without_a_hybrid_cache_keep_everything():
    scout = read_attention(CONFIGS["llama-4-scout"])
    whole = replace(scout, window_tokens=None, global_layer_period=None)
    # https://github.com/vllm-project/vllm/issues/19407: "240.00 GiB KV cache is needed" on each of
    # 8 GPUs for one request of 10,485,760 tokens
    per_chip = kv_bytes_per_chip(whole, 10_485_760, bytes_per_value=2, tp=8)
    assert per_chip == 240 * 2**30
    oss = replace(read_attention(CONFIGS["gpt-oss-20b"]), n_layers=36)
    whole = replace(oss, window_tokens=None, global_layer_period=None)
    # https://awsdocs-neuron.readthedocs-hosted.com (vLLM Neuron, KV cache quantization): about
    # 9.66 GB for 131k tokens of gpt-oss 120B, which has 36 of these layers
    assert round(kv_bytes(whole, 131072, bytes_per_value=2) / 1e9, 2) == 9.66


LLAMA = CONFIGS["llama-2-7b"]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"num_hidden_layers": None}, "no num_hidden_layers (nor n_layer, n_layers, num_layers,"),
        ({"num_attention_heads": None}, "no num_attention_heads (nor n_head"),
        ({"hidden_size": None}, "no head_dim and no hidden_size"),
        ({"hidden_size": 4097}, "head_dim is missing and 32 heads do not divide 4097"),
        ({"num_key_value_heads": 5}, "num_key_value_heads 5 does not divide 32 query heads"),
        ({"num_key_value_heads": 64}, "num_key_value_heads 64 does not divide 32"),
        (
            {"num_key_value_heads": 0},
            "num_key_value_heads must be a whole number from 1 to 1,000,000,000, got 0",
        ),
        (
            {"num_key_value_heads": [8, 8]},
            "must be a whole number from 1 to 1,000,000,000, got [8, 8]",
        ),
        (
            {"num_hidden_layers": 32.0},
            "num_hidden_layers must be a whole number from 1 to 1,000,000,000, got 32.0",
        ),
        (
            {"num_hidden_layers": "32"},
            "num_hidden_layers must be a whole number from 1 to 1,000,000,000, got '32'",
        ),
        (
            {"num_hidden_layers": True},
            "num_hidden_layers must be a whole number from 1 to 1,000,000,000, got True",
        ),
        ({"head_dim": -128}, "head_dim must be a whole number from 1 to 1,000,000,000, got -128"),
        ({"max_position_embeddings": -1}, "max_position_embeddings must be a whole number"),
        ({"is_encoder_decoder": True}, "is_encoder_decoder is set"),
        ({"num_kv_shared_layers": 10}, "num_kv_shared_layers is set: it speaks of another cache"),
        ({"layers_block_type": ["mamba"]}, "layers_block_type is set"),
        ({"index_head_dim": 128}, "index_head_dim is set: it speaks of another cache than that of"),
        ({"global_head_dim": 512}, "global_head_dim is set: it speaks of another cache"),
        ({"num_hidden_layers": 10**12}, "num_hidden_layers must be a whole number from 1 to"),
        ({"num_hidden_layers": 10**9}, "1000000000 layers are no model: above 10,000"),
        ({"num_attention_heads": 10**9}, "1000000000 heads are no model: above 10,000"),
        ({"model_type": ["llama"]}, "model_type must be a text, got ['llama']"),
        ({"model_type": "rwkv5"}, "a rwkv5 keeps a state, not a cache"),
        ({"model_type": "bert"}, "a bert keeps no cache"),
        ({"v_head_dim": 64}, "v_head_dim 64 differs from head_dim 128"),
        ({"kv_lora_rank": 512}, "no qk_rope_head_dim"),
    ],
)
def test_a_config_that_cannot_be_read_names_the_key(changes, complaint):
    with pytest.raises(ValueError, match=re.escape(complaint)) as caught:
        read_attention(LLAMA | changes)
    assert "\n" not in str(caught.value)


def test_only_what_the_cache_depends_on_is_needed():
    few = {"n_layer": 2, "n_head": 4, "head_dim": 8, "num_key_value_heads": 2, "n_positions": 64}
    notes = []
    assert kv_bytes_per_token(read_attention(few, notes=notes), 2) == 2 * 2 * 2 * 8 * 2
    assert notes == [
        "a config without model_type is not known here: counted as plain attention, by its keys"
    ]


def test_what_was_assumed_is_noted():
    notes = []
    read_attention({"model_type": "llama", "num_hidden_layers": 2, "num_attention_heads": 4,
                    "hidden_size": 64}, notes=notes)  # fmt: skip
    assert notes == [
        "num_key_value_heads is missing: taken as 4, one a query head, as transformers does",
        "head_dim is missing: taken as 16, hidden_size / heads, as transformers does",
        "max_position_embeddings is missing: taken as 2048, as transformers does",
    ]
    notes.clear()
    read_attention({"model_type": "yi", "n_layer": 2, "n_head": 4, "head_dim": 16}, notes=notes)
    assert notes[-1] == "max_position_embeddings is missing: taken as 2048, as vLLM does"


@pytest.mark.parametrize(
    ("changes", "kv_heads"),
    [
        ({"model_type": "mistral", "num_key_value_heads": None}, 8),
        ({"model_type": "falcon", "num_key_value_heads": None}, 1),
        ({"model_type": "falcon", "multi_query": False}, 32),
        ({"model_type": "falcon", "new_decoder_architecture": True, "n_head_kv": 4}, 4),
        ({"model_type": "RefinedWeb", "n_head_kv": 4}, 4),
        ({"model_type": "gpt_bigcode"}, 1),
        ({"model_type": "gpt_bigcode", "multi_query": False}, 32),
        ({"model_type": "chatglm", "multi_query_group_num": 2}, 32),  # switched off
        ({"model_type": "mpt", "attn_config": {"attn_type": "multiquery_attention"}}, 1),
    ],
)
def test_each_family_has_its_own_rule_for_kv_heads(changes, kv_heads):
    assert read_attention(LLAMA | changes).n_kv_heads == kv_heads
