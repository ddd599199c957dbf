"""Dimensions read off names and their operations."""

import ast

import pytest

from tokenworks.dimensions import Dimensions

LOCAL = {"moving": ast.parse("all_bytes / bytes_per_s", mode="eval").body}


@pytest.mark.parametrize(
    ("expression", "dimension"),
    [
        ("weight_bytes", "bytes"),
        ("on.flops_per_s", "flops_per_s"),
        ("hours['mean_seconds']", "seconds"),
        ("kv_bytes(spec)", "bytes"),
        ("weight_bytes / hbm_bytes_per_s", "seconds"),
        ("flops / flops_per_s", "seconds"),
        ("hbm_bytes_per_s * seconds", "bytes"),
        ("params * bytes_per_param", "bytes"),
        ("flops / moved_bytes", "flops_per_byte"),
        ("x + weight_bytes", "bytes"),
        ("moving", "seconds"),
        ("-moving", "seconds"),
        ("moving + x", "seconds"),
        ("weight_bytes * seconds", None),
        ("weight_bytes * batch", None),
        ("x", None),
        ("1", None),
    ],
)
def test_a_dimension_is_read_off_names(expression, dimension):
    assert Dimensions(LOCAL).of(ast.parse(expression, mode="eval").body) == dimension


def test_names_that_name_each_other_end():
    local = {"a": ast.Name("b"), "b": ast.Name("a")}
    assert Dimensions(local).of(ast.Name("a")) is None
