"""How each known family's layers keep state: the one place that says it.

A line is a `model_type` and what its layers keep, in the words of `family`. Taken from the models'
code: https://github.com/huggingface/transformers (src/transformers/models) and
https://github.com/vllm-project/vllm (vllm/model_executor/models).
"""

from __future__ import annotations

from tokenworks.configs import own_keys
from tokenworks.configs.attention_parts import latent
from tokenworks.configs.family import Family, attention, repeated, sharing
from tokenworks.configs.index_layers import (
    compressed,
    indexed_latents,
    shared_latents,
    sparse_blocks,
)
from tokenworks.configs.layer_parts import all_but_the_last, first_of_each_group, hrm_passes
from tokenworks.configs.layer_windows import (
    backwards,
    by_chunks,
    by_switch,
    flint,
    listed_only,
    modernbert,
    mpt,
    periodic,
    uniform,
)
from tokenworks.configs.plain_families import (
    ENCODER_DECODER_NAMES,
    PLAIN_NAMES,
    SWITCHED_NAMES,
)
from tokenworks.configs.special_layers import (
    baichuan_m1,
    blocks,
    gemma4,
    heads_by_list,
    local_and_global,
    loop_coder,
    loop_in_the_middle,
    mimo,
    shared_heads,
    step35,
)
from tokenworks.configs.state_families import STATE_FAMILIES
from tokenworks.configs.with_input import encoder_decoder, t5, with_image_layers

PLAIN = Family(attention())
SWITCHED = Family(attention(by_switch))
SHARED = "num_kv_shared_layers"
GEMMA3N = Family(sharing(attention(periodic(5)), all_but_the_last, SHARED))
GEMMA4 = Family(sharing(gemma4, all_but_the_last, SHARED))
INDEXED = Family(indexed_latents, own_keys.INDEXED)
ENCODER_DECODER = Family(encoder_decoder, own_keys.ENCODER, reads_input=True)
T5 = Family(t5, own_keys.T5, reads_input=True)
PERIODIC = Family(attention(periodic()), own_keys.SWA)

FAMILIES: dict[str, Family] = {
    **dict.fromkeys(PLAIN_NAMES, PLAIN),
    **dict.fromkeys(SWITCHED_NAMES, SWITCHED),
    **dict.fromkeys(
        (
            *("llava_mistral", "mistral", "mixtral", "ministral", "phi3", "phi3_v", "phi4mm"),
            *("phimoe", "starcoder2"),
        ),
        Family(attention(uniform)),
    ),
    **dict.fromkeys(
        ("kyutai_speech_to_text", "moshi", "voxtral_realtime_text"),
        Family(attention(uniform), own_keys.SPEECH),
    ),
    "gemma2": Family(attention(periodic(2)), ("sliding_window_size",)),
    "gpt_oss": Family(attention(periodic(2))),
    **dict.fromkeys(
        ("afmoe", "cohere2", "exaone4", "exaone4_5_text", "exaone_moe", "gemma3", "gemma3_text"),
        PERIODIC,
    ),
    "olmo3": PERIODIC,
    "beam": Family(attention(periodic(6, last=True))),
    "cohere_compass_text": PLAIN,
    **dict.fromkeys(
        ("cwm", "granite_swa", "granitemoe_swa"), Family(attention(periodic(4, first=True)))
    ),
    "doge": Family(attention(), own_keys.DOGE),
    "cpmant": Family(attention(), own_keys.CPMANT),
    "modernbert-decoder": Family(attention(modernbert), own_keys.MODERNBERT),
    "flint": Family(attention(flint)),
    "kolibri1": Family(attention(periodic(5))),
    "cohere2_moe": Family(attention(listed_only), own_keys.SWA),
    **dict.fromkeys(("spark2_5", "iquest_q1"), Family(attention(listed_only))),
    **dict.fromkeys(
        ("muse_glimmer_text", "muse_spark_text"), Family(attention(backwards), own_keys.MUSE)
    ),
    "vaultgemma": Family(attention(periodic(2))),
    "laguna": Family(attention(periodic()), own_keys.LAGUNA),
    **dict.fromkeys(("llama4", "llama4_text"), Family(attention(by_chunks))),
    "mpt": Family(attention(mpt)),
    "gpt_neo": Family(local_and_global),
    # Layers whose heads differ
    "baichuan_m1": Family(baichuan_m1, ("conv_window",)),
    **dict.fromkeys(
        ("mimo_v2_flash", "mimo_v2"),
        Family(mimo, own_keys.MIMO),
    ),
    "openelm": Family(heads_by_list("num_kv_heads"), ("num_query_heads", "num_gqa_groups")),
    "deci": Family(heads_by_list("num_key_value_heads_per_layer")),
    "nemotron-nas": Family(blocks),
    **dict.fromkeys(("step3p5", "step3p7"), Family(step35)),
    # Layers that share or repeat caches
    **dict.fromkeys(("gemma3n", "gemma3n_text"), GEMMA3N),
    **dict.fromkeys(("gemma4", "gemma4_text", "gemma4_unified_text"), GEMMA4),
    "hunyuan": Family(sharing(attention(), first_of_each_group, "use_cla")),
    "longcat_flash": Family(repeated(attention(part=latent), lambda keys: 2), own_keys.LONGCAT),
    "dory": Family(loop_in_the_middle),
    "hrm_text": Family(repeated(attention(), hrm_passes), own_keys.HRM),
    "nanbeige": Family(repeated(attention(), lambda keys: keys.integer("num_loops") or 1)),
    "iquestloopcoder": Family(loop_coder, own_keys.LOOPCODER),
    "plamo": Family(shared_heads),
    "phi3small": Family(attention(), own_keys.PHI3_SMALL),
    "step3_text": Family(attention(), own_keys.STEP3),
    "ouro": Family(repeated(attention(), lambda keys: keys.required("total_ut_steps"))),
    # Index keys and compressed entries
    **dict.fromkeys(("axk2", "deepseek_v32", "glm_moe_dsa", "hy_v4", "hy_v4_vl_text"), INDEXED),
    "mistral_large4_text": Family(shared_latents, own_keys.INDEXED | {"rope_layers"}),
    **dict.fromkeys(
        ("deepseek_v4", "deepseek_ref"),  # the latter in files that keep the reference's own name
        Family(compressed, own_keys.COMPRESSED),
    ),
    **dict.fromkeys(
        ("minimax_m3", "minimax_m3_text", "minimax_m3_vl", "minimax_m3_vl_text"),
        Family(sparse_blocks, own_keys.M3),
    ),
    **STATE_FAMILIES,
    # Keys and values of something else beside the text's
    **dict.fromkeys(("mllama", "mllama_text_model"), Family(with_image_layers, reads_input=True)),
    **dict.fromkeys(("t5", "mt5", "umt5", "longt5", "pop2piano"), T5),
    **dict.fromkeys(("switch_transformers", "udop"), T5),
    **dict.fromkeys(ENCODER_DECODER_NAMES, ENCODER_DECODER),
}  # fmt: skip
