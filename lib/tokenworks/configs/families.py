"""How each known family's layers keep state: the one place that says it.

A line is a `model_type` and what its layers keep, in the words of `family`. Taken from the models'
code: https://github.com/huggingface/transformers (src/transformers/models) and
https://github.com/vllm-project/vllm (vllm/model_executor/models).
"""

from __future__ import annotations

from tokenworks.configs.attention_parts import latent
from tokenworks.configs.family import (
    Family,
    attention,
    hybrid,
    only_states,
    repeated,
    sharing,
)
from tokenworks.configs.layer_kinds import (
    FULL,
    by_group,
    by_interval,
    by_letters,
    by_list,
    by_marks,
    by_offset,
    by_places,
    cycled,
)
from tokenworks.configs.layer_parts import (
    all_but_the_last,
    first_of_each_group,
    griffin_attention,
    ling_state,
    zamba2_attention,
)
from tokenworks.configs.layer_windows import by_chunks, by_switch, periodic, uniform
from tokenworks.configs.plain_families import (
    ENCODER_DECODER_NAMES,
    PLAIN_NAMES,
    SWITCHED_NAMES,
)
from tokenworks.configs.special_layers import (
    baichuan_m1,
    blocks,
    compressed,
    gemma4,
    heads_by_list,
    indexed_latents,
    local_and_global,
    mimo,
    sparse_blocks,
    step35,
)
from tokenworks.configs.states import (
    gated_delta,
    gated_recurrence,
    kimi_delta,
    lightning,
    mamba1,
    mamba2,
    short_convolution,
)
from tokenworks.configs.with_input import encoder_decoder, t5, with_image_layers

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
KIMI = kimi_delta(
    "linear_attn_config.num_heads",
    "linear_attn_config.head_dim",
    "linear_attn_config.short_conv_kernel_size",
)


PLAIN = Family(attention())
SWITCHED = Family(attention(by_switch))
DELTA = hybrid(
    by_list("layer_types", otherwise=by_interval("full_attention_interval")),
    gated_delta,
    own=("linear_*", "full_attention_interval", "mamba_ssm_dtype", "attn_output_gate"),
)
SHARED = "num_kv_shared_layers"
GEMMA3N = Family(sharing(attention(periodic(5)), all_but_the_last, SHARED))
GEMMA4 = Family(sharing(gemma4, all_but_the_last, SHARED))
INDEXED = Family(indexed_latents, ("index_*", "indexer_rope_interleave"))
LING_HYBRID = hybrid(
    by_group, ling_state, own=("linear_*", "full_attention_type", "group_norm_size")
)
MINIMAX_KEYS = ("full_attn_*", "linear_attn_*", "layernorm_*", "attn_type_list", "block_size")
MINIMAX = hybrid(
    by_list("layer_types", otherwise=by_marks("attn_type_list")), lightning, own=MINIMAX_KEYS
)
MINIMAX_M2 = hybrid(by_marks("attn_type_list", needed=False), lightning, own=MINIMAX_KEYS)
NEMOTRON_H = hybrid(
    by_letters("hybrid_override_pattern", LETTERS, otherwise=by_list("layers_block_type")),
    NEMOTRON,
    own=(
        *("mamba_*", "ssm_*", "mtp_*", "conv_*", "use_conv_bias", "use_mamba_kernels", "n_groups"),
        *("chunk_size", "expand", "time_step_*", "mlp_*", "residual_in_fp32", "num_logits_to_keep"),
    ),
)
BAMBA = hybrid(by_places("attn_layer_indices"), GRANITE, own=("mamba_*",))
ENCODER_DECODER = Family(
    encoder_decoder, ("encoder_*", "decoder_*", "cross_*", "attention_window"), reads_input=True
)
T5 = Family(t5, ("encoder_*", "decoder_*", "num_*", "relative_*"), reads_input=True)

FAMILIES: dict[str, Family] = {
    **dict.fromkeys(PLAIN_NAMES, PLAIN),
    **dict.fromkeys(SWITCHED_NAMES, SWITCHED),
    **dict.fromkeys(
        ("mistral", "mixtral", "ministral", "phi3", "phi3_v", "phi4mm", "phimoe", "starcoder2"),
        Family(attention(uniform)),
    ),
    "gemma2": Family(attention(periodic(2)), ("sliding_window_size",)),
    "gpt_oss": Family(attention(periodic(2))),
    **dict.fromkeys(
        ("gemma3", "gemma3_text", "cohere2", "exaone4", "exaone4_5_text", "olmo3"),
        Family(attention(periodic()), ("layer_switch", "order_of_interleaved_layers")),
    ),
    "laguna": Family(attention(periodic()), ("num_attention_heads_per_layer",)),  # of queries
    **dict.fromkeys(("llama4", "llama4_text"), Family(attention(by_chunks))),
    "gpt_neo": Family(local_and_global),
    # Layers whose heads differ
    "baichuan_m1": Family(baichuan_m1, ("conv_window", "num_swa_*")),
    **dict.fromkeys(
        ("mimo_v2_flash", "mimo_v2"),
        Family(mimo, ("swa_*", "attention_chunk_size", "sliding_window_size")),
    ),
    "openelm": Family(heads_by_list("num_kv_heads"), ("num_query_heads", "num_gqa_groups")),
    "deci": Family(heads_by_list("num_key_value_heads_per_layer")),
    "nemotron-nas": Family(blocks),
    **dict.fromkeys(("step3p5", "step3p7"), Family(step35)),
    # Layers that share or repeat caches
    **dict.fromkeys(("gemma3n", "gemma3n_text"), GEMMA3N),
    **dict.fromkeys(("gemma4", "gemma4_text"), GEMMA4),
    "hunyuan": Family(sharing(attention(), first_of_each_group, "use_cla")),
    "longcat_flash": Family(
        repeated(attention(part=latent), lambda keys: 2), ("attention_method",)
    ),
    "nanbeige": Family(repeated(attention(), lambda keys: keys.integer("num_loops") or 1)),
    "ouro": Family(repeated(attention(), lambda keys: keys.required("total_ut_steps"))),
    # Index keys and compressed entries
    **dict.fromkeys(("deepseek_v32", "glm_moe_dsa"), INDEXED),
    **dict.fromkeys(
        ("deepseek_v4", "deepseek_ref"),  # the latter in files that keep the reference's own name
        Family(compressed, ("index_*", "compress_*", "o_groups", "num_key_value_heads")),
    ),
    **dict.fromkeys(("minimax_m3", "minimax_m3_text", "minimax_m3_vl"), Family(sparse_blocks)),
    # Some layers keep a state
    **dict.fromkeys(
        ("qwen3_next", "qwen3_5", "qwen3_5_text", "qwen3_5_moe", "qwen3_5_moe_text"), DELTA
    ),
    "kimi_linear": hybrid(
        by_places("linear_attn_config.full_attn_layers", first=1), KIMI, own=("mla_*",)
    ),
    **dict.fromkeys(("bailing_hybrid", "bailing_moe_linear"), LING_HYBRID),
    **dict.fromkeys(("minimax", "minimax_text_01", "minimax_m1"), MINIMAX),
    "minimax_m2": MINIMAX_M2,
    "nemotron_h": NEMOTRON_H,
    "falcon_h1": hybrid(
        lambda keys, n_layers: ["hybrid"] * n_layers,
        GRANITE,
        own=("mamba_*", "ssm_*", "attention_*", "attn_layer_indices", "mlp_*", "key_multiplier"),
    ),
    "jamba": hybrid(
        by_offset,
        mamba1("mamba_expand", "mamba_d_state", "mamba_d_conv"),
        own=("mamba_*", "expert_layer_*"),
    ),
    "bamba": BAMBA,
    "granitemoehybrid": hybrid(
        by_list("layer_types", "layers_block_type"), GRANITE, own=("mamba_*",)
    ),
    "zamba2": hybrid(
        by_list("layers_block_type"),
        ZAMBA2,
        full=zamba2_attention,
        own=(
            *("mamba_*", "use_mem_*", "hybrid_layer_ids", "num_mem_blocks", "chunk_size"),
            *("use_conv_bias", "use_shared_*", "time_step_*", "conv_kernel", "d_state", "d_model"),
        ),
    ),
    **dict.fromkeys(
        ("lfm2", "lfm2_moe"),
        hybrid(
            by_list("layer_types", otherwise=by_places("full_attn_idxs", elsewhere="conv")),
            short_convolution,
            own=("block_*", "conv_*", "full_attn_idxs", "num_heads"),
        ),
    ),
    "recurrent_gemma": hybrid(
        cycled("block_types", "_block_types"),
        gated_recurrence,
        full=griffin_attention,
        own=("conv1d_*", "lru_*"),
    ),
    # All layers keep a state
    **dict.fromkeys(
        ("mamba", "falcon_mamba"), only_states(mamba1("expand", "state_size", "conv_kernel"))
    ),
    "mamba2": only_states(MAMBA2),
    # Keys and values of something else beside the text's
    **dict.fromkeys(("mllama", "mllama_text_model"), Family(with_image_layers, reads_input=True)),
    **dict.fromkeys(("t5", "mt5", "umt5", "longt5", "switch_transformers"), T5),
    **dict.fromkeys(ENCODER_DECODER_NAMES, ENCODER_DECODER),
}  # fmt: skip
