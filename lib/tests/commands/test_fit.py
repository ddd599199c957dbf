"""`tokenworks fit` against arithmetic on plain integers."""

import json
from pathlib import Path

import pytest

CONFIGS = Path(__file__).parents[1] / "configs"

WEIGHTS = 70_553_706_496  # of Llama-3 70B
KEPT = 2 * 128_256 * 8192 + 161 * 8192  # of those embedding, head and norms
FP8 = WEIGHTS + KEPT  # bytes: the others have one, these two
TOKEN = 2 * 80 * 8 * 128  # bytes of one token's cache at one byte a value
H100 = 81_559 * 2**20  # as its driver reports
REPORTED = (
    "capacity is what the chip's driver or compiler reports, 85.52 GB = 79.65 GiB a chip; "
    "sold as 80 GB"
)
README = "fit --model llama-3-70b --chip h100 --chips 4 --weights fp8 --kv fp8 --context 8192"


def test_the_command_of_the_readme_in_full(command):
    done = command(f"{README} --json")
    assert (done.code, done.err) == (0, "")
    found = done.json
    tables, memory, nothing = found.pop("notes")
    assert memory == REPORTED
    added = "525.7 MB = 501.3 MiB"
    assert tables == f"embed, head, vectors are counted at 16 bits, {added} more than in fp8"
    assert round(KEPT / 4 / 1e6, 1) == 525.7
    assert nothing.startswith("the runtime, fragmentation and a prefill are counted as 0")
    weights, kv, capacity = FP8 // 4, 8192 * TOKEN // 4, H100
    assert found == {
        "model": "llama-3-70b",
        "chip": "h100-sxm",
        "chips": 4,
        "weights": "fp8",
        "kept_at_16_bits": ["embed", "head", "vectors"],
        "kv": "fp8",
        "arithmetic": "fp8",
        "context_tokens": 8192,
        "model_context_tokens": 8192,
        "batch": 1,
        "fits": True,
        "capacity_bytes": capacity,
        "capacity_basis": "usable",
        "needed_bytes": weights + kv,
        "free_bytes": capacity - weights - kv,
        "parts": {
            "weight_bytes": weights,
            "kv_bytes": kv,
            "activation_bytes": 0,
            "overhead_bytes": 0,
            "fragmentation_bytes": 0,
        },
        "max_batch": (capacity - weights) // kv,
        "max_context": (capacity - weights) * 4 // TOKEN,
        "min_chips": 1,
        "min_slice": 1,
        "warnings": [],
    }


def test_the_table_for_people(command):
    out = command(README).out.splitlines()
    assert out[0] == (
        "one chip of Llama-3 70B on 4 x H100 SXM: weights fp8, cache fp8, 1 x 8,192 tokens"
    )
    assert "weights            18.16 GB = 16.92 GiB" in out
    assert "capacity, usable   85.52 GB = 79.65 GiB" in out
    assert "fits               yes" in out
    assert "largest batch      200" in out
    assert "longest context    1,644,451 tokens; the model's limit is 8,192" in out


def test_what_is_given_is_taken_off(command):
    extra = "--overhead-gib 2 --fragmentation 0.04 --prefill-tokens 4096"
    found = command(f"{README} {extra} --json").json
    parts = found["parts"]
    assert len(found["notes"]) == 2  # about embedding and head, and the memory
    assert parts["overhead_bytes"] == 2 * 2**30
    pool = H100 - FP8 / 4 - 2 * 2**30 - parts["activation_bytes"]
    assert parts["fragmentation_bytes"] == pytest.approx(0.04 * pool)
    assert found["max_batch"] == int(0.96 * pool // (8192 * TOKEN / 4))
    assert found["needed_bytes"] == pytest.approx(sum(parts.values()))
    assert parts["activation_bytes"] > 4096 * 8192 * 2


def test_what_does_not_fit_says_by_how_much_and_what_would(command):
    done = command("fit --model llama-3-70b --chip h100 --json")
    found = done.json
    assert (done.code, found["fits"], found["max_batch"], found["max_context"]) == (0, False, 0, 0)
    assert found["free_bytes"] == H100 - 2 * WEIGHTS - 2 * 8192 * TOKEN
    assert (found["min_chips"], found["min_slice"]) == (2, 2)
    shown = command("fit --model llama-3-70b --chip h100").out
    assert "missing            58.27 GB = 54.27 GiB" in shown


def test_what_fits_nowhere_is_a_warning(command):
    done = command("fit --model llama-3-8b --chip h100 --context 1000000000 --json")
    found = done.json
    assert (found["min_chips"], found["min_slice"]) == (None, None)
    assert len(found["warnings"]) == 2  # beyond the model's limit; on no number of chips
    assert done.code == 0
    people = command("fit --model llama-3-8b --chip h100 --context 1000000000")
    assert people.err.count("tokenworks: warning: ") == 2
    assert "smallest rentable  none" in people.out


def test_a_memory_that_no_runtime_has_reported_says_that_it_is_the_physical_one(command):
    done = command("fit --model llama-3-8b --chip mi325x --overhead-gib 1")
    assert "capacity, physical  274.9 GB = 256 GiB" in done.out
    assert (
        "note: capacity is all that is on the package, for what is usable of it is not known, "
        "274.9 GB = 256 GiB a chip; sold as 256 GB"
    ) in done.out


def test_16_bit_weights_keep_nothing_apart_and_a_tied_table_counts_once(command):
    found = command("fit --model llama-3-8b --chip b200 --overhead-gib 1 --json").json
    (memory,) = found["notes"]
    assert memory.startswith("capacity is what the chip's driver or compiler reports, 192.3 GB")
    assert found["kept_at_16_bits"] == []
    tied = command("fit --model smollm2-135m --chip h100 --weights int8 --json").json
    assert tied["parts"]["weight_bytes"] == 134_515_008 + 49_152 * 576 + 61 * 576


def test_what_stays_at_16_bits_is_the_formats_the_askers_or_the_files(command, tmp_path):
    line = "fit --model llama-3-70b --chip h100 --json --weights"
    int4 = command(f"{line} int4-g128").json["parts"]["weight_bytes"]
    assert round(int4 / 1e9, 1) == 39.8
    assert command(f"{line} int4-g128 --keep none").json["parts"]["weight_bytes"] < 36.7e9
    assert command(f"{line} q4_0").json["kept_at_16_bits"] == []  # GGUF quantizes its tables
    assert "'tail' is no part of a model" in command(f"{line} fp8 --keep tail").err
    config = json.loads((CONFIGS / "gpt-oss-20b.json").read_text())
    config["quantization_config"] = {
        "quant_method": "mxfp4",
        "modules_to_not_convert": ["model.layers.*.self_attn", "model.layers.*.mlp.router"],
    }
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    oss = command(f"fit --config {path} --chip h100 --weights mxfp4 --json").json
    experts = 24 * 32 * 3 * 2880 * 2880
    rest = 20_914_757_184 - experts
    assert oss["parts"]["weight_bytes"] == experts * 4.25 / 8 + rest * 2
    assert "attention" in oss["kept_at_16_bits"]


PUBLISHED_SIZES = {  # `total_size` of the checkpoint's model.safetensors.index.json
    "gpt-oss-20b": 13_761_264_768,  # https://huggingface.co/openai/gpt-oss-20b
    "gpt-oss-120b": 65_248_815_744,  # https://huggingface.co/openai/gpt-oss-120b
}


@pytest.mark.parametrize("name", PUBLISHED_SIZES)
def test_a_checkpoint_in_mxfp4_is_as_large_as_its_files(command, tmp_path, name):
    config = json.loads((CONFIGS / "gpt-oss-20b.json").read_text())
    if name == "gpt-oss-120b":
        config |= {"num_hidden_layers": 36, "num_local_experts": 128}
        config["layer_types"] = config["layer_types"][:2] * 18
    config["quantization_config"] = {
        "quant_method": "mxfp4",
        "modules_to_not_convert": [
            "model.layers.*.self_attn",
            "model.layers.*.mlp.router",
            "model.embed_tokens",
            "lm_head",
        ],
    }
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    found = command(f"fit --config {path} --chip b200 --json").json
    assert found["weights"] == "mxfp4"
    assert "quantization_config: the weights are stored in mxfp4" in found["notes"]
    assert found["parts"]["weight_bytes"] == PUBLISHED_SIZES[name]


def test_what_a_config_is_stored_in_gives_way_to_what_is_asked(command, tmp_path):
    config = json.loads((CONFIGS / "llama-3.1-70b.json").read_text())
    config["quantization_config"] = {"quant_method": "awq", "bits": 4, "group_size": 128}
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    line = f"fit --config {path} --chip h100 --json"
    assert round(command(line).json["parts"]["weight_bytes"] / 1e9, 1) == 39.8
    wide = command(f"{line} --weights bf16").json["parts"]["weight_bytes"]
    # https://huggingface.co/Model-SafeTensors/L3.1-70B-Euryale-v2.2: total_size of its index
    assert wide == 141_107_412_992
    config["quantization_config"]["group_size"] = 64
    path.write_text(json.dumps(config))
    assert any("say --weights" in note for note in command(line).json["notes"])


def test_a_long_prefill_is_shared_by_the_chips(command):
    line = "fit --model llama-3-405b --chip h100 --chips 8 --weights fp8 --prefill-tokens 131072"
    held = command(f"{line} --json").json["parts"]["activation_bytes"]
    assert round(held / 2**30, 2) == 11.25


def test_a_scale_a_head_warns_of_other_heads(command):
    line = "fit --model gpt-oss-20b --chip h100 --kv int8-head128 --json"
    assert "has heads of 128 values, gpt-oss-20b of 64" in command(line).json["warnings"][0]


def test_full_windows_have_no_longest_context(command):
    line = "fit --config {configs}/mistral-7b-v0.1.json --chip h100 --weights bf16"
    assert command(f"{line} --json").json["max_context"] is None
    assert "longest context    memory sets no limit" in command(line).out


def test_the_answers_agree_with_each_other(command):
    base = "fit --model llama-3-8b --chip rtx-4090 --overhead-gib 1 --context 4096 --json"
    most = command(base).json["max_batch"]
    assert most > 0
    assert command(f"{base} --batch {most}").json["fits"]
    assert not command(f"{base} --batch {most + 1}").json["fits"]
    longest = command(f"{base} --batch 2").json["max_context"]
    line = base.replace("--context 4096", "--batch 2 --context ")
    assert command(line.replace("--context ", f"--context {longest}")).json["fits"]
    assert not command(line.replace("--context ", f"--context {longest + 1}")).json["fits"]


@pytest.mark.parametrize(
    ("model", "chips", "note"),
    [
        ("deepseek-v3", 8, "tensor parallelism holds the one latent of MLA on 8 chips: 8x"),
        ("llama-3-70b", 16, "tensor parallelism holds each KV head on 2 chips: 2x"),
        ("llama-3-70b", 8, ""),
    ],
)
def test_a_cache_held_more_than_once_is_said(command, model, chips, *, note):
    notes = command(f"fit --model {model} --chip b200 --chips {chips} --json").json["notes"]
    said = [line for line in notes if line.startswith("tensor parallelism")]
    assert [line.startswith(note) for line in said] == ([True] if note else [])


def test_the_states_of_a_hybrid_are_in_the_cache_and_said(command):
    asked = "--chip h200-sxm --chips 8 --weights fp8 --batch 64 --context 32768 --json"
    found = command(f"fit --model qwen3.5-397b-a17b {asked}").json
    state = 64 * 192_061_440 // 8
    assert found["parts"]["kv_bytes"] == 64 * 15 * 2048 * 32768 // 2 + state
    assert "1.536 GB = 1.431 GiB of the KV cache are states of linear layers" in found["notes"]
    assert round(state / 1e9, 3) == 1.536
