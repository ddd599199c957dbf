from itertools import islice

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.serving.prefixes import tokens_found
from tokenworks.serving.request import Request


def test_they_are_what_keys_of_blocks_find():
    for prompts, size in (*tokens_found.cases, *islice(drawn_cases(tokens_found, "same"), 100)):
        known, found = set(), []
        for ids in prompts:
            request = Request(prompt_tokens=len(ids), max_tokens=1, prompt_ids=ids)
            keys = request.block_keys(size, len(ids) // size)
            asked = keys[: (len(ids) - 1) // size]
            hits = next((i for i, key in enumerate(asked) if key not in known), len(asked))
            known.update(keys)
            found.append(size * hits)
        assert tokens_found(prompts, size) == found
