"""An engine that says what it is told to, one step at a time: the server's tests need no model."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tokenworks.model import LanguageModel, Tokenizer
from tokenworks.serving.batch import Batch
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.policy import Policy
from tokenworks.serving.scheduler import Scheduler
from tokenworks.serving.text_request import Logprob, TextRequest, TokenLogprobs

Script = Callable[[TextRequest], int]


@dataclass(frozen=True)
class Wordy:
    """A model without weights: a tokenizer whose tokens are bytes, and a name."""

    spec: object
    tokenizer: Tokenizer


class Scripted:
    """Emits `script(request)` for each request that is due; `gate` lets single steps through.

    Without a gate it runs freely. `started` is set when a step has begun, and stays set.
    """

    def __init__(
        self, lm: LanguageModel, script: Script, *, gate: threading.Semaphore | None = None,
        max_batch: int = 4, blocks: int = 64, block_size: int = 4, context_tokens: int = 200,
    ) -> None:
        self.lm, self.script, self.gate = lm, script, gate
        self.context_tokens = context_tokens
        self.scheduler = Scheduler(Policy(max_batch=max_batch), BlockPool(blocks, block_size))
        self.started = threading.Event()
        self.steps = 0

    def warm_up(self) -> None:
        """Compile nothing."""

    def run(self, batch: Batch):
        """Wait for leave, then give each due request its next token."""
        self.started.set()
        if self.gate is not None:
            self.gate.acquire()
        self.steps += 1
        stopped = {}
        for work in batch.work:
            if work.emits:
                request = work.request
                token = self.script(request)
                if request.logprobs is not None:
                    top = tuple(Logprob(i, -1.0 - i) for i in range(request.logprobs))
                    request.output_logprobs.append(TokenLogprobs(Logprob(token, -0.5), top))
                if reason := request.push(token, self.lm.tokenizer):
                    stopped[request] = reason
        return stopped


def says(lm: LanguageModel, text: str | bytes) -> Script:
    """Return the script that spells a text byte by byte, then ends."""
    raw = text.encode() if isinstance(text, str) else text
    ids = [lm.tokenizer.pieces.index(bytes([byte])) for byte in raw]
    return lambda request: (ids + [lm.tokenizer.eos_id])[min(len(request.output_ids), len(ids))]


def repeats(lm: LanguageModel, sign: str = "x") -> Script:
    """Return the script that says one sign until it is stopped."""
    token = lm.tokenizer.pieces.index(sign.encode())
    return lambda request: token
