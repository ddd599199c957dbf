import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenworks.model.checkpoint import open_gguf
from tokenworks.model.text import TextStream
from tokenworks.model.tokenizer import read_tokenizer

SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
UNENCODABLE = "\x04\x06\x13\x14\x16\x1d"  # the real vocabulary has no token for these bytes
TEXTS = st.text(
    st.characters(max_codepoint=0x3FFFF, exclude_categories=["Cs"], exclude_characters=UNENCODABLE),
    max_size=40,
)


def test_merges_and_special_tokens_of_the_tiny_vocabulary(tiny):
    tokenizer = tiny.tokenizer
    assert [tokenizer.token(i) for i in tokenizer.encode("abc a")] == ["abc", "Ġa"]
    assert tokenizer.encode("<|im_end|>") == [2] == [tokenizer.eos_id]
    assert tokenizer.decode([2]) == "<|im_end|>"
    assert tokenizer.missing == frozenset()


def test_another_kind_of_tokenizer_is_named(broken_gguf):
    reader = open_gguf(broken_gguf(add_tokenizer_pre="llama-bpe"))
    with pytest.raises(ValueError, match="has a gpt2/llama-bpe tokenizer; need gpt2/smollm"):
        read_tokenizer(reader)


def test_a_damaged_vocabulary_is_refused(broken_gguf):
    reader = open_gguf(broken_gguf(add_token_merges=["a b", "ab x"]))
    with pytest.raises(ValueError, match="a damaged vocabulary"):
        read_tokenizer(reader)


@given(TEXTS)
def test_any_text_round_trips_in_the_tiny_vocabulary(tiny, text):
    assert tiny.tokenizer.decode(tiny.tokenizer.encode(text)) == text


@pytest.mark.model
@given(TEXTS)
def test_any_text_round_trips(lm, text):
    assert lm.tokenizer.decode(lm.tokenizer.encode(text)) == text


@pytest.mark.model
@given(st.lists(st.integers(0, 49151), max_size=12))
def test_streamed_text_is_decoded_text(lm, ids):
    stream = TextStream()
    said = [stream.push(lm.tokenizer.pieces[i]) for i in ids]
    assert "".join([*said, stream.push(b"", final=True)]) == lm.tokenizer.decode(ids)


@pytest.mark.model
def test_ids_of_llama_cpp(lm):
    expected = [13764, 216, 33, 34, 35, 36, 37, 38, 39, 40, 41, 32, 284, 216, 36, 34, 30]
    assert lm.tokenizer.encode("Sum 1234567890 and 42.") == expected


@pytest.mark.model
def test_digits_are_single_tokens_and_newlines_and_emoji_survive(lm):
    tokenizer = lm.tokenizer
    assert [tokenizer.token(i) for i in tokenizer.encode("2024\n\n")] == [*"2024", "ĊĊ"]
    text = "naïve 🙂👩‍👩‍👧 \t\r\n  x\n"
    assert tokenizer.decode(tokenizer.encode(text)) == text


@pytest.mark.model
def test_a_byte_without_a_token_is_named(lm):
    with pytest.raises(ValueError, match="the vocabulary has no token for byte 0x04"):
        lm.tokenizer.encode("end\x04")


def test_text_that_is_not_unicode_is_named(tiny):
    with pytest.raises(ValueError, match="holds a lone surrogate"):
        tiny.tokenizer.encode("broken \udcff")


@pytest.mark.model
def test_the_chat_template_and_its_default_system_prompt(lm):
    ids = lm.tokenizer.chat([{"role": "user", "content": "Hi"}])
    said = f"<|im_start|>system\n{SYSTEM}<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
    assert lm.tokenizer.decode(ids) == said + "<|im_start|>assistant\n"
    assert [ids.count(token) for token in (1, 2)] == [3, 2]
    own = lm.tokenizer.chat([{"role": "system", "content": "Be brief."}])
    assert lm.tokenizer.decode(own).startswith("<|im_start|>system\nBe brief.<|im_end|>\n")
