"""What nobody read is named: no key that speaks of layers is ever passed over in silence."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenworks.configs import read_cache
from tokenworks.configs.families import FAMILIES
from tokenworks.configs.neutral_keys import SAID_OFF
from tokenworks.configs.reading import text_part
from tokenworks.configs.unread import NEUTRAL

CONFIGS = {path.stem: json.loads(path.read_text()) for path in Path(__file__).parent.glob("*.json")}
COUNTED = sorted(set(CONFIGS) - {"all-mpnet-base-v2"})
PLAIN = {
    "num_hidden_layers": 4,
    "num_attention_heads": 8,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 64,
}
WORDS = [
    *("layer", "layers", "mixer", "loop", "loops", "share", "shared", "sharing", "window", "index"),
    *("state", "states", "repeat", "recurrent", "cross_attention", "ssm", "block", "sparse"),
    *("attention_types", "kv_heads", "cache", "stride", "pattern", "linear_attention", "pool"),
]
# Names as anybody might write them, of things that nobody has thought of.
ODD_NAMES = st.one_of(
    st.from_regex(r"[a-z][A-Za-z0-9_]{2,24}", fullmatch=True),
    st.from_regex(
        r"(n|num|use|is|total)(Loop|Shared|Mixer|State|Kv|Window)[A-Z][a-z]{2,6}", fullmatch=True
    ),
    st.sampled_from([
        *("layerTypes", "slidingWindow", "numKvSharedLayers", "hybridPattern", "n_registers"),
        *("expand", "expand_v", "feature_map", "num_buckets", "num_hashes", "causal", "ttt_lr"),
        *("attn", "conv1d", "mamba_zz", "linear_zz", "index_zz", "encoder_zz", "num_zz", "swa_zz"),
        *("use_zz", "compress_zz", "block_zz", "attention_zz", "mlp_zz", "conv_zz", "time_step_zz"),
        *("_loops", "_layer_kinds", "architecture_extra", "variant", "flavour", "topology"),
    ]),
)  # fmt: skip
REST = st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=8)
KEYS = st.builds(
    lambda before, word, after: f"zz{before}_{word}_{after}", REST, st.sampled_from(WORDS), REST
)
VALUES = st.one_of(
    st.integers(0, 64),
    st.booleans(),
    st.none(),
    st.lists(st.integers(0, 3), max_size=4),
    st.sampled_from(["full", "LLLG", ""]),
    st.dictionaries(REST, st.integers(0, 9), max_size=2),
    st.sampled_from(["mamba", "hybrid", "sliding", ["attn", "mamba"], [{"mixer": "ssm"}]]),
    st.just({"layers": [{"kind": "recurrent", "every": 2}]}),
)
KNOWN = frozenset().union(NEUTRAL, SAID_OFF, *(family.own for family in FAMILIES.values()))


def answer(config):
    notes = []
    try:
        return read_cache(config, notes=notes), notes
    except ValueError as error:
        return None, [str(error)]


@given(name=st.sampled_from(COUNTED), key=KEYS, value=VALUES)
def test_an_unknown_key_that_speaks_of_layers_never_goes_without_a_word(name, key, value):
    for config in (CONFIGS[name], CONFIGS[name] | {"model_type": "newcomer"}, PLAIN):
        _, said = answer(config | {key: value})
        before, before_said = answer(config)
        words = [word for word in said if word not in before_said]
        if before is not None or words:  # a newcomer may be refused for another of its keys
            assert any(key in word for word in words), (key, value, said)


@given(name=st.sampled_from(COUNTED), key=ODD_NAMES, value=VALUES)
def test_whatever_its_name_and_value_an_unknown_key_never_goes_without_a_word(name, key, value):
    for config in (CONFIGS[name], CONFIGS[name] | {"model_type": "newcomer"}, PLAIN):
        asked = text_part(config, []).config
        if key in asked or key in KNOWN:
            continue  # not unknown
        before, before_said = answer(config)
        after, said = answer(config | {key: value})
        words = [word for word in said if word not in before_said]
        changed = before is not None and after is not None and before != after
        if before is not None or words:
            assert changed or any(key in word for word in words), (key, value, said)


@given(key=KEYS, value=st.integers(1, 64))
def test_inside_a_key_that_is_read_nothing_goes_without_a_word(key, value):
    mpt = PLAIN | {"model_type": "mpt", "attn_config": {"kv_n_heads": 2, key: value}}
    assert any(f"attn_config.{key} is not read" in word for word in answer(mpt)[1])
    kimi = CONFIGS["kimi-k3"]
    inner = kimi["linear_attn_config"] | {key: value}
    assert any(key in word for word in answer(kimi | {"linear_attn_config": inner})[1])


@pytest.mark.parametrize(
    "value", ["mamba", ["attn", "mamba"], {"a": [{"mixer": "ssm"}]}, [[{"loops": 2}]]]
)
def test_a_key_speaks_by_what_it_holds_too(value):
    with pytest.raises(ValueError, match="flavour is set"):
        read_cache(PLAIN | {"model_type": "newcomer", "flavour": value})
    assert "flavour is" in " ".join(answer(PLAIN | {"model_type": "llama", "flavour": value})[1])


@pytest.mark.parametrize(
    "said",
    [
        {"model_type": "gated_deltanet"},
        {"model_type": "hgrn2"},
        {"model_type": "newcomer", "architectures": ["NewMambaForCausalLM"]},
    ],
)
def test_a_family_whose_own_name_speaks_of_another_state_is_refused(said):
    with pytest.raises(ValueError, match="its name speaks of another state than a KV cache"):
        read_cache(PLAIN | said)


@given(key=KEYS, value=st.integers(1, 64))
def test_it_is_found_in_the_nested_part_and_inside_a_key(key, value):
    nested = {"model_type": "llava", "text_config": PLAIN | {"model_type": "llama", key: value}}
    assert any(key in word for word in answer(nested)[1])
    around = {"model_type": "llava", "text_config": PLAIN | {"model_type": "llama"}, key: value}
    assert any(key in word for word in answer(around)[1])
    inside = PLAIN | {"model_type": "newcomer", "extra": {key: value}}
    assert answer(inside)[0] is None


@pytest.mark.parametrize(
    "key",
    [
        *("mamba_d_state", "num_loops", "cla_share_factor", "index_head_dim", "layers_block_type"),
        *("block_configs", "sliding_window", "attn_type_list", "state_size", "hybrid_layer_ids"),
        *("cross_attention_layers", "num_kv_shared_layers", "compress_ratios", "total_ut_steps"),
    ],
)
def test_an_unknown_family_is_refused_with_the_key(key):
    with pytest.raises(ValueError, match=re.escape(f"{key} is set: what it means for the cache")):
        read_cache(PLAIN | {"model_type": "newcomer", key: 7})


def test_another_cache_inside_an_unread_key_is_refused():
    order = {"order": [{"name": "reuse_kv_layer"}], "overrides": {"a": {"reuse_kv_layer_idx": -1}}}
    with pytest.raises(ValueError, match="block_overrides is set: it speaks of another cache"):
        read_cache(PLAIN | {"model_type": "mpt", "block_overrides": order})


@pytest.mark.parametrize("key", ["num_loops", "mamba_d_state", "index_head_dim", "use_cla"])
def test_a_known_family_is_refused_where_a_key_is_of_another_cache(key):
    with pytest.raises(ValueError, match=f"{key} is set"):
        read_cache(PLAIN | {"model_type": "llama", key: 7})


def test_what_is_certain_of_an_unknown_family_is_read():
    config = PLAIN | {"model_type": "newcomer", "moe_layer_freq": 1, "layer_norm_eps": 1e-5}
    cache, notes = answer(config)
    assert cache is not None
    assert [(part.layers, part.heads, part.d_key) for part in cache.parts] == [(4, 2, 16)]
    assert notes == ["a newcomer is not known here: counted as plain attention, by its keys"]


def test_presence_is_not_meaning():
    all_full = PLAIN | {"model_type": "newcomer", "layer_types": ["full_attention"] * 4}
    assert read_cache(all_full).parts[0].layers == 4
    off = PLAIN | {"model_type": "newcomer", "mamba_d_state": None, "num_loops": 0}
    cache, notes = answer(off)
    assert cache is not None
    assert notes[0] == "taken as switched off: mamba_d_state, num_loops"
