from itertools import islice, product

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.parallelism.cuts import cheapest_cuts, sent
from tokenworks.cost.collectives import sent_bytes


def test_the_answer_sends_less_than_any_other_way():
    for (widths,) in (*cheapest_cuts.cases, *islice(drawn_cases(cheapest_cuts, "all"), 100)):
        ways = sorted(
            product(("column", "row"), repeat=len(widths) - 1), key=lambda w: sent(widths, w)
        )
        assert cheapest_cuts(widths) == list(ways[0])
        assert sent(widths, ways[0]) < sent(widths, ways[1])


def test_a_sum_sends_twice_what_gathering_does():
    """The numbers of the task are those of a ring, but for the factor (n - 1)/n of both."""
    assert sent_bytes("all-reduce", 4096, 8) == 2 * sent_bytes("all-gather", 4096, 8)
    assert sent([4096, 14336, 4096], ("column", "row")) == 2 * 4096
