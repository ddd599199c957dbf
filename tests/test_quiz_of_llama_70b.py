"""What the quiz on Llama 70B on a TPU states, computed by the library."""

from __future__ import annotations

import pytest

from tokenworks import chip, claim, model_spec, show
from tokenworks.cost import (
    Deployment,
    Layout,
    critical_batch,
    critical_batch_at,
    decode_traffic,
    kv_bytes,
    offers,
    prompt_beside,
    rent_of_tokens,
    slice_batch,
    slice_step,
)
from tokenworks.data import decode_compile
from tokenworks.widgets.quiz import quizzes

NAMES = [name for name in quizzes() if name.startswith("QUIZ-15")]
V5E = chip("tpu-v5e")
USD = offers(of_chip="tpu-v5e", provider="Google Cloud")[0].usd_per_hour


def stored(weights="int8", kv="int8", model="llama-3-70b", **more):
    return Deployment(model_spec(model), V5E, weights=weights, kv=kv, **more)


def right(name):
    return next(option for option in quizzes()[name]["options"] if option.get("right"))


def starting(name, begins):
    """Return the one option whose text begins so."""
    (found,) = [o for o in quizzes()[name]["options"] if o["text"].startswith(begins)]
    return found


def batch_without_cache(on):
    return critical_batch(on.bytes_per_param, V5E.peak(on.arithmetic), V5E.hbm_bytes_per_s)


def test_a_long_cache_has_no_critical_batch():
    on = stored()
    assert critical_batch_at(on, 8192) is None
    assert critical_batch_at(on, 3778)
    assert critical_batch_at(on, 3779) is None
    assert "past 3,778 tokens" in right("QUIZ-15")["why"]
    assert starting("QUIZ-15", f"{batch_without_cache(on):.0f}.")
    wide = [stored("bf16", "bf16"), stored(activations="int8")]
    assert all(240 <= round(batch_without_cache(each)) <= 241 for each in wide)
    assert starting("QUIZ-15", f"{slice_batch(on, '2x4', context_tokens=8192)}: ")


def test_two_copies_win_at_128_and_lose_at_8():
    slow, quick = (1 / claim(f"jax-llm-70b-{way}-128").value for way in ("tp16", "dp2"))
    said = f"{show(quick, 'ms', decimals=1)} were measured against {show(slow, 'ms', decimals=1)}"
    assert said in right("QUIZ-15-copies")["why"]
    for batch, wins in ((8, False), (128, True)):
        given = {"batch": batch, "context_tokens": 2048}
        one = slice_step(stored(), "4x4", **given)
        two = slice_step(stored(), "2x4", replicas=2, **given)
        assert (two.expected_seconds < one.expected_seconds) == wins
        assert two.read_seconds > one.read_seconds
        assert two.message_seconds < one.message_seconds


def test_what_the_compiler_says_of_the_8b():
    asked = decode_compile("llama-3-8b v5e:1x1 int8/int8 16 x 8192")
    assert not asked.fits
    most = slice_batch(stored(model="llama-3-8b"), "1x1", context_tokens=8192)
    assert right("QUIZ-15-memory")["text"] == f"It refuses; by arithmetic {most} fit."
    token = kv_bytes(model_spec("llama-3-8b"), 1, bytes_per_value=1)
    said = [show(size, "KB", decimals=0) for size in (token / 2, token)]
    assert all(size in right("QUIZ-15-memory")["why"] for size in said)
    assert decode_compile("llama-3-8b v5e:1x1 int4/int8 16 x 8192").fits
    assert not decode_compile("llama-3-8b v5e:1x1 int4/int8 32 x 8192").fits
    assert not decode_compile("llama-3-8b v5e:1x1 bf16/bf16 1 x 8192").fits


def rented(shape):
    most = slice_batch(stored(), shape, context_tokens=8192 + 512)
    lengths = {"prompt_tokens": 8192, "output_tokens": 512}
    return rent_of_tokens(
        stored(), shape, batch=most, usd_per_chip_hour=USD, busy_share=1, **lengths
    )


def test_a_larger_slice_makes_answers_cheaper_and_requests_dearer():
    small, large = rented("2x4"), rented("4x4")
    text = f"More: USD {1000 * large.request_usd:.2f} instead of USD {1000 * small.request_usd:.2f}"
    assert right("QUIZ-15-larger")["text"] == f"{text}."
    seconds = [each.prompt.expected_seconds for each in (large, small)]
    said = "sixteen chips read a prompt in {}, eight in {}"
    assert (
        said.format(*(show(each, "s", decimals=2) for each in seconds))
        in right("QUIZ-15-larger")["why"]
    )
    less = 1 - large.output_usd_per_million / small.output_usd_per_million
    assert starting("QUIZ-15-larger", f"{show(less, '%', decimals=0)} less")


def test_chunks_come_later_than_the_whole():
    given = {"prompt_tokens": 32768, "decodes": 32, "context_tokens": 8192}
    whole, chunks = (prompt_beside(stored(), "4x4", chunk_tokens=n, **given) for n in (0, 512))
    assert len(chunks.steps) == 64
    alone = prompt_beside(stored(), "4x4", chunk_tokens=512, **given | {"decodes": 0})
    assert alone.chunking_seconds == pytest.approx(0, abs=1e-3)  # reading again hides
    late, early = (show(each.first_token_seconds, "s", decimals=2) for each in (chunks, whole))
    assert right("QUIZ-15-chunks")["text"] == f"Later: after {late} instead of {early}."


def test_a_head_shared_by_tokens_sends_the_same_at_any_length():
    def between(kv_cut, cached):
        layout = Layout(tensor=8, context=2)
        given = {"batch": 64, "bytes_per_value": 2, "kv_cut": kv_cut}
        found = decode_traffic(model_spec("llama-3-70b"), layout, cached=cached, **given)
        return sum(each.size_bytes for each in found if each.devices == 2)

    assert between("sequence", 8192) == between("sequence", 1024) > 0
    assert between("head_dim", 8192) == 8 * between("head_dim", 1024)
    assert between("copies", 8192) == 0
    assert "tokens" in right("QUIZ-15-heads")["text"]


@pytest.mark.parametrize("name", NAMES)
def test_the_right_option_is_no_longer_than_all_others(name):
    """Else its length would give it away."""
    options = quizzes()[name]["options"]
    lengths = [len(option["text"]) for option in options]
    assert len(right(name)["text"]) < max(lengths)
    assert len(options) == 4
