"""What keeps the site for reading offline: a service worker that knows every file of the site.

`write(site)` puts `offline-worker.js` at the site's root, from where it may serve all of it. It has
the digest and the size of each file, so that it changes whenever the site does.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from tools.repository import ROOT

WORKER = ROOT / "book" / "_offline" / "offline-worker.js"
NOT_READ = ("_sources/", ".buildinfo", "objects.inv")  # no page needs these
DIGITS = 12  # of a digest


def digests(site: Path) -> dict[str, tuple[str, int]]:
    """Return digest and size in bytes of each file that a reader may need, by its path."""
    found = {}
    for path in sorted(each for each in site.rglob("*") if each.is_file()):
        name = path.relative_to(site).as_posix()
        if name != WORKER.name and not name.startswith(NOT_READ) and path.suffix != ".map":
            data = path.read_bytes()
            found[name] = (hashlib.sha256(data).hexdigest()[:DIGITS], len(data))
    return found


def write(site: Path) -> None:
    """Write the worker of a built site."""
    files = json.dumps(digests(site), separators=(",", ":"))
    version = hashlib.sha256(files.encode()).hexdigest()[:DIGITS]
    text = WORKER.read_text(encoding="utf-8")
    for empty, filled in (
        ("FILES = {}", f"FILES = {files}"),
        ('VERSION = ""', f'VERSION = "{version}"'),
    ):
        text = text.replace(empty, filled, 1)
    (site / WORKER.name).write_text(text, encoding="utf-8")
