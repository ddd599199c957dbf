"""What runs Python in a page: Pyodide, the half of the package without JAX and NumPy, an editor.

`make runner` (`python -m tools.page_python`) writes them into `_build/runner`; the site carries
them in `_static/runner`, from where no page fetches them before its reader asks.

The half is found, not listed: every module of `PARTS` that can be imported with the standard
library alone, what it imports, and the data that it names. What is imported until the first answer,
of Python's library and of the half, comes with its bytecode: compiling was half of the time until a
page was ready. One commit gives the same bytes.
"""

from __future__ import annotations

import ast
import gzip
import io
import json
import lzma
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tools.repository import ROOT

LIBRARY = ROOT / "lib" / "tokenworks"
PARTS = ("checks", "cockpit", "configs", "cost", "data", "planner", "runner", "serving")
PYODIDE = ROOT / "node_modules" / "pyodide"
TAKEN = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm")
STANDARD = "python_stdlib.zip"  # the library of Python, as Pyodide brings it
COMPILING = ROOT / "tools" / "page_compile.mjs"
BUNDLER = ROOT / "node_modules" / ".bin" / "esbuild"
EDITOR = ROOT / "book" / "_editor" / "editor.mjs"
BUNDLING = ("--bundle", "--minify", "--format=iife", "--global-name=tokenworksEditor")
PACKAGE = re.compile(r"node_modules/(@[^/]+/)?[^/]+")  # that an input of the bundle is of
TARGET = ROOT / "_build" / "runner"
ARCHIVE = "tokenworks.tar.xz"
LIBRARY_OF_PYTHON = "python.zip.gz"
SOURCES = {".py", ".pyc"}
XZ = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": 4 * 2**20}]


class Module:
    """One module of the package: its file, what it imports at once and ever, the texts in it."""

    def __init__(self, path: Path, names: frozenset[str]) -> None:
        self.path = path
        tree = ast.parse(path.read_text(encoding="utf-8"))
        later = {id(node) for block in _only_for_types(tree) for node in ast.walk(block)}
        ever = [node for node in ast.walk(tree) if id(node) not in later]
        self.ever = frozenset(_imported(ever, names))
        self.at_once = frozenset(_imported(_at_once(tree, later), names))
        constants = (node.value for node in ever if isinstance(node, ast.Constant))
        self.said = {text for text in constants if isinstance(text, str)}


def _only_for_types(tree: ast.Module) -> Iterator[ast.stmt]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from node.body


def _at_once(tree: ast.Module, later: set[int]) -> Iterator[ast.AST]:
    """Yield what runs when a module is imported: not the bodies of its functions."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if id(node) in later or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        yield node
        waiting.extend(ast.iter_child_nodes(node))


def _imported(nodes: Iterable[ast.AST], names: frozenset[str]) -> Iterator[str]:
    """Yield each module that is imported, by its name in the package or its root elsewhere."""
    for node in nodes:
        found: list[str] = []
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            found = [node.module, *(name for name in inner if name in names)]
        yield from (name if name in names else name.partition(".")[0] for name in found)


@cache
def package(library: Path = LIBRARY) -> dict[str, Module]:
    """Return the modules of the package by name."""
    files = sorted(library.rglob("*.py"))
    by_name = {_name(path, library): path for path in files}
    names = frozenset(by_name)
    return {name: Module(path, names) for name, path in by_name.items()}


def _name(path: Path, library: Path) -> str:
    parts = path.relative_to(library.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def _parents(name: str) -> Iterator[str]:
    while "." in name:
        name = name.rpartition(".")[0]
        yield name


@cache
def pure(library: Path = LIBRARY) -> frozenset[str]:
    """Return the modules that can be imported where there is only the standard library."""
    modules = package(library)
    found = set(modules)
    lost = True
    while lost:
        lost = {name for name in found if not _stands(name, modules, found)}
        found -= lost
    return frozenset(found)


def _stands(name: str, modules: dict[str, Module], standing: set[str]) -> bool:
    needed = {*modules[name].at_once, *_parents(name)}
    return all(one in standing or one in sys.stdlib_module_names for one in needed)


@cache
def half(library: Path = LIBRARY, parts: tuple[str, ...] = PARTS) -> tuple[str, ...]:
    """Return the modules that a page gets: those of `parts`, and all that they use."""
    modules, able = package(library), pure(library)
    root = library.name
    begins = tuple(f"{root}.{part}." for part in parts)
    waiting = [root, *(name for name in able if f"{name}.".startswith(begins))]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in found or name not in able:
            continue
        found.add(name)
        waiting += [*modules[name].ever, *_parents(name)]
    return tuple(sorted(found))


def files(library: Path = LIBRARY, parts: tuple[str, ...] = PARTS) -> list[Path]:
    """Return the files that a page gets: its modules, and the data whose name one of them says."""
    modules = [package(library)[name] for name in half(library, parts)]
    said = {text for module in modules for text in module.said}
    words = {word for text in said for word in re.findall(r"[\w.-]+", text)}
    data = [path for path in library.rglob("*") if path.is_file() and path.suffix not in SOURCES]
    drawn = {path.stem for path in (library / "widgets").glob("*.py")}  # what a picture is of
    named = [p for p in data if p.name in words or (p.stem in said and p.stem not in drawn)]
    return sorted([*(module.path for module in modules), *named])


class Built(NamedTuple):
    """What a page's Python is made of: the half with its bytecode, the library with its own."""

    half: bytes
    library: bytes


def built(library: Path = LIBRARY) -> Built:
    """Return the half and Python's library, packed, the same bytes for the same files."""
    with tempfile.TemporaryDirectory() as name:
        work, laid = Path(name), Path(name) / "package"
        for path in files(library):
            copy = laid / path.relative_to(library.parent)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        shutil.copyfile(PYODIDE / STANDARD, work / STANDARD)
        subprocess.run(["node", COMPILING, PYODIDE, work], check=True)
        half = lzma.compress(_tar(laid), filters=XZ)
        return Built(half, gzip.compress((work / "python.zip").read_bytes(), 9, mtime=0))


def _tar(folder: Path) -> bytes:
    """Return a folder as one archive, its files in the order of their kinds: alike packs well."""
    packed = io.BytesIO()
    inside = (path for path in folder.rglob("*") if path.is_file())
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path in sorted(inside, key=lambda each: (each.suffix, each)):
            entry = tarfile.TarInfo(path.relative_to(folder).as_posix())
            data = path.read_bytes()
            entry.size, entry.mode = len(data), 0o644
            tar.addfile(entry, io.BytesIO(data))
    return packed.getvalue()


def bundle(target: Path) -> str:
    """Write the editor as one script; return the licences of all that is in it."""
    with tempfile.NamedTemporaryFile("r", suffix=".json") as told:
        options = [f"--metafile={told.name}", "--log-level=error", f"--outfile={target}"]
        subprocess.run([BUNDLER, EDITOR, *BUNDLING, *options], cwd=ROOT, check=True)
        read = json.load(told)["inputs"]
    homes = {PACKAGE.match(path)[0] for path in read if PACKAGE.match(path)}  # type: ignore[index]
    return "\n".join(f"{home}\n\n{(ROOT / home / 'LICENSE').read_text()}" for home in sorted(homes))


def write(target: Path = TARGET) -> bool:
    """Write into a folder what a page needs; False where npm has not brought Pyodide."""
    if not PYODIDE.is_dir():
        return False
    target.mkdir(parents=True, exist_ok=True)
    for name in TAKEN:
        shutil.copyfile(PYODIDE / name, target / name)
    made = built()
    (target / ARCHIVE).write_bytes(made.half)
    (target / LIBRARY_OF_PYTHON).write_bytes(made.library)
    (target / "LICENSES.txt").write_text(bundle(target / "editor.js"), encoding="utf-8")
    sizes = {name: (target / name).stat().st_size for name in (*TAKEN, LIBRARY_OF_PYTHON, ARCHIVE)}
    lock = json.loads((PYODIDE / "pyodide-lock.json").read_text(encoding="utf-8"))
    told = {"bytes": sizes, "lock": {"info": lock["info"], "packages": {}}}
    (target / "files.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return True


if __name__ == "__main__":
    if not write():
        sys.exit("Pyodide is missing: `make node_modules` brings it (npm)")
    for each in sorted(TARGET.iterdir()):
        print(f"{each.stat().st_size / 1e3:9,.0f} KB  {each.name}")
