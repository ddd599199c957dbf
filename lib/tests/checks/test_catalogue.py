import pytest

from checks.solved_example import ceil_div, make
from tokenworks.checks.catalogue import chapters, exercises, numbered


def test_exercises_come_in_order_with_ids_of_their_chapter():
    assert list(chapters()) == sorted(chapters())
    for chapter in chapters():
        ids = list(exercises(chapter))
        assert ids == [f"{chapter}.{number}" for number in range(1, len(ids) + 1)]


def test_two_exercises_of_one_number_are_an_error():
    def floor_div(total, size):
        """Count the full blocks."""
        return total // size

    first, second = make(ceil_div), make(floor_div)
    assert numbered([first]) == {"05.1": first}
    with pytest.raises(ValueError, match=r"ceil_div and floor_div are both exercise 05\.1"):
        numbered([first, second])
