"""Prompts for the corpus of a draft: our own templates, filled from lists and installed packages.

Three kinds: chat, code and copy (the answer repeats, shortens or edits a text of the prompt). What
is held out has other templates, other topics and other packages than what is trained on.
"""

from __future__ import annotations

import ast
import re
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import numpy as np

from benchmarks.draft_topics import AUDIENCES, HELD_OUT, OBJECTS, PLACES, TASKS, TRAINED

KINDS = ("chat", "code", "copy")
MOST_PROMPT_TOKENS = 192
TRAINED_PACKAGES = ("numpy", "jax", "email", "asyncio", "json", "unittest", "logging", "http")
HELD_OUT_PACKAGES = ("gguf", "filelock", "platformdirs", "h11", "starlette", "uvicorn", "xml")
TRAINED_MODULES = (  # single files of the standard library
    *("argparse", "ast", "calendar", "cmd", "csv", "dataclasses", "datetime", "decimal", "difflib"),
    *("doctest", "enum", "fractions", "ftplib", "functools", "gettext", "heapq", "imaplib"),
    *("inspect", "ipaddress", "locale", "mailbox", "optparse", "pathlib", "pdb", "pickle"),
    *("platform", "poplib", "pprint", "pydoc", "random", "shutil", "smtplib", "socket", "ssl"),
    *("statistics", "string", "subprocess", "tarfile", "tempfile", "textwrap", "threading"),
    *("tokenize", "traceback", "turtle", "typing", "uuid", "warnings", "weakref", "zipfile"),
)


@dataclass(frozen=True)
class Snippets:
    """Pieces of installed packages: paragraphs of prose, and short functions."""

    paragraphs: list[str]
    functions: list[str]


def sources(held_out: bool) -> Iterator[Path]:
    """Yield the source files that prompts quote, in a fixed order."""
    folder = Path(sysconfig.get_paths()["stdlib"])
    if not held_out:
        yield from (folder / f"{name}.py" for name in TRAINED_MODULES)
    for name in HELD_OUT_PACKAGES if held_out else TRAINED_PACKAGES:
        spec = find_spec(name)
        assert spec is not None, f"{name} is not installed"
        for place in spec.submodule_search_locations or ():
            found = sorted(Path(place).rglob("*.py"))
            yield from (path for path in found if "test" not in str(path.relative_to(place)))


@cache
def snippets(held_out: bool) -> Snippets:
    """Read docstrings and functions out of those files, each once."""
    paragraphs: dict[str, None] = {}
    functions: dict[str, None] = {}
    for path in sources(held_out):
        try:
            text = path.read_text(encoding="utf-8")
            tree, lines = ast.parse(text), text.split("\n")
        except (SyntaxError, UnicodeDecodeError, FileNotFoundError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                paragraphs |= dict.fromkeys(prose(ast.get_docstring(node) or ""))
            if isinstance(node, ast.FunctionDef) and node.col_offset == 0:
                code = "\n".join(lines[node.lineno - 1 : node.end_lineno])
                if 80 < len(code) < 420:
                    functions[code] = None
    return Snippets(list(paragraphs), list(functions))


def prose(docstring: str) -> Iterator[str]:
    """Yield the paragraphs that read as sentences."""
    for paragraph in docstring.split("\n\n"):
        said = re.sub(r"\s+", " ", paragraph).strip()
        plain = not re.search(r">>>|[-=*:]{3}|[{}|<>]|::", said)
        if 120 < len(said) < 520 and said[0].isupper() and said[-1] == "." and plain:
            yield said


def chat(rng: np.random.Generator, held_out: bool, _: Snippets) -> str:
    """Return a question or a small task in prose."""
    lists = HELD_OUT if held_out else TRAINED
    template = rng.choice(lists["chat"])
    return template.format(
        topic=rng.choice(lists["topics"]),
        other=rng.choice(lists["topics"]),
        audience=rng.choice(AUDIENCES),
        place=rng.choice(PLACES),
    )


def code(rng: np.random.Generator, held_out: bool, found: Snippets) -> str:
    """Return a request to write, finish or explain Python."""
    lists = HELD_OUT if held_out else TRAINED
    template = rng.choice(lists["code"])
    function = found.functions[rng.integers(len(found.functions))]
    task = rng.choice(TASKS).format(thing=rng.choice(OBJECTS), other=rng.choice(OBJECTS))
    head = "".join(re.findall(r"(?s)^.*?\)[^\n()]*:\n", function)) or function.split("\n")[0] + "\n"
    return template.format(task=task, function=function, head=head)


def copy(rng: np.random.Generator, held_out: bool, found: Snippets) -> str:
    """Return a text with the request to repeat, shorten or edit it."""
    lists = HELD_OUT if held_out else TRAINED
    template = str(rng.choice(lists["copy"]))
    wanted = found.functions if "```" in template else found.paragraphs
    return template.format(text=wanted[rng.integers(len(wanted))])


def prompts(kind: str, *, held_out: bool, seed: int) -> Iterator[str]:
    """Yield prompts of a kind without end, none twice."""
    write = {"chat": chat, "code": code, "copy": copy}[kind]
    found = snippets(held_out)
    rng = np.random.default_rng([seed, KINDS.index(kind), held_out])
    seen = set()
    while True:
        prompt = write(rng, held_out, found)
        if prompt not in seen:
            seen.add(prompt)
            yield prompt


if __name__ == "__main__":
    for kind in KINDS:
        for held_out in (False, True):
            for prompt in islice(prompts(kind, held_out=held_out, seed=0), 3):
                print(f"--- {kind}, held out: {held_out}\n{prompt}")
