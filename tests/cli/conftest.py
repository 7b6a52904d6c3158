"""The command line, called in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from simkit.cli import main

SMALL = ["run", "testem3", "-n", "3", "--set", "events.energy_MeV=200", "--set", "geometry.layers=5"]


class Outcome(NamedTuple):
    """What a call gave: exit code, stdout and stderr."""

    code: int
    out: str
    err: str

    @property
    def record(self) -> Any:
        """Stdout as the one JSON object it has to be."""
        return json.loads(self.out)


Call = Callable[..., Outcome]


@pytest.fixture
def simkit(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    """Call the program in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SIMKIT_DEBUG", raising=False)

    def call(*arguments: str) -> Outcome:
        code = main(list(arguments))
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


@pytest.fixture
def small() -> list[str]:
    """A run of a second."""
    return list(SMALL)
