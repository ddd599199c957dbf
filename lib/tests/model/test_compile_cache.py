"""Programs kept on disk: found by the next process, and no harm where the folder is of no use."""

import os
import subprocess
import sys
from pathlib import Path

import jax
import pytest

from tokenworks.model import compile_cache
from tokenworks.model.compile_cache import enable_compile_cache

PROGRAM = """
import sys
from pathlib import Path
import jax, jax.numpy as jnp
events = []
jax.monitoring.register_event_listener(lambda name, **_: events.append(name.split("/")[-1]))
from tokenworks.model.compile_cache import enable_compile_cache
folder = enable_compile_cache(Path(sys.argv[1]))
print(folder)
print(jax.jit(lambda x: jnp.sin(x) @ x.T)(jnp.arange(12.0).reshape(3, 4)).sum().item())
print(events.count("cache_hits"), events.count("cache_misses"))
"""


def start(folder, **environment):
    """Start a process that compiles something; warnings are errors there."""
    clean = {name: v for name, v in os.environ.items() if not name.startswith("JAX_COMPILATION")}
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PROGRAM, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean | environment,
    )


def told(process):
    """Return the folder, the sum, and how many programs were found and not found."""
    out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, ""), err
    folder, total, counts = out.splitlines()
    return folder, total, [int(count) for count in counts.split()]


def test_the_next_process_finds_what_was_compiled_and_computes_the_same(tmp_path):
    both = [start(tmp_path) for _ in range(2)]  # at once, in a folder that is not there yet
    folders, totals, counts = zip(*map(told, both), strict=True)
    assert {Path(folder).parent for folder in folders} == {tmp_path / "compiled"}
    assert all(hits + misses == sum(counts[0]) > 0 for hits, misses in counts)
    entries = [path for path in Path(folders[0]).iterdir() if path.name.endswith("-cache")]
    assert Path(folders[0]).stat().st_mode & 0o077 == 0  # nobody else's
    again = told(start(tmp_path))
    assert again == (folders[0], totals[0], [sum(counts[0]), 0])
    for entry in entries:  # a disk that was full
        entry.write_bytes(entry.read_bytes()[:-40])
    damaged = told(start(tmp_path))
    assert damaged[:2] == again[:2]
    assert damaged[2][0] == 0


def test_a_folder_that_cannot_be_written_to_is_left_alone(tmp_path):
    (tmp_path / "file").write_text("no folder")
    folder, _, counts = told(start(tmp_path / "file"))
    assert (folder, counts) == ("None", [0, 0])
    assert (tmp_path / "file").read_text() == "no folder"


def test_a_folder_that_the_user_has_chosen_stays_and_keeps_short_programs_too(tmp_path):
    chosen = str(tmp_path / "mine")
    folder, _, counts = told(start(tmp_path, JAX_COMPILATION_CACHE_DIR=chosen))
    assert (folder, counts[0]) == (chosen, 0)
    again = told(start(tmp_path, JAX_COMPILATION_CACHE_DIR=chosen))
    assert again[2] == [counts[1], 0]
    assert not (tmp_path / "compiled").exists()


def test_an_option_that_the_environment_sets_stays(tmp_path):
    minute = {"JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "60"}
    folder, _, _ = told(start(tmp_path, **minute))
    assert [path for path in Path(folder).iterdir() if path.name.endswith("-cache")] == []


def test_an_entry_whose_writer_was_ended_keeps_nobody_from_writing(tmp_path):
    folder, _, counts = told(start(tmp_path))
    first, *others = (path for path in Path(folder).iterdir() if path.name.endswith("-cache"))
    first.write_bytes(first.read_bytes()[:10])
    for path in (*others, *Path(folder).glob("*-atime")):
        path.unlink()
    told(start(tmp_path))
    assert told(start(tmp_path))[2] == [sum(counts) - 1, 1]  # all but the damaged one


def test_these_tests_use_it_where_the_cache_can_be_written_to():
    kept = enable_compile_cache()
    assert kept is None or str(kept) == jax.config.values["jax_compilation_cache_dir"]


@pytest.mark.parametrize("line", ["flags\t: fpu avx512f", "model\t\t: 1", "Features\t: fp asimd"])
def test_another_processor_has_a_folder_of_its_own(tmp_path, monkeypatch, line):
    told = tmp_path / "cpuinfo"
    monkeypatch.setattr(compile_cache, "PROCESSOR", told)
    names = set()
    for text in ("processor\t: 0\nflags\t: fpu\n\n", f"processor\t: 0\n{line}\ncpu MHz : 9\n\n"):
        told.write_text(text)
        names.add(compile_cache._processor())
    told.write_text(text.replace("MHz : 9", "MHz : 7") + "processor\t: 1\nflags : other\n")
    assert compile_cache._processor() in names
    assert len(names) == 2
