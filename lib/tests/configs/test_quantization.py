"""What quantized checkpoints say of themselves."""

import pytest

from tokenworks.configs.quantization import kept_parts, stored_format

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


def test_what_every_layer_names_for_itself_is_kept_by_all():
    names = [f"model.layers.{i}.mlp.gate" for i in range(48)]  # Qwen3-30B-A3B-FP8's, and its norms
    names += [f"model.layers.{i}.input_layernorm" for i in range(48)]
    said = {"quant_method": "fp8", "modules_to_not_convert": ["lm_head", *names]}
    config = {"num_hidden_layers": 48, "quantization_config": said}
    notes = []
    assert kept_parts(config, notes=notes) == (*USUAL, "router")
    assert notes == ["quantization_config: embed, head, vectors, router stay at 16 bits"]
    heads = [f"model.layers.{i}.self_attn.{m}_proj" for i in range(48) for m in "qkv"]
    said["modules_to_not_convert"] = heads
    notes.clear()
    assert kept_parts(config, notes=notes) == USUAL  # the output is quantized
    assert notes[0] == "144 modules of single layers stay at 16 bits: not counted so"
    said["modules_to_not_convert"] = heads + [
        f"model.layers.{i}.self_attn.o_proj" for i in range(48)
    ]
    assert kept_parts(config, notes=[]) == (*USUAL, "attention")


def group(**weights):
    return {
        "quant_method": "compressed-tensors",
        "config_groups": {"group_0": {"weights": weights}},
    }


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        (GPT_OSS, "mxfp4"),
        ({"quant_method": "fp8", "weight_block_size": [128, 128]}, "fp8"),
        ({"quant_method": "gptq", "bits": 4, "group_size": 128}, "int4-g128"),
        ({"quant_method": "gptq", "bits": 8, "group_size": 128}, "int8-g128"),
        ({"quant_method": "awq", "w_bit": 4, "q_group_size": 128}, "int4-g128"),
        ({"quant_method": "gptq", "bits": 4, "group_size": 32}, None),
        ({"quant_method": "gptq", "bits": 3, "group_size": 128}, None),
        ({"quant_method": "bitsandbytes", "load_in_8bit": True}, "int8"),
        ({"quant_method": "bitsandbytes", "load_in_4bit": True}, None),
        ({"quant_method": "modelopt", "quant_algo": "NVFP4"}, "nvfp4"),
        ({"quant_method": "modelopt", "quant_algo": "MIXED_PRECISION"}, None),
        (group(num_bits=8, type="float", strategy="channel"), "fp8"),
        (group(num_bits=8, type="int", strategy="channel"), "int8"),
        (group(num_bits=4, type="int", group_size=128), "int4-g128"),
        (group(num_bits=4, type="float", group_size=16), "nvfp4"),
        (group(num_bits=4, type="float", group_size=32), "mxfp4"),
        (group(num_bits=4, type="int", group_size=32), None),
        ({"quant_method": "aqlm"}, None),
    ],
)
def test_a_checkpoint_says_how_it_is_stored(said, stored):
    notes = []
    assert stored_format({"quantization_config": said}, notes=notes) == stored
    assert len(notes) == 1
    assert (f"stored in {stored}" in notes[0]) if stored else ("say --weights" in notes[0])


def test_groups_of_different_formats_are_no_one_format():
    mixed = group(num_bits=8, type="float")
    mixed["config_groups"]["group_1"] = {
        "weights": {"num_bits": 4, "type": "int", "group_size": 128}
    }
    notes = []
    assert stored_format({"quantization_config": mixed}, notes=notes) is None
    assert "several formats" in notes[0]
    assert stored_format({"model_type": "llama"}, notes=[]) is None
