from itertools import islice

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.showcase.breaker import asked


def test_behind_so_many_failures_nothing_is_sent_within_the_pause():
    for requests, most, pause in (*asked.cases, *islice(drawn_cases(asked, "same"), 200)):
        row, last = 0, 0
        for (now, well), sent in zip(requests, asked(requests, most, pause), strict=True):
            assert sent == (row < most or now >= last + pause)
            if sent:
                row, last = (0 if well else row + 1), now
