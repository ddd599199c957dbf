"""What names in a text are bound to, and where."""

import ast

from tokenworks.caller_text import Caller, Place, cell_bindings


def caller(*cells, line=99):
    return Caller(cells, Place(len(cells) - 1, line), {}, "__main__", (None,) * 4)


def texts(bound):
    return [ast.unparse(each.node) for each in bound]


def test_the_last_binding_before_a_place_counts():
    text = caller("x = 1\nx = 2\ny = x\nx = 3")
    assert texts(text.bindings("x", Place(0, 3))) == ["2"]
    assert texts(text.bindings("x", Place(0, 9))) == ["3"]
    assert text.bindings("x", Place(0, 1)) == []


def test_earlier_cells_come_before_later_ones():
    assert texts(caller("x = 1", "x = 2", "z = x").bindings("x", Place(2, 1))) == ["2"]


def test_what_is_added_stands_beside_what_was_there():
    text = caller("d = {'a': 1}\nd |= {'b': 2}\nd['c'] = 3")
    assert texts(text.bindings("d", Place(0, 9))) == ["{'a': 1}", "{'b': 2}", "3"]


def test_tuples_are_taken_apart_where_their_parts_can_be_told():
    assert texts(caller("a, b = 1, 2").bindings("b", Place(0, 9))) == ["2"]
    assert texts(caller("a, b = pair").bindings("b", Place(0, 9))) == ["pair"]
    assert texts(caller("for a, b in rows: pass").bindings("b", Place(0, 9))) == ["rows"]


def test_names_of_a_comprehension_are_seen_inside_it_alone():
    text = caller("[\n  n\n  for n in rows\n]\nn")
    assert texts(text.bindings("n", Place(0, 2))) == ["rows"]
    assert text.bindings("n", Place(0, 5)) == []


def test_names_of_a_function_are_seen_inside_it_alone():
    text = caller("def f(x):\n    y = x\n    return y\ny")
    assert texts(text.bindings("y", Place(0, 3))) == ["x"]
    assert text.bindings("y", Place(0, 4)) == []
    assert [bound.name for bound in cell_bindings("def f(x):\n    return x", 0)] == ["f"]


def test_a_name_is_current_until_it_is_bound_again():
    text = Caller(("x = 1\ny = x\nx = 2\nz = x",), Place(0, 4), {"x": 2}, "m", (None,) * 4)
    assert text.current("x", Place(0, 4))
    assert not text.current("x", Place(0, 2))


def test_text_that_is_no_python_binds_nothing():
    assert cell_bindings("%matplotlib inline", 0) == ()
