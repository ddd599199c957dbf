"""What the tests of the whole book share: the built site, a server for it, a browser."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from playwright.sync_api import sync_playwright
from scripts import load

CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the browser: its tests are the longest, and a run must not end on one of them."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)


@pytest.fixture(scope="session")
def script() -> Callable[[str], ModuleType]:
    """Load a script of the repository, named from its root, as a module."""
    return load


@pytest.fixture(scope="session")
def site(script: Callable[[str], ModuleType]) -> Path:
    """Return the folder of the built site, built first where it is missing or stale."""
    return script("book/build.py").ensure()


@pytest.fixture(scope="session")
def address(site: Path, script: Callable[[str], ModuleType]) -> Iterator[str]:
    """Serve the site as `make read` does and return its address."""
    serve = script("book/serve.py")
    with serve.Server((serve.HOST, 0), partial(serve.Handler, directory=str(site))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://{serve.HOST}:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Start the system's Chromium once."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "Chromium is missing: `make chromium` installs it"
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=path, args=CHROMIUM)
        yield browser
        browser.close()
