"""How many copies carry a rate, before anything is simulated: means alone, no waiting.

What is found here is where the search begins; whether it holds, the replay decides.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from tokenworks.cost.mixed_step import Load, decode_load
from tokenworks.number import Number, rounded_up
from tokenworks.planner.demand import Demand
from tokenworks.planner.read_prompts import added_seconds, prompt_seconds
from tokenworks.planner.replicas import BLOCK, Ratio, Replica
from tokenworks.planner.tabulated_clock import Clock, tabulated

MOST_SEQUENCES = 256  # that a replica runs at once, an engine's usual bound (vLLM's max_num_seqs)
GRID = 64  # steps of the table of contexts, so that an answer is at most so finely divided


@dataclass(frozen=True, eq=False)
class Sizing:
    """A copy of the model under a demand: its clocks, tabulated, and its means at any batch.

    Compared by identity: a key for what was simulated of it.
    """

    replica: Replica
    demand: Demand

    @cached_property
    def clock(self) -> Clock:
        """The expected clock of its steps."""
        return tabulated(self.replica.expected, tokens=max(1, self.demand.ended // GRID))

    @cached_property
    def memory_batch(self) -> int:
        """Sequences that its caches hold at the end of their answers; 0 if not the longest one."""
        held = self.replica.capacity(self.demand.longest)
        return self.replica.capacity(self.demand.ended) if held else 0

    @cached_property
    def blocks(self) -> int:
        """Blocks of its cache, by its longest or mean sequence: with windows too many for short."""
        demand, held = self.demand, self.replica.capacity(self.demand.longest)
        most = held * -(-demand.longest // BLOCK)
        return max(1, most, self.memory_batch * -(-demand.ended // BLOCK))

    @cached_property
    def prompt_seconds(self) -> float:
        """The expected time to read a prompt alone, in as many steps as it takes."""
        return self._prompt(self.replica.expected)

    @cached_property
    def first_token_seconds(self) -> float:
        """The expected time to the first token of a request that finds nobody else there.

        Of many lengths: of a prompt as long as the percentile has to be in time for.
        """
        reading = self._prompt(self.replica.expected, tokens=self.demand.late_prompt)
        return float(self.replica.first_seconds + reading)

    @cached_property
    def floor_prompt_seconds(self) -> float:
        """The floor of reading that prompt."""
        return self._prompt(self.replica.floor, tokens=self.demand.late_prompt)

    @cached_property
    def lone_step_seconds(self) -> float:
        """The expected step of one sequence alone, as long as has to be in time: the least TPOT."""
        return self.clock(self._lone)

    @cached_property
    def floor_lone_step_seconds(self) -> float:
        """The floor of the same."""
        return self.replica.floor(self._lone)

    @cached_property
    def reading_seconds(self) -> float:
        """What a prompt adds to steps, at best: as many as a step takes, beside an answer.

        The answer's step reads the weights anyway; without one they are read for the prompts.
        Prompts longer than a step are read alone.
        """
        if not self._prompts_of_a_step:
            return self.prompt_seconds
        answers = 1 if self.demand.decoded else 0
        added = self._added(self.replica.expected, self._prompts_of_a_step, beside=answers)
        return min(self.prompt_seconds, added)

    def step_seconds(self, batch: int) -> float:
        """Return the expected step of a batch in the middle of its answers."""
        return self.clock(self._decoding(batch))

    def floor_step_seconds(self, batch: int) -> float:
        """Return the floor of the same."""
        return self.replica.floor(self._decoding(batch))

    def tpot_seconds(self, batch: int) -> float:
        """Return the mean time a token where so many are answered and their successors are read.

        Source: derived: between two of its tokens an answer waits for a step, and for its share of
        the prompts that are read meanwhile, of those who follow the others.
        """
        return self.step_seconds(batch) + self._between(batch)

    def requests_per_s(self, batch: int) -> float:
        """Return the requests that a replica which does both serves at this batch.

        Source: derived: Little's law for the answers, prompts read between steps.
        """
        working = self.reading_seconds + self.demand.decoded * self.step_seconds(batch) / batch
        return 1 / working

    def floor_seconds(self, batch: int, *, apart: bool = False) -> float:
        """Return the time of a replica that a request cannot cost less of, at this batch.

        `apart`: prompts and answers are of two pools, so that prompts are read without answers.
        Source: derived: floors of steps with answers alone, and of steps with prompts beside them,
        as many prompts a step as costs least; fewer than come meanwhile it cannot be. Loose where
        prompts dominate: their arithmetic hides behind the weights that answers read anyway.
        """
        decoded = self.demand.decoded
        beside = 0 if apart or not decoded else batch
        answer = decoded * self.floor_step_seconds(batch) / batch if decoded else 0.0
        most = self._prompts_of_a_step
        if not most:
            return answer + max(0.0, self._prompt(self.replica.floor, beside=beside))
        number = min(most, max(1, batch // decoded)) if beside else most
        tried = {most}
        while number < most:
            tried.add(number)
            number *= 2
        return answer + min(self._added(self.replica.floor, n, beside=beside) for n in tried)

    def running(self, requests_per_s: Number) -> float:
        """Return the answers at work at once, the mean, where a replica gets this rate.

        Source: derived: Little's law; the smallest batch that carries as much.
        """
        return self._smallest(
            lambda batch: self.requests_per_s(batch) >= requests_per_s, self.largest_batch
        )

    def answering(self, requests_per_s: Number) -> float:
        """Return the same of a replica that reads no prompts.

        Source: derived: Little's law.
        """
        decoded = requests_per_s * self.demand.decoded
        return self._smallest(
            lambda batch: batch >= decoded * self.step_seconds(batch), self.decode_batch
        )

    @cached_property
    def largest_batch(self) -> int:
        """The largest batch that memory holds and whose mean time a token is asked for; or 0.

        Answers of a single token have no time a token, so that memory and the engine decide.
        """
        return self._largest(self.tpot_seconds)

    @cached_property
    def decode_batch(self) -> int:
        """The same of a replica that reads no prompts."""
        return self._largest(self.step_seconds)

    def reading_requests_per_s(self, ratio: Ratio) -> float:
        """Return the requests whose prompts so many replicas read, no waiting counted."""
        return ratio.prefill / self.reading_seconds

    def group_requests_per_s(self, ratio: Ratio) -> float:
        """Return the requests that so many replicas of both kinds serve, no waiting counted.

        Source: derived: the slower of both pools.
        """
        reading = self.reading_requests_per_s(ratio)
        decoded, batch = self.demand.decoded, self.decode_batch
        if not (decoded and batch):
            return reading
        return min(reading, ratio.decode * batch / (decoded * self.step_seconds(batch)))

    def least_replicas(self) -> int:
        """Return the replicas below which not even the means carry the demand."""
        return self._carrying(self.requests_per_s(self.largest_batch))

    def least_groups(self, ratio: Ratio) -> int:
        """Return the groups below which not even the means carry the demand."""
        return self._carrying(self.group_requests_per_s(ratio))

    def likely_replicas(self, least: int) -> int:
        """Return how many replicas are likely to do, as arrivals come in bunches.

        Source: derived: the mean batch and its deviation below the largest, as if it were Poisson.
        """
        number = least
        while number < 2 * least + 1:
            mean = self.running(self.demand.requests_per_s / number)
            if mean + math.sqrt(mean) <= self.largest_batch or mean <= 1:
                return number
            number += max(1, number // 16)
        return number

    def _carrying(self, requests_per_s: Number) -> int:
        return max(1, rounded_up(self.demand.requests_per_s / requests_per_s))

    def _between(self, batch: int) -> float:
        decoded = self.demand.decoded
        return (batch - 1) * self.reading_seconds / decoded if decoded else 0.0

    @property
    def _lone(self) -> Load:
        return decode_load(1, self.demand.late_context)

    def _decoding(self, batch: int) -> Load:
        return decode_load(batch, self.demand.middle)

    def _largest(self, seconds: Callable[[int], float]) -> int:
        low, high = 0, min(self.memory_batch, MOST_SEQUENCES) + 1
        while high - low > 1:
            middle = (low + high) // 2
            fast = not self.demand.decoded or seconds(middle) <= self.demand.tpot_seconds
            low, high = (middle, high) if fast else (low, middle)
        return low

    def _smallest(self, enough: Callable[[int], bool], most: int) -> float:
        low, high = 0, most
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if enough(middle) else (middle, high)
        return float(max(1, high))

    @property
    def _prompts_of_a_step(self) -> int:
        return self.replica.step_tokens // self.demand.prompt_tokens

    def _added(self, clock: Clock, prompts: int, *, beside: int) -> float:
        answers = self._decoding(beside) if beside else None
        return added_seconds(clock, prompts, self.demand.prompt_tokens, beside=answers)

    def _prompt(self, clock: Clock, *, beside: int = 0, tokens: int = 0) -> float:
        answers = self._decoding(beside) if beside else None
        tokens, most = tokens or self.demand.prompt_tokens, self.replica.step_tokens
        return prompt_seconds(clock, tokens, step_tokens=most, beside=answers)
