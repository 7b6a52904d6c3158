"""Every way a scenario can be wrong: one line that names the place, the key, what was found and the mend."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from simkit.errors import BadInput
from simkit.scenario import load_scenario

BASE = b"[scenario]\nbase = 'testem3'\n"


def message(*arguments: Any, **options: Any) -> str:
    with pytest.raises(BadInput) as caught:
        load_scenario(*arguments, **options)
    text = str(caught.value)
    assert "\n" not in text
    return text


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("geometry.layrs=2", ["--set", "[geometry]", "'layrs'", "'layers'"]),
        ("phsics.rayleigh=true", ["'phsics'", "'physics'"]),
        ("physics.processes.phott=true", ["[physics.processes]", "'phott'", "'phot'"]),
        ("tracking.gamma_roulette.treshold_MeV=1", ["'treshold_MeV'", "'threshold_MeV'"]),
        ("geometry.slab.0.thickness=1", ["[geometry.slab.0]", "'thickness'", "'thickness_mm'"]),
        ("geometry.slab.0.material=G4_Pbb", ["geometry.slab.0.material", "'G4_Pbb'", "'G4_Pb'"]),
        ("geometry.slab.7.material=G4_W", ["geometry.slab.7", "0 to 1"]),
        ("geometry.slab.gop.material=G4_W", ["'gop'", "'gap'"]),
        ("geometry.kind=slab_stak", ["geometry.kind", "'slab_stack'"]),
        ("geometry.layers=-1", ["geometry.layers", "-1", "greater than or equal to 1"]),
        ("geometry.layers=2.5", ["geometry.layers", "2.5", "whole number"]),
        ("geometry.layers=many", ["geometry.layers", "'many'", "whole number"]),
        ("geometry.slab.0.thickness_mm=0", ["thickness_mm", "greater than 0"]),
        ("geometry.slab.0.region=world", ["'world'"]),
        ("geometry.slab.0.region=a.b", ["geometry.slab.0.region", "a.b"]),
        ("physics.production_cut_mm=-1", ["physics.production_cut_mm", "-1"]),
        ("physics.production_cut_mm=nan", ["physics.production_cut_mm", "nan", "finite"]),
        ("physics.production_cut_mm=inf", ["physics.production_cut_mm", "inf"]),
        ("physics.production_cut_mm='thin'", ["physics.production_cut_mm", "'thin'", "number"]),
        ("physics.rayleigh=1", ["physics.rayleigh", "true or false"]),
        ("physics.fluctuation=['tau-']", ["physics.fluctuation", "'tau-'", "mu-"]),
        ("physics.fluctuation=3", ["physics.fluctuation", "3"]),
        ("physics.step_function=[0.2]", ["physics.step_function"]),
        ("physics.step_function=[0.2, -1.0]", ["physics.step_function", "-1.0"]),
        ("physics.step_function=[0.001, 1.0]", ["physics.step_function", "0.001", "0.01"]),
        ("physics.step_function=[0.2, 1e-6]", ["physics.step_function", "1e-06", "0.0001"]),
        ("physics.range_factor=1e-5", ["physics.range_factor", "1e-05", "0.001"]),
        ("geometry.slab.0.material=G4_Pu", ["geometry.slab.0.material", "Pu (Z = 94)", "Z = 92"]),
        ("physics.tables=g4hepem", ["physics.tables", "'g4hepem'", "native"]),
        ("physics=3", ["physics", "table"]),
        ("engine.gamma=generall", ["engine.gamma", "'general'"]),
        ("events.particle=electron", ["events.particle", "'electron'", "e-"]),
        ("events.particle=E-", ["events.particle", "'e-'"]),
        ("events.energy_MeV=-10", ["events.energy_MeV", "-10"]),
        ("events.energy_MeV=nan", ["events.energy_MeV", "finite"]),
        ("events.direction=[0, 0, 0]", ["events.direction", "not all 0"]),
        ("events.direction=[1, 0]", ["events.direction", "three"]),
        ("events.direction=[nan, 0, 0]", ["events.direction", "finite"]),
        ("events.position_mm=[-1.0, 0.0, 0.0]", ["outside the world", "x = -1", "0 to 400"]),
        ("events.spread_mm=[0, 300, 0]", ["outside the world", "y = 0 +- 300", "-200 to 200"]),
        ("events.spread_mm=-1", ["events.spread_mm", "not below 0"]),
        ("events.spectrum={kind='power', min_MeV=1.0, max_MeV=2.0}", ["events.spectrum", "index"]),
        ("events.spectrum={kind='uniform', min_MeV=2.0, max_MeV=1.0}", ["max_MeV", "greater"]),
        ("events.spectrum={kind='table', energies_MeV=[1.0, 2.0], weights=[0.0]}", ["not all be 0"]),
        ("events.source=hepmc", ["events.source", "'hepmc3'"]),
        ("region.gapp.production_cut_mm=1", ["'gapp'", "'gap'"]),
        ("region.gap.birks_mm_per_MeV=-0.1", ["birks_mm_per_MeV", "-0.1", "greater than or equal to 0"]),
        ("region.gap.window_ns=[150, 0]", ["window_ns", "[150, 0]", "from < to"]),
        ("region.gap.window_ns='late'", ["window_ns", "'late'", "[from, to], or a number"]),
        ("region.gap.window_ns=[1, 2, 3]", ["window_ns", "[1, 2, 3]", "[from, to], or a number"]),
        ("tracking.gamma_roulette.regions=['gapp']", ["tracking.gamma_roulette.regions", "'gap'"]),
        ("tracking.gamma_roulette.weight=0.5", ["weight", "0.5"]),
        ("field.kind=uniform", ["field.strength_T", "missing"]),
        ("field.strength_T=3.8", ["[field]", "'strength_T'"]),
        ("fastsim.kind=gan", ["fastsim", "[[fastsim]]"]),
        ("fastsim=[{model='gan'}]", ["fastsim.0.model", "'gan'", "absorb"]),
        ("fastsim=[{regions=['gap']}]", ["fastsim.0", "model"]),
        ("fastsim=[{model='absorb', regions=['gapp']}]", ["fastsim.0.regions", "'gapp'", "'gap'"]),
        ("fastsim=[{model='absorb', particles=['e']}]", ["fastsim.0.particles", "'e'", "'e-'"]),
        ("fastsim=[{model='absorb', particles=[]}]", ["fastsim.0.particles", "at least 1"]),
        ("fastsim=[{model='absorb', min_Mev=3.0}]", ["fastsim.0", "'min_Mev'", "'min_MeV'"]),
        ("fastsim=[{model='absorb', min_MeV=3.0, max_MeV=2.0}]", ["fastsim.0.min_MeV", "max_MeV (2)"]),
        ("fastsim=[{model='absorb', eta_range=[2.0, 1.0]}]", ["fastsim.0.eta_range", "from < to"]),
        ("fastsim=[{model='absorb', eta_range=[20.0, 30.0]}]", ["fastsim.0.eta_range", "beyond +-18"]),
        (
            "fastsim=[{model='absorb'}, {model='absorb', particles=['e-'], min_MeV=5.0}]",
            ["fastsim.0 (absorb) and fastsim.1 (absorb)", "priority"],
        ),
        ("run.threads=0", ["run.threads", "1"]),
        ("run.backend=gpu", ["run.backend", "cuda"]),
        ("material.glue.density_g_cm3=1.0", ["elements", "missing"]),
        ("geometry.layers.deep=1", ["geometry.layers", "not a table"]),
        ("geometry..layers=1", ["not a key"]),
        ("geometry.layers", ["KEY=VALUE"]),
        ("=3", ["KEY=VALUE"]),
    ],
)
def test_wrong_keys_and_values(setting: str, words: list[str]) -> None:
    text = message("testem3", overrides=[setting])
    for word in words:
        assert word in text, text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"seed": -1}, ["--seed", "-1"]),
        ({"events": 0}, ["-n", "0"]),
        ({"threads": 0}, ["--threads", "0"]),
        ({"backend": "cudo"}, ["--backend", "'cuda'"]),
        ({"with_speedups": ["wodcock"]}, ["speedup", "'wodcock'", "'woodcock'"]),
        ({"with_speedups": ["woodcock:min_MeV=nan"]}, ["woodcock:min_MeV=nan", "finite"]),
        ({"with_speedups": ["region-range-cut:region=gup"]}, ["region-range-cut", "'gup'", "'gap'"]),
    ],
)
def test_wrong_options(options: dict[str, Any], words: list[str]) -> None:
    text = message("testem3", **options)
    for word in words:
        assert word in text, text


def test_unknown_preset() -> None:
    assert "did you mean 'testem3'?" in message("testem33")


def test_missing_file() -> None:
    assert "nowhere.toml" in message("nowhere.toml")


def test_a_folder_is_no_scenario(tmp_path: Path) -> None:
    assert "cannot be read" in message(tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[geometry]\nlayers = \n", ["not valid TOML", "line 2"]),
        (b"[geometry\nlayers = 3\n", ["not valid TOML", "line 1"]),
        (b"\xff\xfe", ["UTF-8"]),
        (b"", ["events is missing"]),
        (b"scenario = 3\n", ["scenario", "table"]),
        (b"[scenario]\nbase = 'testem4'\n", ["scenario.base", "'testem3'"]),
        (b"[scenario]\nbase = ['testem3']\n", ["scenario.base"]),
        (BASE + b"[physics]\ncut = 3\n", ["my.toml: [physics]", "'cut'"]),
        (
            BASE + b"[[region]]\nname = 'gap'\n[[region]]\nname = 'gap'\n",
            ["'gap'", "twice"],
        ),
        (BASE + b"[[geometry.slab]]\nregion = 'a'\n", ["geometry.slab.0.material"]),
        (
            BASE + b"[[material]]\nname = 'x'\ndensity_g_cm3 = 1.0\nelements = {Pb = 0.5}\n",
            ["'x'", "add up to 0.5"],
        ),
        (
            BASE + b"[[material]]\nname = 'x'\ndensity_g_cm3 = 1.0\nelements = {Qq = 1.0}\n",
            ["'Qq'"],
        ),
        (
            BASE + b"[[material]]\nname = 'x'\ndensity_g_cm3 = -1.0\nelements = {Pb = 1.0}\n",
            ["my.toml: material.0.density_g_cm3", "-1.0"],
        ),
        (
            BASE + b"[[material]]\nname = 'x'\ndensity_g_cm3 = 1e-40\nelements = {Pb = 1.0}\n",
            ["my.toml: material.0.density_g_cm3", "1e-40", "1e-25"],
        ),
        (
            BASE + b"[[material]]\nname = 'x'\ndensity_g_cm3 = 1e5\nelements = {Pb = 1.0}\n",
            ["my.toml: material.0.density_g_cm3", "30"],
        ),
        (
            BASE + b"[[material]]\nname = 'x'\ndensity_g_cm3 = 19.0\nelements = {Am = 0.1, U = 0.9}\n",
            ["my.toml: material.0.elements", "'x' holds Am (Z = 95)", "uranium (Z = 92)"],
        ),
    ],
)
def test_wrong_files(tmp_path: Path, content: bytes, words: list[str]) -> None:
    path = tmp_path / "my.toml"
    path.write_bytes(content)
    text = message(path)
    for word in words:
        assert word in text, text


def test_missing_and_empty_files_of_events(tmp_path: Path) -> None:
    setting = {"events.source": "hepmc3", "events.path": str(tmp_path / "none.hepmc3")}
    assert "there is no file" in message("testem3", overrides=setting)
    empty = tmp_path / "empty.hepmc3"
    empty.touch()
    assert "is empty" in message("testem3", overrides={**setting, "events.path": str(empty)})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[region]]\nname = '{long}'", ["region.0.name", "at most 40 characters"]),
        ("[[material]]\nname = '{long}'\ndensity_g_cm3 = 1.0\nelements = {{Pb = 1.0}}", ["at most 40"]),
        ("[events]\nparticle = '{long}'", ["events.particle", "unknown value 'xxx"]),
        ("[events]\nsource = 'hepmc3'\npath = '{long}'", ["events.path", "there is no file"]),
        ("{long} = 1", ["unknown key 'xxx"]),
        ('[[material]]\nname = "a\\u001b[31m"\ndensity_g_cm3 = 1.0\nelements = {{Pb = 1.0}}', ["control"]),
        ('[[region]]\nname = "a\\u001b[31m"', ["region.0.name", "'a\\x1b[31m'"]),
        ('[tracking.gamma_roulette]\nregions = ["a\\u0007"]', ["unknown region 'a\\x07'"]),
        ("{slabs}", ["1001 regions, allowed up to 1000"]),
        ("[geometry]\nlayers = 100000\n{many}", ["geometry.layers", "2100000 slabs together"]),
        ("{materials}", ["at most 1000 items"]),
    ],
)
def test_long_and_odd_names_and_many_of_them(tmp_path: Path, text: str, words: list[str]) -> None:
    slabs = "[geometry]\n" + "".join(
        f"[[geometry.slab]]\nregion = 'r{i}'\nmaterial = 'G4_Pb'\nthickness_mm = 1\n" for i in range(1001)
    )
    material = "density_g_cm3 = 1.0\nelements = {Pb = 1.0}\n"
    materials = "".join(f"[[material]]\nname = 'm{i}'\n{material}" for i in range(1001))
    file = tmp_path / "odd.toml"
    many = "[[geometry.slab]]\nregion = 'r'\nmaterial = 'G4_Pb'\nthickness_mm = 1\n" * 21
    filled = text.format(long="x" * 1_000_000, slabs=slabs, materials=materials, many=many)
    file.write_bytes(BASE + filled.encode())
    begin = time.perf_counter()
    found = message(file)
    assert time.perf_counter() - begin < 3.0
    assert found.isprintable()
    assert len(found) < 600
    for word in [str(file), *words]:
        assert word in found


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("x" * 100_000, ["unknown scenario 'xxx"]),
        ("\x1b[31m", ["unknown scenario '\\x1b[31m'"]),
        ("x" * 100_000 + ".toml", ["there is no such file"]),
    ],
)
def test_long_and_odd_names_of_files(name: str, words: list[str]) -> None:
    found = message(name)
    assert found.isprintable()
    assert len(found) < 600
    for word in words:
        assert word in found


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("events.energy_MeV=" + "9" * 5000, ["events.energy_MeV", "must be a number"]),
        ("events.energy_MeV=" + "9" * 4000, ["whole number beyond 64 bits"]),
        ("events.energy_MeV=" + "[" * 5000, ["must be a number"]),
        ("events.energy_MeV=" + "[" * 150 + "]" * 150, ["nested deeper than 100"]),
        ("a." * 5000 + "b=1", ["is not a key"]),
        ("scenario.name=a\x1b[31m", ["scenario.name", "control characters"]),
    ],
)
def test_odd_settings(setting: str, words: list[str]) -> None:
    found = message("testem3", overrides=[setting])
    assert found.isprintable()
    assert len(found) < 400
    for word in words:
        assert word in found


def test_the_first_of_several_problems_is_told_with_their_number() -> None:
    text = message("testem3", overrides=["geometry.layers=0", "physics.rayleigh=3"])
    assert text.endswith("(and 1 more)")


@pytest.mark.parametrize("options", [{"events": 1}, {"threads": 1}, {"seed": 3}])
def test_what_is_missing_is_missing_in_the_file(tmp_path, options):
    path = tmp_path / "empty.toml"
    path.write_text("")
    with pytest.raises(BadInput, match=r"^\S*empty\.toml: "):
        load_scenario(path, **options)


def test_what_is_missing_in_an_entry_of_a_list_is_missing_where_that_is_given(tmp_path):
    with pytest.raises(BadInput, match=r"^--set: region\.0\.name is missing"):
        load_scenario("testem3", overrides=["region=[{}]"])
    path = tmp_path / "mine.toml"
    path.write_text('[scenario]\nbase = "testem3"\n[[region]]\nproduction_cut_mm = 1.0\n')
    with pytest.raises(BadInput, match=r"mine\.toml: region\.0\.name is missing"):
        load_scenario(path, overrides=["region.0.fluctuation=false"])
