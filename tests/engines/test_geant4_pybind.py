"""The simulation through geant4-pybind, on what was recorded of the package, and on itself where installed.

The recorded names are those of geant4-pybind 0.1.3 with Geant4 11.4.1; see geant4_pybind_api.py.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from simkit.engines import find_foreign, geant4_slab_stack
from simkit.engines.geant4_pybind import data_environment
from simkit.engines.key_values import read_key_values
from simkit.errors import BadInput
from simkit.scenario import load_scenario

from .geant4_pybind_api import RECORDED, of_the_installed_package, used_names
from .standin_geant4 import make_module

SETTINGS: dict[str, Any] = {
    "layers": 2,
    "transverse_mm": 400.0,
    "slabs": [
        {"material": "G4_Pb", "thickness_mm": 2.3, "region": "absorber"},
        {"material": "G4_lAr", "thickness_mm": 5.7, "region": "gap"},
    ],
    "particle": "e-",
    "energy_MeV": 100.0,
    "cut_mm": 0.7,
    "apply_cuts": False,
    "step_function": [0.2, 1.0],
    "range_factor": 0.04,
}
HITS: dict[str, dict[int, float]] = {
    "sd0/deposit": {0: 30.0, 2: 40.0},
    "sd0/charged": {0: 3.0, 2: 4.0},
    "sd0/neutral": {2: 1.0},
    "sd1/deposit": {1: 10.0, 3: 15.0},
    "sd1/charged": {1: 2.0},
    "sd1/neutral": {},
}
installed = pytest.mark.skipif(find_spec("geant4_pybind") is None, reason="geant4-pybind is not installed")


def test_all_names_are_the_packages() -> None:
    recorded = json.loads(RECORDED.read_text())
    assert recorded["version"] == "0.1.3"
    assert used_names() <= recorded["names"].keys()


@installed
def test_the_recorded_names_are_those_of_the_installed_package() -> None:
    told = of_the_installed_package()
    recorded = json.loads(RECORDED.read_text())
    if told["version"] != recorded["version"]:
        pytest.skip(f"geant4-pybind {told['version']} is installed; recorded were those of another version")
    assert told == recorded


def test_it_simulates_what_the_settings_say(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    g, log = make_module(HITS)
    monkeypatch.setitem(sys.modules, "geant4_pybind", g)
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(SETTINGS))
    geant4_slab_stack.main([str(file), "3", "7"])

    placed = [volume.given for volume in log.made["G4PVPlacement"]]
    assert [(name, number) for _, _, _, name, _, _, number in placed] == [
        ("slab0", 0),
        ("slab1", 1),
        ("slab0", 2),
        ("slab1", 3),
        ("world", 0),
    ]
    centres = [centre.given for _, centre, *_ in placed]
    assert centres[:4] == [
        pytest.approx((1.15, 0, 0)),
        pytest.approx((5.15, 0, 0)),
        pytest.approx((9.15, 0, 0)),
        pytest.approx((13.15, 0, 0)),
    ]
    boxes = {name: half for name, *half in (box.given for box in log.made["G4Box"])}
    assert boxes["slab0"] == [1.15, 200.0, 200.0]
    assert boxes["world"][0] > 16.0
    volumes = {name: material for _, material, name in (v.given for v in log.made["G4LogicalVolume"])}
    assert volumes["slab1"] == "material G4_lAr"
    assert volumes["world"] == "material G4_Galactic"
    assert [d.given[0] for d in log.made["G4MultiFunctionalDetector"]] == ["sd0", "sd1"]
    assert [filter_.__class__.__name__ for (filter_,) in log.called["SetFilter"]] == [
        "G4SDChargedFilter",
        "G4SDNeutralFilter",
    ] * 2
    assert log.called["SetParticleByName"] == [("e-",)]
    assert log.called["SetParticleEnergy"] == [(100.0,)]
    assert len(log.called["GeneratePrimaryVertex"]) == 3
    commands = [line for (line,) in log.called["ApplyCommand"]]
    assert commands == [
        "/random/setSeeds 8 1",
        "/process/em/applyCuts false",
        "/process/eLoss/StepFunction 0.2 1.0 mm",
        "/process/msc/RangeFactor 0.04",
        "/run/setCut 0.7 mm",
    ]

    told = read_key_values(capsys.readouterr().out, ("absorber", "gap"), "here", 3)
    figures = told.figures.checked("here", 100.0)
    assert figures.events == 3
    assert figures.deposits == {"absorber": 70.0, "gap": 25.0}
    assert figures.spreads == {"absorber": 0.0, "gap": 0.0}
    assert figures.layers == {"absorber": (30.0, 40.0), "gap": (10.0, 15.0)}
    assert figures.steps == {"gamma": 1.0, "charged": 9.0, "total": 10.0}


PACKAGE = """
import sys
from tests.engines.standin_geant4 import make_module
from tests.engines.test_geant4_pybind import HITS
sys.modules["geant4_pybind"] = make_module(HITS)[0]
"""


def test_the_engine_runs_it_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "geant4_pybind.py").write_text(PACKAGE)
    about = tmp_path / "geant4_pybind-0.1.3.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: geant4-pybind\nVersion: 0.1.3\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])]))
    overrides = {"geometry.layers": 2, "physics.rayleigh": True, "events.energy_MeV": 100.0}
    scenario = load_scenario("testem3", overrides=overrides)
    program = find_foreign("geant4-pybind").prepare(scenario, str(tmp_path))
    run = program.run(5, 2**40, 60.0)  # type: ignore[union-attr]
    assert run.figures.events == 5
    assert run.figures.deposits == {"absorber": 70.0, "gap": 25.0}
    assert program.about == {"version": "0.1.3", "physics": "emstandard_opt0"}
    assert 0.0 < run.cpu_s < 60.0


def test_a_typo_is_noticed() -> None:
    g, _ = make_module(HITS)
    with pytest.raises(AttributeError):
        g.G4Bax  # noqa: B018
    with pytest.raises(AttributeError):
        g.G4ParticleGun(1).SetParticleEnergie(1.0)
    with pytest.raises(TypeError, match="takes"):
        g.G4Box("world", 1.0)


# Without Geant4's data files: particles fly straight, and user limits stop them after 9 mm of path, where
# their energy is deposited: 1 mm into the second absorber.
STRAIGHT = """
import json, sys
import geant4_pybind as g
from simkit.engines import geant4_slab_stack as module

build = module.build_detector

def limited(g, settings):
    plain = build(g, settings)

    class Limited(type(plain)):
        def Construct(self):
            world = super().Construct()
            self.limits = g.G4UserLimits(1e9, 9.0)
            for volume in (*self.slabs, self.world):
                volume.SetUserLimits(self.limits)
            return world

    return Limited()

module.build_detector = limited
physics = g.G4VModularPhysicsList()
physics.RegisterPhysics(g.G4DecayPhysics())
physics.RegisterPhysics(g.G4StepLimiterPhysics())
print("\\n".join(module.simulate(g, json.loads(sys.argv[1]), 3, 7, physics).lines()))
"""
DATA = "G4LEDATA G4ENSDFSTATEDATA G4PARTICLEXSDATA G4LEVELGAMMADATA G4RADIOACTIVEDATA G4NEUTRONHPDATA"


@installed
@pytest.mark.parametrize("particle", ["e-", "gamma"])
def test_the_real_package_scores_straight_tracks(particle: str, tmp_path: Path) -> None:
    (tmp_path / "ENSDFSTATE.dat").touch()
    data = {name: str(tmp_path) for name in ("GEANT4_DATA_DIR", *DATA.split())}
    done = subprocess.run(
        [sys.executable, "-c", STRAIGHT, json.dumps({**SETTINGS, "particle": particle})],
        env={**os.environ, **data},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-500:]
    assert "COMMAND NOT FOUND" not in done.stdout
    figures = read_key_values(done.stdout, ("absorber", "gap"), "here", 3).figures
    assert figures.deposits == pytest.approx({"absorber": 100.0, "gap": 0.0})
    assert figures.layers["absorber"] == pytest.approx((0.0, 100.0))
    one = "gamma" if particle == "gamma" else "charged"
    assert figures.steps == {"gamma": 0.0, "charged": 0.0, one: 3.0, "total": 3.0}


def test_the_package_is_never_left_to_ask(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It asks whether to download on import unless GEANT4_DATA_DIR is set; other variables are not enough."""
    home = tmp_path / "home"
    monkeypatch.setenv("HOME", str(home))
    data = tmp_path / "data" / "G4EMLOW8.8"
    data.mkdir(parents=True)
    with pytest.raises(BadInput, match="data files are missing"):
        data_environment("", {"G4LEDATA": str(tmp_path / "none")})
    found = data_environment("", {"G4LEDATA": str(data), "CI": "true", "X": "1"})
    assert found == {"G4LEDATA": str(data), "X": "1", "GEANT4_DATA_DIR": str(data.parent)}
    given = data_environment(str(data.parent), {"G4LEDATA": "elsewhere", "G4RADIOACTIVEDATA": "elsewhere"})
    assert given == {"GEANT4_DATA_DIR": str(data.parent)}
    assert data_environment("", {"GEANT4_DATA_DIR": str(tmp_path)}) == {"GEANT4_DATA_DIR": str(tmp_path)}
    own = home / ".geant4_pybind"
    (own / "G4EMLOW8.8").mkdir(parents=True)
    assert data_environment("", {}) == {"GEANT4_DATA_DIR": str(own)}
