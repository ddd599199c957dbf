"""Each layer's kind, in each family's words."""

import re

import pytest

from tokenworks.configs.layer_kinds import (
    by_group,
    by_interval,
    by_letters,
    by_list,
    by_marks,
    by_offset,
    by_places,
    cycled,
)
from tokenworks.configs.reading import Keys

F, L = "full_attention", "linear_attention"
LETTERS = by_letters("p", {"M": L, "*": F}, otherwise=by_list("kinds"))


@pytest.mark.parametrize(
    ("rule", "config", "expected"),
    [
        (by_interval("every"), {"every": 3}, [L, L, F, L, L, F]),
        (by_group, {"layer_group_size": 4}, [L, L, L, F, F, F]),  # what is left over attends
        (by_offset, {"attn_layer_period": 3, "attn_layer_offset": 1}, [L, F, L, L, F, L]),
        (by_places("at"), {"at": [0, 5]}, [F, L, L, L, L, F]),
        (by_places("at", first=1), {"at": [1, 6]}, [F, L, L, L, L, F]),
        (by_places("at"), {}, [L] * 6),
        (LETTERS, {"p": "MM*MM*"}, [L, L, F, L, L, F]),
        (LETTERS, {"kinds": [F] * 6}, [F] * 6),
        (by_marks("m"), {"m": [0, 0, 1, 1, 0, 1]}, [L, L, F, F, L, F]),
        (by_marks("m", needed=False), {}, [F] * 6),
        (cycled("c", "d"), {"c": ["a", "b", "c", "d"]}, ["a", "b", "c", "d", "a", "b"]),
    ],
)
def test_every_way_to_say_it(rule, config, expected):
    assert rule(Keys(config), 6) == expected


@pytest.mark.parametrize(
    ("rule", "config", "complaint"),
    [
        (by_places("at"), {"at": [6]}, "at must be a list of layers below 6, got [6]"),
        (by_places("at", first=1), {"at": [0]}, "at must be a list of layers below 7"),
        (by_places("at"), {"at": 3}, "at must be a list of layers"),
        (LETTERS, {"p": "MM*"}, "p must be 6 letters of M*, got 'MM*'"),
        (LETTERS, {"p": "MM*MMX"}, "p must be 6 letters"),
        (by_marks("m"), {"m": [2] * 6}, "m must be 6 times 0 or 1"),
        (by_marks("m"), {}, "m must be 6 times 0 or 1, got None"),
        (by_list("a", "b"), {}, "the config has no a (nor b)"),
        (cycled("c", "d"), {"c": []}, "c must be a list of kinds of layers, got []"),
        (by_interval("every"), {}, "the config has no every"),
    ],
)
def test_a_contradiction_names_its_key(rule, config, complaint):
    with pytest.raises(ValueError, match=re.escape(complaint)):
        rule(Keys(config), 6)
