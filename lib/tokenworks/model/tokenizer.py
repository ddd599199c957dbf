"""Byte-level BPE, built with `tokenizers` from the vocabulary and merges inside a GGUF file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import gguf
from tokenizers import AddedToken, decoders, models, pre_tokenizers
from tokenizers import Tokenizer as Backend

from tokenworks.model.checkpoint import field

SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
CONTROL = 3  # GGUF token type of special tokens


@dataclass(frozen=True)
class Tokenizer:
    """Text to token ids and back."""

    backend: Backend
    eos_id: int
    pieces: tuple[bytes, ...]  # the bytes that each token stands for
    missing: frozenset[int]  # bytes for which the vocabulary has no token
    special: frozenset[int] = frozenset()  # ids of tokens that steer and say nothing

    @cached_property
    def longest_piece(self) -> int:
        """Return the most bytes that a token stands for."""
        return max(map(len, self.pieces))

    def encode(self, text: str) -> list[int]:
        """Return the token ids of a text; special tokens written out in it are recognised.

        A byte without a token and a lone surrogate raise ValueError. Other threads run meanwhile:
        the backend leaves the interpreter's lock for a batch, and for nothing else.
        """
        try:
            lost = self.missing.intersection(text.encode())
        except UnicodeEncodeError as error:
            raise ValueError("the text is not valid Unicode: it holds a lone surrogate") from error
        if lost:
            raise ValueError(f"the vocabulary has no token for byte 0x{min(lost):02x}")
        return self.backend.encode_batch_fast([text], add_special_tokens=False)[0].ids

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of token ids, special tokens included."""
        return self.backend.decode(list(ids), skip_special_tokens=False)

    def token(self, token_id: int) -> str:
        """Return one token as it is stored, with `Ġ` for a space and `Ċ` for a newline."""
        return self.backend.id_to_token(token_id) or ""

    def chat(self, messages: Sequence[dict[str, str]]) -> list[int]:
        """Return the ids of a conversation, ready for the assistant's answer."""
        return self.encode(self.chat_text(messages))

    def chat_text(self, messages: Sequence[dict[str, str]]) -> str:
        """Return a conversation in the model's template, ready for the assistant's answer."""
        turns = list(messages)
        if turns and turns[0]["role"] != "system":
            turns.insert(0, {"role": "system", "content": SYSTEM})
        said = "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in turns)
        return f"{said}<|im_start|>assistant\n"


def read_tokenizer(reader: gguf.GGUFReader) -> Tokenizer:
    """Build the tokenizer from GGUF metadata.

    Another kind than GPT-2 with SmolLM splitting raises ValueError.
    """
    kind = (field(reader, "tokenizer.ggml.model"), field(reader, "tokenizer.ggml.pre"))
    if kind != ("gpt2", "smollm"):
        raise ValueError(f"the GGUF file has a {'/'.join(kind)} tokenizer; need gpt2/smollm")
    tokens = field(reader, "tokenizer.ggml.tokens")
    merges = [tuple(merge.split(" ")) for merge in field(reader, "tokenizer.ggml.merges")]
    signs = _byte_signs()
    _check(tokens, merges, signs)
    backend = Backend(models.BPE(vocab={t: i for i, t in enumerate(tokens)}, merges=merges))
    digits = pre_tokenizers.Digits(individual_digits=True)
    words = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.pre_tokenizer = pre_tokenizers.Sequence([digits, words])
    backend.decoder = decoders.ByteLevel()
    types = field(reader, "tokenizer.ggml.token_type")
    special = [t for t, kind in zip(tokens, types, strict=True) if kind == CONTROL]
    backend.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in special])
    unknown = frozenset(signs).difference(tokens)
    return Tokenizer(
        backend,
        eos_id=int(field(reader, "tokenizer.ggml.eos_token_id")),
        pieces=tuple(bytes(signs[sign] for sign in token) for token in tokens),
        missing=frozenset(byte for sign, byte in signs.items() if sign in unknown),
        special=frozenset(i for i, kind in enumerate(types) if kind == CONTROL),
    )


def _check(tokens: list[str], merges: list[tuple[str, ...]], signs: dict[str, int]) -> None:
    known = set(tokens)
    strange = {sign for token in tokens for sign in token}.difference(signs)
    loose = [m for m in merges if len(m) != 2 or not known.issuperset((*m, "".join(m)))]
    if strange or loose:
        raise ValueError("the GGUF file has a damaged vocabulary")


def _byte_signs() -> dict[str, int]:
    """Return the byte that each printable sign of a byte-level vocabulary stands for."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in plain]
    return {chr(b): b for b in plain} | {chr(256 + rank): b for rank, b in enumerate(hidden)}
