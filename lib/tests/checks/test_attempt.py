import numpy as np
import pytest

from tokenworks.checks.attempt import CUT, MOST_PRINTED, Outcome, Printed, TimeUp, attempt


def _third_line(x):
    y = x
    return y / 0


def test_attempt_returns_the_plain_value():
    assert attempt(lambda a, b: (a, b), (1, 2.5)) == Outcome([1, 2.5])


def test_attempt_tells_what_was_raised_and_where():
    outcome = attempt(_third_line, (1,))
    assert outcome.problem == "raised"
    assert outcome.detail == "ZeroDivisionError: division by zero in line 3 of the function"


def test_attempt_survives_an_exception_that_cannot_be_printed():
    class Rude(Exception):
        def __str__(self):
            raise ValueError

    def rude():
        raise Rude

    assert attempt(rude, ()).detail == "Rude in line 2 of the function"


def test_attempt_turns_exit_into_an_outcome_but_lets_time_up_pass():
    def leave():
        raise SystemExit(2)

    def late():
        raise TimeUp

    assert attempt(leave, ()).detail.startswith("SystemExit: 2")
    with pytest.raises(TimeUp):
        attempt(late, ())


def test_attempt_protects_the_case_and_notices_changes():
    case = ([3, 1, 2],)
    assert attempt(lambda ids: ids.sort() or ids, case) == Outcome([1, 2, 3], "changed")
    assert case == ([3, 1, 2],)


def test_attempt_compares_whatever_was_put_into_an_argument():
    def array_in_list(ids):
        ids[0] = np.array(ids)

    def same_values(ids):
        ids[:] = np.array(ids)

    def never_equal(ids):
        ids[0] = Never()

    def array_of_one(ids):
        ids[0] = np.array([ids[0]])

    def always_equal(ids):
        ids[0] = Always()

    class Never:
        def __eq__(self, other):
            raise ValueError

    class Always:
        def __eq__(self, other):
            return True

    assert attempt(array_of_one, ([3, 1],)).problem == "changed"
    assert attempt(always_equal, ([3, 1],)).problem == "unusable"
    assert attempt(array_in_list, ([3, 1],)).problem == "changed"
    assert attempt(same_values, ([3, 1],)).problem == ""
    assert attempt(never_equal, ([3, 1],)).problem == "unusable"


def test_printed_keeps_a_bounded_beginning():
    printed = Printed()
    for _ in range(10_000):
        printed.write("all work and no play\n")
    assert len(printed.text) == MOST_PRINTED + len(CUT)
    assert printed.text.startswith("all work")
    assert printed.text.endswith("not shown.\n")


def test_printed_says_nothing_of_a_cut_where_all_is_kept():
    printed = Printed(4)
    printed.write("1234")
    assert printed.text == "1234"
