"""`simkit init`, `simkit keys`, and what a shell completes."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest


def test_a_written_scenario_runs(simkit, small, tmp_path):
    assert simkit("init", "mine.toml").code == 0
    done = simkit("run", "mine.toml", *small[2:], "--json")
    assert (done.code, done.record["scenario"]["name"]) == (0, "mine")


def test_nothing_is_overwritten(simkit, tmp_path):
    (tmp_path / "scenario.toml").write_text("mine")
    done = simkit("init")
    assert (done.code, done.out) == (4, "")
    assert "is there already" in done.err
    assert (tmp_path / "scenario.toml").read_text() == "mine"


def test_an_unknown_preset_writes_nothing(simkit, tmp_path):
    assert simkit("init", "--preset", "testem4").code == 4
    assert list(tmp_path.iterdir()) == []


def test_keys_of_a_section(simkit):
    done = simkit("keys", "tracking.gamma_roulette")
    assert done.code == 0
    assert "threshold_MeV" in done.out
    assert "production_cut_mm" not in done.out
    named = [key["key"] for key in simkit("keys", "tracking.gamma_roulette", "--json").record]
    assert named == [f"tracking.gamma_roulette.{name}" for name in ("threshold_MeV", "weight", "regions")]


def test_an_unknown_key_is_said_with_the_nearest(simkit):
    done = simkit("keys", "physics.production_cut")
    assert done.code == 0  # the beginning of a key
    done = simkit("keys", "phisics.rayleigh")
    assert (done.code, done.out) == (4, "")
    assert "did you mean 'physics.rayleigh'?" in done.err


def test_the_schema_is_for_editors(simkit):
    schema = json.loads(simkit("keys", "--schema").out)
    assert schema["properties"]["physics"]["$ref"].endswith("Physics")
    assert "base" in schema["$defs"]["Identity"]["properties"]
    assert "required" not in schema  # a base may have what is missing
    assert simkit("keys", "scenario.base", "--json").record[0]["required"] is False


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("simkit ru", "run"), ("simkit run testem", "testem3"), ("simkit run testem3 --with wood", "woodcock")],
)
def test_a_shell_completes(typed, offered):
    asked = {"_SIMKIT_COMPLETE": "complete_bash", "COMP_WORDS": typed}
    asked["COMP_CWORD"] = str(len(typed.split()) - 1)
    code = "from simkit.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **asked}
    )
    assert done.stdout.split() == [offered]
