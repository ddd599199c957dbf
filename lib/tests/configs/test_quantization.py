"""What quantized checkpoints say of themselves."""

import pytest

from tokenworks.configs.quantization import kept_parts

# https://huggingface.co/openai/gpt-oss-20b/blob/main/config.json
GPT_OSS = {
    "quant_method": "mxfp4",
    "modules_to_not_convert": [
        "model.layers.*.self_attn",
        "model.layers.*.mlp.router",
        "model.embed_tokens",
        "lm_head",
    ],
}
LAGUNA = {  # https://huggingface.co/poolside/Laguna-XS.2-FP8/blob/main/config.json
    "quant_method": "compressed-tensors",
    "ignore": ["lm_head", r"re:.*\\.self_attn\\.q_proj$", r"re:.*\\.mlp\\.gate$"],
}
USUAL = ("embed", "head", "vectors")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (GPT_OSS, (*USUAL, "attention", "router")),
        (LAGUNA, (*USUAL, "attention", "router")),
        ({"quant_method": "gptq", "bits": 4, "lm_head": False}, USUAL),
        ({"quant_method": "gptq", "bits": 4, "lm_head": True}, ("embed", "vectors")),
        ({"quant_method": "fp8", "modules_to_not_convert": ["lm_head"]}, USUAL),
        ({"quant_method": "awq", "modules_to_not_convert": None}, USUAL),
    ],
)
def test_a_checkpoint_says_what_it_keeps(said, kept):
    notes = []
    assert kept_parts({"quantization_config": said}, notes=notes) == kept
    assert notes == [f"quantization_config: {', '.join(kept)} stay at 16 bits"]
    nested = {"text_config": {"quantization_config": said}}
    assert kept_parts(nested, notes=[]) == kept


def test_a_config_that_is_not_quantized_says_nothing():
    assert kept_parts({"model_type": "llama", "text_config": {}}, notes=[]) is None


def test_single_layers_are_noted_and_not_counted():
    notes = []
    said = {"ignore": ["lm_head", "model.layers.0.self_attn.q_proj", "model.layers.61.mlp.gate"]}
    assert kept_parts({"quantization_config": said}, notes=notes) == USUAL
    assert notes[0] == "2 modules of single layers stay at 16 bits: not counted so"
