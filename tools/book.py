"""Build the book into `_build/html`, a warning being an error: `python -m tools.book`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tools import offline
from tools.page_python import write
from tools.repository import ROOT

SITE = ROOT / "_build" / "html"
ENTRY = "from jupyter_book.cli.main import main; main()"  # beside this Python, no PATH
GENERATED = {"", ".pyc"}
STRICT = ("-W", "-n", "--keep-going", "--all", "-q")


def build(root: Path = ROOT) -> int:
    """Build from nothing, so that no page of an earlier build is left; return the exit code."""
    site = root / "_build" / "html"
    shutil.rmtree(site, ignore_errors=True)
    if not write(site / "_static" / "runner"):  # first: its pages say how much they fetch
        print("No page of it runs Python: `make node_modules` brings what is missing (npm)")
    command = [sys.executable, "-c", ENTRY, "build", *STRICT, str(root)]
    # From here, so that the extensions of the book find `tools`.
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        shutil.rmtree(site, ignore_errors=True)  # no half-right site is served
        print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
        print("The book was not built: each line with WARNING or ERROR says why.", file=sys.stderr)
        return 1
    offline.write(site)
    pages = sum(1 for _ in site.rglob("*.html"))
    megabytes = sum(f.stat().st_size for f in site.rglob("*") if f.is_file()) / 1e6
    print(f"Built {pages} pages, {megabytes:.1f} MB, in _build/html")
    return 0


def newest(root: Path = ROOT) -> float:
    """Return when the last of the sources of the book changed, in seconds since 1970."""
    patterns = ("_*.yml", "book/**/*", "chapters/*.ipynb", "lib/tokenworks/**/*.*", "tools/*.*")
    files = (path for pattern in patterns for path in root.glob(pattern))
    return max(path.stat().st_mtime for path in files if path.suffix not in GENERATED)


def ensure(root: Path = ROOT) -> Path:
    """Build where the site is missing or older than its sources, one process at a time."""
    import fcntl

    index = root / "_build" / "html" / "index.html"
    with (root / "_config.yml").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stale = not index.is_file() or index.stat().st_mtime < newest(root)
        if stale and build(root):
            raise RuntimeError("the book does not build; the log is above")
    return index.parent


if __name__ == "__main__":
    sys.exit(build())
