"""Output of Celeritas 0.1 to 0.4: names, places and values as in github.com/celeritas-project/regression.

results/wildstyle/testem3-flat-orange-gpu/0.json of commits 419fefe (0.1.3), 8713174 (0.2.0), 8d7380f (0.3.0),
6e5352a (0.4.0) and f7dea94 (0.4.4), with three iterations of two events in place of hundreds of thousands.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from simkit.errors import BadInput
from simkit.scenario import load_scenario

from .test_recorded_output import ONE_MM, read

DEVICE = {"device": {"name": "Tesla V100-SXM2-16GB"}}
ONE_EVENT = {"active": [2, 4, 3], "alive": [2, 3, 0], "initializers": [0, 0, 0]}
V01 = {
    "input": {
        "brem_lpm": True,
        "eloss_fluctuation": True,
        "enable_diagnostics": False,
        "enable_msc": False,
        "geant_options": {"em_bins_per_decade": 56, "physics": "em_basic"},
        "mag_field": [0.0, 0.0, 0.0],
        "primary_gen_options": {
            "direction": [1.0, 0.0, 0.0],
            "energy": [10000.0, "MeV"],
            "num_events": 2,
            "pdg": 11,
            "position": [-22.0, 0.0, 0.0],
            "primaries_per_event": 1,
        },
        "rayleigh": True,
        "use_device": True,
    },
    "internal": {"actions": {}, "physics": {}},
    "result": {**ONE_EVENT, "edep": [], "process": {}, "steps": {}, "time": {"setup": 0.1, "total": 0.02}},
    "system": {"build": {"version": "v0.1.3+3a1ca8db"}, **DEVICE},
}
PRIMARIES = {
    "direction": {"distribution": "delta", "params": [1.0, 0.0, 0.0]},
    "energy": {"distribution": "delta", "params": [10000.0]},
    "num_events": 2,
    "pdg": [11],
    "primaries_per_event": 1,
}
V02 = {
    "input": {
        "geant_options": {"eloss_fluctuation": True, "msc": "none", "rayleigh_scattering": True},
        "mag_field": [0.0, 0.0, 0.0],
        "primary_gen_options": PRIMARIES,
        "use_device": True,
    },
    "result": V01["result"],
    "system": {"build": {"version": "v0.2.0-10+9f797bd3"}, **DEVICE},
}
OPTIONS = {
    **dict.fromkeys(["annihilation", "compton_scattering", "gamma_conversion", "ionization"], True),
    "apply_cuts": False,
    "eloss_fluctuation": True,
    "msc": "none",
    "photoelectric": True,
    "rayleigh_scattering": True,
}
RUNNER = {
    "_index": ["event", "step"],
    **{name: [counts, counts] for name, counts in ONE_EVENT.items()},
    "num_streams": 1,
    "time": {"actions": {}, "setup": 0.1, "steps": [], "total": 0.02},
}
V03 = {
    "input": {"geant_options": OPTIONS, "primary_gen_options": PRIMARIES, "use_device": True},
    "internal": {"material": {"materials": {"density": [1e-25, 11.35, 1.396]}}},
    "result": {"runner": RUNNER},
    "system": {"build": {"version": "0.3.0"}, **DEVICE},
}
V04 = {
    **V03,
    "input": {
        "physics_options": {**OPTIONS, "default_cutoff": 0.1},
        "primary_options": PRIMARIES,
        "use_device": True,
    },
    "system": {"build": {"version": "0.4.0-rc.2"}, **DEVICE},
}
V044 = {
    **V04,
    "input": {**V04["input"], "field": None},
    "result": {"runner": {**RUNNER, "num_aborted": [0, 0], "num_steps": [9, 9]}},
    "system": {"build": {"version": "0.4.4-rc.1"}, **DEVICE},
}
VERSIONS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "0.1": (V01, {"physics.apply_cuts", "production cuts", "materials", "tracks given up", "tracks made"}),
    "0.2": (V02, {"the process photoelectric", "production cuts", "materials", "tracks made"}),
    "0.3": (V03, {"production cuts", "field", "tracks given up", "tracks made"}),
    "0.4": (V04, {"field", "tracks given up", "tracks made"}),
    "0.4.4": (V044, {"tracks made"}),
}
SCENARIO = {**ONE_MM, "physics.rayleigh": True, "physics.processes.msc": False}


def told(folder: Path, tree: Any, **overrides: Any) -> Any:
    return read(
        folder, "celeritas", json.dumps(tree), load_scenario("testem3", overrides=SCENARIO | overrides)
    )


def edited(tree: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return the tree with another value at a dotted path."""
    tree = copy.deepcopy(tree)
    *folders, name = path.split(".")
    node = tree
    for folder in folders:
        node = node[folder]
    node[name] = value
    return tree


@pytest.mark.parametrize("version", VERSIONS)
def test_steps_and_times_of_all_versions(version: str, tmp_path: Path) -> None:
    """Nine steps in three iterations: in 0.1 and 0.2 of all events together, later of each of the two."""
    tree, untold = VERSIONS[version]
    recording = told(tmp_path, tree)
    (figures,) = recording.parts
    assert figures.events == 2
    assert figures.steps == {"total": 4.5 if version in ("0.1", "0.2") else 9.0}
    assert figures.secondaries == {}
    assert recording.s_per_event == pytest.approx(0.01)
    assert recording.time == "wall, on Tesla V100-SXM2-16GB"
    assert recording.about["version"].removeprefix("v").startswith(version)
    assert untold <= set(recording.unchecked)
    assert "the beam's energy" not in recording.unchecked


@pytest.mark.parametrize(
    ("version", "path", "value", "words"),
    [
        ("0.1", "input.primary_gen_options.energy", [5000.0, "MeV"], "the beam's energy is [10000.0]"),
        ("0.1", "input.primary_gen_options.pdg", 22, "the beam's PDG code is [11]"),
        ("0.1", "input.primary_gen_options.direction", [0.0, 1.0, 0.0], "the beam's direction"),
        ("0.1", "input.enable_msc", True, "multiple scattering is 'urban' in it"),
        ("0.1", "input.rayleigh", False, "physics.rayleigh is True"),
        ("0.1", "input.mag_field", [0.0, 0.0, 1.0], "the scenario has no field"),
        ("0.1", "input.hepmc3_filename", "e.hepmc3", "only guns are compared"),
        ("0.1", "result.alive", [2, 3, 1], "tracks were left when it ended"),
        ("0.2", "input.geant_options.eloss_fluctuation", False, "physics.fluctuation is True"),
        ("0.3", "input.geant_options.apply_cuts", True, "physics.apply_cuts is False"),
        ("0.3", "result.runner.initializers", [[0, 0, 0], [0, 0, 7]], "tracks were left when it ended"),
        ("0.4", "input.physics_options.default_cutoff", 0.07, "its production cut is 0.7 mm"),
        ("0.4.4", "result.runner.num_aborted", [0, 3], "3 tracks were given up"),
    ],
)
def test_other_settings_are_refused_in_all_versions(
    version: str, path: str, value: Any, words: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput) as error:
        told(tmp_path, edited(VERSIONS[version][0], path, value))
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_tracks_from_the_diagnostic_of_steps(tmp_path: Path) -> None:
    """Tracks by their number of steps: five of one step and one of four, of two primaries."""
    tree = edited(V01, "result.steps", {"gamma": [0, 3, 0, 0, 0], "e-": [0, 2, 0, 0, 1]})
    assert told(tmp_path, tree).parts[0].secondaries == {"total": 2.0}
    later = edited(V03, "result.step-diagnostic", {"_index": [], "steps": [[0, 3, 0], [0, 2, 1]]})
    assert told(tmp_path, later).parts[0].secondaries == {"total": 2.0}


def test_counts_that_were_not_written(tmp_path: Path) -> None:
    recording = told(tmp_path, edited(V04, "result.runner.active", []))
    assert recording.parts[0].steps == {}
    assert "steps" in recording.unchecked


def test_a_fluctuation_that_both_have_off(tmp_path: Path) -> None:
    tree = edited(V03, "input.geant_options.eloss_fluctuation", False)
    assert told(tmp_path, tree, **{"physics.fluctuation": False}).parts
    with pytest.raises(BadInput, match="is for both, e- and e\\+"):
        told(tmp_path, tree, **{"physics.fluctuation": ["e-"]})


@pytest.mark.parametrize("value", [None, 3, "x", [[]], [["x"]], {"a": 1}, [[1], 2]])
def test_counts_that_are_none(value: Any, tmp_path: Path) -> None:
    for path in ("result.active", "result.alive", "result.steps"):
        recording = told(tmp_path, edited(V01, path, value))
        assert recording.parts[0].events == 2
