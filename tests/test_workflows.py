"""The workflows call make targets that exist, with pinned actions and no right that is not used."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
import yaml

from tools.repository import ROOT

FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
WORKFLOWS = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in FILES}
MAY_WRITE = {("test", "publish", "pages"), ("test", "publish", "id-token")}
MAY_WRITE |= {("release", "publish", "contents")}


def steps(name: str) -> list[dict[str, Any]]:
    return [step for job in WORKFLOWS[name]["jobs"].values() for step in job["steps"]]


def test_there_are_two():
    assert sorted(WORKFLOWS) == ["release", "test"]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_token_may_read_and_one_job_each_may_write(name: str):
    assert WORKFLOWS[name]["permissions"] == {"contents": "read"}
    written = {
        (name, job, right)
        for job, body in WORKFLOWS[name]["jobs"].items()
        for right, level in body.get("permissions", {}).items()
        if level == "write"
    }
    assert written == {each for each in MAY_WRITE if each[0] == name}
    for job, body in WORKFLOWS[name]["jobs"].items():
        ours = any("make" in step.get("run", "") for step in body["steps"])
        assert not (ours and any(each[1] == job for each in written)), "no own code with a key"


@pytest.mark.parametrize("name", WORKFLOWS)
def test_actions_are_pinned_and_jobs_end(name: str):
    used = [step["uses"] for step in steps(name) if "uses" in step]
    assert used
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", action) for action in used)
    assert all(job["timeout-minutes"] <= 120 for job in WORKFLOWS[name]["jobs"].values())
    for step in steps(name):
        if step.get("uses", "").startswith("actions/checkout"):
            assert step["with"]["persist-credentials"] is False


def test_they_run_what_a_reader_can_run():
    targets = set(re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8")))
    for name in WORKFLOWS:
        called = [step["run"].split() for step in steps(name) if "make" in step.get("run", "")]
        assert ["make", "test"] in called
        assert {words[1] for words in called} <= targets


def test_main_is_tested_on_every_python_that_the_package_claims():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    claimed = re.findall(r"Python :: (3\.\d+)", "\n".join(settings["project"]["classifiers"]))
    test, other = (WORKFLOWS["test"]["jobs"][job] for job in ("test", "other"))
    (first,) = [s["with"]["python-version"] for s in test["steps"] if "setup" in s.get("uses", "")]
    assert [first, *other["strategy"]["matrix"]["python"]] == claimed
    (each,) = [s["with"] for s in other["steps"] if "setup" in s.get("uses", "")]
    assert each == {"python-version": "${{ matrix.python }}"}
    assert other["steps"][-1] == {"run": "make test"}
    assert other["strategy"]["fail-fast"] is False
    assert WORKFLOWS["test"][True]["push"] == {"branches": ["main"]}  # YAML reads `on` as true
    assert other["if"] == "github.event_name == 'push'"


def test_a_tag_is_checked_before_the_tests_and_again_as_it_is_built():
    tag = 'TAG="$GITHUB_REF_NAME"'
    runs = [step["run"] for step in WORKFLOWS["release"]["jobs"]["build"]["steps"] if "run" in step]
    assert runs == [f"make tag {tag}", "make test", f"make release {tag}"]


def test_a_release_says_what_the_changelog_says_and_attaches_what_was_built():
    (publish,) = [step["run"] for step in steps("release") if "gh release" in step.get("run", "")]
    assert publish.split()[4:] == [
        *("dist/*.whl", "dist/*.tar.gz", "dist/*.zip"),
        *("--verify-tag", "--notes-file", "dist/NOTES.md"),
    ]


def test_the_site_goes_out_from_main_and_after_the_tests():
    jobs = WORKFLOWS["test"]["jobs"]
    guard = "github.event_name != 'pull_request' && github.ref == 'refs/heads/main'"
    (upload,) = [s for s in jobs["test"]["steps"] if "upload-pages" in s.get("uses", "")]
    assert (upload["if"], jobs["publish"]["if"], jobs["publish"]["needs"]) == (guard, guard, "test")
    assert upload["with"]["path"] == "_build/html"
    assert jobs["test"]["steps"].index(upload) > [
        s.get("run") for s in jobs["test"]["steps"]
    ].index("make test")
