"""Build into dist/ what a release carries: wheel, source archive, notebooks and site.

    python -m tools.release --wheel         only the wheel, to put beside a notebook (make wheel)
    python -m tools.release                 everything (make release)
    python -m tools.release --tag v0.1.0    everything and NOTES.md, what CHANGELOG.md says of this
                                            version; a tag that is not this version's is refused
    python -m tools.release --tag v0.1.0 --check    only accept or refuse the tag (make tag)

A tag is refused, too, while a price that the book computes with is older than 180 days: look it up
again and write the new day into its row. Time alone fails no test, only a release.

The archive of the notebooks holds the wheel beside them, so that they run where nothing can be
fetched. One commit gives the same wheel and zips; setuptools dates its source archive by the clock.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
import zipfile
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from tokenworks.data import MOST_DAYS, age_days, cache_prices, stale, token_prices
from tokenworks.data.price_age import Dated
from tokenworks.specs import prices
from tools.book import SITE
from tools.repository import ROOT

DIST = ROOT / "dist"
PACKAGE = ROOT / "lib" / "tokenworks"


def version(root: Path = ROOT) -> str:
    """Return the version that pyproject.toml names."""
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["project"]["version"]


def wrong_tag(tag: str, root: Path = ROOT) -> str | None:
    """Say why a tag cannot be released as it is, or return None."""
    if tag != f"v{version(root)}":
        return f"the tag {tag} is not the version of pyproject.toml, {version(root)}"
    if not notes(root):
        return f"CHANGELOG.md says nothing under `## [{tag[1:]}] - YYYY-MM-DD`"
    return None


def old_prices(rows: Iterable[Dated] | None = None, today: date | None = None) -> str | None:
    """Name the rents, token prices and terms of caching that are too old, or return None."""
    day = today or date.today()
    tables = [*prices(), *token_prices(), *cache_prices()]
    old = stale(tables if rows is None else rows, day)
    if not old:
        return None
    listed = ", ".join(f"{getattr(row, 'name', row)} ({age_days(row, day)})" for row in old)
    return f"prices older than {MOST_DAYS} days, read them again and write the new day: {listed}"


def notes(root: Path = ROOT) -> str:
    """Return what CHANGELOG.md says of this version, or nothing where it has no dated section."""
    heading = rf"^## \[{re.escape(version(root))}\] - \d{{4}}-\d\d-\d\d$"
    section = rf"(?ms){heading}\n(.*?)(?=^## |\Z)"
    found = re.search(section, (root / "CHANGELOG.md").read_text(encoding="utf-8"))
    return found[1].strip() if found else ""


def committed_at() -> int:
    """Return when the last commit was made, in seconds since 1970; archives carry this time."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    command = ["git", "log", "-1", "--format=%ct"]
    return int(given or subprocess.check_output(command, cwd=ROOT, text=True))


def packages(target: Path, *, only_wheel: bool) -> Path:
    """Build wheel and source archive into a folder; return the wheel, which holds all files."""
    shutil.rmtree(ROOT / "build", ignore_errors=True)  # setuptools would pack what is left in it
    clock = {**os.environ, "SOURCE_DATE_EPOCH": str(committed_at())}
    kind = ["--wheel"] if only_wheel else []
    command = [sys.executable, "-m", "build", *kind, "--outdir", str(target), str(ROOT)]
    subprocess.run(command, check=True, env=clock, stdout=subprocess.DEVNULL)
    (wheel,) = target.glob("*.whl")
    if absent := missing(wheel):
        raise SystemExit(f"{wheel.name} lacks {', '.join(absent)}")
    return wheel


def missing(wheel: Path, package: Path = PACKAGE) -> list[str]:
    """List the files of the package that are not in a wheel of it."""
    files = (path.relative_to(package.parent) for path in package.rglob("*") if path.is_file())
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    return sorted(str(path) for path in files if path.suffix != ".pyc" and str(path) not in packed)


def notebooks(wheel: Path, root: Path = ROOT) -> dict[str, Path]:
    """Return what the archive of the notebooks holds: name inside, file."""
    folders = ("chapters", "exercises")
    held = {
        f"{name}/{path.name}": path for name in folders for path in root.glob(f"{name}/*.ipynb")
    }
    return (
        held | {f"{name}/{wheel.name}": wheel for name in folders} | {"LICENSE": root / "LICENSE"}
    )


def site(folder: Path = SITE) -> dict[str, Path]:
    """Return what the archive of the site holds: name inside, file."""
    if not (folder / "index.html").is_file():
        raise SystemExit(f"no book in {folder}: build it first with `make site`")
    return {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}


def pack(target: Path, files: Mapping[str, Path], *, seconds: int) -> Path:
    """Write files into a zip whose bytes depend on nothing but them and one time."""
    moment = time.gmtime(seconds)[:6]
    with zipfile.ZipFile(target, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{target.stem}/{name}", moment)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, files[name].read_bytes())
    return target


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return 2 with one line where a tag is refused."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--wheel", action="store_true", help="only the wheel")
    parser.add_argument("--tag", default="", help="the tag that is released; default: none yet")
    parser.add_argument("--check", action="store_true", help="only accept or refuse the tag")
    chosen = parser.parse_args(arguments)
    if (chosen.tag or chosen.check) and (problem := wrong_tag(chosen.tag) or old_prices()):
        print(problem, file=sys.stderr)
        return 2
    if chosen.check:
        return 0
    shutil.rmtree(DIST, ignore_errors=True)
    wheel = packages(DIST, only_wheel=chosen.wheel)
    if not chosen.wheel:
        for name, files in {"notebooks": notebooks(wheel), "site": site()}.items():
            pack(DIST / f"tokenworks-{version()}-{name}.zip", files, seconds=committed_at())
    if chosen.tag:
        (DIST / "NOTES.md").write_text(f"{notes()}\n", encoding="utf-8")
    for path in sorted(DIST.iterdir()):
        print(f"{path.stat().st_size / 1e6:6.1f} MB  {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
