"""All shapes of published configs: the same as the rows of models.csv, the same published sums."""

import json
import re
from dataclasses import asdict
from pathlib import Path

import pytest

from tokenworks.configs import read_model
from tokenworks.configs.model_shape import FAMILIES
from tokenworks.cost.parameters import parameter_count
from tokenworks.specs import model_spec

CONFIGS = {path.stem: json.loads(path.read_text()) for path in Path(__file__).parent.glob("*.json")}
# A row of models.csv was written from another source than the config; both must say the same.
ROWS = {
    "llama-3.1-70b": "llama-3-70b",
    "llama-2-7b": "llama-2-7b",
    "llama-13b": "llama-2-13b",
    "smollm2-135m": "smollm2-135m",
    "gpt-j-6b": "gpt-j-6b",
    "mixtral-8x7b": "mixtral-8x7b",
    "deepseek-v3": "deepseek-v3",
    "llama-4-scout": "llama-4-scout",
    "qwen3-32b": "qwen3-32b",
    "gemma-2-9b": "gemma-2-9b",
    "gemma-3-1b": "gemma-3-1b",
    "gemma-3-4b": "gemma-3-4b",
    "gemma-3-27b": "gemma-3-27b",
    "gpt-oss-20b": "gpt-oss-20b",
    "gemma-2b": "gemma-2b",
}
TEXT = {
    "name",
    "label",
    "source",
    "accessed",
    "note",
    "published_params",
    "published_active_params",
}
ELSEWHERE = {"context_tokens", "rope_theta", "norm_eps"}  # the context of a family's first release
KERAS = "https://github.com/keras-team/keras-hub/blob/master/keras_hub/src/models"
PUBLISHED = {
    "mistral-7b-v0.1": (7_241_732_096, f"{KERAS}/mistral/mistral_presets.py"),
    "mistral-7b-v0.3": (7_248_023_552, f"{KERAS}/mistral/mistral_presets.py"),
    "phi-3-mini-4k": (3_821_079_552, f"{KERAS}/phi3/phi3_presets.py"),
    "phi-2": (2_779_683_840, "https://huggingface.co/microsoft/phi-2"),
    "phi-4": (14_659_507_200, "https://huggingface.co/microsoft/phi-4"),
    "qwen3-coder-30b-a3b": (30_532_122_624, "https://huggingface.co/Qwen/Qwen3-30B-A3B"),
    "deepseek-v2-lite": (15_706_484_224, "https://huggingface.co/deepseek-ai/DeepSeek-V2-Lite"),
    "qwen2.5-7b": (7_615_616_512, f"{KERAS}/qwen/qwen_presets.py"),  # as Qwen 2.5 Math 7B
}


# Published configs in full, less ids of tokens and the format of the weights, under a row's name.
LINES = (Path(__file__).parent / "whole.jsonl").read_text(encoding="utf-8").splitlines()
SERVED = {line["name"]: line["config"] for line in map(json.loads, LINES)}


@pytest.mark.parametrize("name", [*ROWS, *SERVED])
def test_a_config_and_its_row_agree(name):
    config, same = (SERVED[name], name) if name in SERVED else (CONFIGS[name], ROWS[name])
    read, row = asdict(read_model(config)), asdict(model_spec(same))
    shapes = set(read) - TEXT - ELSEWHERE
    assert {key: read[key] for key in shapes} == {key: row[key] for key in shapes}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_weights_add_up_to_the_published_sum(name):
    assert parameter_count(read_model(CONFIGS[name])) == PUBLISHED[name][0]


def test_deepseek_v2_adds_up():
    # https://huggingface.co/FILM6912/DeepSeek-V3 (inference/configs/config_236B.json), its numbers
    # under the names of a config.json; 235,741,434,880 is the published sum of DeepSeek-V2
    config = CONFIGS["deepseek-v2-lite"] | {
        "hidden_size": 5120,
        "intermediate_size": 12288,
        "moe_intermediate_size": 1536,
        "num_hidden_layers": 60,
        "num_attention_heads": 128,
        "num_key_value_heads": 128,
        "n_routed_experts": 160,
        "q_lora_rank": 1536,
    }
    assert parameter_count(read_model(config)) == 235_741_434_880


WHOLE = {name for name, config in CONFIGS.items() if "_excerpt" not in config}


@pytest.mark.parametrize("name", sorted(WHOLE - set(ROWS) - set(PUBLISHED)))
def test_another_model_is_read_in_full_or_refused_by_name(name):
    config = CONFIGS[name]
    try:
        spec = read_model(config)
    except ValueError as error:
        assert "not described here" in str(error)  # noqa: PT017
    else:
        assert config["model_type"] in FAMILIES
        assert parameter_count(spec) > 0


@pytest.mark.parametrize(
    ("name", "changes", "complaint"),
    [
        ("llama-2-7b", {"model_type": None}, "a config without model_type"),
        ("llama-2-7b", {"model_type": "bloom"}, "the weights of model_type 'bloom'"),
        ("llama-2-7b", {"intermediate_size": None}, "no intermediate_size"),
        ("llama-2-7b", {"vocab_size": None}, "no vocab_size"),
        ("llama-2-7b", {"hidden_size": None}, "no hidden_size (nor n_embd"),
        ("mixtral-8x7b", {"num_experts_per_tok": None}, "no num_experts_per_tok"),
        ("deepseek-v3", {"v_head_dim": None}, "no v_head_dim"),
        ("falcon-7b", {"bias": True}, "falcon with bias true has weights not described here"),
    ],
)
def test_what_is_missing_or_other_is_named(name, changes, complaint):
    with pytest.raises(ValueError, match=re.escape(complaint)):
        read_model(CONFIGS[name] | changes)


def test_biases_that_a_config_switches_on_are_counted():
    plain = parameter_count(read_model(CONFIGS["llama-2-7b"]))
    biased = CONFIGS["llama-2-7b"] | {"attention_bias": True, "mlp_bias": True}
    per_layer = 4 * 4096 + 2 * 11008 + 4096
    assert parameter_count(read_model(biased)) == plain + 32 * per_layer


@pytest.mark.parametrize(
    ("name", "changes", "complaint"),
    [
        ("minimax-m2.5", {"qk_norm_type": "per_head"}, "minimax_m2 with qk_norm_type per_head has"),
        ("minimax-m2.5", {"shared_intermediate_size": 64}, "shared_intermediate_size: layers that"),
        ("glm-5", {"mlp_layer_types": ["dense"] * 78}, "mlp_layer_types: layers that differ so"),
        ("glm-5", {"index_topk": None}, "no index_topk"),
        ("glm-5", {"index_topk_freq": 4}, "the layers of a glm_moe_dsa keep different things"),
        ("qwen3.5-397b-a17b", {"attn_output_gate": False}, "with attn_output_gate false has"),
        ("qwen3.5-397b-a17b", {"shared_expert_intermediate_size": 1000}, "is no multiple of 1024"),
    ],
)
def test_what_a_served_model_cannot_be_is_named(name, changes, complaint):
    config = SERVED[name].get("text_config", SERVED[name])
    with pytest.raises(ValueError, match=re.escape(complaint)):
        read_model(config | changes)


def test_layers_that_guess_ahead_are_noted_and_the_head_is_tied_as_the_whole_config_says():
    ahead = {"glm-5": "num_nextn_predict_layers", "minimax-m2.5": "num_mtp_modules"}
    for name, key in ahead.items():
        notes = []
        read_model(SERVED[name], notes=notes)
        assert f"{key}: layers that guess further tokens are not counted" in notes
    qwen = SERVED["qwen3.5-397b-a17b"]
    assert not read_model(qwen).tied_embeddings
    assert read_model(qwen | {"tie_word_embeddings": True}).tied_embeddings
