import pytest

from checks.solved_example import ceil_div
from tokenworks.checks.source import body_lines, compiled, definition, edited, solved, stub


def test_a_definition_is_head_and_body_without_decorator_and_docstring():
    head, body = definition(ceil_div)
    assert head == "def ceil_div(total, size):"
    assert body.startswith("    blocks = 0\n    while total > 0:\n")
    assert body.endswith("    return blocks")
    assert len(body_lines(ceil_div)) == 5


def test_stub_and_solved_differ_in_the_solution_only():
    dots = stub(ceil_div, "Count.", "about 5 lines")
    whole = solved(ceil_div, "Count.", "about 5 lines")
    assert dots.endswith("# about 5 lines\n    ...")
    before, _, rest = whole.partition("    # BEGIN SOLUTION\n")
    assert f"{before}    ..." == dots
    assert rest == f"{definition(ceil_div)[1]}\n    # END SOLUTION"
    space = {}
    exec(whole, space)
    assert space["ceil_div"](10, 4) == 3


def test_edits_are_made_one_after_the_other_and_leave_the_solution_alone():
    wrong = edited(ceil_div, [("blocks = 0", "blocks = start"), ("start", "5")])
    assert wrong(10, 4) == 8
    assert ceil_div(10, 4) == 3


def test_an_edited_function_calls_itself_and_sees_the_module():
    def again(n):
        """Add up."""
        return n + again(n - 1) if n else len(body_lines(ceil_div))

    assert compiled(again, "def again(n):\n    return 2 * n + again(n - 1) if n else 5")(3) == 17


def test_a_solution_needs_a_task():
    def bare(n):
        return n

    with pytest.raises(ValueError, match="bare must be a function with a docstring"):
        definition(bare)
