"""The autoregressive loop: logits, one token, again, until something says stop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from tokenworks.model.cache import bucket, decode, prefill
from tokenworks.model.forward_pass import last_logits
from tokenworks.model.language_model import LanguageModel
from tokenworks.model.sampling import Sampling, draw, probabilities
from tokenworks.model.text import TextStream
from tokenworks.number import whole

Logits = Float[np.ndarray, " V"]
Prompt = str | Sequence[int]
DEFAULT = Sampling()
GREEDY = Sampling(temperature=0)


@dataclass(frozen=True)
class Step:
    """One token: its id, the text that became certain with it, the logits it was picked from."""

    id: int
    text: str
    logits: Logits
    stop_reason: str | None = None  # set on the last step


@dataclass(frozen=True)
class Generation:
    """What came out: `stop_reason` is "eos", "length" or "stop"."""

    prompt_ids: list[int]
    ids: list[int]
    text: str
    stop_reason: str


def generate(
    lm: LanguageModel,
    prompt: Prompt,
    *,
    max_tokens: int,
    sampling: Sampling = DEFAULT,
    stop: str | Sequence[str] = (),
    chat: bool = False,
    ignore_eos: bool = False,
    cached: bool = True,
) -> Generation:
    """Return the whole continuation; `cached=False` recomputes everything for each token."""
    prompt_ids = encode_prompt(lm, prompt, chat=chat)
    steps = stream(
        lm,
        prompt_ids,
        max_tokens=max_tokens,
        sampling=sampling,
        stop=stop,
        ignore_eos=ignore_eos,
        cached=cached,
    )
    ids, text, reason = [], "", "length"
    for step in steps:  # the logits are dropped: a long text's would fill gigabytes
        ids.append(step.id)
        text += step.text
        reason = step.stop_reason or reason
    return Generation(prompt_ids, ids, text, reason)


def stream(
    lm: LanguageModel,
    prompt: Prompt,
    *,
    max_tokens: int,
    sampling: Sampling = DEFAULT,
    stop: str | Sequence[str] = (),
    chat: bool = False,
    ignore_eos: bool = False,
    cached: bool = True,
) -> Iterator[Step]:
    """Check the request, then yield each token as soon as it is drawn.

    What cannot be generated raises ValueError before the first token.
    """
    ids = encode_prompt(lm, prompt, chat=chat)
    answer = Answer(lm, len(ids), max_tokens=max_tokens, stop=stop, ignore_eos=ignore_eos)
    logits = _cached_logits(lm, ids) if cached else _oracle_logits(lm, ids)
    return _steps(logits, ids, answer, sampling=sampling)


class Answer:
    """What is written after a prompt: its text as it becomes certain, and what ends it.

    `room` is how many tokens may still come. Bad limits and stop strings raise ValueError.
    """

    def __init__(
        self,
        lm: LanguageModel,
        prompt_tokens: int,
        *,
        max_tokens: int,
        stop: str | Sequence[str] = (),
        ignore_eos: bool = False,
    ) -> None:
        stops = (stop,) if isinstance(stop, str) else tuple(stop)
        if not all(isinstance(s, str) and s for s in stops):
            raise ValueError(f"stop strings must be non-empty text, got {stop!r}")
        wanted = whole(max_tokens, "max_tokens", least=0)
        self.room = min(wanted, lm.spec.context_tokens - prompt_tokens)
        self._eos_id = None if ignore_eos else lm.tokenizer.eos_id
        self._pieces, self._text = lm.tokenizer.pieces, TextStream(stops)

    def push(self, token: int) -> tuple[str, str | None]:
        """Take a token; return the text that is now certain, and why the answer ends if it does."""
        self.room -= 1
        at_eos, at_end = token == self._eos_id, not self.room
        piece = b"" if at_eos else self._pieces[token]
        said = self._text.push(piece, final=at_eos or at_end)
        ended = "eos" if at_eos else "stop" if self._text.stopped else "length" if at_end else None
        return said, ended


def encode_prompt(lm: LanguageModel, prompt: Prompt, *, chat: bool = False) -> list[int]:
    """Return the prompt's token ids; an empty, invalid or too long one raises ValueError."""
    if isinstance(prompt, str):
        if not prompt:
            raise ValueError("the prompt is empty")
        turns = [{"role": "user", "content": prompt}]
        ids = lm.tokenizer.chat(turns) if chat else lm.tokenizer.encode(prompt)
    elif chat:
        raise ValueError("a chat needs a text as prompt, not token ids")
    else:
        ids = _checked_ids(prompt, lm.spec.vocab_size)
    if len(ids) > lm.spec.context_tokens:
        limit = lm.spec.context_tokens
        raise ValueError(f"the prompt has {len(ids)} tokens, the context holds {limit}")
    return ids


def _checked_ids(prompt: Sequence[int], vocab_size: int) -> list[int]:
    if len(prompt) == 0:
        raise ValueError("the prompt is empty")
    return [whole(token, "a token id", least=0, most=vocab_size - 1) for token in prompt]


def _cached_logits(lm: LanguageModel, ids: list[int]) -> Iterator[Logits]:
    """Yield the logits after `ids`, which the caller extends by one token between two steps."""
    logits, cache = prefill(lm.fused, lm.spec, ids)
    while True:
        yield np.asarray(logits)[0]
        position = len(ids) - 1
        logits, cache = decode(lm.fused, lm.spec, ids[-1], cache=cache, position=position)


def _oracle_logits(lm: LanguageModel, ids: list[int]) -> Iterator[Logits]:
    """Yield the same logits, each computed from scratch."""
    weights = lm.weights
    while True:
        padded = np.zeros((1, bucket(len(ids), smallest=32)), np.int32)
        padded[0, : len(ids)] = ids
        yield np.asarray(last_logits(weights, lm.spec, padded, last=len(ids) - 1))[0]


def _steps(
    logits: Iterator[Logits], ids: list[int], answer: Answer, *, sampling: Sampling
) -> Iterator[Step]:
    rng = np.random.default_rng(sampling.seed)
    while answer.room:
        scores = next(logits)
        token = draw(probabilities(scores, sampling), rng.random())
        ids.append(token)
        said, reason = answer.push(token)
        yield Step(token, said, scores, reason)
        if reason:
            return
