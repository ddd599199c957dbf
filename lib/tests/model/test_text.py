from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tokenworks.model.text import TextStream


def emitted(pieces, stop=()):
    stream = TextStream(stop)
    out = []
    for i, piece in enumerate(pieces):
        out.append(stream.push(piece, final=i == len(pieces) - 1))
        if stream.stopped:
            break
    return out, stream.stopped


def test_an_emoji_split_over_tokens_comes_out_whole():
    smile = "🙂".encode()
    assert emitted([b"hi ", smile[:1], smile[1:3], smile[3:], b"!"]) == (
        ["hi ", "", "", "🙂", "!"],
        False,
    )


def test_bytes_that_never_become_a_character_are_shown_as_such():
    assert emitted([b"a", b"\xff", b"b"]) == (["a", "\ufffd", "b"], False)
    assert emitted([b"a", "é".encode()[:1]]) == (["a", "\ufffd"], False)


def test_a_stop_string_that_straddles_tokens_is_never_shown():
    assert emitted([b"one\n", b"\n", b"two"], ["\n\n"]) == (["one", ""], True)
    assert emitted([b"a ST", b"O", b"P b"], ["STOP"]) == (["a ", "", ""], True)


def test_a_false_start_is_released():
    assert emitted([b"a ST", b"O", b"RE"], ["STOP"]) == (["a ", "", "STORE"], False)
    assert emitted([b"aab"], ["aac"]) == (["aab"], False)


def test_what_is_held_back_comes_out_at_the_end():
    assert emitted([b"x ", b"ST"], ["STOP"]) == (["x ", "ST"], False)


def test_the_stop_string_that_is_complete_first_wins():
    assert emitted([b"abcd"], ["abcd", "c"]) == (["ab"], True)
    assert emitted([b"a", b"b", b"c", b"d"], ["abcd", "c"]) == (["", "", "ab"], True)
    assert emitted([b"xbc"], ["c", "bc"]) == (["x"], True)


@given(
    st.text("ab🙂\n", max_size=30),
    st.lists(st.text("ab🙂\n", min_size=1, max_size=4), max_size=3),
    st.lists(st.integers(0, 120), max_size=20),
)
def test_the_split_into_tokens_does_not_matter(text, stop, cuts):
    whole = text.encode()
    edges = sorted({0, len(whole), *(c for c in cuts if c < len(whole))})
    pieces = [whole[a:b] for a, b in pairwise(edges)] or [b""]
    split, alone = emitted(pieces, stop), emitted([whole], stop)
    assert "".join(split[0]) == "".join(alone[0])
    assert split[1] == alone[1] == any(s in text for s in stop)
    assert text.startswith("".join(split[0]))
