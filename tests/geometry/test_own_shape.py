"""A shape from outside the package: one file, nothing of simkit's touched."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from simkit import plugins
from simkit.cli import main
from simkit.engines.simulation import run_scenario
from simkit.errors import BadInput
from simkit.scenario import load_scenario
from simkit.scenario.keys import scenario_keys

BALL = Path(__file__).parents[1] / "plugin_package" / "simkit_example" / "ball.py"
SCENARIO = """
[events]
source = "gun"
particle = "gamma"
energy_MeV = 1.0
direction = "isotropic"
count = 4000
[geometry]
kind = "ball"
radius_mm = 10.0
"""
BROKEN = """
from typing import Literal
from simkit.geometry.detector import Shape
class Unbuilt(Shape):
    kind: Literal["unbuilt"]
    def regions(self):
        return ("a",)
class Failing(Unbuilt):
    kind: Literal["failing"]
    def build(self):
        return 1 / 0
class Nowhere(Failing):
    kind: Literal["nowhere"]
    def regions(self):
        return {}["a"]
class Verbless(Failing):
    kind: Literal["verbless"]
    def build(self):
        from types import SimpleNamespace
        return SimpleNamespace(params=(), readout=())
SHAPES = [Unbuilt, Failing, Nowhere, Verbless]
"""


@pytest.fixture
def scenario(tmp_path, monkeypatch):
    """Return the path of a scenario with a ball, and have the plug-in that brings it."""
    monkeypatch.setenv(plugins.VARIABLE, "")
    monkeypatch.setattr(plugins, "_loaded", {})
    plugins.add_file(BALL)
    path = tmp_path / "ball.toml"
    path.write_text(SCENARIO)
    return path


def test_a_ball_is_simulated(scenario):
    result, tallies, prepared = run_scenario(load_scenario(scenario))
    assert prepared.regions == ("ball", "world")
    assert result.energy_balance_MeV.residual == pytest.approx(0.0, abs=1e-6)
    # NIST's table of X-ray mass attenuation: lead at 1 MeV has 0.07102 cm2/g, within 2 % here.
    depth = 0.07102 * 11.35 * 1.0
    met = 1.0 - math.exp(-depth)
    tolerance = 0.02 * depth * math.exp(-depth) + 4.0 * math.sqrt(met * (1.0 - met) / 4000)
    assert (tallies.deposits[:, 0] > 0).mean() == pytest.approx(met, abs=tolerance)


def test_processes_get_its_class_from_the_file(scenario):
    """What they are sent names classes of the file, which they have not read yet."""
    here = run_scenario(load_scenario(scenario, events=50))[1]
    there = run_scenario(load_scenario(scenario, events=50), executor="processes:2")[1]
    assert (here.deposits == there.deposits).all()


def test_its_kernels_are_loaded_from_the_cache_until_it_is_edited(scenario, tmp_path):
    file = tmp_path / "ball.py"
    code = (
        "import sys, numpy as np; from simkit.plugins import add_file; add_file(sys.argv[1])\n"
        "from simkit.scenario import load_scenario; from simkit.geometry import locate_all\n"
        "x = np.array([9.0]); found = np.zeros(1, dtype=np.int64)\n"
        "locate_all(load_scenario(sys.argv[2]).detector.params, x, 0.0 * x, 0.0 * x, found)\n"
        "print(found[0], sum(locate_all.stats.cache_hits.values()))\n"
    )

    def run() -> list[str]:
        environment = os.environ | {plugins.VARIABLE: "", "SIMKIT_CACHE": str(tmp_path / "cache")}
        words = [sys.executable, "-Bc", code, str(file), str(scenario)]
        return subprocess.run(
            words, env=environment, capture_output=True, text=True, check=True
        ).stdout.split()

    file.write_text(BALL.read_text())
    assert [run(), run()] == [["0", "0"], ["0", "1"]]
    file.write_text("# A comment.\n" + BALL.read_text())
    assert run() == ["0", "1"]
    edited = BALL.read_text().replace("<= geometry.radius * geometry.radius", "<= 0.25 * geometry.radius**2")
    assert edited != BALL.read_text()
    file.write_text(edited)
    assert run() == ["-1", "0"]


def test_its_keys_are_listed_and_checked(scenario):
    keys = {(key.path, key.variant): key for key in scenario_keys()}
    assert keys["geometry.radius_mm", 'kind = "ball"'].required
    for overrides, said in (
        ({"geometry.radius": 2.0}, "[geometry]: unknown key 'radius'; did you mean 'radius_mm'?"),
        ({"geometry.radius_mm": -1.0}, "geometry.radius_mm: found -1.0; must be greater than 0"),
        ({"geometry.material": "G4_Pbb"}, "geometry.material: unknown material 'G4_Pbb'"),
        (
            {"geometry.kind": "bal"},
            "did you mean 'ball'? (allowed: slab_stack, tube_stack, atlas_like, ball)",
        ),
        ({"events.position_mm": [0.0, 20.0, 0.0]}, "y = 20 +- 0 mm; allowed: -10 to 10 mm"),
        ({"region.bal.production_cut_mm": 1.0}, "unknown region 'bal'; did you mean 'ball'?"),
    ):
        with pytest.raises(BadInput) as raised:
            load_scenario(scenario, overrides=overrides)
        assert said in str(raised.value)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("unbuilt", "shape 'unbuilt': Unbuilt lacks build; define them"),
        ("failing", "the plug-in's cannot be built (ZeroDivisionError: division by zero); correct it"),
        ("nowhere", "the plug-in's cannot be built (KeyError: 'a'); correct it"),
        ("verbless", "shape 'verbless': simkit.geometry.LOCATE has no tuple; register one"),
    ],
)
def test_a_broken_shape_is_one_line(tmp_path, monkeypatch, capsys, kind, said):
    monkeypatch.setenv(plugins.VARIABLE, "")
    (tmp_path / "broken.py").write_text(BROKEN)
    words = ["run", "testem3", "-n", "1", "--plugin", str(tmp_path / "broken.py"), "--set"]
    assert main([*words, f"geometry.kind={kind}"]) == 4
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
