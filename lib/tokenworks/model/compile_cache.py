"""Compiled programs on disk: a process reads what an earlier one has compiled.

JAX's own cache (https://docs.jax.dev/en/latest/persistent_compilation_cache.html), beside the
weights, in a folder for each version of JAX and each kind of processor. Two processes may use it
at once; an entry that cannot be read is compiled again.
"""

from __future__ import annotations

import hashlib
import os
import platform
import tempfile
import warnings
from pathlib import Path

import jax

from tokenworks.model.download import cache_folder

PROCESSOR = Path("/proc/cpuinfo")
SHORTEST = "jax_persistent_cache_min_compile_time_secs"


def enable_compile_cache(folder: Path | None = None) -> Path | None:
    """Let JAX keep its programs in a folder of the cache and look there first; return the folder.

    None where it cannot be written to: everything then works as without, and compiles each time.
    A folder that was chosen before stays (JAX_COMPILATION_CACHE_DIR). Who may write into it can run
    code as you, so a new one is yours alone. It grows by each new program, some 15 KB, and may be
    deleted at any time: JAX's own limit (jax_compilation_cache_max_size) is left off, because one
    entry whose writer was ended in the middle keeps it from ever writing again.
    """
    if SHORTEST.upper() not in os.environ:
        jax.config.update(SHORTEST, 0.0)  # a step's programs all compile within the default, 1 s
    if chosen := jax.config.values["jax_compilation_cache_dir"]:
        return Path(chosen)
    kept = (folder or cache_folder()) / "compiled" / f"jax-{jax.__version__}-{_processor()}"
    try:
        kept.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=kept):
            pass
    except OSError:
        return None
    # of an entry cut short by a full disk or by two writers: JAX then compiles, as without a cache
    warnings.filterwarnings("ignore", "Error (reading|writing) persistent compilation cache entry")
    jax.config.update("jax_compilation_cache_dir", str(kept))
    return kept


def _processor() -> str:
    """Return a short name for what programs are compiled for: the processor and its threads."""
    lines = PROCESSOR.read_text().splitlines() if PROCESSOR.exists() else [platform.processor()]
    first = lines[: lines.index("")] if "" in lines else lines
    kinds = ("vendor_id", "cpu family", "model", "flags", "CPU", "Features")
    told = [line for line in first if line.startswith(kinds)] or lines
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    told += [platform.machine(), str(threads)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:12]
