"""Real outputs of other programs are read right, and refused where they are of another problem."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from simkit.engines import Recording, find_foreign, geant4
from simkit.engines.geant4_materials import printed_materials
from simkit.engines.translate import translate
from simkit.errors import BadInput
from simkit.materials import compound
from simkit.scenario import Scenario, load_scenario

from . import recorded

GEV = {"events.energy_MeV": 1000.0, "physics.production_cut_mm": 1.0}
ONE_MM = {"physics.production_cut_mm": 1.0}


def read(folder: Path, engine: str, text: str, scenario: Scenario) -> Recording:
    path = folder / "output"
    path.write_text(text)
    found = find_foreign(engine).prepare(scenario, str(path))
    assert isinstance(found, Recording)
    return found


def test_hepemshow(tmp_path: Path) -> None:
    told = read(tmp_path, "hepemshow", recorded.HEPEMSHOW, load_scenario("hepemshow"))
    (figures,) = told.parts
    assert figures.events == 100
    assert figures.deposits == {"absorber": 6734.77, "gap": 2577.87}
    # it prints the standard deviation with n
    assert figures.spreads["absorber"] == pytest.approx(236.686 * (100 / 99) ** 0.5)
    assert figures.steps == {"gamma": 40511.3, "charged": 36136.4, "total": pytest.approx(76647.7)}
    assert figures.secondaries["e+"] == 432.62
    assert told.s_per_event == pytest.approx(0.0839702)
    assert figures.leaked is None


def test_testem3(tmp_path: Path) -> None:
    told = read(tmp_path, "geant4", recorded.TESTEM3, load_scenario("testem3", overrides=GEV))
    (figures,) = told.parts
    assert figures.deposits == {"absorber": 774.03, "gap": 215.74}
    assert figures.leaked == 10.22
    assert figures.steps["total"] == pytest.approx(3710.83 + 3715.22)
    assert figures.secondaries["total"] == pytest.approx(508.8 + 870 + 53.89)
    assert told.s_per_event == pytest.approx(0.0074)
    assert told.about == {"version": "geant4-11-04-ref-00"}


def test_further_runs_of_testem3_are_counted(tmp_path: Path) -> None:
    told = read(tmp_path, "geant4", 3 * recorded.TESTEM3, load_scenario("testem3", overrides=GEV))
    assert told.parts[0].deposits == {"absorber": 774.03, "gap": 215.74}
    assert "the 2 further runs in it, the first is compared" in told.unchecked


def test_celeritas(tmp_path: Path) -> None:
    scenario = load_scenario("testem3", overrides=ONE_MM)
    told = read(tmp_path, "celeritas", json.dumps(recorded.CELERITAS), scenario)
    (figures,) = told.parts
    assert figures.events == 20800
    assert figures.steps == {"total": pytest.approx(72712.7, rel=1e-5)}
    assert figures.secondaries == {"total": pytest.approx(14338.6, rel=1e-5)}
    assert told.s_per_event == pytest.approx(3.4833e-4, rel=1e-4)
    assert told.time == "wall, on NVIDIA A100-SXM4-80GB"


def test_celeritas_deposits_by_volume(tmp_path: Path) -> None:
    tree: dict[str, Any] = copy.deepcopy(recorded.CELERITAS)
    labels = [f"{region}_lv_{i}@world" for i in range(2) for region in ("gap", "absorber")]
    tree["result"]["simple_calo"] = {
        "volume_labels": labels,
        "energy_deposition": [2.08e6, 6.24e6, 4.16e6, 8.32e6],
    }
    scenario = load_scenario("testem3", overrides={**ONE_MM, "geometry.layers": 2})
    (figures,) = read(tmp_path, "celeritas", json.dumps(tree), scenario).parts
    assert figures.deposits == pytest.approx({"gap": 300.0, "absorber": 700.0})
    assert figures.layers["absorber"] == pytest.approx((300.0, 400.0))


# As where a macro sets TestEm3's own materials; liquidArgon has 1.390 g/cm3, G4_lAr 1.396.
STOCK = recorded.TESTEM3.replace("      G4_Pb", "       Lead").replace("     G4_lAr", "liquidArgon")


def lead(density: float) -> dict[str, Any]:
    """Return overrides that make the absorber of an own material."""
    own = {"name": "Lead", "density_g_cm3": density, "elements": {"Pb": 1.0}}
    return {**GEV, "material": [own], "geometry.slab.0.material": "Lead"}


def test_testem3_with_materials_of_its_own(tmp_path: Path) -> None:
    told = read(tmp_path, "geant4", STOCK, load_scenario("testem3", overrides=GEV))
    assert told.parts[0].deposits == {"absorber": 774.03, "gap": 215.74}
    (unlike,) = [text for text in told.unchecked if "liquidArgon" in text]
    assert "1.39 g/cm3 for G4_lAr of 1.396" in unlike
    assert not [text for text in told.unchecked if "Lead" in text]  # of the same density
    same = {**GEV, "geometry.slab.1.material": "liquidArgon"}
    told = read(tmp_path, "geant4", STOCK, load_scenario("testem3", overrides=same))
    assert not [text for text in told.unchecked if "liquidArgon" in text]


def test_testem3_beside_materials_of_the_scenario(tmp_path: Path) -> None:
    assert read(tmp_path, "geant4", STOCK, load_scenario("testem3", overrides=lead(11.34))).parts
    with pytest.raises(
        BadInput, match=r"slab 1 is of Lead \(11\.35 g/cm3\), the scenario's of Lead \(12 g/cm3\)"
    ):
        read(tmp_path, "geant4", STOCK, load_scenario("testem3", overrides=lead(12.0)))
    mine = STOCK.replace("Lead", "Mine")
    with pytest.raises(
        BadInput, match=r"define Mine under \[\[material\]\], and set geometry\.slab\.0\.material"
    ):
        read(tmp_path, "geant4", mine, load_scenario("testem3", overrides=GEV))
    own = {"name": "Mine", "density_g_cm3": 12.0, "elements": {"Pb": 1.0}}
    overrides = {**GEV, "material": [own], "geometry.slab.0.material": "Mine"}
    told = read(tmp_path, "geant4", mine, load_scenario("testem3", overrides=overrides))
    assert "density and composition of Mine" in told.unchecked


def test_testem3_of_2008(tmp_path: Path) -> None:
    told = read(tmp_path, "geant4", recorded.TESTEM3_2008, load_scenario("testem3", overrides=GEV))
    (figures,) = told.parts
    assert figures.deposits == {"absorber": 785.73, "gap": 204.92}
    assert (figures.steps, figures.secondaries, figures.leaked) == ({}, {}, None)
    assert told.s_per_event == pytest.approx(0.0997)
    assert told.about == {"version": "global-V09-01-09"}
    assert "steps and secondaries" in told.unchecked


@pytest.mark.parametrize(
    ("density", "fraction", "words"),
    [("11.350", "100.00", ""), ("11.350", "50.00", ""), ("7.300", "100.00", "of Lead (7.3 g/cm3)")],
)
def test_what_testem3_prints_of_a_material_counts(
    density: str, fraction: str, words: str, tmp_path: Path
) -> None:
    """More than its name; a composition that does not add up is none."""
    text = recorded.TESTEM3_2008.replace("11.350", density).replace(
        "Fraction: 100.00", f"Fraction: {fraction}", 1
    )
    if not words:
        assert read(tmp_path, "geant4", text, load_scenario("testem3", overrides=GEV)).parts
        return
    with pytest.raises(BadInput) as error:
        read(tmp_path, "geant4", text, load_scenario("testem3", overrides=GEV))
    assert words in str(error.value)
    assert "define Lead under [[material]]" in str(error.value)  # the example's own Lead is not that
    own = {"name": "Lead", "density_g_cm3": 7.3, "elements": {"Pb": 1.0}}
    overrides = {**GEV, "material": [own], "geometry.slab.0.material": "Lead"}
    assert read(tmp_path, "geant4", text, load_scenario("testem3", overrides=overrides)).parts


def test_a_mixture_that_testem3_prints() -> None:
    printed = """
 Material:   SteelMix    density:  7.900 g/cm3   RadL:   1.800 cm   Nucl.Int.Length:  16.676 cm
                       Imean: 283.000 eV   temperature: 293.15 K  pressure:   1.00 atm

   --->  Element: Fe (Fe)   Z = 26.0   N =    56   A = 55.845 g/mole
         --->  Isotope:  Fe56   Z = 26   N =  56   A =  55.93 g/mole   abundance: 91.754 %
          ElmMassFraction:  80.00 %  ElmAbundance  79.00 %
   --->  Element: Cr (Cr)   Z = 24.0   N =    52   A = 51.996 g/mole
          ElmMassFraction:  20.00 %  ElmAbundance  21.00 %

 Material: Galactic    density:  0.000 kg/m3   RadL: 204322111.300 pc
   --->  Element: H (H)   Z =  1.0   N =     1   A =  1.008 g/mole
          ElmMassFraction: 100.00 %  ElmAbundance 100.00 %
---
"""
    (found,) = printed_materials(printed).values()
    assert found.is_like(compound("mix", 7.9, {"Fe": 0.8, "Cr": 0.2}), 1e-9)


def test_materials_that_a_program_does_not_know(tmp_path: Path) -> None:
    scenario = load_scenario("testem3", overrides={"geometry.slab.0.material": "Lead"})
    with pytest.raises(BadInput, match="material Lead is TestEm3's own"):
        find_foreign("geant4-pybind").prepare(scenario, "")


def test_adept(tmp_path: Path) -> None:
    told = read(tmp_path, "adept", recorded.ADEPT, load_scenario("testem3", overrides={"geometry.layers": 5}))
    assert [part.events for part in told.parts] == [316000, 284400]
    first = told.parts[0]
    assert first.layers["absorber"][:2] == pytest.approx((7.9162, 17.2552), rel=1e-5)
    assert first.layers["gap"][4] == pytest.approx(34.7652, rel=1e-5)
    assert first.deposits["gap"] == pytest.approx(sum(first.layers["gap"]))
    assert told.s_per_event is None


def test_adept_with_its_wall_time(tmp_path: Path) -> None:
    (tmp_path / "output_global.csv").write_text("NumParticles, Totaltime\n600400.000000, 120.080000\n")
    told = read(tmp_path, "adept", recorded.ADEPT, load_scenario("testem3", overrides={"geometry.layers": 5}))
    assert told.s_per_event == pytest.approx(2e-4)


def test_command_key_values(tmp_path: Path) -> None:
    (lines,) = read(tmp_path, "command", recorded.KEY_VALUES, load_scenario("hepemshow")).parts
    assert lines.events == 100
    assert lines.deposits == {"absorber": 6737.12, "gap": 2575.47}
    # 266.015 with n, as HepEmShow prints it
    assert lines.spreads["absorber"] == pytest.approx(266.015 * (100 / 99) ** 0.5, rel=1e-5)
    assert lines.steps["total"] == pytest.approx(36178.2 + 40463.2)
    assert lines.secondaries["total"] == pytest.approx(4460.06 + 7974.73 + 431.14)
    assert len(lines.layers["absorber+gap"]) == 50
    assert sum(lines.layers["absorber+gap"]) == pytest.approx(6737.12 + 2575.47, rel=1e-5)


def test_command_bmf_of_simkits_own_export(tmp_path: Path) -> None:
    told = read(tmp_path, "command", recorded.BMF, load_scenario("hepemshow"))
    (figures,) = told.parts
    assert figures.events == 100
    assert figures.deposits == pytest.approx({"absorber": 6720.2627, "gap": 2565.9510})
    assert figures.spreads["gap"] == pytest.approx(85.7364, rel=1e-5)
    assert figures.leaked == pytest.approx(711.9467)
    assert figures.steps["total"] == pytest.approx(40225.05 + 36242.63)
    assert figures.secondaries["e+"] == 426.68
    assert told.time == "CPU"


def test_command_bmf_with_a_benchmark_a_region(tmp_path: Path) -> None:
    bmf = {
        "run": {"events": {"value": 100}, "cpu_s_per_event": {"value": 0.0534}},
        "deposit.absorber": {"mean_MeV": {"value": 6734.77}, "sd_MeV": {"value": 237.9}},
    }
    told = read(tmp_path, "command", json.dumps(bmf), load_scenario("hepemshow"))
    assert told.parts[0].deposits == {"absorber": 6734.77}
    assert told.parts[0].spreads == {"absorber": 237.9}
    assert (told.s_per_event, told.time) == (0.0534, "CPU")


TWO = {"a": {"events": {"value": 1}}, "b": {"events": {"value": 2}}}


@pytest.mark.parametrize(
    ("engine", "text", "overrides", "words"),
    [
        ("hepemshow", recorded.HEPEMSHOW, {"geometry.layers": 40}, "number-of-layers is 50"),
        ("hepemshow", recorded.HEPEMSHOW, {"events.energy_MeV": 5e3}, "primary-energy is 10000"),
        ("hepemshow", "nothing\n", {}, "not HepEmShow's"),
        ("hepemshow", 2 * recorded.HEPEMSHOW, {}, "there are 2 runs in it; give the output of one"),
        ("hepemshow", recorded.HEPEMSHOW.replace("2577.87", "nan"), {}, "deposit gap is nan"),
        ("hepemshow", recorded.HEPEMSHOW.replace("6734.77", "673477"), {}, "an event brings 10000 MeV"),
        (
            "hepemshow",
            recorded.HEPEMSHOW.split("Mean number of e-/e+")[0],
            {},
            "no steps_charged, steps_gamma",
        ),
        ("geant4", recorded.TESTEM3, {}, "production cut is 1 mm"),
        ("geant4", recorded.TESTEM3, ONE_MM, "its beam is e- of 1000 MeV"),
        (
            "geant4",
            recorded.TESTEM3,
            {**GEV, "geometry.slab.0.material": "G4_W"},
            "of G4_Pb (11.35 g/cm3), the scenario's of G4_W (19.3 g/cm3); add --set geometry.",
        ),
        (
            "geant4",
            recorded.TESTEM3,
            {**GEV, "geometry.slab.0.thickness_mm": 2.0},
            "50 layers of 2.3 mm G4_Pb",
        ),
        ("geant4", recorded.TESTEM3.split("Energy leakage")[0], GEV, "does not report its beam"),
        ("celeritas", "{", ONE_MM, "not valid JSON"),
        ("celeritas", "{}", ONE_MM, "not the output of celer-sim"),
        ("celeritas", json.dumps(recorded.CELERITAS_FAILED), ONE_MM, "the run failed: geo/material"),
        ("celeritas", json.dumps(recorded.CELERITAS), {}, "its production cut is 1 mm"),
        ("celeritas", json.dumps(recorded.CELERITAS), {**ONE_MM, "events.particle": "gamma"}, "PDG code"),
        (
            "celeritas",
            json.dumps(recorded.CELERITAS).replace('"urban"', '"none"'),
            ONE_MM,
            "multiple scattering",
        ),
        (
            "celeritas",
            json.dumps(recorded.CELERITAS),
            {**ONE_MM, "geometry.slab.0.material": "G4_W"},
            "19.3 g/cm3",
        ),
        ("celeritas", json.dumps(recorded.CELERITAS).replace("[0]", "[3]"), ONE_MM, "3 tracks were given up"),
        ("adept", recorded.ADEPT, {}, "other volumes than the scenario's 50 layers"),
        ("adept", recorded.ADEPT, {"geometry.layers": 4}, "other volumes"),
        ("adept", recorded.ADEPT[:-20], {"geometry.layers": 5}, "it is cut off"),
        ("adept", "12, 13\n", {}, "no line of deposits"),
        ("command", json.dumps(TWO), {}, "events is given by 'a' and by 'b'"),
        ("command", recorded.BENCHER, {}, "nothing in its output is known"),
        ("command", "events: 10\ndeposit.gapp.mean_MeV: 3\n", {}, "did you mean 'gap'?"),
        ("command", "deposit.gap.mean_MeV: 3\n", {}, "how many events"),
        ("command", "events: 10\ndeposit.gap.mean_MeV: 3 furlong\n", {}, "'furlong'"),
        ("command", "events: 10\ndeposit.gap.mean_MeV: inf\n", {}, "a finite number"),
        ("command", "events: 10\nlayer.gap.2.mean_MeV: 3\n", {}, "from 1 without a gap"),
        (
            "command",
            "events: 10\ncpu_s_per_event: nan\n",
            {},
            "line 2: cpu_s_per_event is nan; a finite number",
        ),
        ("command", f'{{"run": {{"events": {{"value": 1{400 * "0"}}}}}}}', {}, "a number was expected"),
    ],
)
def test_refused(tmp_path: Path, engine: str, text: str, overrides: dict[str, Any], words: str) -> None:
    preset = "hepemshow" if engine in ("hepemshow", "command") else "testem3"
    with pytest.raises(BadInput) as error:
        read(tmp_path, engine, text, load_scenario(preset, overrides=overrides))
    assert words in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"physics.rayleigh": True}, "physics.rayleigh = True is beyond it"),
        ({"physics.fluctuation": False}, "physics.fluctuation"),
        ({"tracking.gamma": "woodcock"}, "tracking.gamma = 'woodcock'"),
        ({"engine.gamma": "per-process"}, "engine.gamma"),
        ({"region.gap.production_cut_mm": 1.0}, "region"),
        ({"events.position_mm": [1.0, 0.0, 0.0]}, "events.position_mm"),
        ({"events.direction": [1.0, 1.0, 0.0]}, "events.direction"),
        ({"events.per_event": 2}, "events.per_event = 2"),
        ({"physics.processes.msc": False}, "physics.processes.msc"),
    ],
)
def test_what_a_program_cannot_simulate_is_refused(
    tmp_path: Path, overrides: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadInput) as error:
        read(tmp_path, "hepemshow", recorded.HEPEMSHOW, load_scenario("hepemshow", overrides=overrides))
    assert words in str(error.value)


@pytest.mark.parametrize("particle", ["pi+", "n", "p", "K(L)0"])
@pytest.mark.parametrize("engine", ["adept", "celeritas", "geant4", "geant4-pybind", "hepemshow"])
def test_particles_beyond_a_program_are_refused(tmp_path: Path, engine: str, particle: str) -> None:
    overrides = {"events.particle": particle, "events.energy_MeV": 10.0, "physics.rayleigh": True}
    with pytest.raises(BadInput) as error:
        read(tmp_path, engine, "", load_scenario("testem3", overrides=overrides))
    assert f"engine:{engine}: events.particle = '{particle}' is beyond it; it simulates gamma, e-" in str(
        error.value
    )


def test_muons_are_beyond_all_but_testem3() -> None:
    scenario = load_scenario("testem3", overrides={"events.particle": "mu-"})
    assert translate(scenario, "geant4", geant4.ALLOWED, geant4.PARTICLES).particle == "mu-"
    with pytest.raises(BadInput, match="particle = 'mu-' is beyond it"):
        translate(scenario, "celeritas")


def test_speedups_are_simkits_own(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="woodcock changes simkit's own engine"):
        read(
            tmp_path, "hepemshow", recorded.HEPEMSHOW, load_scenario("hepemshow", with_speedups=["woodcock"])
        )
    with pytest.raises(BadInput, match="'slab_stack'"):
        read(tmp_path, "adept", recorded.ADEPT, load_scenario("atlas_like"))
