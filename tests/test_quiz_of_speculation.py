"""What the quiz on speculation states, computed by the library and by the mistakes it names."""

from __future__ import annotations

import numpy as np
import pytest

from tokenworks.checks.speculation.payoff import tokens_per_pass as exercise
from tokenworks.checks.speculation.rollback import after_the_round
from tokenworks.cost.checkpoints import served_plan
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.parameters import parameter_count
from tokenworks.cost.speculation import alpha_of, break_even_alpha, round_cost, tokens_per_pass
from tokenworks.cost.speculation_batch import speculation_round
from tokenworks.specs import chip, model_spec
from tokenworks.speculation import acceptance, residual
from tokenworks.widgets.quiz import quizzes


def options(name):
    return {option["text"]: option for option in quizzes()[name]["options"]}


def right(name):
    return next(o for o in quizzes()[name]["options"] if o.get("right"))


def starting(name, begins):
    """Return the one option whose text begins so."""
    (found,) = [option for text, option in options(name).items() if text.startswith(begins)]
    return found


def wrong(asked, name):
    """Return the solution of an exercise with a named mistake in it."""
    return asked.wrong[[mistake.name for mistake in asked.mistakes].index(name)]


def test_tau_and_what_mistakes_make_of_it():
    tau = tokens_per_pass(0.8, 5)
    assert f"{tau:.2f} tokens." == right("QUIZ-10")["text"]
    slips = {
        "no bonus token": "That is 1 + 0.8",
        "the accepted tokens alone": "These are the accepted tokens alone",
        "every drafted token by itself": "1 + 5 × 0.8",
    }
    for name, why in slips.items():
        value = wrong(exercise, name)(0.8, 5)
        assert starting("QUIZ-10", f"{value:.2f} tokens.")["why"].startswith(why)
    assert tau == pytest.approx((1 - 0.8**6) / (1 - 0.8))


P, Q = np.array([0.1, 0.6, 0.3]), np.array([0.5, 0.3, 0.2])


def comes(law):
    """Return how often each token comes if a rejected one is replaced by a law."""
    kept = Q * acceptance(P, Q)
    return kept + (1 - kept.sum()) * np.asarray(law)


def share(value):
    return f"{value:.2g}"


def test_the_residual_and_what_other_laws_bring():
    asked = quizzes()["QUIZ-10-residual"]["question"]
    for row in (P, Q):
        assert "{}, {} and {}".format(*map(share, row)) in asked
    left = residual(P, Q)
    assert right("QUIZ-10-residual")["text"] == f"B {share(left[1])}, C {share(left[2])}."
    assert comes(left) == pytest.approx(P)
    why = right("QUIZ-10-residual")["why"]
    assert f"B {share(P[1] - Q[1])} too seldom and C {share(P[2] - Q[2])}" in why
    assert f"rejected of A, {share(Q[0] - P[0])}," in why
    again = starting("QUIZ-10-residual", "A 0.1")["why"]
    assert f"it would come in {share(comes(P)[0])}" in again
    without = np.array([0, *P[1:]]) / P[1:].sum()
    other = starting("QUIZ-10-residual", f"B {share(without[1])}, C {share(without[2])}")
    assert f"B comes in {share(comes(without)[1])} of all rounds and not in 0.6" in other["why"]
    assert (Q[2] / P[2], Q[1] / P[1]) == (pytest.approx(2 / 3), 0.5)
    scalar = np.maximum(P - Q[0], 0)
    listing = starting("QUIZ-10-residual", "B every time")["why"]
    assert f"B would come in {share(comes(scalar / scalar.sum())[1])} of all rounds" in listing


def test_break_even_and_what_mistakes_make_of_it():
    costs = {"draft_cost": 0.17, "verify_cost": 2.0}
    cost = round_cost(3, **costs)
    alpha = break_even_alpha(3, **costs)
    assert alpha is not None
    assert f"{3 * 0.17:.2f} + 2 = {cost:.2f} times" in right("QUIZ-10-even")["why"]
    assert right("QUIZ-10-even")["text"] == f"From α = {share(alpha)}."
    assert sum(0.69**n for n in range(4)) == pytest.approx(cost, rel=0.01)
    free = break_even_alpha(3, draft_cost=0.17)
    assert (
        "a pass over four tokens took as long"
        in starting("QUIZ-10-even", f"From α = {share(free)}")["why"]
    )
    alone = (cost - 1) / 3
    assert "one by one" in starting("QUIZ-10-even", f"From α = {share(alone)}")["why"]
    unpaid = alpha_of(cost + 1, 3)  # the accepted tokens alone are as many as the round takes
    assert tokens_per_pass(unpaid, 3) - 1 == pytest.approx(cost)
    assert (
        "the accepted tokens alone" in starting("QUIZ-10-even", f"From α = {share(unpaid)}")["why"]
    )


def test_a_draft_pays_for_one_user_and_not_for_256():
    constants = Constants.fitted()

    def plan(name, chips):
        on = chip("h100-sxm")
        return served_plan(model_spec(name), on, chips, engine="vllm", precision="bf16")

    one, many = (
        speculation_round(
            plan("llama-3-70b", 4),
            plan("llama-3.2-1b", 1),
            4,
            batch=users,
            context_tokens=1000,
            constants=constants,
        )
        for users in (1, 256)
    )
    assert one.speedup(0.7) == pytest.approx(2, abs=0.1)
    assert many.speedup(0.7) < 0.9  # at the same acceptance
    assert f"takes {many.verify_cost():.1f} times as long" in right("QUIZ-10-batch")["text"]
    assert one.verify_cost() < 1.05
    sizes = [parameter_count(model_spec(n)) for n in ("llama-3-70b", "llama-3.2-1b")]
    assert sizes[0] / sizes[1] > 50


def test_what_stays_in_the_cache():
    case = (100, 5, 2, 16)
    assert right("QUIZ-10-cache")["text"].startswith(f"{after_the_round(*case)[0]}:")
    slips = {
        "the rejected tokens stay": "have to go",
        "keys of a token that no pass has read": "none has read it yet",
        "the newest known token is lost": "in front of the draft",
    }
    for name, why in slips.items():
        kept = wrong(after_the_round, name)(*case)[0]
        assert why in starting("QUIZ-10-cache", f"{kept}:")["why"]


def test_with_another_vocabulary_the_law_stays_and_next_to_nothing_is_accepted():
    """Two models of the same text, one with its ids shuffled: p comes out, and late."""
    rng = np.random.default_rng(10)
    p = np.sort(rng.dirichlet(np.full(2000, 0.02)))[::-1]
    foreign = p[rng.permutation(2000)]
    kept = foreign * acceptance(p, foreign)
    assert kept + (1 - kept.sum()) * residual(p, foreign) == pytest.approx(p)
    assert kept.sum() < 0.05


@pytest.mark.parametrize("name", [name for name in quizzes() if name.startswith("QUIZ-10")])
def test_the_right_option_is_no_longer_than_all_others(name):
    """Else its length would give it away."""
    lengths = [len(option["text"]) for option in quizzes()[name]["options"]]
    (at,) = [i for i, o in enumerate(quizzes()[name]["options"]) if o.get("right")]
    assert lengths[at] <= 1.3 * max(n for i, n in enumerate(lengths) if i != at)
