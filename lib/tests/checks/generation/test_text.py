import random
from itertools import islice

import pytest
from tokenizers import Tokenizer, models

from tokenworks.checks.generation.text import merge_most_common_pair, text_shown
from tokenworks.checks.hidden import drawn_cases
from tokenworks.model.text import TextStream


@pytest.mark.parametrize(
    ("ids", "merged"),
    [
        ([1, 1, 1, 1, 1], [9, 9, 1]),
        ([5, 6, 1, 2], [9, 1, 2]),
        ([1, 2, 3, 1, 2], [9, 3, 9]),
    ],
)
def test_merges_go_left_to_right_and_ties_to_the_first(ids, merged):
    assert merge_most_common_pair(ids, 9) == merged


def test_a_merge_equals_the_tokenizers_library():
    rng, vocab = random.Random(0), {"a": 0, "b": 1}
    for _ in range(20):
        text = "".join(rng.choice("ab") for _ in range(12))
        pairs = [text[i : i + 2] for i in range(11)]
        pair = max(dict.fromkeys(pairs), key=pairs.count)
        merges = Tokenizer(models.BPE({**vocab, pair: 2}, [(pair[0], pair[1])]))
        ids = [vocab[letter] for letter in text]
        assert merge_most_common_pair(ids, 2) == merges.encode(text).ids


def streamed(pieces, stops):
    stream, sent = TextStream(stops), ""
    for piece in pieces:
        sent += stream.push(piece.encode())
        if stream.stopped:
            return sent
    return sent + stream.push(b"", final=True)


def test_stops_agree_with_the_models_own_stream():
    for pieces, stops in (*text_shown.cases, *islice(drawn_cases(text_shown, "same"), 200)):
        assert text_shown(pieces, stops) == streamed(pieces, stops)


def test_text_ends_before_a_stop_that_straddles():
    assert text_shown(["The tide", " rises.\nUs", "er", ": yes"], ["User:"]) == "The tide rises.\n"
    assert text_shown(["Us", "er", " name"], ["User:"]) == "User name"


def test_stop_cases_straddle_and_some_never_stop():
    drawn = list(islice(drawn_cases(text_shown, "variety"), 60))
    shown = [text_shown(pieces, stops) for pieces, stops in drawn]
    joined = ["".join(pieces) for pieces, _ in drawn]
    assert any(
        text != whole and not any(stop in piece for piece in pieces for stop in stops)
        for text, whole, (pieces, stops) in zip(shown, joined, drawn, strict=True)
    )
    assert any(text == whole for text, whole in zip(shown, joined, strict=True))
    assert any(len(stops[0]) > 30 and len(pieces) > 30 for pieces, stops in drawn)


def test_distances_count_tokens_and_characters():
    assert merge_most_common_pair.distance([9, 9, 1], [9, 1, 1, 1]) == 2
    assert text_shown.distance("abc", "abc###") == 3
    assert text_shown.distance("abc", "ab") == 1
