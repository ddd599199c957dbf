"""A round of speculation as a server runs it: draft steps and a pass, each the sum of its kernels.

`cost.speculation` takes what a draft token and the pass cost as given; here they follow from two
plans, a batch and a context. Floors and expected times stand beside each other, as in `Step`.
"""

from __future__ import annotations

from dataclasses import dataclass

from tokenworks.cost.domain import Count, NotNegative, Positive, physical
from tokenworks.cost.expected import Timing, expected_seconds
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.serving_plan import ServingPlan
from tokenworks.cost.speculation import Acceptance, break_even_alpha, speculative_speedup
from tokenworks.cost.step_kernels import Step, decode_step

NO_STEP = Step(())


@dataclass(frozen=True)
class Round:
    """A round for a whole batch, and the plain step beside it.

    `draft` is one draft step, the mean of `gamma`; `overhead_seconds` is what an engine adds to a
    round that a plain step has not: proposing, rejecting, rolling back.
    """

    gamma: int
    plain: Step
    draft: Step
    verify: Step
    overhead_seconds: float = 0.0

    def draft_cost(self, timing: Timing = expected_seconds) -> float:
        """Return a draft step over a plain step, with its share of the overhead."""
        one = timing(self.draft) + self.overhead_seconds / self.gamma
        return one / timing(self.plain)

    def verify_cost(self, timing: Timing = expected_seconds) -> float:
        """Return the pass over a plain step."""
        return timing(self.verify) / timing(self.plain)

    def seconds(self, timing: Timing = expected_seconds) -> float:
        """Return the time of the whole round."""
        return self.gamma * timing(self.draft) + timing(self.verify) + self.overhead_seconds

    def speedup(self, acceptance: Acceptance, timing: Timing = expected_seconds) -> float:
        """Return how many times as fast as plain decoding the batch is, below 1 slower."""
        return speculative_speedup(
            acceptance,
            self.gamma,
            draft_cost=self.draft_cost(timing),
            verify_cost=self.verify_cost(timing),
        )

    def break_even(self, timing: Timing = expected_seconds) -> float | None:
        """Return the alpha at which nothing is gained or lost; None: every alpha loses."""
        return break_even_alpha(
            self.gamma, draft_cost=self.draft_cost(timing), verify_cost=self.verify_cost(timing)
        )


@physical
def pass_cost(
    plan: ServingPlan,
    tokens: Count,
    *,
    context_tokens: Positive,
    constants: Constants,
    batch: Positive = 1,
) -> float:
    """Return a pass over so many tokens of each sequence, in plain steps: 1 would be free.

    Source: derived: `decode_step` with as many tokens a sequence over that with one.
    """
    one, all_ = (
        decode_step(plan, batch, context_tokens, constants=constants, tokens_per_sequence=count)
        for count in (1, tokens)
    )
    return expected_seconds(all_) / expected_seconds(one)


@physical
def speculation_round(
    plan: ServingPlan,
    draft: ServingPlan | None,
    gamma: Count,
    *,
    batch: Positive,
    context_tokens: Positive,
    constants: Constants,
    overhead_seconds: NotNegative = 0.0,
) -> Round:
    """Return a round of `batch` sequences in each attention group of the target.

    Without a draft model (prompt lookup) drafting takes no kernel. Draft steps come one after
    another, each a decode step of the draft at the same sequences; when all were accepted, the
    first of the next round has two tokens a sequence, which is left out. A draft that knows more
    tokens than the target raises ValueError.
    Source: derived: `decode_step` with gamma + 1 tokens a sequence, and that of the draft.
    """
    plain = decode_step(plan, batch, context_tokens, constants=constants)
    verify = decode_step(
        plan, batch, context_tokens, constants=constants, tokens_per_sequence=gamma + 1
    )
    step = NO_STEP
    if draft is not None:
        refuse_other_vocabulary(plan, draft)
        mine = batch * plan.attention_data_parallel / draft.attention_data_parallel
        step = decode_step(draft, mine, context_tokens + (gamma - 1) / 2, constants=constants)
    return Round(gamma, plain, step, verify, float(overhead_seconds))


def speedup_under_batch(
    plan: ServingPlan,
    draft: ServingPlan | None,
    acceptance: Acceptance,
    *,
    gamma: int,
    batch: float,
    context_tokens: float,
    constants: Constants,
    timing: Timing = expected_seconds,
    overhead_seconds: float = 0.0,
) -> float:
    """Return the speed-up of a batch, below 1 where speculation loses; see `speculation_round`.

    Source: derived: tokens a pass over the time of a round, both beside the plain step.
    """
    found = speculation_round(
        plan,
        draft,
        gamma,
        batch=batch,
        context_tokens=context_tokens,
        constants=constants,
        overhead_seconds=overhead_seconds,
    )
    return found.speedup(acceptance, timing)


def refuse_other_vocabulary(plan: ServingPlan, draft: ServingPlan) -> None:
    """Raise ValueError where a draft's tokens cannot all be the target's."""
    ours, theirs = plan.model.vocab_size, draft.model.vocab_size
    if theirs > ours:
        raise ValueError(
            f"{draft.model.label} knows {theirs:,} tokens and {plan.model.label} {ours:,}: a draft "
            "needs the target's tokenizer (a part of its vocabulary is enough)"
        )
