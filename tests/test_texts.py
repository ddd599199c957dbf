"""What no text of the repository says: a place of one machine, kilobytes with a small letter."""

import re

from tracked_files import tracked

from tools.repository import ROOT


def texts():
    """Yield every file's path and text, what is no text left out of it."""
    for path in tracked():
        yield path, (ROOT / path).read_text(encoding="utf-8", errors="ignore")


def test_the_texts_are_read():
    read = {path.suffix for path, text in texts() if len(text) > 100}
    assert read >= {".py", ".js", ".md", ".ipynb", ".toml", ".csv", ".json", ".css"}


def test_no_local_path_registry_or_workplace_is_named():
    hosts = ["files.python" + "hosted.org", "registry.npm" + "js.org", "deb.debian" + ".org"]
    local = ["/wo" + "rk/", "/ho" + "me/", "../sha" + "red", "/roo" + "t/"]
    words = [*hosts, *local]
    assert [(str(path), word) for path, text in texts() for word in words if word in text] == []


def test_a_thousand_bytes_are_kb_with_a_large_letter():
    said = [
        (str(path), found)
        for path, text in texts()
        if path.name
        not in ("number_scan.py", "test_numbers.py")  # they refuse it, and must spell it
        and path.suffix != ".npz"  # no text
        for found in re.findall(r"(?<![A-Za-z0-9+/=_])\d*[ \u00a0-]?k(?:i?B|B/s|bytes?)\b", text)
    ]
    assert said == [], "KB is 1,000 bytes, KiB 1,024"
