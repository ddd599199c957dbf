"""Expressions as TeX: what binds loosely gets brackets, what has a letter gets it."""

import ast

import pytest

from tokenworks.formula_tex import spoken, symbol, tex


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("W / beta", r"\frac{W}{\text{beta}}"),
        ("2 * L * K", r"\text{2} \cdot L \cdot K"),
        ("(a + b) * c", r"\left(a + b\right) \cdot c"),
        ("a - (b - c)", r"a - \left(b - c\right)"),
        ("a - (b + c)", r"a - \left(b + c\right)"),
        ("a - b + c", "a - b + c"),
        ("T**2", r"T^{\text{2}}"),
        ("(a + b)**2", r"\left(a + b\right)^{\text{2}}"),
        ("(a / b)**2", r"\left(\frac{a}{b}\right)^{\text{2}}"),
        ("(2 * a)**n", r"\left(\text{2} \cdot a\right)^{n}"),
        ("a // b", r"\left\lfloor \frac{a}{b} \right\rfloor"),
        ("-(a + b)", r"-\left(a + b\right)"),
        ("ceil(a / 2)", r"\lceil \frac{a}{\text{2}} \rceil"),
        ("max(a, b)", r"\max\left(a,\, b\right)"),
        ("parameter_count(spec) * w", r"\text{parameter count} \cdot w"),
        ("spec.n_layers * n_kv_heads", r"L \cdot K"),
        ("3600.0 * t", r"\text{3,600} \cdot t"),
        ("1e9 / x", r"\frac{\text{1,000,000,000}}{x}"),
    ],
)
def test_an_expression_is_written_as_a_formula(text, expected):
    assert tex(ast.parse(text, mode="eval")) == expected


def test_special_characters_are_made_safe():
    assert tex(ast.Name("⟦5 %⟧")) == r"\text{5 \%}"
    assert tex(ast.Name("⟦a_b {c} \\x⟧")) == r"\text{a\_b \{c\} x}"


def test_names_are_spoken():
    assert spoken("hbm_bytes_per_s") == "HBM bytes/s"
    assert symbol("hbm_bytes") == r"\text{HBM bytes}"
    assert symbol("d_head") == "D"
