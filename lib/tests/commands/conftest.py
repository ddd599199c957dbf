"""Running one command and looking at everything it leaves."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from tokenworks.cli import main

CONFIGS = Path(__file__).parents[1] / "configs"


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def command(capsys):
    def call(line):
        try:
            code = main(line.format(configs=CONFIGS).split())
        except SystemExit as stop:
            code = stop.code
        return Done(code, *capsys.readouterr())

    return call
