from itertools import islice

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.serving.chunks import largest_chunk


def test_no_step_is_too_long_and_one_token_more_would_be():
    for case in (*largest_chunk.cases, *islice(drawn_cases(largest_chunk, "same"), 200)):
        prompt, users, limit, rate = case
        chunk, steps = largest_chunk(*case)
        assert 1 <= chunk <= prompt
        assert (chunk + users) / rate <= limit * (1 + 1e-12)
        assert chunk == prompt or (chunk + 1 + users) / rate > limit
        assert (steps - 1) * chunk < prompt <= steps * chunk
