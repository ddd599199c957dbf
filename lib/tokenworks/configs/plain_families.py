"""Families that differ in nothing but their sizes, by `model_type`."""

from __future__ import annotations

# All layers attend, each to the whole sequence unless `layer_types` says otherwise.
PLAIN_NAMES = {
    *("apertus", "apertus1p5_text", "aquila", "arcee", "aria_text", "axk1", "baichuan"),
    *("bailing_moe", "bailing_moe_v2", "biogpt", "bitnet", "bloom", "chatglm", "codegen"),
    *("cohere", "cosmos3_edge_text", "ctrl", "dbrx", "deepseek", "deepseek_ocr2_text"),
    *("deepseek_v2", "deepseek_v3", "deepseek_vl_v2", "diffllama", "dots1", "emu3_text_model"),
    *("ernie4_5", "ernie4_5_moe", "ernie4_5_vl_moe_text", "exaone", "falcon", "flex_olmo"),
    *("gemma", "glm", "glm4", "glm4_moe", "glm4_moe_lite", "glm4v_moe_text", "glm4v_text"),
    *("glm_ocr_text", "gpt-sw3", "gpt2", "gpt_bigcode", "gpt_neox", "gpt_neox_japanese", "gptj"),
    *("granite", "granite4_vision_text", "granite_docling_text", "granitemoe"),
    *("granitemoeshared", "grok-1", "helium", "hunyuan_v1_dense", "hunyuan_v1_moe"),
    *("hunyuan_vl_text", "hy_v3", "hyperclovax", "internlm", "internlm2", "internlm3"),
    *("iquestcoder", "jais", "jais2", "jetmoe", "kimi_k2", "kimi_k25", "kimi_vl", "klear"),
    *("lille-130m", "llama", "llava", "llava_llama", "mellum", "mimo", "minicpm", "minicpm3"),
    *("ministral3", "mistral3", "mistral4", "moonshot", "nanochat", "nemotron", "olmo", "olmo2"),
    *("olmoe", "openai-gpt", "opt", "orion", "paddleocr_vl_text", "persimmon", "phi"),
    *("phi4_multimodal", "qwen", "refinedweb", "refinedwebmodel", "sarvam_mla", "sarvam_moe"),
    *("seed_oss", "skywork", "smollm3", "solar", "solar_open", "stablelm", "stablelm_epoch"),
    *("step1", "telechat", "xglm", "xverse", "yi", "youtu"),
}
# Qwen: a window from some layer on, only where use_sliding_window is true.
SWITCHED_NAMES = {
    *("llava_qwen", "minicpmo", "minicpmv"),
    *("qwen2", "qwen2_5_omni_text", "qwen2_5_vl", "qwen2_5_vl_text", "qwen2_audio", "qwen2_moe"),
    *("qwen2_vl", "qwen2_vl_text", "qwen3", "qwen3_moe", "qwen3_omni_moe_text"),
    *("qwen3_vl_moe_text", "qwen3_vl_text"),
}
# BART and its kin: a decoder whose layers also look at an encoder.
ENCODER_DECODER_NAMES = {
    *("bart", "bigbird_pegasus", "blenderbot", "blenderbot-small", "fsmt", "led", "m2m_100"),
    *("marian", "mbart", "mvp", "nllb-moe", "pegasus", "pegasus_x", "plbart", "speech_to_text"),
    *("whisper",),
}
