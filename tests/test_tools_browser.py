"""The browser of the tests is one that `make chromium` accepts."""

import re

import pytest

from tools import browser
from tools.repository import ROOT


def test_the_names_are_those_that_make_chromium_looks_for():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    asked = re.search(r"\.ci/ensure chromium (.*)$", makefile, re.MULTILINE)
    assert asked[1].split() == list(browser.NAMES)


@pytest.mark.parametrize("name", browser.NAMES)
def test_each_name_is_found(name, tmp_path, monkeypatch):
    (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser.chromium() == str(tmp_path / name)


def test_without_one_it_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="make chromium"):
        browser.chromium()
