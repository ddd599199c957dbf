"""The Makefile: its help, and that pre-commit, CI and the README run what it runs."""

import re
import subprocess
from itertools import chain

import yaml

from tools.repository import ROOT


def test_pre_commit_runs_what_make_lint_runs():
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    entries = [hook["entry"] for hook in chain.from_iterable(r["hooks"] for r in config["repos"])]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = makefile[makefile.index("\nlint:") :].split("\n\n")[0].splitlines()[2:]
    assert [line.strip() for line in recipe] == entries


def test_make_help_lists_every_target():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"(?m)^\.PHONY: (.*)$", makefile)[1].split()
    assert re.findall(r"(?m)^([a-z]+):", makefile) == phony
    command = ["make", "--no-print-directory", "help"]  # the tests may have been started by make
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    listed = [line.split(maxsplit=1) for line in done.stdout.splitlines()]
    assert [name for name, _ in listed] == phony


def test_a_slow_test_is_seen_and_one_that_hangs_is_ended(pytestconfig):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "-m pytest -n 2 --dist worksteal --durations 10\n" in makefile
    assert "--nbval chapters/*.ipynb --durations 10 " in makefile
    assert 60 <= float(pytestconfig.getini("timeout")) <= 600


def test_ci_calls_the_readmes_test_command():
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make read" in readme
    assert "make test" in readme
