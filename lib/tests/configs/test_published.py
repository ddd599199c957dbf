"""Published configs, class by class, against bytes worked out by hand from the models' code.

`published.jsonl` holds what the cache depends on and the keys that might seem to change it, with
the address at which each was read. Every expected value is a product of plain integers: layers x
values of one position x positions x 2 bytes, and for a state layers x (values x 4 bytes + values
of the convolution x 2 bytes).
"""

import json
import re
from pathlib import Path

import pytest

from tokenworks.configs import read_cache
from tokenworks.configs.families import FAMILIES
from tokenworks.cost.cache_memory import cache_bytes, input_cache_bytes, state_bytes

LINES = (Path(__file__).parent / "published.jsonl").read_text(encoding="utf-8").splitlines()
ROWS = {row["name"]: row for row in map(json.loads, LINES)}
T = 4096
GROWING = {
    # Plain attention: 2 x layers x KV heads x head size
    "glm-4.7": 2 * 92 * 8 * 128 * T,
    "qwen3-vl-235b-a22b": 2 * 94 * 4 * 128 * T,
    "qwen2.5-vl-7b": 2 * 28 * 4 * 128 * T,
    "olmocr-2-7b": 2 * 28 * 4 * 128 * T,
    "voxtral-mini-3b": 2 * 30 * 8 * 128 * T,
    "llama-3.1-8b": 2 * 32 * 8 * 128 * T,
    "llama-3.2-1b": 2 * 16 * 8 * 64 * T,
    "llama-3.2-3b": 2 * 28 * 8 * 128 * T,
    "llama-3.3-70b": 2 * 80 * 8 * 128 * T,
    "allam-7b": 2 * 32 * 32 * 128 * T,
    "allam-7b-params": 2 * 32 * 32 * 128 * T,
    "phi-3.5-vision-params": 2 * 32 * 32 * 96 * T,
    "afm-4.5b-params": 2 * 36 * 4 * 128 * T,
    "minicpm-o-2.6": 2 * 18 * 4 * 128 * T,
    "qwen2.5-32b": 2 * 64 * 8 * 128 * T,
    "qwen3-8b": 2 * 36 * 8 * 128 * T,
    "qwen3-embedding-0.6b": 2 * 28 * 8 * 128 * T,
    "qwen3-embedding-4b": 2 * 36 * 8 * 128 * T,
    "devstral-2-123b": 2 * 88 * 8 * 128 * T,
    "opt-125m": 2 * 12 * 12 * 64 * T,
    # Layers that share a cache: every second of 64
    "hunyuan-large": 2 * 32 * 8 * 80 * T,
    "hunyuan-a50b-pretrain": 2 * 32 * 8 * 80 * T,
    # Windows, as many positions as a layer keeps
    "phi-3.5-vision": 2 * 32 * 32 * 96 * T,  # a window of 131,072
    "laguna-xs.2": 2 * 8 * 128 * (10 * T + 30 * 512),
    "laguna-s-2.1": 2 * 8 * 128 * (12 * T + 36 * 512),
    "step-3.7-flash": 2 * 8 * 128 * (12 * T + 33 * 512),
    "llama-4-maverick": 2 * 8 * 128 * 48 * T,  # chunks of 8,192
    "exaone-4.5-33b": 2 * 8 * 128 * 64 * T,  # windows of 4,096
    "gemma-3-270m": 2 * 1 * 256 * (3 * T + 15 * 512),
    "gpt-neo-125m": 2 * 768 * (6 * T + 6 * 256),
    "hebrew-gpt-neo-xl": 2 * 2048 * (12 * T + 12 * 256),
    # Latents, index keys, compressed entries
    "glm-4.7-flash": 47 * (512 + 64) * T,
    "minicpm3-4b": 62 * (256 + 32) * T,
    "minicpm3-4b-gptq-int4": 62 * (256 + 32) * T,
    "kimi-k2-thinking": 61 * (512 + 64) * T,
    "kimi-k2-instruct": 61 * (512 + 64) * T,
    "glm-5": 78 * (512 + 64 + 128) * T,
    "deepseek-v4-pro": (61 * 512 * 128 + 31 * 512 * (T // 128) + 30 * (512 + 128) * (T // 4)),
    # Heads that differ from layer to layer
    "openelm-3b": 2 * 128 * (4 * 3 + 14 * 4 + 12 * 5 + 6 * 6) * T,
    # Hybrids: only some layers grow
    "qwen3-next-80b-a3b": 2 * 12 * 2 * 256 * T,
    "qwen3.5-9b": 2 * 8 * 4 * 256 * T,
    "qwen3.5-397b-a17b": 2 * 15 * 2 * 256 * T,
    "lfm2.5-vl-1.6b": 2 * 6 * 8 * 64 * T,
    "jamba-v0.1": 2 * 4 * 8 * 128 * T,
    "jamba-small-v1": 2 * 1 * 8 * 128 * T,
    "jamba-tiny-random": 2 * 2 * 1 * 64 * T,
    "granite-4.0-h-micro": 2 * 4 * 8 * 64 * T,
    "granite-4.0-h-350m": 2 * 4 * 4 * 64 * T,
    "recurrentgemma-9b": 2 * 12 * 1 * 256 * 2048,
    "recurrentgemma-2b": 2 * 8 * 1 * 256 * 2048,
    "griffin-llama3t-8layer": 2 * 2 * 4 * 128 * 2048,
    "zamba2-tiny-random": 2 * 1 * 32 * 1 * T,
    # States alone
    "falcon-mamba-7b": 0,
    "falcon3-mamba-7b": 0,
    "falcon-mamba-tiny": 0,
    "mamba-2.8b": 0,
    "mamba-130m": 0,
    # A second cache, of the encoder or the image
    "llama-3.2-90b-vision": 2 * 80 * 8 * 128 * T,
    "whisper-large-v3": 2 * 32 * 1280 * T,
    "distil-whisper-2-decoder-layers": 2 * 2 * 1280 * T,
    "bart-it": 2 * 6 * 768 * T,
    "bart-large": 2 * 12 * 1024 * T,
    "led-base-16384": 2 * 6 * 768 * T,
    "flan-t5-xxl": 2 * 24 * 64 * 64 * T,
    "flan-t5-large": 2 * 24 * 16 * 64 * T,
    "prot-t5-xl-bfd": 2 * 24 * 32 * 128 * T,
    "molt5-small": 2 * 8 * 6 * 64 * T,
}
FIXED = {  # bytes
    "qwen3-next-80b-a3b": 36 * (32 * 128 * 128 * 4 + (2 * 16 * 128 + 32 * 128) * 3 * 2),
    "qwen3.5-9b": 24 * (32 * 128 * 128 * 4 + (2 * 16 * 128 + 32 * 128) * 3 * 2),
    "qwen3.5-397b-a17b": 45 * (64 * 128 * 128 * 4 + (2 * 16 * 128 + 64 * 128) * 3 * 2),
    "lfm2.5-vl-1.6b": 10 * 2048 * 2 * 2,
    "jamba-v0.1": 28 * (8192 * 16 * 4 + 8192 * 3 * 2),
    "jamba-small-v1": 7 * (8192 * 16 * 4 + 8192 * 3 * 2),
    "jamba-tiny-random": 6 * (256 * 16 * 4 + 256 * 3 * 2),
    "granite-4.0-h-micro": 36 * (64 * 64 * 128 * 4 + (4096 + 2 * 128) * 3 * 2),
    "granite-4.0-h-350m": 28 * (48 * 32 * 128 * 4 + (1536 + 2 * 128) * 3 * 2),
    "recurrentgemma-9b": 26 * (4096 * 4 + 4096 * 3 * 2),
    "recurrentgemma-2b": 18 * (2560 * 4 + 2560 * 3 * 2),
    "griffin-llama3t-8layer": 6 * (1024 * 4 + 1024 * 3 * 2),
    "zamba2-tiny-random": 4 * (8 * 4 * 64 * 4 + (32 + 2 * 64) * 3 * 2),
    "falcon-mamba-7b": 64 * (8192 * 16 * 4 + 8192 * 3 * 2),
    "falcon3-mamba-7b": 64 * (8192 * 16 * 4 + 8192 * 3 * 2),
    "falcon-mamba-tiny": 4 * (256 * 8 * 4 + 256 * 3 * 2),
    "mamba-2.8b": 64 * (5120 * 16 * 4 + 5120 * 3 * 2),
    "mamba-130m": 24 * (1536 * 16 * 4 + 1536 * 3 * 2),
}
INPUT = {  # positions, values of one position
    "llama-3.2-90b-vision": (4 * (40 * 40 + 1), 2 * 20 * 8 * 128),
    "whisper-large-v3": (1500, 2 * 32 * 1280),
    "distil-whisper-2-decoder-layers": (1500, 2 * 2 * 1280),
    "bart-it": (1024, 2 * 6 * 768),
    "bart-large": (1024, 2 * 12 * 1024),
    "led-base-16384": (16384, 2 * 6 * 768),
    "flan-t5-xxl": (512, 2 * 24 * 64 * 64),
    "flan-t5-large": (512, 2 * 24 * 16 * 64),
    "prot-t5-xl-bfd": (512, 2 * 24 * 32 * 128),
    "molt5-small": (512, 2 * 8 * 6 * 64),
}


def test_every_config_is_sourced_and_has_expected_bytes():
    assert len(LINES) == len(ROWS)
    assert set(ROWS) == set(GROWING)
    assert set(FIXED) | set(INPUT) < set(ROWS)
    for row in ROWS.values():
        assert row["_source"].startswith("https://")
        assert re.fullmatch(r"2026-\d\d-\d\d", row["_accessed"])


@pytest.mark.parametrize("name", ROWS)
def test_a_published_config_is_counted_as_by_hand(name):
    notes = []
    cache = read_cache(ROWS[name]["config"], notes=notes)
    assert cache_bytes(cache, T, bytes_per_value=2) == 2 * GROWING[name]
    assert state_bytes(cache) == FIXED.get(name, 0)
    positions, values = INPUT.get(name, (0, 0))
    assert cache.input_tokens == positions
    counted = input_cache_bytes(cache, positions, bytes_per_value=2)
    assert counted == 2 * positions * values


@pytest.mark.parametrize("name", ROWS)
def test_its_own_keys_are_all_understood(name):
    config, notes = ROWS[name]["config"], []
    cache = read_cache(config, notes=notes)
    assert cache.name in FAMILIES
    assert [note for note in notes if "not read" in note or "switched off" in note] == []


def test_a_window_shorter_than_the_sequence_is_seen_beyond_it():
    exaone = read_cache(ROWS["exaone-4.5-33b"]["config"])
    assert cache_bytes(exaone, 3 * T, bytes_per_value=1) == 2 * 8 * 128 * (16 * 3 * T + 48 * 4096)
    scout = read_cache(ROWS["llama-4-maverick"]["config"])
    assert cache_bytes(scout, 4 * T, bytes_per_value=1) == 2 * 8 * 128 * (12 * 4 * T + 36 * 8192)


def test_what_a_checkpoint_says_of_its_cache_is_noted():
    notes = []
    read_cache(ROWS["laguna-xs.2"]["config"], notes=notes)
    assert "kv_cache_scheme: the checkpoint is made for a 8-bit float cache (--kv-dtype)" in notes
