"""Loading: presets, files, layers, regions and the hash."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from simkit.errors import BadInput
from simkit.scenario import load_scenario, preset_names
from simkit.tracking.fluctuation import OWN
from simkit.tracking.roulette import build_roulette


def test_presets_are_those_of_the_contract() -> None:
    assert preset_names() == ("atlas_like", "hepemshow", "par04", "segmented", "testem3")


@pytest.mark.parametrize("name", ["testem3", "hepemshow", "atlas_like"])
def test_presets_load(name: str) -> None:
    scenario = load_scenario(name)
    assert scenario.name == name
    assert scenario.physics.production_cut_mm == 0.7
    assert len(scenario.regions()) >= 2


def test_testem3_is_geant4s_example() -> None:
    """50 x (2.3 mm Pb + 5.7 mm LAr), 40 cm across, 10 GeV e- (Geant4, TestEm3)."""
    scenario = load_scenario("testem3")
    stack = scenario.geometry
    assert stack.layers == 50
    assert stack.transverse_mm == 400.0
    slabs = [(slab.region, slab.material, slab.thickness_mm) for slab in stack.slab]
    assert slabs == [("absorber", "G4_Pb", 2.3), ("gap", "G4_lAr", 5.7)]
    assert (scenario.events.particle, scenario.events.energy_MeV) == ("e-", 10_000.0)
    assert scenario.engine.gamma == "general"


def test_hepemshow_differs_in_the_absorber_alone() -> None:
    a, b = load_scenario("testem3").canonical(), load_scenario("hepemshow").canonical()
    assert b["geometry"]["slab"][0]["material"] == "G4_PbWO4"
    b["geometry"]["slab"][0]["material"] = "G4_Pb"
    assert a == b


@pytest.mark.parametrize("given", [True, False, ["e-", "e+"], ["mu-", "e-"]])
def test_what_records_have_is_the_scenario(given: bool | list[str]) -> None:
    scenario = load_scenario("testem3", overrides={"physics.fluctuation": given})
    settings = scenario.canonical()
    assert tuple(settings["physics"]["fluctuation"]) == scenario.physics.fluctuation
    again = load_scenario("testem3", overrides=settings)
    assert again.canonical() == settings
    assert again.hash == scenario.hash


def write(folder: Path, text: str) -> Path:
    path = folder / "my.toml"
    path.write_text(text)
    return path


def test_a_file_stands_on_a_preset(tmp_path: Path) -> None:
    path = write(tmp_path, '[scenario]\nbase = "testem3"\n[geometry]\nlayers = 3\n')
    scenario = load_scenario(path)
    assert scenario.name == "my"
    assert scenario.geometry.layers == 3
    assert scenario.geometry.slab[1].material == "G4_lAr"


def test_what_is_laid_over_wins(tmp_path: Path) -> None:
    """Preset < file < speedups < --set < -n, --seed, --threads."""
    path = write(
        tmp_path,
        '[scenario]\nbase = "testem3"\nseed = 5\n[engine]\ngamma = "per-process"\n'
        "[tracking]\nwoodcock_min_MeV = 3.0\n",
    )
    assert load_scenario(path).engine.gamma == "per-process"
    scenario = load_scenario(
        path,
        with_speedups=["gamma-general", "woodcock:min_MeV=0.5"],
        overrides=["scenario.seed=7", "tracking.gamma=boundary"],
        seed=9,
        events=4,
        threads=2,
    )
    assert scenario.engine.gamma == "general"
    assert scenario.tracking.woodcock_min_MeV == 0.5
    assert scenario.tracking.gamma == "boundary"
    assert (scenario.seed, scenario.count, scenario.run.threads) == (9, 4, 2)
    assert scenario.speedups == ("gamma-general", "woodcock:min_MeV=0.5")


def test_another_kind_leaves_nothing_of_the_old_one(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '[scenario]\nbase = "atlas_like"\n[geometry]\nkind = "slab_stack"\nlayers = 1\ntransverse_mm = 10.0\n'
        'slab = [{region = "a", material = "G4_Si", thickness_mm = 1.0}]\n'
        '[events]\nsource = "gun"\nenergy_MeV = 1.0\n',
    )
    scenario = load_scenario(path)
    assert scenario.regions() == ("a",)
    assert scenario.events.source == "gun"
    again = load_scenario("testem3", overrides=["events.source=hepmc3"])
    assert again.events.path == ""


def test_a_spectrum_replaces_the_energy() -> None:
    scenario = load_scenario(
        "testem3", overrides=["events.spectrum={kind='uniform', min_MeV=1.0, max_MeV=10.0}"]
    )
    assert scenario.events.energy_MeV is None
    assert scenario.events.spectrum.max_MeV == 10.0


def test_a_file_of_events_is_found_from_the_scenario_file(tmp_path: Path) -> None:
    (tmp_path / "mine.hepmc3").write_text("HepMC::Version 3.02.06\n")
    path = write(tmp_path, '[scenario]\nbase = "atlas_like"\n[events]\npath = "mine.hepmc3"\n')
    assert Path(load_scenario(path).events.path) == tmp_path / "mine.hepmc3"


def test_keys_by_index_by_name_and_as_a_mapping() -> None:
    by_index = load_scenario("testem3", overrides=["geometry.slab.0.material=G4_W"])
    by_name = load_scenario("testem3", overrides={"geometry.slab.absorber.material": "G4_W"})
    assert by_index.geometry.slab[0].material == "G4_W"
    assert by_index.hash == by_name.hash


def test_regions_override_their_scenario() -> None:
    scenario = load_scenario(
        "testem3",
        overrides=[
            "region.gap.production_cut_mm=2",
            "region.gap.gamma_tracking=woodcock",
            'region.gap.fluctuation=["e-"]',
            "tracking.gamma_roulette.threshold_MeV=2",
            'tracking.gamma_roulette.regions=["absorber"]',
        ],
    )
    absorber, gap = scenario.region_settings()
    assert (absorber.production_cut_mm, gap.production_cut_mm) == (0.7, 2.0)
    assert (absorber.gamma_tracking, gap.gamma_tracking) == ("boundary", "woodcock")
    assert (absorber.fluctuation, gap.fluctuation) == (OWN, ("e-",))
    roulette = build_roulette(scenario.tracking.gamma_roulette, [*scenario.regions(), "world"])
    assert roulette.enabled.tolist() == [1, 0, 0]


def test_own_materials_by_mass_fractions(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '[scenario]\nbase = "testem3"\n[[material]]\nname = "tungstate"\ndensity_g_cm3 = 8.28\n'
        "elements = {Pb = 0.455347, W = 0.404013, O = 0.14064}\n",
    )
    scenario = load_scenario(path, overrides=["geometry.slab.0.material=tungstate"])
    # PbWO4: 8.9245 mm, as Geant4 11.4 prints it; the compound here has its elements and density.
    assert scenario.own_materials["tungstate"].radiation_length_mm == pytest.approx(8.9245, rel=2e-3)


def test_the_baseline_has_every_speedup_off() -> None:
    baseline = load_scenario("testem3", baseline=True, with_speedups=["woodcock"])
    assert baseline.engine.gamma == "per-process"
    assert baseline.tracking.gamma == "woodcock"
    assert not baseline.physics.apply_cuts


def test_the_baseline_of_a_scenario_with_regions_of_its_own(tmp_path: Path) -> None:
    # Off takes trt_xenon's cut away, which this scenario has none of.
    text = '[scenario]\nbase = "testem3"\n[[region]]\nname = "gap"\nproduction_cut_mm = 2.0\n'
    baseline = load_scenario(write(tmp_path, text), baseline=True)
    assert [(region.name, region.production_cut_mm) for region in baseline.region] == [("gap", 2.0)]


def test_a_scenario_does_not_change_and_travels() -> None:
    scenario = load_scenario("testem3", with_speedups=["woodcock"])
    with pytest.raises(ValidationError):
        scenario.physics.production_cut_mm = 1.0  # type: ignore[misc]
    scenario.hash, scenario.detector, scenario.own_materials  # noqa: B018
    assert len(pickle.dumps(scenario)) < 5000
    again = pickle.loads(pickle.dumps(scenario))
    assert again == scenario
    assert again.detector is not scenario.detector
    assert again == scenario
    assert again.speedups == ("woodcock",)
    assert again.hash == scenario.hash


def test_the_hash_is_of_the_physics() -> None:
    reference = load_scenario("testem3").hash
    same = load_scenario("testem3", seed=99, events=3, threads=2, overrides=["scenario.name=other"])
    assert same.hash == reference
    # One millimetre is one millimetre, with and without a decimal point.
    assert (
        load_scenario("testem3", overrides=["physics.production_cut_mm=1"]).hash
        == load_scenario("testem3", overrides=["physics.production_cut_mm=1.0"]).hash
        != reference
    )
    assert load_scenario("testem3", with_speedups=["woodcock"]).hash != reference


def test_the_hash_of_a_file_of_events_is_of_its_content(tmp_path: Path) -> None:
    a, b, c = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    a.write_text("one")
    b.write_text("one")
    c.write_text("two")
    hashes = [
        load_scenario("testem3", overrides={"events.source": "hepmc3", "events.path": str(p)}).hash
        for p in (a, b, c)
    ]
    assert hashes[0] == hashes[1] != hashes[2]


def test_the_hash_is_the_same_in_another_process() -> None:
    code = "from simkit.scenario import load_scenario; print(load_scenario('testem3').hash)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == load_scenario("testem3").hash


def test_nothing_heavy_is_imported_by_a_scenario_that_fails() -> None:
    code = (
        "import sys\nfrom simkit.errors import BadInput\nfrom simkit.scenario import load_scenario\n"
        "try:\n    load_scenario('testem3', overrides=['geometry.slab.0.material=G4_Pbb'])\n"
        "except BadInput as error:\n    print(error)\n"
        "print([n for n in ('xraylib', 'simkit.physics', 'simkit.transport') if n in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip().endswith("did you mean 'G4_Pb'?\n[]")


def test_errors_are_bad_input() -> None:
    with pytest.raises(BadInput):
        load_scenario("testem3", overrides=["geometry.layers=0"])
