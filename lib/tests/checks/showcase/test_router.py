from itertools import islice
from statistics import fmean

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.showcase.router import sent_to


def mean_first(rule, case):
    return fmean(sent_to.run(rule, *case)[1])


def test_it_is_sooner_than_turns_and_than_the_longest_prefix_on_the_whole():
    cases = list(islice(drawn_cases(sent_to, "same"), 60))
    ours = fmean(mean_first(sent_to.solution, case) for case in cases)
    turns = fmean(mean_first(lambda u, f, sent, s: sum(sent) % len(sent), case) for case in cases)
    prefix = fmean(mean_first(sent_to.wrong[1], case) for case in cases)
    assert ours < prefix < turns


def test_every_request_is_sent_and_has_a_first_token():
    for case in sent_to.cases:
        places, first_ms = sent_to(*case)
        assert len(places) == len(first_ms) == len(case[0])
        assert set(places) <= set(range(case[1]))
        assert min(first_ms) >= 50
