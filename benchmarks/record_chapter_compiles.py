"""Compile for one TPU v5e whatever the chapters compile, without a TPU.

    python -m benchmarks.record_chapter_compiles            all chapters
    python -m benchmarks.record_chapter_compiles 02 08      some

runs a chapter's cells in a process of its own, keeps every program that JAX lowers there, and
compiles each for v5e:1x1, donations as they were, Pallas kernels as kernels. A program for several
simulated devices is compiled for as many chips of the smallest slice that has them, on the same
mesh and with its arguments placed alike. "measure" is what the yardsticks multiply on an
accelerator, where they take larger matrices than on a CPU. The chapters' part of
benchmarks/results/chapter_compiles.json is rewritten: programs by name, the most HBM that one chip
needs, on how many chips, and what was refused. JAX has no public hook for this: it is
`pxla.lower_sharding_computation`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import jupytext

ROOT = Path(__file__).parents[1]
PATH = ROOT / "benchmarks/results/chapter_compiles.json"
TOPOLOGY = "v5e:1x1"
LONGEST = 200  # characters of a refusal
MEASURE, YARDSTICK = "measure", "chain"  # no chapter, and the product that it times
KEPT = Path(tempfile.gettempdir()) / "chapter_compiles_kept.json"
NOT_RUN = "TOKENWORKS_LOWER_ONLY"  # in this file's own processes


class _Enough(Exception):
    """A program is lowered, and need not run."""


class Lowered(NamedTuple):
    """A program that JAX lowered: its name, its trace, and which arguments it may overwrite."""

    name: str
    traced: Any  # a closed jaxpr
    donated: tuple[int, ...]
    shardings: tuple[Any, ...]  # of its arguments, and of what it returns
    out_shardings: tuple[Any, ...]
    mesh: Any  # of the simulated devices that it ran on; None on one


def main() -> None:
    """Run chapters one after another and write down what each compiles."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapters", nargs="*", metavar="NN", help="how a chapter's file begins")
    parser.add_argument("--inside", help=argparse.SUPPRESS)  # this process runs the cells
    options = parser.parse_args()
    if options.inside:
        _inside(options.inside)
        return
    found = json.loads(PATH.read_text(encoding="utf-8"))["chapters"] if PATH.exists() else {}
    stems = [*sorted(file.stem for file in (ROOT / "chapters").glob("*.md")), MEASURE]
    for stem in stems:
        if not options.chapters or stem.startswith(tuple(options.chapters)):
            found[stem] = _asked(stem)
            print(stem, len(found[stem]["programs"]), "names", flush=True)
            _write({stem: found[stem] for stem in stems if stem in found})


def _write(chapters: dict[str, Any]) -> None:
    about = {
        "command": "python -m benchmarks.record_chapter_compiles",
        "date": date.today().isoformat(),
        "topology": TOPOLOGY,
        "libtpu": version("libtpu"),
        "jax": version("jax"),
    }
    text = json.dumps({**about, "chapters": chapters}, indent=1)
    PATH.write_text(text + "\n", encoding="utf-8")


def _asked(stem: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.record_chapter_compiles", "--inside", stem]
    settings = {**os.environ, "JAX_PLATFORMS": "cpu"}
    settings |= {} if stem == MEASURE else {"TOKENWORKS_MEASURE_ONCE": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=settings, check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def _inside(stem: str) -> None:
    """Run a chapter's cells here, then compile what they lowered, and print the findings."""
    keep = _keep_lowered()
    os.chdir(tempfile.mkdtemp())
    if stem == MEASURE:
        _measure()
    else:
        _run_cells(ROOT / "chapters" / f"{stem}.md")
    programs = {
        (each.name, str(each.traced.in_avals), str(each.traced), str(each.mesh)): each
        for each in keep()
    }
    _pallas_native()
    found: dict[str, Any] = {}
    for program in programs.values():
        chips = program.mesh.size if program.mesh else 1
        row = found.setdefault(program.name, {"shapes": 0, "most_bytes": 0})
        if chips > 1:
            row["chips"] = max(row.get("chips", 1), chips)
        row["shapes"] += 1
        needed = _remembered(program)
        if isinstance(needed, str):
            row.setdefault("refused", []).append(needed)
        else:
            row["most_bytes"] = max(row["most_bytes"], needed)
    print(json.dumps({"lowered": len(programs), "programs": dict(sorted(found.items()))}))


def _keep_lowered() -> Callable[[], list[Lowered]]:
    """Keep every program that JAX lowers from now on; return what gives, and ends, the list."""
    from jax._src.interpreters import pxla

    from benchmarks.slice_programs import forget_kinds, mesh_of

    forget_kinds()
    kept: list[Lowered] = []
    original = pxla.lower_sharding_computation

    def lower(traced: Any, api_name: str, fun_name: str, *rest: Any, **named: Any) -> Any:
        donated = tuple(i for i, gone in enumerate(rest[4]) if gone)
        given, made = tuple(rest[0]), tuple(rest[1])
        mesh = mesh_of(traced, (*given, *made))
        kept.append(Lowered(fun_name, traced, donated, given, made, mesh))
        if fun_name == YARDSTICK and os.environ.get(NOT_RUN):
            raise _Enough
        return original(traced, api_name, fun_name, *rest, **named)

    pxla.lower_sharding_computation = lower

    def given() -> list[Lowered]:
        pxla.lower_sharding_computation = original
        return kept

    return given


def _measure() -> None:
    """Lower, and do not run, the products that `tokenworks.measure` times on an accelerator."""
    import jax

    from tokenworks import measure

    jax.default_backend = lambda: "tpu"
    os.environ[NOT_RUN] = "1"
    memory = int((measure.MATRIX_BYTES / 4) ** 0.5)
    sizes = [(1, memory, "float32"), (512, 8192, "float32"), (512, 4096, "float32")]
    sizes += [(side, side, dtype) for side in measure.SIDES for dtype in ("float32", "bfloat16")]
    for rows, side, dtype in sizes:
        with suppress(_Enough):
            measure.matmul_seconds([rows], side=side, dtype=dtype)


def _run_cells(file: Path) -> None:
    """Run the code cells as a notebook would; the first that fails ends the run."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.io import capture_output

    shell = InteractiveShell.instance()
    for cell in jupytext.read(file).cells:
        if cell.cell_type == "code":
            with capture_output():
                done = shell.run_cell(cell.source, store_history=True)
            done.raise_error()


def _pallas_native() -> None:
    """Lower Pallas kernels as such from now on, those too that a CPU interpreted."""
    from jax._src.interpreters import mlir
    from jax._src.pallas import pallas_call

    def lower(ctx: Any, *nodes: Any, interpret: Any, **params: Any) -> Any:
        return pallas_call._pallas_call_lowering(ctx, *nodes, interpret=False, **params)

    mlir.register_lowering(pallas_call.pallas_call_p, lower)


def _remembered(program: Lowered) -> int | str:
    """Return the same as `_needed_bytes`; chapters share programs, and a run may be stopped."""
    text = f"{program.traced.in_avals} {program.donated} {program.traced}"
    text += f" {program.mesh} {program.shardings}" if program.mesh else ""
    text = re.sub("0x[0-9a-f]+", "", text)
    key = hashlib.sha256(f"{version('libtpu')} {version('jax')} {text}".encode()).hexdigest()
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    if key not in kept:
        kept[key] = _needed_bytes(program)
        KEPT.write_text(json.dumps(kept), encoding="utf-8")
    return kept[key]


def _needed_bytes(program: Lowered) -> int | str:
    """Return the HBM that the program needs on a v5e, or why it is refused."""
    import jax
    from jax.extend.core import jaxpr_as_fun

    from benchmarks.slice_programs import chip_mesh, on_chips, placed, sharding_on, slice_chips
    from tokenworks.tpu import CompileError, compile_for

    shapes: Any = [jax.ShapeDtypeStruct(e.shape, e.dtype) for e in program.traced.in_avals]
    options: dict[str, Any] = {"topology": TOPOLOGY, "donate_argnums": program.donated}
    traced = program.traced
    if program.mesh:
        chips = slice_chips(program.mesh.size)
        mesh = chip_mesh(program.mesh, chips)
        shapes = placed(shapes, program.shardings, mesh)
        options["out_shardings"] = [sharding_on(mesh, each) for each in program.out_shardings]
        traced = on_chips(traced, chips)
    try:
        said = compile_for(jaxpr_as_fun(traced), *shapes, **options)
    except CompileError as error:
        return str(error)[:LONGEST]
    except (NotImplementedError, ValueError) as error:  # JAX cannot lower it
        return f"{type(error).__name__}: {error}"[:LONGEST]
    return said.peak_bytes


if __name__ == "__main__":
    main()
