"""Families of which some or all layers keep a state: hybrids, and models without attention.

A line is a `model_type` and what its layers keep, in the words of `family`. Taken from the models'
code: https://github.com/huggingface/transformers (src/transformers/models, 5.24) and
https://github.com/vllm-project/vllm (vllm/model_executor/models).
"""

from __future__ import annotations

from tokenworks.configs import own_keys
from tokenworks.configs.family import Family, hybrid, of_kinds, only_states, plain_heads, windowed
from tokenworks.configs.layer_kinds import (
    FULL,
    STATE,
    by_group,
    by_interval,
    by_kimi,
    by_letters,
    by_list,
    by_marks,
    by_offset,
    by_places,
    by_step,
    cycled,
    local_ids,
    zamba_kinds,
)
from tokenworks.configs.layer_parts import (
    griffin_attention,
    inkling_attention,
    inkling_convolutions,
    jet_state,
    jet_window,
    kimi_state,
    ling_state,
    olmo_delta,
    plamo_attention,
    plamo_state,
    zamba2_attention,
    zamba_attention,
)
from tokenworks.configs.states import (
    gated_delta,
    gated_recurrence,
    lightning,
    mamba1,
    mamba2,
    short_convolution,
)

LETTERS = {"M": "mamba", "*": FULL, "-": "mlp", "E": "moe"}
GRANITE = mamba2(
    heads="mamba_n_heads",
    size="mamba_d_head",
    state="mamba_d_state",
    groups="mamba_n_groups",
    kernel="mamba_d_conv",
)
NEMOTRON = mamba2(
    heads="mamba_num_heads",
    size="mamba_head_dim",
    state="ssm_state_size",
    groups="n_groups",
    kernel="conv_kernel",
)
ZAMBA2 = mamba2(
    heads="n_mamba_heads",
    size="mamba_headdim",
    state="mamba_d_state",
    groups="mamba_ngroups",
    kernel="mamba_d_conv",
)
MAMBA2 = mamba2(
    heads="num_heads",
    size="head_dim",
    state="state_size",
    groups="n_groups",
    kernel="conv_kernel",
    expand="expand",
)
DELTA = hybrid(
    by_list("layer_types", otherwise=by_interval("full_attention_interval")),
    gated_delta,
    own=own_keys.DELTA,
)
LING = hybrid(by_list("layer_types", otherwise=by_group), ling_state, own=own_keys.LING)
MINIMAX = hybrid(
    by_list("layer_types", otherwise=by_marks("attn_type_list")), lightning, own=own_keys.MINIMAX
)
MINIMAX_M2 = hybrid(
    by_list("layer_types", otherwise=by_marks("attn_type_list", needed=False)),
    lightning,
    own=own_keys.MINIMAX,
)
LFM2 = hybrid(
    by_list("layer_types", otherwise=by_places("full_attn_idxs", elsewhere="conv")),
    short_convolution,
    own=own_keys.LFM2,
)

STATE_FAMILIES: dict[str, Family] = {
    **dict.fromkeys(
        ("qwen3_next", "qwen3_5", "qwen3_5_text", "qwen3_5_moe", "qwen3_5_moe_text", "lara_mini"),
        DELTA,
    ),
    "gigachat3_5": hybrid(
        by_list("layer_types", otherwise=by_places("full_attention_layers")),
        gated_delta,
        own=own_keys.GIGACHAT,
    ),
    "jet_nemotron": Family(
        of_kinds(
            by_list("layer_types"),
            {"attn": plain_heads, "swa": jet_window, "jet": jet_state},
        ),
        own_keys.JET,
    ),
    "plamo2": Family(
        of_kinds(
            by_step,
            {
                FULL: plamo_attention,
                "sliding_attention": windowed(plamo_attention, "attention_window_size"),
                STATE: plamo_state,
            },
        ),
        own_keys.PLAMO2,
    ),
    "olmo_hybrid": hybrid(by_list("layer_types"), olmo_delta, own=own_keys.OLMO_HYBRID),
    "kimi_linear": hybrid(
        by_list("layer_types", otherwise=by_kimi), kimi_state, own=own_keys.KIMI
    ),
    **dict.fromkeys(("bailing_hybrid", "bailing_moe_linear"), LING),
    **dict.fromkeys(("minimax", "minimax_text_01", "minimax_m1"), MINIMAX),
    "minimax_m2": MINIMAX_M2,
    "nemotron_h": hybrid(
        by_letters(
            "hybrid_override_pattern",
            LETTERS,
            otherwise=by_list("layer_types", "layers_block_type"),
        ),
        NEMOTRON,
        own=own_keys.NEMOTRON,
    ),
    "falcon_h1": hybrid(
        lambda keys, n_layers: ["hybrid"] * n_layers, GRANITE, own=own_keys.FALCON_H1
    ),
    "jamba": hybrid(
        by_list("layer_types", "layers_block_type", otherwise=by_offset),
        mamba1("mamba_expand", "mamba_d_state", "mamba_d_conv"),
        own=own_keys.JAMBA,
    ),
    "bamba": hybrid(by_places("attn_layer_indices"), GRANITE, own=own_keys.SSM),
    "granitemoehybrid": hybrid(
        by_list("layer_types", "layers_block_type"), GRANITE, own=own_keys.SSM
    ),
    **dict.fromkeys(
        ("inkling_text", "inkling_mm_model"),
        Family(
            of_kinds(
                by_list("layer_types", otherwise=local_ids),
                {
                    "hybrid": lambda keys: (
                        inkling_attention(keys, local=False),
                        *inkling_convolutions(keys, local=False),
                    ),
                    "hybrid_sliding": lambda keys: (
                        inkling_attention(keys, local=True),
                        *inkling_convolutions(keys, local=True),
                    ),
                },
            ),
            own_keys.INKLING,
        ),
    ),
    "zamba": hybrid(
        by_list("layers_block_type", otherwise=zamba_kinds),
        mamba1("mamba_expand", "mamba_d_state", "mamba_d_conv"),
        full=zamba_attention,
        own=own_keys.ZAMBA,
    ),
    "zamba2": hybrid(
        by_list("layers_block_type"), ZAMBA2, full=zamba2_attention, own=own_keys.ZAMBA2
    ),
    **dict.fromkeys(("lfm2", "lfm2_moe", "lfm3"), LFM2),
    "recurrent_gemma": hybrid(
        cycled("block_types", "_block_types"),
        gated_recurrence,
        full=griffin_attention,
        own=own_keys.GRIFFIN,
    ),
    # All layers keep a state
    **dict.fromkeys(
        ("mamba", "falcon_mamba"), only_states(mamba1("expand", "state_size", "conv_kernel"))
    ),
    "mamba2": only_states(MAMBA2),
}  # fmt: skip
