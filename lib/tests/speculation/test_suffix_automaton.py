from hypothesis import given
from hypothesis import strategies as st

from tokenworks.speculation.suffix_automaton import SuffixAutomaton


def longest_earlier(text):
    """Look for it by trying every length: its length and the first place after it."""
    for n in range(len(text) - 1, 0, -1):
        for end in range(n, len(text)):
            if text[end - n : end] == text[-n:]:
                return n, end
    return 0, 0


@given(st.lists(st.integers(0, 2), max_size=40))
def test_after_every_token_it_knows_the_longest_end_that_stands_earlier(text):
    automaton = SuffixAutomaton()
    assert automaton.match == (0, 0)
    for i, token in enumerate(text, 1):
        automaton.append(token)
        assert len(automaton) == i
        assert automaton.match == longest_earlier(text[:i])


def test_states_are_fewer_than_twice_the_tokens():
    automaton = SuffixAutomaton()
    for i in range(2000):
        automaton.append(i * i % 97 % 7)
    assert len(automaton._next) < 4000


def test_a_long_copy_stays_found():
    text = [i * i % 1009 for i in range(300)]
    automaton = SuffixAutomaton()
    for token in text * 2:
        automaton.append(token)
    assert automaton.match == (300, 300)
