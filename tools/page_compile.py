"""Run by Pyodide where a page's Python is built (`page_compile.mjs`), never by this machine's.

From `/given` it takes the standard library and the package's half and starts the runner as a page
does. It leaves the library again, and bytecode for all of both that was imported until the first
answer, which no import compares with its source.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
import zipfile
from importlib._bootstrap_external import _code_to_hash_pyc  # type: ignore[import-not-found]
from pathlib import Path

GIVEN, MADE = "/given/python_stdlib.zip", "/given/python.zip"
HOME = Path("/lib/tokenworks")  # where the worker lays it
# Of a network or a terminal, which a page gives to no text.
USELESS = (
    "_pyrepl/",
    "ftplib.",
    "http/cookiejar.",
    "http/server.",
    "imaplib.",
    "mailbox.",
    "poplib.",
)
USELESS += ("smtplib.", "socketserver.", "ssl.", "wsgiref/", "xmlrpc/")
# The colours of a terminal, which each traceback imports: a seventh of all that Python does until a
# page is ready.
COLOURS = "_colorize.py"
COLOURLESS = b"""
class _Colourless(str):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, name):
        return self

COLORIZE = False
ANSIColors = NoColors = default_theme = theme_no_color = _Colourless()
can_colorize = lambda *, file=None: False
get_colors = lambda colorize=False, *, file=None: NoColors
get_theme = lambda **options: NoColors
set_theme = lambda theme: None
decolor = lambda text: text
"""
QUESTION = {"ask": "check", "exercise": "01.1", "source": ""}


def bytecode(source: bytes, path: str, *, plain: bool = False) -> bytes:
    """Return what Python writes for a module that is never compared with its source.

    Of a plain one neither docstrings nor assertions are kept.
    """
    code = compile(source, path, "exec", dont_inherit=True, optimize=2 if plain else 0)
    return bytes(_code_to_hash_pyc(code, importlib.util.source_hash(source), False))


def library(imported: set[str]) -> None:
    """Write the standard library, unpacked: whoever sends it packs all of it at once."""
    with zipfile.ZipFile(GIVEN) as given, zipfile.ZipFile(MADE, "w") as made:
        inside = next(path for path in sys.path if path.endswith(".zip"))
        for name in sorted(given.namelist()):
            data = COLOURLESS if name == COLOURS else given.read(name)
            path = f"{inside}/{name}"
            if path in imported:
                described = "pyodide" in name  # builds texts out of its docstrings
                name, data = f"{name}c", bytecode(data, path, plain=not described)
            if not name.endswith("/") and not name.startswith(USELESS):
                made.writestr(zipfile.ZipInfo(name), data)


def package(imported: set[str]) -> None:
    """Lay the bytecode of the package's modules beside them in `/given/package`."""
    for path in sorted(imported):
        if path.startswith(f"{HOME}/"):
            inside = Path(importlib.util.cache_from_source(path)).relative_to(HOME)
            cached = Path("/given/package") / inside
            cached.parent.mkdir(exist_ok=True)
            plain = "exercises" not in path  # whose solutions are described by their docstrings
            cached.write_bytes(bytecode(Path(path).read_bytes(), path, plain=plain))


shutil.copytree("/given/package", HOME)
sys.path.insert(0, str(HOME))
sys.dont_write_bytecode = True
answer = importlib.import_module("tokenworks.runner").answer
answer(json.dumps(QUESTION))
files = {str(getattr(module, "__file__", "")) for module in list(sys.modules.values())}
library(files)
package(files)
