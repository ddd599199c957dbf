"""Published configs of every kind of cache against bytes worked out by hand from the models' code.

Each figure is a product of plain integers: layers x values of one position x positions x 2 bytes,
and for a state layers x (values of the state x 4 bytes + values of the convolution x 2 bytes).
"""

import json
from pathlib import Path

import pytest

from tokenworks.configs import read_cache
from tokenworks.configs.families import FAMILIES
from tokenworks.cost.cache_memory import cache_bytes, state_bytes

CONFIGS = {path.stem: json.loads(path.read_text()) for path in Path(__file__).parent.glob("*.json")}
T = 32768
# Config, tokens, bytes that grow, bytes of the fixed state.
GIVEN = [
    ("minimax-m3", T, (60 * 2 * 4 * 128 + 57 * 128) * T * 2, 0),
    ("longcat-flash-chat", T, 28 * 2 * (512 + 64) * T * 2, 0),
    ("ling-3.0-flash", T, 7 * 576 * T * 2, 35 * (32 * 128 * 128 * 4 + 3 * 32 * 128 * 3 * 2)),
    ("ring-mini-linear-2.0", T, 4 * 2 * 4 * 128 * T * 2, 16 * 16 * 128 * 128 * 4),
    ("lfm2-350m", T, 6 * 2 * 8 * 64 * T * 2, 10 * 1024 * 2 * 2),
    ("nanbeige4.2-3b", T, 2 * 22 * 2 * 8 * 128 * T * 2, 0),
    ("santacoder", 2048, 24 * 2 * 1 * 128 * 2048 * 2, 0),
    ("baichuan-m1-14b", 8192, (20 * 2 * 8 * 128 + 20 * 2 * 2 * 256) * 8192 * 2, 0),
    ("minimax-m2.7", T, 62 * 2 * 8 * 128 * T * 2, 0),
    ("deepseek-ocr", 8192, 12 * 2 * 10 * 128 * 8192 * 2, 0),
    ("pixtral-12b-text", T, 40 * 2 * 8 * 128 * T * 2, 0),
    ("qwen3.5-27b", T, 16 * 2 * 4 * 256 * T * 2, 48 * (48 * 128 * 128 * 4 + 10240 * 3 * 2)),
    ("nemotron-3-nano-30b", T, 6 * 2 * 2 * 128 * T * 2, 23 * (64 * 64 * 128 * 4 + 6144 * 3 * 2)),
    ("gemma-4-26b-a4b", T, (5 * 2 * 2 * 512 * T + 25 * 2 * 8 * 256 * 1024) * 2, 0),
    ("kimi-k3", T, 24 * 576 * T * 2, 69 * (96 * 128 * 128 * 4 + 3 * 96 * 128 * 3 * 2)),
    ("mimo-v2-flash", T, (9 * 4 * 320 * T + 39 * 8 * 320 * 128) * 2, 0),
    ("deepseek-v3.2", T, 61 * (512 + 64 + 128) * T * 2, 0),
    ("openelm-1.1b", 2048, 169 * 2 * 64 * 2048 * 2, 0),
    ("falcon-h1-7b", T, 44 * 2 * 2 * 128 * T * 2, 44 * (24 * 128 * 256 * 4 + 3584 * 3 * 2)),
    ("step-3.5-flash", T, (12 * T + 33 * 512) * 2 * 8 * 128 * 2, 0),
]


@pytest.mark.parametrize("given", GIVEN, ids=lambda given: given[0])
def test_each_kind_of_cache_is_counted(given):
    name, tokens, growing, fixed = given
    cache = read_cache(CONFIGS[name])
    assert cache_bytes(cache, tokens, bytes_per_value=2) == growing
    assert state_bytes(cache) == fixed


@pytest.mark.parametrize(
    ("name", "bytes_"),
    [  # as an independent reader worked them out
        ("minimax-m3", 4504682496),
        ("ling-3.0-flash", 264241152),
        ("gemma-4-26b-a4b", 880803840),
        ("kimi-k3", 905969664),
        ("mimo-v2-flash", 780533760),
        ("deepseek-v3.2", 2814377984),
        ("step-3.5-flash", 1679818752),
    ],
)
def test_the_products_are_those_of_others(name, bytes_):
    assert [growing for other, _, growing, _ in GIVEN if other == name] == [bytes_]


def test_every_config_is_counted_or_refused_by_name():
    for name, config in CONFIGS.items():
        if name == "all-mpnet-base-v2":
            with pytest.raises(ValueError, match="a mpnet keeps no cache: it reads a text once"):
                read_cache(config)
        else:
            assert cache_bytes(read_cache(config), 100, bytes_per_value=2) > 0


def test_published_keys_of_known_families_leave_no_note_that_they_are_not_read():
    for name, config in CONFIGS.items():
        if name == "all-mpnet-base-v2" or config.get("model_type") not in FAMILIES:
            continue
        notes = []
        read_cache(config, notes=notes)
        said = [note for note in notes if "not read" in note or "switched off" in note]
        assert said == [], name
