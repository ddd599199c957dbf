"""The source of a solved function: its body, its stub, and the function with an edit made."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

Edit = tuple[str, str]  # what stands in the solution, and what a mistake writes in its place


@cache
def definition(solution: Callable[..., Any]) -> tuple[str, str]:
    """Return a function's head without decorators, and its body without the docstring."""
    lines = textwrap.dedent(inspect.getsource(solution)).splitlines()
    (node,) = ast.parse("\n".join(lines)).body
    if not isinstance(node, ast.FunctionDef) or ast.get_docstring(node) is None:
        raise ValueError(f"{solution.__name__} must be a function with a docstring, its task")
    docstring = node.body[0]
    return "\n".join(lines[node.lineno - 1 : docstring.lineno - 1]), "\n".join(
        lines[docstring.end_lineno :]
    ).strip("\n")


def body_lines(solution: Callable[..., Any]) -> list[str]:
    """List the lines of a solution that are not empty."""
    return [line for line in definition(solution)[1].splitlines() if line.strip()]


def stub(solution: Callable[..., Any], docstring: str, size_hint: str) -> str:
    """Write the function with a docstring, a size hint and dots for its body."""
    return f'{definition(solution)[0]}\n    """{docstring}"""\n    # {size_hint}\n    ...'


def solved(solution: Callable[..., Any], docstring: str, size_hint: str) -> str:
    """Write the function as the stub has it, with the solution in place of the dots."""
    code = stub(solution, docstring, size_hint).removesuffix("    ...")
    return f"{code}    # BEGIN SOLUTION\n{definition(solution)[1]}\n    # END SOLUTION"


def edited(solution: Callable[..., Any], edits: Sequence[Edit]) -> Callable[..., Any]:
    """Return a solution with edits made in its body, one after the other.

    What an edit replaces must stand there exactly once: ValueError otherwise.
    """
    head, body = definition(solution)
    for old, new in edits:
        if body.count(old) != 1:
            raise ValueError(
                f"{solution.__name__}: {old!r} stands {body.count(old)} times in the solution, "
                "and an edit must apply exactly once"
            )
        body = body.replace(old, new)
    return compiled(solution, f"{head}\n{body}")


def compiled(solution: Callable[..., Any], source: str) -> Callable[..., Any]:
    """Define a function from a changed source, with the names that the solution sees."""
    space: dict[str, Any] = dict(inspect.unwrap(solution).__globals__)
    exec(compile(source, f"<{solution.__name__}, edited>", "exec"), space)
    return space[solution.__name__]
