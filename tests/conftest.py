"""What the tests of the whole book share: the built site, a server for it, a browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from tools import book, browser, serve

CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


# Each answer of a learner runs in a fork, and a fork takes the longer the larger a process is: half
# a second and more once models and compiled programs have made it some gigabytes.
FORKING = {"test_graders", "test_exercise_cases", "test_misbehaving_answers"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what forks, while the process is small, and with the browser, which takes longest.

    A run must not end on one of the longest.
    """
    items.sort(key=lambda item: (not forks(item), item.get_closest_marker("browser") is None))


def forks(item: pytest.Item) -> bool:
    """Tell whether a test runs learners' answers."""
    return "checks" in item.path.parts or item.path.stem in FORKING


@pytest.fixture(scope="session")
def site() -> Path:
    """Return the folder of the built site, built first where it is missing or stale."""
    return book.ensure()


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """Serve the site as `make read` does and return its address."""
    with serve.Server((serve.HOST, 0), partial(serve.Handler, directory=str(site))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://{serve.HOST}:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Start the system's Chromium once."""
    with sync_playwright() as player:
        running = player.chromium.launch(executable_path=browser.chromium(), args=CHROMIUM)
        yield running
        running.close()
