"""What a server needs of an engine: that of JAX has it, and so may one without a model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from tokenworks.model import LanguageModel
from tokenworks.serving.drafting import Drafting
from tokenworks.serving.driver import Step
from tokenworks.serving.scheduler import Scheduler


@runtime_checkable
class SteppedEngine(Protocol):
    """What is stepped: a step gives tokens to the requests that emit."""

    @property
    def lm(self) -> LanguageModel: ...  # noqa: D102
    @property
    def scheduler(self) -> Scheduler: ...  # noqa: D102
    @property
    def context_tokens(self) -> int: ...  # noqa: D102
    @property
    def drafting(self) -> Drafting | None: ...  # noqa: D102
    def warming_up(self) -> Iterator[object]:
        """Compile what it will run; yield when requests may come, and after each piece more."""
        ...

    def step(self) -> Step | None:
        """Run one step; return what was run, or None when there was nothing to run."""
        ...
