"""A small run and a small comparison, made once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import simkit

SMALL = {"events.energy_MeV": 200, "geometry.layers": 5}


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A run of four events with a speedup, kept in a folder."""
    folder = tmp_path_factory.mktemp("kept") / "run"
    return simkit.run("testem3", events=4, seed=3, speedups=["woodcock"], set=SMALL, out=folder)


@pytest.fixture(scope="session")
def small_comparison() -> Any:
    """Six rounds of a scenario against itself with a speedup."""
    return simkit.compare("testem3", "testem3+woodcock", rounds=6, budget=2.0, set=SMALL)


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
