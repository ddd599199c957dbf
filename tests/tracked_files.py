"""The files of the repository: those that git tracks, and new ones that it does not ignore."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tools.repository import ROOT


def tracked(*patterns: str) -> list[Path]:
    """Return the files that match, all if nothing is asked, relative to the root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [Path(line) for line in listed.stdout.splitlines() if (ROOT / line).is_file()]
