"""A formula as TeX: the tree of a Python expression in the symbols of the book's pages."""

from __future__ import annotations

import ast
import re

from tokenworks.number import finite

# The book's letters (its page of notation) for what the library calls by name.
SYMBOLS = {
    "batch": "B",
    "n_layers": "L",
    "n_heads": "H",
    "n_kv_heads": "K",
    "d_head": "D",
    "d_model": "M",
    "d_ff": "F",
    "vocab_size": "V",
    "n_experts": "E",
    "bytes_per_value": "b",
}
WORDS = {
    "hbm": "HBM",
    "kv": "KV",
    "usd": "USD",
    "flops": "FLOP",
    "ttft": "TTFT",
    "tdp": "TDP",
    "tpot": "TPOT",
}
BINDS = {ast.Add: 1, ast.Sub: 1, ast.Mult: 2, ast.FloorDiv: 2, ast.Mod: 2, ast.Pow: 4}
SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: r"\cdot", ast.Mod: r"\bmod"}
BRACKETS = {"ceil": r"\lceil %s \rceil", "floor": r"\lfloor %s \rfloor", "abs": r"\lvert %s \rvert"}
NAMED = {"min": r"\min", "max": r"\max", "log2": r"\log_2", "exp": r"\exp", "sum": r"\sum"}
VALUE = re.compile(r"⟦(.*)⟧")


def tex(node: ast.AST) -> str:
    """Return an expression as TeX; what has no notation of its own stands as text."""
    if isinstance(node, ast.Expression):
        return tex(node.body)
    if isinstance(node, ast.BinOp):
        return _operation(node)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return f"-{_within(node.operand, 3)}"
    if isinstance(node, ast.Call):
        return _call(node)
    if isinstance(node, ast.Constant):
        return text_of(_plain(node.value))
    if isinstance(node, ast.Name):
        value = VALUE.fullmatch(node.id)
        return text_of(value[1]) if value else symbol(node.id)
    if isinstance(node, ast.Attribute):
        return symbol(node.attr)
    return words(ast.unparse(node))


def _plain(value: object) -> str:
    """Return a number with separators and without an empty fraction."""
    number = finite(value)
    if number is None:
        return str(value)
    return f"{int(number):,}" if float(number).is_integer() else f"{number:,}"


def symbol(name: str) -> str:
    """Return a name's letter, or its words as text: `weight_bytes` is "weight bytes"."""
    if len(name) == 1:
        return name
    return SYMBOLS.get(name) or words(name)


def words(name: str) -> str:
    """Return a name as upright words."""
    return text_of(spoken(name))


def spoken(name: str) -> str:
    """Return a name in words, with a slash for a rate: `hbm_bytes_per_s` is "HBM bytes/s"."""
    spaced = name.replace("_per_", "/").replace("_", " ").strip()
    return " ".join(WORDS.get(word, word) for word in spaced.split())


def text_of(plain: str) -> str:
    """Return plain text as upright TeX, its special characters made safe."""
    safe = re.sub(r"([#$%&_{}])", r"\\\1", plain.replace("\\", "").replace("^", ""))
    return rf"\text{{{safe}}}"


def _operation(node: ast.BinOp) -> str:
    if isinstance(node.op, ast.Div):
        return rf"\frac{{{tex(node.left)}}}{{{tex(node.right)}}}"
    if isinstance(node.op, ast.FloorDiv):
        return rf"\left\lfloor \frac{{{tex(node.left)}}}{{{tex(node.right)}}} \right\rfloor"
    if isinstance(node.op, ast.Pow):
        return f"{_within(node.left, 5)}^{{{tex(node.right)}}}"
    binds = BINDS.get(type(node.op), 0)
    sign = SIGNS.get(type(node.op), r"\;?\;")
    closer = binds + isinstance(node.op, ast.Sub)  # a - (b - c) keeps its brackets
    return f"{_within(node.left, binds)} {sign} {_within(node.right, closer)}"


def _within(node: ast.AST, binds: int) -> str:
    """Bracket what would otherwise be read with its neighbours."""
    loose = isinstance(node, ast.BinOp) and BINDS.get(type(node.op), 9) < binds
    rate = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and binds > BINDS[ast.Pow]
    return rf"\left({tex(node)}\right)" if loose or rate else tex(node)


def _call(node: ast.Call) -> str:
    name = ast.unparse(node.func).rpartition(".")[2]
    arguments = ",\\, ".join(tex(arg) for arg in node.args)
    if name in BRACKETS and len(node.args) == 1:
        return BRACKETS[name] % arguments
    if name == "float" and len(node.args) == 1:
        return arguments
    if name in NAMED:
        return rf"{NAMED[name]}\left({arguments}\right)"
    if name == "sqrt":
        return rf"\sqrt{{{arguments}}}"
    return words(name)  # what goes in stands in the substitution
