from itertools import islice, permutations

import pytest

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.showcase.balance import split


def test_nothing_that_fits_is_turned_away_and_no_dearer_pool_is_used_before_a_cheaper_one():
    for rate, pools, filled in (*split.cases, *islice(drawn_cases(split, "same"), 200)):
        rates = split(rate, pools, filled)
        room = [filled * most for most, _ in pools]
        assert sum(rates) == pytest.approx(min(rate, sum(room)))
        for one, other in permutations(range(len(pools)), 2):
            cheaper = pools[one][1] / pools[one][0] < pools[other][1] / pools[other][0]
            if cheaper and rates[other] > 0:
                assert rates[one] == room[one]
