from collections import Counter
from itertools import islice

import numpy as np
import pytest

from tokenworks.checks import check
from tokenworks.checks.attempt import attempt
from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.speculation.drafts import case_of
from tokenworks.checks.speculation.laws import first_fault, surprise
from tokenworks.checks.speculation.rounds import first_tokens, tokens_apart, verified
from tokenworks.speculation import drafted, verify
from tokenworks.speculation.text_law import output_law, plain_law

CASES = (*verified.cases, *islice(drawn_cases(verified, "many rounds"), 20))


def by_the_library(drafts, q, p, uniforms):
    rng = np.random.default_rng(3)
    rows = np.array(p)
    verdicts = [verify(drafted(draft, list(map(np.array, q))), rows, rng) for draft in drafts]
    pairs = zip(drafts, verdicts, strict=True)
    return [[*draft[: verdict.accepted], verdict.token] for draft, verdict in pairs]


class Written(np.random.Generator):
    """Gives the uniforms of a round."""

    numbers = iter(())

    def random(self, *_):
        return next(self.numbers)


def with_the_same_uniforms(drafts, q, p, uniforms):
    rng, texts = Written(np.random.PCG64(0)), []
    for draft, u in zip(drafts, uniforms, strict=True):
        rng.numbers = iter(u)
        verdict = verify(drafted(draft, list(map(np.array, q))), np.array(p), rng)
        texts.append([*draft[: verdict.accepted], verdict.token])
    return texts


def test_the_library_keeps_the_rules_on_the_same_uniforms():
    """It draws with the uniform behind the one that rejected, and the most probable first."""
    for case in CASES:
        assert first_fault(case, with_the_same_uniforms(*case)) is None


def test_both_keep_as_many_tokens():
    for case in CASES:
        lengths = [list(map(len, rounds(*case))) for rounds in (verified, with_the_same_uniforms)]
        assert lengths[0] == lengths[1]


def test_the_law_of_the_text_is_the_enumerated_one(random):
    """A round that ends early is continued by the model: 20,000 texts, each as often as it should.

    Its mistakes are off, each for all to see.
    """
    _, q, p, _ = verified.cases[0]
    case = case_of(random, q, p, 20_000)
    drafted_law = output_law(
        lambda text: np.array(p[len(text)]), lambda text: np.array(q[len(text)]), len(q)
    )
    law = plain_law(lambda text: np.array(p[len(text)]), len(p))
    assert drafted_law == pytest.approx(law, abs=1e-12)

    def worst(texts):
        ids = range(len(p[0]))
        whole = [(*t, *(random.choices(ids, row)[0] for row in p[len(t) :])) for t in texts]
        counts = Counter(whole)
        return max(surprise(counts[text], len(whole), share) for text, share in law.items())

    assert worst(verified(*case)) < 12
    judged = []
    for mistake, wrong in zip(verified.mistakes, verified.wrong, strict=True):
        outcome = attempt(wrong, (case[0][:8000], q, p, case[3][:8000]))
        texts = outcome.value
        if not outcome.problem and all(isinstance(text, list) and text for text in texts):
            off = worst([text[: len(p)] for text in texts])
            judged.append(mistake.name)
            assert off > 20 or mistake.name == "no bonus token", mistake.name  # that is only slower
    assert len(judged) == len(verified.mistakes) - 2  # those return no texts that could be counted


def test_every_fault_with_a_hint_is_a_mistake_of_the_list():
    tried = [(case, attempt(wrong, case)) for wrong in verified.wrong for case in verified.cases]
    faults = [first_fault(case, got.value) for case, got in tried if not got.problem]
    named = {mistake.name for mistake in verified.mistakes}
    assert named <= {fault.name for fault in faults if fault}
    assert len({mistake.hint for mistake in verified.mistakes}) > len(named) - 5


def test_a_report_says_how_often_and_draws_the_first_token():
    wrong = verified.wrong[[m.name for m in verified.mistakes].index("p after a rejection")]
    report = check("10.2", wrong)
    assert "After a rejection at place 0: token 0 comes" in repr(report)
    assert "the first token of all rounds: the model alone, and your answer" in report._repr_html_()
    assert report.misconception == "p after a rejection"


def test_first_tokens_are_shares_of_the_rounds():
    case = ([[0]] * 4, [[1.0, 0.0]], [[0.25, 0.75], [0.5, 0.5]], [[0.5, 0.5]] * 4)
    html = first_tokens(case, [], [[0, 1], [1], [1], [1]])
    assert "token 0: 0.25 and 0.25, token 1: 0.75 and 0.75" in html
    assert "token 0: 0.25 and 0," in first_tokens(case, [], [[], None, [True], ["x"]])


def test_the_distance_counts_tokens_place_by_place():
    assert tokens_apart([[0, 1], [1]], [[1], [0, 1]]) == 0
    assert tokens_apart([[0, 1], [1]], [[1], [1]]) == 3
