from itertools import islice

import pytest

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.parallelism.experts import experts_read
from tokenworks.cost.expert_routing import expected_experts, expert_shares
from tokenworks.cost.kernels import experts_touched


def test_as_many_are_read_as_the_library_expects():
    for case in (*experts_read.cases, *islice(drawn_cases(experts_read, "same"), 50)):
        experts, active, tokens = case
        assert experts_read(*case) == pytest.approx(experts_touched(*case))
        assert experts_read(*case) == pytest.approx(
            expected_experts(expert_shares(experts, active), tokens)
        )
