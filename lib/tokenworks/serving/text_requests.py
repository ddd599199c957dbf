"""A request with its tokens and its text: what an engine reads, and what it writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from tokenworks.model.generation import DEFAULT, Prompt, encode_prompt
from tokenworks.model.grammar import Grammar
from tokenworks.model.language_model import LanguageModel
from tokenworks.model.logprobs import Logprob, TokenLogprobs, token_logprobs
from tokenworks.model.sampling import Sampling, draw, probabilities
from tokenworks.model.steering import UNCHANGED, Steering, steered
from tokenworks.model.text import TextStream
from tokenworks.model.tokenizer import Tokenizer
from tokenworks.number import make_whole
from tokenworks.serving.request import Request, StopReason
from tokenworks.serving.sampling_params import DEFAULT_PARAMS, SamplingParams, stop_strings
from tokenworks.speculation.draft import Drafted, drafted
from tokenworks.speculation.rejection import replacement

NOTHING = drafted([])


@dataclass(kw_only=True, eq=False)
class TextRequest(Request):
    """A prompt to be continued as `generate` would continue it alone.

    `logprobs` is how many of the most probable tokens to report for each token: None for no
    report, 0 for the taken token alone. `pieces` holds the text that became certain with each
    token; `skip_special_tokens` leaves those out that steer and say nothing, as servers do.
    `prompt_logprobs` asks the same of the prompt's own tokens; `prompt_scores` then has them, None
    for the first, which nothing stands before. `stop_token_ids` end it as the end-of-sequence token
    does, also where that is ignored; before `min_tokens` nothing of the three ends it. A `grammar`
    holds it to texts of its own, of which one ends where nothing may follow. Empty stop strings, a
    negative count and a grammar beside `ignore_eos` or `min_tokens` raise ValueError.
    """

    prompt_ids: Sequence[int] = field(repr=False)
    prompt_tokens: int = field(init=False, default=0)
    sampling: Sampling = DEFAULT
    ignore_eos: bool = False
    stop: Sequence[str] = ()
    logprobs: int | None = None
    skip_special_tokens: bool = False
    prompt_logprobs: int | None = None
    steering: Steering = UNCHANGED
    min_tokens: int = 0
    stop_token_ids: frozenset[int] = frozenset()
    grammar: Grammar | None = field(default=None, repr=False)
    output_ids: list[int] = field(default_factory=list, init=False, repr=False)
    output_logprobs: list[TokenLogprobs] = field(default_factory=list, init=False, repr=False)
    pieces: list[str] = field(default_factory=list, init=False, repr=False)
    prompt_scores: list[TokenLogprobs | None] = field(init=False, repr=False)
    drafted: Drafted = field(default=NOTHING, init=False, repr=False)  # guessed to follow

    def __post_init__(self) -> None:
        if isinstance(self.prompt_ids, str):
            raise ValueError("prompt_ids are token ids; text_request(lm, text) reads a text")
        self.prompt_tokens = len(self.prompt_ids)
        super().__post_init__()
        self.stop = stop_strings(self.stop)
        make_whole(self, "min_tokens", least=0)
        for name in ("logprobs", "prompt_logprobs"):
            if getattr(self, name) is not None:
                make_whole(self, name, least=0)
        self.prompt_scores = [None] * self.prompt_tokens
        if isinstance(self.fork_of, TextRequest) and self.fork_of.reads_whole_prompt:
            self.prompt_scores = self.fork_of.prompt_scores  # its prompt is read once for both
        if self.grammar and (self.ignore_eos or self.min_tokens):
            raise ValueError("a grammar says where an answer ends: no ignore_eos, no min_tokens")
        self._place = self.grammar.start() if self.grammar else None
        self._known = list(self.prompt_ids)
        self._rng = np.random.default_rng(self.sampling.seed)
        self._text = TextStream(self.stop if not self.min_tokens else ())

    @property
    def text(self) -> str:
        """The answer so far."""
        return "".join(self.pieces)

    @property
    def wants_logits(self) -> bool:
        """Whether the most probable token alone does not do."""
        drawn = self.sampling.temperature > 0 or self.logprobs is not None
        held = self._place is not None or len(self.output_ids) < self.min_tokens
        return drawn or held or not self.steering.changes_nothing

    @property
    def reads_whole_prompt(self) -> bool:
        """Whether the model's word on each token of its prompt is wanted."""
        return self.prompt_logprobs is not None

    def score_prompt(self, position: int, logits: Float[np.ndarray, " V"]) -> None:
        """Enter how probable the prompt's token at a position was after those before it."""
        assert self.prompt_logprobs is not None
        taken = self.prompt_ids[position]
        self.prompt_scores[position] = token_logprobs(logits, taken, self.prompt_logprobs)

    def ids(self, start: int, count: int) -> list[int]:
        """Return tokens of the prompt and the answer, by position."""
        return self._known[start : start + count]

    def ids_ahead(self, start: int, count: int, *, drafts: int) -> list[int]:
        """Return tokens by position, of which the last `drafts` are the first drafted ones."""
        return [*self.ids(start, count - drafts), *self.drafted.tokens[:drafts].tolist()]

    @property
    def rng(self) -> np.random.Generator:
        """Its own random numbers."""
        return self._rng

    def _ends(self, eos_id: int) -> frozenset[int]:
        """Return the tokens that end it."""
        return self.stop_token_ids | (frozenset() if self.ignore_eos else {eos_id})

    def choose(
        self, logits: Float[np.ndarray, " V"], eos_id: int, *, drafted: int | None = None
    ) -> int:
        """Return the next token by this request's own sampling and random numbers.

        `drafted` says which of the drafted tokens is to be judged here: it comes if it stands.
        """
        scores, place = logits, self._place
        banned = self._ends(eos_id) if len(self.output_ids) < self.min_tokens else ()
        if banned or place or not self.steering.changes_nothing:
            scores = steered(
                logits,
                self.steering,
                self.prompt_ids,
                output_ids=self.output_ids,
                banned=banned,
                allowed=place.allowed() if place else None,
            )
        if self.sampling.temperature:
            token = self._drawn(probabilities(scores, self.sampling), drafted)
        else:
            token = int(np.argmax(scores))
        if place:
            place.advance(token)
        if self.logprobs is not None:
            self.output_logprobs.append(token_logprobs(logits, token, self.logprobs))
        return token

    def _drawn(self, probs: Float[np.ndarray, " V"], drafted: int | None) -> int:
        """Draw a token; a drafted one that was certain stands where it is drawn anyway."""
        laws = self.drafted.probs
        if drafted is None or laws is None:
            return draw(probs, self._rng.random())
        token = int(self.drafted.tokens[drafted])
        instead = replacement(token, probs, laws[drafted], rng=self._rng)
        return token if instead is None else instead

    def push(self, token: int, tokenizer: Tokenizer) -> StopReason | None:
        """Append the next token; return why the answer ends with it, unless by its length."""
        self.output_ids.append(token)
        self._known.append(token)
        made = len(self.output_ids)
        if made == self.min_tokens + 1:  # no stop string ends before
            self._text.stop = tuple(self.stop)
        at_eos = token == tokenizer.eos_id and not self.ignore_eos
        at_end = token in self._ends(tokenizer.eos_id) and made > self.min_tokens
        final = at_end or made == self.max_tokens
        silent = at_end or (self.skip_special_tokens and token in tokenizer.special)
        piece = b"" if silent else tokenizer.pieces[token]
        self.pieces.append(self._text.push(piece, final=final))
        if self._place and self._place.lost:
            return "error"
        if at_end:
            return "eos" if at_eos else "stop"
        return "stop" if self._text.stopped else None

    def fail(self, tokenizer: Tokenizer) -> StopReason:
        """End an answer whose logits are not finite, with an end-of-sequence token without text.

        Its keys and values are not finite either, so no later token would be better.
        """
        self.output_ids.append(tokenizer.eos_id)
        self._known.append(tokenizer.eos_id)
        self.pieces.append(self._text.push(b"", final=True))
        if self.logprobs is not None:
            self.output_logprobs.append(TokenLogprobs(Logprob(tokenizer.eos_id, -np.inf), ()))
        return "error"


def text_request(
    lm: LanguageModel,
    prompt: Prompt,
    params: SamplingParams = DEFAULT_PARAMS,
    *,
    chat: bool = False,
    id: str = "",
    arrival_seconds: float = 0.0,
    priority: int = 0,
    fork_of: TextRequest | None = None,
) -> TextRequest:
    """Return the request for a text, checked as `generate` checks it."""
    return TextRequest(
        prompt_ids=encode_prompt(lm, prompt, chat=chat),
        max_tokens=params.max_tokens,
        sampling=params.sampling,
        ignore_eos=params.ignore_eos,
        stop=params.stop,
        logprobs=params.logprobs,
        id=id,
        arrival_seconds=arrival_seconds,
        priority=priority,
        fork_of=fork_of,
    )
