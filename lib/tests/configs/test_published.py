"""Published configs, class by class, against bytes worked out by hand from the models' code.

A line of `published.jsonl` holds what the cache depends on and the keys that might seem to change
it, the address at which it was read, and the derivation: `grows` values of a sequence of T
positions, `fixed` bytes of its states, `input` positions and values of an encoder's input or an
image. Each is a sum of products of plain integers, such as layers x heads x size x positions, and
for a state layers x (values x 4 bytes + values of the convolution x 2 bytes).
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


def product(derivation: str) -> int:
    """Work a derivation out: whole numbers, T, sums, products and whole divisions alone."""
    assert re.fullmatch(r"[0-9T+\-*/() ]+", derivation), derivation
    return eval(derivation, {"__builtins__": {}}, {"T": T})


def test_every_config_is_sourced():
    assert len(LINES) == len(ROWS) >= 140
    for row in ROWS.values():
        assert row["_source"].startswith("https://")
        assert re.fullmatch(r"2026-\d\d-\d\d", row["_accessed"])


@pytest.mark.parametrize("name", ROWS)
def test_a_published_config_is_counted_as_by_hand(name):
    row = ROWS[name]
    cache = read_cache(row["config"])
    assert cache_bytes(cache, T, bytes_per_value=2) == 2 * product(row["grows"])
    assert state_bytes(cache) == product(row.get("fixed", "0"))
    positions, values = map(product, row.get("input", ("0", "0")))
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
