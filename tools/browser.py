"""The Chromium that tests and benchmarks drive, under whichever name this system has it."""

from __future__ import annotations

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome")  # as in the Makefile


def chromium() -> str:
    """Return the path of the browser; raise FileNotFoundError, with the way out, without one."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        raise FileNotFoundError("Chromium is missing: `make chromium` installs it")
    return path
