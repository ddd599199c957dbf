from collections import Counter
from itertools import islice

from hypothesis import given, settings
from hypothesis import strategies as st

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.paged_attention.copy_on_write import differences, write_token


def test_the_three_ways_by_hand():
    assert write_token([0, 2], 6, [2, 0, 2], 4) == [[2, 1], [0, 1], [2, 1, 1]]
    assert write_token([0, 2], 6, [2, 0, 1], 4) == [[], [0, 2], [2, 0, 1]]
    assert write_token([0, 2], 8, [2, 0, 2], 4) == [[], [0, 2, 1], [2, 1, 2]]


@settings(max_examples=50)
@given(st.integers(1, 5), st.integers(2, 4), st.lists(st.integers(0, 3), max_size=30))
def test_forked_sequences_stay_their_own(prompt, size, writers):
    tables = [list(range(-(-prompt // size))) for _ in range(4)]
    sequences = [[("prompt", at) for at in range(prompt)] for _ in tables]
    counts = [4] * len(tables[0]) + [0] * 60
    memory = {(at // size, at % size): token for at, token in enumerate(sequences[0])}
    for step, who in enumerate(writers):
        at = len(sequences[who])
        copy, tables[who], counts = write_token(tables[who], at, counts, size)
        for place in range(at % size if copy else 0):
            memory[copy[1], place] = memory[copy[0], place]
        sequences[who].append((who, step))
        memory[tables[who][at // size], at % size] = sequences[who][-1]
        listed = Counter(block for table in tables for block in table)
        assert counts == [listed[block] for block in range(len(counts))]
        for table, sequence in zip(tables, sequences, strict=True):
            held = [memory[table[i // size], i % size] for i in range(len(sequence))]
            assert held == sequence


def test_hidden_cases_copy_open_and_write_in_place():
    drawn = list(islice(drawn_cases(write_token, "ways"), 60))
    ways = Counter()
    for table, tokens, counts, size in drawn:
        assert -(-tokens // size) == len(table)
        assert all(counts[block] for block in table)
        ways[tokens % size == 0, bool(table) and counts[table[-1]] > 1] += 1
    assert len(ways) == 4
    assert min(ways.values()) > 5


def test_differences_are_counted_in_each_list():
    assert differences([[], [1, 2], [3]], [[4, 5], [1, 0], [3]]) == 3
    assert differences([[], [1]], [[], [1]]) == 0
    assert differences([1, 2], [1]) == 1
