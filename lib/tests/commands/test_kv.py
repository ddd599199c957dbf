"""`tokenworks kv` against arithmetic on plain integers."""

import pytest


def test_the_command_of_the_readme_in_full(command):
    done = command("kv --model llama-3-70b --tokens 8192 --batch 16 --kv-dtype fp8 --tp 4 --json")
    per_token = 2 * 80 * 8 * 128
    assert done.json == {
        "model": "llama-3-70b",
        "attention_kind": "gqa",
        "windowed": False,
        "context_tokens": 8192,
        "tokens": 8192,
        "batch": 16,
        "kv_dtype": "fp8",
        "bytes_per_value": 1,
        "kv_bytes_per_token": per_token,
        "kv_bytes_next_token": per_token,
        "kv_bytes_per_sequence": 8192 * per_token,
        "kv_bytes_total": 16 * 8192 * per_token,
        "tp": 4,
        "kv_bytes_per_chip": 16 * 8192 * per_token // 4,
        "kv_bytes_all_chips": 16 * 8192 * per_token,
        "notes": [],
        "warnings": [],
    }
    assert (done.code, done.err) == (0, "")


def test_the_table_for_people(command):
    done = command("kv --config {configs}/llama-3.1-70b.json --tokens 4096")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "KV cache of llama, 1 x 4,096 tokens in bf16",
        "what            value",
        "--------------  -------------------",
        "attention       GQA",
        "a value         2 B",
        "a token         327.7 KB = 320 KiB",
        "the next token  327.7 KB = 320 KiB",
        "a sequence      1.342 GB = 1.25 GiB",
        "all sequences   1.342 GB = 1.25 GiB",
        "note: head_dim is missing: taken as 128, hidden_size / heads, as transformers does",
    ]


def test_a_windowed_model_has_no_bytes_per_token_but_a_next_token(command):
    found = command("kv --config {configs}/gemma-3-1b.json --tokens 32768 --json").json
    assert found["kv_bytes_per_token"] is None
    assert found["kv_bytes_next_token"] == 4 * 1024  # four layers still grow
    assert found["kv_bytes_total"] == (4 * 32768 + 22 * 512) * 1024
    young = command("kv --config {configs}/gemma-3-1b.json --tokens 511 --json").json
    assert young["kv_bytes_next_token"] == 26 * 1024
    assert "depends on the length" in command("kv --config {configs}/gemma-3-1b.json").out


def test_chips_beyond_the_kv_heads_hold_copies(command):
    found = command("kv --model llama-3-8b --tokens 100 --tp 16 --json").json
    assert found["kv_bytes_all_chips"] == 2 * found["kv_bytes_total"]
    latent = command("kv --model deepseek-v3 --tokens 100 --tp 16 --json").json
    assert latent["kv_bytes_per_chip"] == latent["kv_bytes_total"] == 100 * 61 * 576 * 2


def test_scales_are_counted(command):
    values = 100 * 2 * 32 * 8 * 128
    base = "kv --model llama-3-8b --tokens 100 --json --kv-dtype"
    assert command(f"{base} int8").json["kv_bytes_total"] == values
    heads = command(f"{base} int8-head128").json
    assert heads["kv_bytes_total"] == values * (128 + 4) / 128
    own = command(f"{base} int8 --kv-group 64 --kv-scale-bits 16").json
    assert own["kv_bytes_total"] == values * (64 + 2) / 64
    smaller = command(f"{base} int8-head128 --kv-group 64").json
    assert smaller["kv_bytes_total"] == values * (64 + 4) / 64


def test_a_head_of_another_size_is_warned_of(command):
    done = command("kv --model gpt-oss-20b --tokens 10 --kv-dtype int8-head128")
    assert done.code == 0
    assert "gpt-oss-20b of 64; tokenworks kv --kv-group 64 counts those" in done.err
    assert command("kv --model gpt-oss-20b --kv-dtype int8-head128 --kv-group 64").err == ""


@pytest.mark.parametrize("limit", ["", " --tokens 8192"])
def test_the_limit_is_the_default_and_no_reason_to_warn(command, limit):
    assert command(f"kv --model llama-3-8b{limit} --json").json["warnings"] == []


def test_beyond_the_limit_is_allowed_with_a_warning(command):
    done = command("kv --model llama-3-8b --tokens 8193")
    warning = "8,193 tokens is beyond the 8,192 tokens that Llama-3 8B is built for"
    assert (done.code, done.err) == (0, f"tokenworks: warning: {warning}\n")
    done = command("kv --model llama-3-8b --tokens 8193 --json")
    assert (done.code, done.err, done.json["warnings"]) == (0, "", [warning])


@pytest.mark.parametrize("name", ["kv", "fit"])
def test_help_has_an_example(command, name):
    done = command(f"{name} --help")
    assert done.code == 0
    assert f"examples:\n  tokenworks {name} --" in done.out


def test_what_grows_and_what_is_fixed_stand_apart(command):
    line = "kv --config {configs}/qwen3.5-27b.json --tokens 32768 --batch 2"
    found = command(f"{line} --json").json
    growing, fixed = 16 * 2 * 4 * 256 * 32768 * 2, 48 * (48 * 128 * 128 * 4 + 10240 * 3 * 2)
    assert found["kv_bytes_per_sequence"] == growing
    assert found["state_bytes_per_sequence"] == fixed == 153_944_064
    assert found["bytes_per_sequence"] == growing + fixed
    assert (found["kv_bytes_total"], found["bytes_total"]) == (2 * growing, 2 * (growing + fixed))
    rows = command(line).out
    assert "a sequence              2.147 GB = 2 GiB" in rows
    assert "fixed state a sequence  153.9 MB = 146.8 MiB" in rows
    said = "a chip holds a part of the fixed state too: how engines divide that is not counted here"
    assert command(f"{line} --json").json["warnings"] == []
    assert command(f"{line} --tp 2 --json").json["warnings"] == [said]


def test_an_encoders_input_is_counted_beside_the_text(command, tmp_path):
    config = tmp_path / "config.json"
    config.write_text(
        '{"model_type": "whisper", "d_model": 384, "decoder_layers": 4, "encoder_layers": 4, '
        '"decoder_attention_heads": 6, "max_source_positions": 1500, "max_target_positions": 448}'
    )
    layer = 2 * 384 * 2
    found = command(f"kv --config {config} --json").json
    assert found["kv_bytes_per_sequence"] == 4 * layer * 448
    assert (found["input_tokens"], found["input_bytes_per_sequence"]) == (1500, 4 * layer * 1500)
    short = command(f"kv --config {config} --input-tokens 100 --json").json
    assert short["input_bytes_per_sequence"] == 4 * layer * 100
    refused = command("kv --model llama-3-8b --input-tokens 5")
    assert (refused.code, refused.out) == (2, "")
    assert "--input-tokens: Llama-3 8B keeps nothing of an encoder or an image" in refused.err


def test_what_an_engine_holds_without_windows_is_said(command):
    notes = command("kv --config {configs}/gemma-3-27b.json --tokens 32768 --json").json["notes"]
    least, whole = (10 * 32768 + 52 * 1024) * 8192 * 2 // 2, 62 * 32768 * 8192 * 2 // 2
    assert f"{whole / least:.1f} times as much" in notes[-1]
    assert not any(
        "hybrid" in note for note in command("kv --model llama-3-8b --json").json["notes"]
    )


def test_a_format_may_have_its_other_name(command):
    line = "kv --model llama-3-8b --tokens 10 --json --kv-dtype"
    assert command(f"{line} fp8_e4m3").json == command(f"{line} fp8").json
