"""What a release holds, which tags it refuses, and that its zips are the same bytes twice."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
import zipfile
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tokenworks.data import MOST_DAYS, cache_prices, token_price, token_prices
from tokenworks.specs import price, prices
from tools import release
from tools.repository import ROOT, repository

OLD_PRICES = release.old_prices


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch):
    """The tests of tags hold on every day: time alone breaks no test, only a release."""
    monkeypatch.setattr(release, "old_prices", lambda: None)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project at version 1.2.0 whose log knows this version and an older one."""
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.0"\n')
    (tmp_path / "CHANGELOG.md").write_text(
        "## [Unreleased]\n\n- later\n\n## [1.2.0] - 2026-12-01\n\n### Added\n\n- this\n\n"
        "## [1.1.0] - 2026-11-01\n\n- earlier\n"
    )
    return tmp_path


def test_the_tag_of_the_version_is_accepted(project: Path):
    assert release.wrong_tag("v1.2.0", project) is None


@pytest.mark.parametrize("tag", ["v1.1.0", "1.2.0", "v1.2", "v1.2.0rc1", "main"])
def test_another_tag_is_refused(project: Path, tag: str):
    assert release.wrong_tag(tag, project) == (
        f"the tag {tag} is not the version of pyproject.toml, 1.2.0"
    )


@pytest.mark.parametrize(
    "log",
    [
        "## [Unreleased]\n\n- a\n",
        "## [1.2.0]\n\n- a\n",
        "## [1.2.01] - 2026-12-01\n\n- a\n",
        "## [1.2.0] - 2026-12-01\n\n## [1.1.0] - 2026-11-01\n\n- a\n",
    ],
)
def test_a_version_without_a_dated_section_that_says_something_is_refused(project: Path, log: str):
    (project / "CHANGELOG.md").write_text(log)
    assert release.wrong_tag("v1.2.0", project) == (
        "CHANGELOG.md says nothing under `## [1.2.0] - YYYY-MM-DD`"
    )


def test_the_notes_are_the_section_of_the_version_alone(project: Path):
    assert release.notes(project) == "### Added\n\n- this"


def test_a_refused_tag_builds_nothing(capsys, monkeypatch):
    monkeypatch.setattr(release, "packages", lambda *_, **__: pytest.fail("it built"))
    assert release.main(["--tag", "v0.0.0"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(("tag", "code"), [("v1.2.0", 0), ("v1.1.0", 2), ("", 2)])
def test_a_tag_is_checked_without_building(monkeypatch, project: Path, *, tag: str, code: int):
    monkeypatch.setattr(release, "packages", lambda *_, **__: pytest.fail("it built"))
    monkeypatch.setattr(release, "wrong_tag", partial(release.wrong_tag, root=project))
    assert release.main(["--tag", tag, "--check"]) == code


@pytest.mark.parametrize("row", [price("aws-h100-sxm"), token_price("gpt-5-nano")])
def test_a_price_is_released_for_180_days_and_not_a_day_longer(row):
    read = date.fromisoformat(row.day)
    assert OLD_PRICES([row], read + timedelta(days=180)) is None
    assert OLD_PRICES([row], read + timedelta(days=181)) == (
        f"prices older than 180 days, read them again and write the new day: {row.name} (181)"
    )
    again = replace(row, day=str(read + timedelta(days=1)))  # a human has looked it up
    assert OLD_PRICES([again], read + timedelta(days=181)) is None


def test_the_whole_tables_of_rents_and_of_tokens_are_looked_at():
    rows = [*prices(), *token_prices(), *cache_prices()]
    last = max(date.fromisoformat(row.day) for row in rows)
    named = OLD_PRICES(None, last + timedelta(days=MOST_DAYS + 1)) or ""
    assert all(row.name in named for row in rows)


def test_an_old_price_holds_a_tag_up(monkeypatch, capsys, project: Path):
    monkeypatch.setattr(release, "wrong_tag", partial(release.wrong_tag, root=project))
    monkeypatch.setattr(release, "old_prices", lambda: "prices older than 180 days: one")
    assert release.main(["--tag", "v1.2.0", "--check"]) == 2
    assert capsys.readouterr().err == "prices older than 180 days: one\n"


def test_a_released_tag_leaves_its_notes_beside_what_was_built(monkeypatch, tmp_path: Path):
    monkeypatch.setattr(release, "DIST", tmp_path / "dist")
    monkeypatch.setattr(release, "ROOT", tmp_path)
    monkeypatch.setattr(release, "packages", lambda target, **_: target.mkdir())
    monkeypatch.setattr(release, "wrong_tag", lambda _: None)
    monkeypatch.setattr(release, "notes", lambda: "- this")
    assert release.main(["--wheel", "--tag", "v1.2.0"]) == 0
    assert (tmp_path / "dist" / "NOTES.md").read_text(encoding="utf-8") == "- this\n"


def imported(module: str) -> set[str]:
    """Return the modules of other packages that a module of `tools` needs, through others of it."""
    tree = ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    names = {a.name for node in nodes if isinstance(node, ast.Import) for a in node.names}
    taken = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    names |= {node.module for node in taken if node.module != "tools"}
    names |= {f"tools.{a.name}" for node in taken if node.module == "tools" for a in node.names}
    ours = {name for name in names if name.startswith("tools.")}
    return (names - ours).union(*map(imported, ours))


def test_the_extra_release_brings_all_that_a_release_imports():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extra = settings["project"]["optional-dependencies"]["release"]
    brought = {Requirement(line).name for line in extra}
    needed = {name.split(".")[0] for name in imported("tools.release")} - sys.stdlib_module_names
    distributions = packages_distributions()
    ours = {"tokenworks"}  # an extra comes with the package
    assert {distributions[name][0].lower() for name in needed} - ours == brought - {"build"}


def test_a_file_that_the_wheel_lacks_is_named(tmp_path: Path):
    package = tmp_path / "thing"
    (package / "data").mkdir(parents=True)
    for name in ("__init__.py", "data/rows.csv", "data/left.csv", "__init__.pyc"):
        (package / name).touch()
    wheel = tmp_path / "thing-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in ("thing/__init__.py", "thing/data/rows.csv"):
            archive.writestr(name, "")
    assert release.missing(wheel, package) == ["thing/data/left.csv"]
    (package / "data" / "left.csv").unlink()
    assert release.missing(wheel, package) == []


def test_a_zip_is_the_same_bytes_twice_and_dated_by_the_commit(tmp_path: Path):
    text = tmp_path / "b.txt"
    text.write_text("text")
    files = {"z/b.txt": text, "a.txt": text}
    first = release.pack(tmp_path / "all.zip", files, seconds=1_764_547_200)
    before = first.read_bytes()
    text.touch()
    again = release.pack(first, dict(reversed(files.items())), seconds=1_764_547_200)
    assert again.read_bytes() == before
    with zipfile.ZipFile(first) as archive:
        assert archive.namelist() == ["all/a.txt", "all/z/b.txt"]
        assert {entry.date_time for entry in archive.infolist()} == {(2025, 12, 1, 0, 0, 0)}


def test_every_notebook_is_packed_with_the_wheel_beside_it(tmp_path: Path):
    wheel = tmp_path / "tokenworks-9-py3-none-any.whl"
    held = release.notebooks(wheel)
    for folder in ("chapters", "exercises"):
        assert held[f"{folder}/{wheel.name}"] == wheel
        built = {path for path in held.values() if path.parent == ROOT / folder}
        assert {path.stem for path in built} >= {p.stem for p in (ROOT / "chapters").glob("*.md")}
        assert all(path.suffix == ".ipynb" for path in built)


def test_a_site_that_is_not_built_is_named(tmp_path: Path):
    with pytest.raises(SystemExit, match="build it first with `make site`"):
        release.site(tmp_path)
    (tmp_path / "book").mkdir()
    for name in ("index.html", "book/intro.html"):
        (tmp_path / name).touch()
    assert sorted(release.site(tmp_path)) == ["book/intro.html", "index.html"]


def test_the_changelog_keeps_its_form():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    first, *others = re.findall(r"(?m)^## (.*)$", text)
    assert first == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", each) for each in others)
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"(?m)^### (.*)$", text)) <= kinds


def test_the_project_itself_has_a_version_and_a_time():
    assert f"v{release.version()}" == repository().tag
    assert release.committed_at() > 1_700_000_000
