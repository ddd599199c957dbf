from collections import Counter
from itertools import islice

import pytest

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.speculation.drafts import case_of
from tokenworks.checks.speculation.laws import left_of
from tokenworks.checks.speculation.rounds import verified

DRAWN = list(islice(drawn_cases(verified, "shapes"), 60))


def test_drafts_come_from_q_with_a_uniform_more_than_tokens(random):
    q = [[0.5, 0.25, 0.25], [0.0, 0.5, 0.5]]
    drafts, same, _, uniforms = case_of(random, q, [[1.0, 0.0, 0.0]] * 3, 4000)
    assert same is q
    assert {len(draft) for draft in drafts} == {2}
    assert {len(u) for u in uniforms} == {3}
    assert all(0 <= number < 1 for u in uniforms for number in u)
    for place, row in enumerate(q):
        counts = Counter(draft[place] for draft in drafts)
        assert [counts[i] / 4000 for i in range(3)] == pytest.approx(row, abs=0.03)


def test_rows_are_distributions_and_the_last_one_is_ps_alone():
    for _, q, p, _ in DRAWN:
        assert len(p) == len(q) + 1
        assert all(sum(row) == pytest.approx(1) for row in (*q, *p))


def test_many_tokens_are_rejected_and_some_models_are_greedy():
    sampled = [case for case in DRAWN if max(case[2][0]) < 1]
    assert 0 < len(DRAWN) - len(sampled) < 20
    for drafts, q, p, uniforms in sampled:
        texts = verified(drafts, q, p, uniforms)
        rejected = sum(len(text) == 1 for text in texts) / len(texts)
        assert 0.2 < rejected < 0.85
        assert sum(share > 0 for share in left_of(p[0], q[0])) > 1
