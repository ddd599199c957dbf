from itertools import islice

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.showcase.door import admitted
from tokenworks.checks.showcase.fleet import CHUNK_TOKENS


def cases():
    return [*admitted.cases, *islice(drawn_cases(admitted, "same"), 100)]


def test_first_tokens_of_those_let_in_keep_the_limit_but_for_a_step():
    for requests, rate, limit in cases():
        decisions, first_ms = admitted(requests, rate, limit)
        for (_, _, _, paid), let_in, wait in zip(requests, decisions, first_ms, strict=True):
            assert (wait == 0) == (not let_in)
            bound = limit if paid else limit / 2
            assert wait <= 1000 * (bound + 2 * CHUNK_TOKENS / rate)


def test_an_open_door_breaks_it():
    late = 0
    for requests, rate, limit in cases():
        first_ms = admitted.run(lambda *case: True, requests, rate, limit)[1]
        late += max(first_ms) > 1000 * (limit + 2 * CHUNK_TOKENS / rate)
    assert late > 20
