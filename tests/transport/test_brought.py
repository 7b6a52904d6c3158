"""A species with its life and process, a policy, a readout and a shape from one file outside the package."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from simkit.cli import main

pytest.importorskip("numba_cuda")

HEAVY = Path(__file__).parents[1] / "plugin_package" / "simkit_example" / "heavy.py"
STEPS = 10  # of 2 mm in 20 mm; the last one ends on the boundary, where nothing is kicked out
LOSS = 1.5 * 20.0  # MeV


@pytest.fixture(scope="module")
def brought():
    program = Path(__file__).with_name("brought.py")
    environment = os.environ | {"SIMKIT_PLUGINS": ""}
    words = [sys.executable, str(program), str(HEAVY)]
    done = subprocess.run(words, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_its_steps_and_interactions_stand_under_their_names(brought):
    record = brought["without"]["record"]
    assert record["steps_by"]["tau-"] == {"block": STEPS, "world": 0.0}
    assert record["interactions_per_event"]["kick"] == STEPS - 1
    assert record["secondaries_per_event"]["e-"] >= STEPS - 1
    charged = sum(record["steps_by"][name]["block"] for name in ("tau-", "e-", "e+"))
    assert record["steps_per_event"] == {
        "gamma": record["steps_by"]["gamma"]["block"],
        "charged": pytest.approx(charged, rel=1e-12),
    }
    assert record["engine"]["plugins"].keys() == {
        "life heavy",
        "policy soft_electrons",
        "readout sides",
        "shape block",
    }


@pytest.mark.parametrize("case", ["without", "with"])
def test_the_energy_balance_closes_and_the_simulator_has_the_same(brought, case):
    assert brought[case]["record"]["energy_balance_MeV"]["largest_residual"] < 1e-6
    assert brought[case]["different"] == []


def test_its_steps_count_in_the_ratios_of_a_comparison(brought):
    record = brought["compared"]
    groups = {"gamma": ["gamma"], "charged": ["e-", "e+", "tau-"], "total": ["gamma", "e-", "e+", "tau-"]}
    for group, names in groups.items():
        a, b = (sum(record[side]["steps_by"][name]["block"] for name in names) for side in "ab")
        assert record["steps_ratio"][group] == pytest.approx(a / b, rel=1e-12)
    assert record["a"]["steps_by"]["tau-"]["block"] == STEPS


def test_its_policy_acts_as_its_section_says(brought):
    without, ended = (brought[case]["record"] for case in ("without", "with"))
    assert without["energy_balance_MeV"]["killed"] == 0.0
    assert ended["energy_balance_MeV"]["killed"] == pytest.approx(STEPS - 1, rel=1e-9)
    assert ended["steps_by"]["e-"]["block"] == 0.0
    assert ended["scenario"]["settings"]["tracking"]["soft_electrons"] == {"below_MeV": 2.0}
    # The first of the two sides: it starts at y = -1 mm, and nothing else is left.
    assert [deposit * 2.0**-30 / 3 for deposit in brought["with"]["cells"]] == [pytest.approx(LOSS), 0.0]


def test_a_scenario_that_asks_for_none_of_it_keeps_its_hash(brought):
    assert brought["plain"] == "2c6444ded272dc0a"
    assert "soft_electrons" not in brought["sections"]


def test_without_the_plug_in_its_section_is_refused_in_a_line(capsys, monkeypatch):
    monkeypatch.setenv("SIMKIT_PLUGINS", "")
    assert main(["run", "testem3", "-n", "1", "--set", "tracking.soft_electrons.below_MeV=2"]) == 4
    error = capsys.readouterr().err
    assert "[tracking]: unknown key 'soft_electrons'" in error
    assert error.count("\n") == 1
