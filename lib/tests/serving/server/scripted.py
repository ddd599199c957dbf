"""An engine that says what it is told to, one step at a time: the server's tests need no model."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
from tokenizers import AddedToken, decoders, models, pre_tokenizers
from tokenizers import Tokenizer as Backend

from tokenworks.model import Tokenizer
from tokenworks.model.logprobs import Logprob, TokenLogprobs
from tokenworks.model.tokenizer import _byte_signs
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.driver import step
from tokenworks.serving.outcome import Outcome
from tokenworks.serving.policy import Policy
from tokenworks.serving.scheduler import Scheduler
from tokenworks.serving.text_requests import TextRequest

Script = Callable[[TextRequest], int]
SPECIAL = ["<|im_start|>", "<|im_end|>"]


def byte_tokenizer() -> Tokenizer:
    """Return a tokenizer whose tokens are the bytes, after two special ones."""
    signs = _byte_signs()
    tokens = [*SPECIAL, *signs]
    backend = Backend(models.BPE(vocab={t: i for i, t in enumerate(tokens)}, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in SPECIAL])
    pieces = [token.encode() for token in SPECIAL] + [bytes([byte]) for byte in signs.values()]
    return Tokenizer(
        backend, eos_id=1, pieces=tuple(pieces), missing=frozenset(), special=frozenset({0, 1})
    )


LM = SimpleNamespace(spec=SimpleNamespace(name="scripted"), tokenizer=byte_tokenizer())
ID = {piece: token for token, piece in enumerate(LM.tokenizer.pieces)}


class Scripted:
    """Emits `script(request)` for each request that is due; `gate` lets single steps through."""

    def __init__(
        self,
        script: Script,
        *,
        gate: threading.Semaphore | None = None,
        max_batch: int = 4,
        blocks: int = 64,
        context_tokens: int = 200,
        **policy: Any,
    ) -> None:
        self.lm, self.script, self.gate = LM, script, gate
        self.context_tokens = context_tokens
        self.scheduler = Scheduler(Policy(max_batch=max_batch, **policy), BlockPool(blocks, 4))
        self.warm, self.drafting = False, None

    def warming_up(self):
        self.warm = True
        yield True

    def step(self):
        return step(self.scheduler, time.perf_counter(), self._execute)

    def _execute(self, turn):
        outcome = self.run(turn.batch)
        return [time.perf_counter()], outcome

    def run(self, batch):
        if self.gate is not None:
            self.gate.acquire()
        stopped = {}
        for request, start, tokens, _, _ in batch.work:
            for at in range(start + 1, min(start + tokens, request.prompt_tokens - 1) + 1):
                if request.reads_whole_prompt:
                    request.score_prompt(at, np.linspace(0.0, 1.0, len(self.lm.tokenizer.pieces)))
        for request in (work.request for work in batch.work if work.emits):
            token = self.script(request)
            if request.logprobs is not None:
                top = tuple(Logprob(i, -1.0 - i) for i in range(request.logprobs))
                request.output_logprobs.append(TokenLogprobs(Logprob(token, -0.5), top))
            if reason := request.push(token, self.lm.tokenizer):
                stopped[request] = reason
        return Outcome(stopped)


def says(text: str) -> Script:
    """Return the script that spells a text byte by byte, then ends."""
    ids = [ID[bytes([byte])] for byte in text.encode()] + [LM.tokenizer.eos_id]
    return lambda request: ids[len(request.output_ids)]


def repeats(sign: str = "x") -> Script:
    """Return the script that says one sign until it is stopped."""
    return lambda request: ID[sign.encode()]


def echoes(request: TextRequest) -> int:
    """Say the prompt's own tokens, round and round."""
    return request.prompt_ids[len(request.output_ids) % len(request.prompt_ids)]
