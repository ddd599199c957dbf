"""What a release holds, which tags it refuses, and that its zips are the same bytes twice."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from tools import release
from tools.repository import ROOT, repository


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project at version 1.2.0 whose log knows this version and an older one."""
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.0"\n')
    (tmp_path / "CHANGELOG.md").write_text("## [1.2.0] - 2026-12-01\n\n## [1.1.0] - 2026-11-01\n")
    return tmp_path


def test_the_tag_of_the_version_is_accepted(project: Path):
    assert release.wrong_tag("v1.2.0", project) is None


@pytest.mark.parametrize("tag", ["v1.1.0", "1.2.0", "v1.2", "v1.2.0rc1", "main"])
def test_another_tag_is_refused(project: Path, tag: str):
    assert release.wrong_tag(tag, project) == (
        f"the tag {tag} is not the version of pyproject.toml, 1.2.0"
    )


@pytest.mark.parametrize("log", ["## [Unreleased]\n", "## [1.2.0]\n", "## [1.2.01] - 2026-12-01\n"])
def test_a_version_without_a_dated_section_is_refused(project: Path, log: str):
    (project / "CHANGELOG.md").write_text(log)
    assert release.wrong_tag("v1.2.0", project) == (
        "CHANGELOG.md has no section `## [1.2.0] - YYYY-MM-DD`"
    )


def test_a_refused_tag_builds_nothing(capsys, monkeypatch):
    monkeypatch.setattr(release, "packages", lambda *_, **__: pytest.fail("it built"))
    assert release.main(["--tag", "v0.0.0"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


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
