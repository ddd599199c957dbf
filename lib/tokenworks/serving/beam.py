"""Beam search on an engine's pages: beams share the blocks of what they have in common."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from tokenworks.model.sampling import leading, log_probabilities
from tokenworks.number import bounded, whole
from tokenworks.serving.batch import Copy, Work
from tokenworks.serving.engine import Engine
from tokenworks.serving.kv_memory import KVMemory
from tokenworks.serving.request import StopReason
from tokenworks.serving.text_requests import TextRequest


class Hypothesis(NamedTuple):
    """An answer, eos included where it ends so, and the natural logarithm of its probability.

    `score` is what hypotheses are ranked by: `logprob` divided by tokens ** length penalty.
    """

    ids: list[int]
    logprob: float
    score: float
    stop_reason: StopReason


class BeamStep(NamedTuple):
    """Blocks in one step: held, needed by as many sequences that share none, and copied."""

    blocks: int
    unshared: int
    copied: int


@dataclass(frozen=True)
class BeamResult:
    """What a beam search found, the best first, and what it held in each decode step."""

    hypotheses: tuple[Hypothesis, ...]
    steps: tuple[BeamStep, ...]

    @property
    def saved(self) -> float:
        """Blocks saved by sharing, as a share of those without it; 0 where no step was run.

        Source: https://arxiv.org/abs/2309.06180 (section 6.3 counts so).
        """
        unshared = sum(step.unshared for step in self.steps)
        return 1 - sum(step.blocks for step in self.steps) / unshared if unshared else 0.0


def beam_search(
    engine: Engine,
    prompt_ids: Sequence[int],
    *,
    beams: int,
    max_tokens: int,
    length_penalty: float = 1.0,
    ignore_eos: bool = False,
) -> BeamResult:
    """Return the best answers that beam search finds, at most `beams` of them.

    Of all continuations of the beams by one token the best 2·beams are looked at: an eos among the
    first `beams` ends a hypothesis, the best others run on, until none of them can get among the
    best. Between two steps of the engine, one decode row a beam. What cannot run raises ValueError,
    a pool too full for the longest answers MemoryError, both before anything runs.
    Source: https://huggingface.co/docs/transformers/main_classes/text_generation (num_beams with
    early_stopping "never").
    """
    length_penalty = bounded(length_penalty, "length_penalty", least=-math.inf)
    prompt = TextRequest(prompt_ids=prompt_ids, max_tokens=max_tokens)
    beams = whole(beams, "beams", most=engine.scheduler.policy.max_batch)  # rows of a step
    _check(engine, prompt, beams)
    eos_id = None if ignore_eos else engine.lm.tokenizer.eos_id
    search = _Search(beams, prompt.prompt_tokens, max_tokens, length_penalty, eos_id)
    rows = _Rows(engine)
    try:
        chosen = search.choose(rows.read(prompt), rows.sequences)
        while chosen:
            rows.fork(chosen)
            chosen = search.choose(rows.step(), rows.sequences)
    finally:
        rows.free()
    return BeamResult(tuple(search.ended), tuple(rows.steps))


def _check(engine: Engine, prompt: TextRequest, beams: int) -> None:
    """Refuse a search that the engine could not bring to its end."""
    policy, pool = engine.scheduler.policy, engine.pool
    if not policy.joins:
        raise ValueError(f"beams come and go as in continuous batching, not {policy.batching}")
    engine.check(prompt)
    common = prompt.prompt_tokens // pool.block_size  # at least: the full blocks of the prompt
    longest = pool.blocks_for(prompt.prompt_tokens + prompt.max_tokens - 1)  # the last is not run
    need = common + (beams if prompt.max_tokens > 1 else 1) * (longest - common)
    if need > pool.free_blocks:
        raise MemoryError(f"{beams} beams may need {need} blocks, {pool.free_blocks} are free")


class _Rows:
    """The sequences that run, one decode row each, and their blocks."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.memory = engine, KVMemory(engine.pool)
        self.sequences: list[TextRequest] = []
        self.steps: list[BeamStep] = []

    def read(self, prompt: TextRequest) -> Float[np.ndarray, "N V"]:
        """Compute the prompt; return the logits after it."""
        self.sequences = [prompt]
        self.memory.hold(prompt, prompt.prompt_tokens)
        return self.engine.runner.logits([Work(prompt, 0, prompt.prompt_tokens, emits=True)])

    def fork(self, chosen: Sequence[tuple[TextRequest, int]]) -> None:
        """Continue sequences, each with a token; free the blocks of those that nobody continues.

        The continuations of one sequence share all its blocks, in the middle of an answer too.
        """
        before = len(self.sequences)
        for parent, token in chosen:
            fork = TextRequest(prompt_ids=[*parent.prompt_ids, token], max_tokens=1)
            self.sequences.append(fork)
            self.memory.share(fork, parent.blocks)
        for parent in self.sequences[:before]:
            self.memory.free(parent)
        del self.sequences[:before]

    def step(self) -> Float[np.ndarray, "N V"]:
        """Run the last token of each sequence, written to a block of its own; return the logits."""
        copies: list[Copy] = []
        for sequence in self.sequences:
            self.memory.hold(sequence, sequence.prompt_tokens)
            if copy := self.memory.copy_on_write(sequence, sequence.prompt_tokens - 1):
                copies.append(copy)
        tables = [sequence.blocks for sequence in self.sequences]
        unshared = sum(len(table) for table in tables)
        self.steps.append(BeamStep(len(set(chain(*tables))), unshared, len(copies)))
        work = [
            Work(sequence, sequence.prompt_tokens - 1, 1, emits=True) for sequence in self.sequences
        ]
        return self.engine.runner.logits(work, copies)

    def free(self) -> None:
        for sequence in self.sequences:
            self.memory.free(sequence)


class _Candidate(NamedTuple):
    """A sequence and a token more."""

    logprob: float
    sequence: TextRequest
    token: int


@dataclass
class _Search:
    """Which continuations run on, and which hypotheses have ended."""

    beams: int
    prompt_tokens: int
    max_tokens: int
    length_penalty: float
    eos_id: int | None

    def __post_init__(self) -> None:
        self.ended: list[Hypothesis] = []  # the best first
        self._logprobs = [0.0]  # of the sequences that run

    def choose(
        self, logits: Float[np.ndarray, "N V"], sequences: Sequence[TextRequest]
    ) -> list[tuple[TextRequest, int]]:
        """Take the logits after each sequence; return which sequences go on with which tokens."""
        best = self._candidates(logits, sequences)
        on = [each for each in best if each.token != self.eos_id][: self.beams]
        length = sequences[0].prompt_tokens + 1 - self.prompt_tokens
        if length == self.max_tokens:
            self._end(best[: self.beams], length)
            return []
        self._end([each for each in best[: self.beams] if each.token == self.eos_id], length)
        self._logprobs = [each.logprob for each in on]
        if len(self.ended) == self.beams and self._best_possible(length) <= self.ended[-1].score:
            return []
        return [(each.sequence, each.token) for each in on]

    def _candidates(
        self, logits: Float[np.ndarray, "N V"], sequences: Sequence[TextRequest]
    ) -> list[_Candidate]:
        """Return the best continuations of all sequences, 2·beams of them: so many hold no eos."""
        found: list[_Candidate] = []
        for sequence, before, row in zip(sequences, self._logprobs, logits, strict=True):
            if not np.isfinite(row.max()):  # a maximum over NaN is NaN
                raise FloatingPointError("the logits after a beam are no numbers")
            scores = log_probabilities(row)
            best = leading(scores, 2 * self.beams)[: 2 * self.beams]
            found += [_Candidate(before + float(scores[i]), sequence, int(i)) for i in best]
        return sorted(found, key=lambda each: -each.logprob)[: 2 * self.beams]

    def _end(self, candidates: Sequence[_Candidate], length: int) -> None:
        for logprob, sequence, token in candidates:
            ids = [*sequence.prompt_ids[self.prompt_tokens :], token]
            reason: StopReason = "eos" if token == self.eos_id else "length"
            score = logprob / length**self.length_penalty
            self.ended.append(Hypothesis(ids, logprob, score, reason))
        self.ended = sorted(self.ended, key=lambda each: -each.score)[: self.beams]

    def _best_possible(self, length: int) -> float:
        """Return the best score that a running sequence can reach: its next tokens are certain."""
        last = self.max_tokens if self.length_penalty > 0 else length + 1
        return max(self._logprobs) / last**self.length_penalty
