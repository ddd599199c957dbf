"""A prompt beside decodes: whole it stands in the way, in chunks it comes later."""

import pytest

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.interference import prompt_beside
from tokenworks.cost.memory import kv_bytes_per_token, step_weight_bytes
from tokenworks.cost.slice_loads import slice_prompt
from tokenworks.cost.slice_steps import slice_step
from tokenworks.specs import chip, model_spec

MODEL = model_spec("llama-3-70b")
ON = Deployment(MODEL, chip("tpu-v5e"), weights="int8", kv="int8")
BESIDE = {"prompt_tokens": 32768, "decodes": 32, "context_tokens": 8192}


def test_a_whole_prompt_is_one_long_step():
    found = prompt_beside(ON, "4x4", **BESIDE)
    assert len(found.steps) == 1
    assert found.longest_seconds == found.first_token_seconds
    plain = slice_step(ON, "4x4", batch=32, context_tokens=8192).expected_seconds
    assert found.plain_seconds == plain
    assert found.added_seconds == pytest.approx(found.longest_seconds - plain)
    assert found.longest_seconds > slice_prompt(ON, "4x4", 32768).expected_seconds
    assert (found.chunking_seconds, found.reread_weight_bytes) == (0, 0)
    assert found.floor_longest_seconds < found.longest_seconds


def test_chunks_shorten_the_gap_and_delay_the_prompt():
    gaps, firsts = [], []
    for chunk in (0, 4096, 1024, 256):
        found = prompt_beside(ON, "4x4", **BESIDE, chunk_tokens=chunk)
        gaps.append(found.longest_seconds)
        firsts.append(found.first_token_seconds)
        assert found.decoded_tokens == 32 * len(found.steps)
        assert found.chunking_seconds == pytest.approx(firsts[-1] - firsts[0])
    assert gaps == sorted(gaps, reverse=True)
    assert firsts == sorted(firsts)


def test_what_is_read_again():
    found = prompt_beside(ON, "4x4", **BESIDE, chunk_tokens=512)
    assert len(found.steps) == 64
    assert found.reread_weight_bytes == 63 * step_weight_bytes(MODEL, 1)
    before = sum(512 * i for i in range(64))
    assert found.reread_cache_bytes == before * kv_bytes_per_token(MODEL, 1)
    moved = [step.read_seconds for step in found.steps]
    assert moved == sorted(moved)  # each chunk reads those before it


def test_a_rest_is_a_chunk_and_nobody_has_to_wait():
    found = prompt_beside(
        ON, "4x4", prompt_tokens=1000, decodes=0, context_tokens=1, chunk_tokens=300
    )
    assert len(found.steps) == 4
    assert found.plain_seconds == found.decoded_tokens == 0
    assert found.added_seconds == found.first_token_seconds
    same = prompt_beside(
        ON, "4x4", prompt_tokens=1000, decodes=0, context_tokens=1, chunk_tokens=1000
    )
    assert len(same.steps) == 1
    assert same.first_token_seconds == slice_prompt(ON, "4x4", 1000).expected_seconds
