from itertools import islice

import numpy as np

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.speculation.lookup import looked_up
from tokenworks.model.sampling import Sampling
from tokenworks.speculation.lookup import PromptLookup

CASES = (*looked_up.cases, *islice(drawn_cases(looked_up, "same"), 100))


def test_the_draft_is_the_librarys():
    for ids, gamma, longest in CASES:
        sequence = PromptLookup(100, least=1, most=longest).start(ids)
        rng = np.random.default_rng(0)
        found = sequence.propose(ids, gamma, sampling=Sampling(temperature=0), rng=rng)
        assert looked_up(ids, gamma, longest) == found.tokens.tolist()
        assert found.probs is None


def test_some_texts_hold_nothing_and_some_are_too_short():
    drafts = [looked_up(*case) for case in CASES]
    assert 5 < sum(not draft for draft in drafts) < 40
    assert all(len(draft) in (0, gamma) for (_, gamma, _), draft in zip(CASES, drafts, strict=True))
    assert sum(longest >= len(ids) for ids, _, longest in CASES) > 5


def test_some_drafts_go_on_past_the_end_of_the_text():
    stops = looked_up.wrong[
        [m.name for m in looked_up.mistakes].index("the copy ends with the text")
    ]
    longer = [case for case in CASES if len(stops(*case)) < len(looked_up(*case))]
    assert len(longer) > 20
