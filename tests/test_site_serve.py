"""`python -m tools.serve`: what it serves, and what it says when it cannot."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tools.repository import ROOT

SERVE = [sys.executable, "-m", "tools.serve"]


def get(url: str, **headers: str):
    with urlopen(Request(url, headers=headers), timeout=10) as answer:
        return answer.read(), answer.headers


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SERVE, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=30
    )


def test_a_page_is_sent_compressed_to_those_who_accept_it(site: Path, address: str):
    page = (site / "book" / "intro.html").read_bytes()
    plain, headers = get(f"{address}/book/intro.html")
    assert plain == page
    assert "Content-Encoding" not in headers
    packed, headers = get(f"{address}/book/intro.html", **{"Accept-Encoding": "gzip"})
    assert headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed) == page
    assert len(packed) < len(page) / 3


def test_a_query_does_not_hide_the_file(address: str):
    _, headers = get(f"{address}/_static/landing.css?v=1", **{"Accept-Encoding": "gzip"})
    assert headers["Content-Type"].startswith("text/css")


def test_nothing_outside_the_site_is_served(address: str):
    for path in ("missing.html", "../../_config.yml", "%2e%2e/%2e%2e/_config.yml"):
        with pytest.raises(HTTPError) as caught:
            get(f"{address}/{path}")
        assert caught.value.code == 404
        caught.value.close()


def test_the_address_is_printed_and_answers(site: Path):
    command = [*SERVE, "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        line = server.stdout.readline()
        body, _ = get(re.search(r"http://127\.0\.0\.1:\d+/", line).group())
        server.terminate()
    assert b"book/intro.html" in body


def test_a_taken_port_is_named_with_the_way_out(site: Path, address: str):
    port = address.rsplit(":", 1)[1]
    done = run("--port", port)
    assert done.returncode == 2
    assert done.stderr.startswith(f"Port {port} of 127.0.0.1 cannot be used")
    assert "PORT=8001" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("port", ["x", "-1", "65536", "80.5", ""])
def test_a_port_that_is_none_is_refused(port: str):
    done = run("--port", port)
    assert done.returncode == 2
    assert "whole number from 0 to 65535" in done.stderr or "expected one argument" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_site_that_is_not_built_is_named(tmp_path: Path):
    done = run("--site", str(tmp_path))
    assert done.returncode == 2
    assert done.stderr == f"No book in {tmp_path}: build it first with `make site`.\n"
