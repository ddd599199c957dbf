"""Families that differ in nothing but their sizes, by `model_type`."""

from __future__ import annotations

# All layers attend, each to the whole sequence unless `layer_types` says otherwise.
PLAIN_NAMES = {
    *("apertus", "aquila", "arcee", "baichuan", "bailing_moe", "bailing_moe_v2", "bitnet"),
    *("bloom", "chatglm", "codegen", "cohere", "dbrx", "deepseek", "deepseek_v2", "deepseek_v3"),
    *("deepseek_vl_v2", "dots1", "ernie4_5", "ernie4_5_moe", "exaone", "falcon", "gemma", "glm"),
    *("glm4", "glm4_moe", "glm4_moe_lite", "glm4v_moe_text", "glm4v_text", "gpt2", "gpt_bigcode"),
    *("gpt_neox", "gpt_neox_japanese", "gptj", "granite", "granitemoe", "granitemoeshared"),
    *("helium", "hunyuan_v1_dense", "hunyuan_v1_moe", "internlm", "internlm2", "internlm3"),
    *("jais", "kimi_k2", "kimi_k25", "kimi_vl", "llama", "llava", "minicpm", "minicpm3"),
    *("ministral3", "mistral3", "moonshot", "mpt", "nemotron", "olmo", "olmo2", "olmoe", "opt"),
    *("orion", "persimmon", "phi", "qwen", "refinedweb", "refinedwebmodel", "seed_oss"),
    *("smollm3", "solar", "stablelm", "stablelm_epoch", "xverse", "yi"),
}
# Qwen: a window from some layer on, only where use_sliding_window is true.
SWITCHED_NAMES = {
    *("qwen2", "qwen2_5_omni_text", "qwen2_5_vl", "qwen2_5_vl_text", "qwen2_audio", "qwen2_moe"),
    *("qwen2_vl", "qwen2_vl_text", "qwen3", "qwen3_moe", "qwen3_omni_moe_text"),
    *("qwen3_vl_moe_text", "qwen3_vl_text"),
}
# BART and its kin: a decoder whose layers also look at an encoder.
ENCODER_DECODER_NAMES = {
    *("bart", "blenderbot", "blenderbot-small", "m2m_100", "marian", "mbart", "nllb-moe"),
    *("pegasus", "plbart", "speech_to_text", "whisper"),
}
