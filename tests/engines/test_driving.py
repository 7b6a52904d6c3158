"""Programs are told the scenario's problem: HepEmShow by options, TestEm3 by a macro, any other by places."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from simkit.engines import find_foreign
from simkit.engines.hepemshow import HepEmShow
from simkit.errors import BadInput
from simkit.scenario import load_scenario

from . import recorded
from .test_process import script


def lines(options: str) -> str:
    """Return a shell script that keeps its arguments and prints HepEmShow's real output."""
    return f'echo "$@" > {options}\ncat <<"END"\n{recorded.HEPEMSHOW}\nEND\n'


def test_hepemshow_is_given_the_problem(tmp_path: Path) -> None:
    scenario = load_scenario("hepemshow", overrides={"geometry.layers": 3, "events.particle": "gamma"})
    from simkit.engines.translate import translate

    profile = recorded.HEPEMSHOW_PROFILE.replace("\n", "\\n").replace("\t", "\\t")
    program = script(tmp_path, lines(f"{tmp_path}/options") + f"printf '{profile}' > hist_Edep_PerLayer")
    tables = tmp_path / "tables.json"
    tables.write_text("{}")
    engine = HepEmShow([program], tables, translate(scenario, "hepemshow"))
    run = engine.run(100, 41, 10.0)
    told = (tmp_path / "options").read_text().split()
    assert told[:12] == ["-l", "3", "-a", "2.3", "-g", "5.7", "-t", "400.0", "-p", "gamma", "-e", "10000.0"]
    assert told[12:] == f"-n 100 -s 42 -v 0 -d {tables}".split()
    assert run.figures.layers == {"absorber+gap": (6.4381647, 11.416091, 9294.7857)}
    assert run.figures.deposits == {"absorber": 6734.77, "gap": 2577.87}


def test_hepemshow_without_its_profile_is_refused(tmp_path: Path) -> None:
    from simkit.engines.translate import translate

    program, tables = script(tmp_path, lines("/dev/null")), tmp_path / "tables.json"
    tables.write_text("{}")
    engine = HepEmShow([program], tables, translate(load_scenario("hepemshow"), "hepemshow"))
    with pytest.raises(BadInput, match="has 0 layers, not 50"):
        engine.run(100, 1, 10.0)


def test_hepemshow_needs_its_tables(tmp_path: Path) -> None:
    program = script(tmp_path, "true")
    engine, scenario = find_foreign("hepemshow"), load_scenario("hepemshow")
    with pytest.raises(BadInput, match="there is no table file"):
        engine.prepare(scenario, program)
    tables = tmp_path / "tables.json"
    tables.write_text("{}")
    with pytest.raises(BadInput, match="the scenario sets all but -d"):
        engine.prepare(scenario, f"{program} -d {tables} -n 5")
    with pytest.raises(BadInput, match=r"tables\.json"):
        engine.prepare(scenario, f"{program} -d {tables}")


TESTEM3_10GEV = (
    recorded.TESTEM3.replace("E = 1 GeV", "E = 10 GeV")
    .replace("gamma  1 mm", "gamma  700 um")
    .replace("processed : 100", "processed : 25")
)


def test_testem3_is_given_a_macro(tmp_path: Path) -> None:
    scenario = load_scenario("testem3", overrides={"physics.rayleigh": True})
    program = script(tmp_path, f'cp "$1" {tmp_path}/macro\ncat <<"END"\n{TESTEM3_10GEV}\nEND\n')
    engine = find_foreign("geant4").prepare(scenario, program)
    run = engine.run(25, 7, 10.0)  # type: ignore[union-attr]
    macro = (tmp_path / "macro").read_text().splitlines()
    assert "/testem/det/setAbsor 1 G4_Pb 2.3 mm" in macro
    assert "/testem/det/setNbOfLayers 50" in macro
    assert "/run/setCut 0.7 mm" in macro
    assert macro[-3:] == ["/gun/particle e-", "/gun/energy 10000.0 MeV", "/run/beamOn 25"]
    assert macro.index("/run/initialize") > macro.index("/testem/phys/addPhysics emstandard_opt0")
    assert run.figures.deposits["gap"] == 215.74
    with pytest.raises(BadInput, match="simulated 25 events, not the 30"):
        engine.run(30, 7, 10.0)  # type: ignore[union-attr]


def test_testem3_that_refuses_the_macro(tmp_path: Path) -> None:
    scenario = load_scenario("testem3", overrides={"physics.rayleigh": True})
    text = "COMMAND NOT FOUND </testem/det/setSizeYZ 400.0 mm>"
    engine = find_foreign("geant4").prepare(scenario, script(tmp_path, f"echo '{text}'"))
    with pytest.raises(BadInput, match="did not take the macro"):
        engine.run(25, 7, 10.0)  # type: ignore[union-attr]
    with pytest.raises(BadInput, match="includes Rayleigh"):
        find_foreign("geant4").prepare(load_scenario("testem3"), script(tmp_path, "true"))


def test_command_fills_its_places(tmp_path: Path) -> None:
    program = script(tmp_path, 'echo "events: $1"; echo "deposit.gap.mean_MeV: $2"; test -s "$3"')
    scenario, places = load_scenario("testem3"), "{events} {seed} {scenario}"
    engine = find_foreign("command").prepare(scenario, f"{program} {places}")
    assert engine.run(7, 123, 10.0).figures.deposits == {"gap": 123.0}  # type: ignore[union-attr]
    fixed = find_foreign("command").prepare(scenario, f"{program} 9 5 /etc/passwd")
    assert not fixed.counts_events  # type: ignore[union-attr]
    assert fixed.run(7, 123, 10.0).figures.events == 9  # type: ignore[union-attr]


@pytest.mark.parametrize("places", ["{events} {seed} {scenario}", "{scenario}"])
def test_the_settings_that_a_command_gets_are_those_of_its_run(places: str, tmp_path: Path) -> None:
    program = script(tmp_path, f'echo "events: 7"; for last; do true; done; cp "$last" {tmp_path}/settings')
    find_foreign("command").prepare(load_scenario("testem3"), f"{program} {places}").run(7, 123, 10.0)  # type: ignore[union-attr]
    settings = json.loads((tmp_path / "settings").read_text())
    found = settings["events"]["count"], settings["scenario"]["seed"]
    given = load_scenario("testem3")
    assert found == ((7, 123) if "{events}" in places else (given.count, given.seed))


@pytest.mark.parametrize(
    ("word", "right"), [("{event}", "events"), ("{Seed}", "seed"), ("{energy_mev}", "energy_MeV")]
)
def test_a_place_that_is_none(word: str, right: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=f"there is no place {word}; did you mean {{{right}}}?"):
        find_foreign("command").prepare(load_scenario("testem3"), f"{script(tmp_path, 'true')} -n {word}")
    shell = "sh -c 'echo ${event} | awk \"{print}\" {events}'"
    assert find_foreign("command").prepare(load_scenario("testem3"), shell).counts_events  # type: ignore[union-attr]


def test_a_wrapper_that_prints_lines(tmp_path: Path) -> None:
    """hepemshow_lines.sh around a program that prints HepEmShow's real output tells what HepEmShow did."""
    profile = recorded.HEPEMSHOW_PROFILE.replace("\n", "\\n").replace("\t", "\\t")
    options = tmp_path / "options"
    program = script(tmp_path, lines(str(options)) + f"printf '{profile}' > hist_Edep_PerLayer")
    tables = tmp_path / "tables.json"
    tables.write_text("{}")
    places = "{events} {seed} {particle} {energy_MeV}"
    wrapper = recorded.FOLDER / "hepemshow_lines.sh"
    engine = find_foreign("command").prepare(
        load_scenario("hepemshow", overrides={"geometry.layers": 3}), f"{wrapper} {program} {tables} {places}"
    )
    figures = engine.run(100, 2**62, 10.0).figures  # type: ignore[union-attr]
    assert options.read_text().split() == (
        f"-d {tables} -n 100 -s {1 + 2**62 % (2**31 - 1)} -p e- -e 10000.0 -v 0".split()
    )
    assert figures.deposits == {"absorber": 6734.77, "gap": 2577.87}
    assert figures.spreads["gap"] == pytest.approx(99.326 * (100 / 99) ** 0.5, rel=1e-5)
    assert figures.secondaries["total"] == pytest.approx(4464.84 + 7987.83 + 432.62)
    assert figures.steps == {"gamma": 40511.3, "charged": 36136.4, "total": pytest.approx(76647.7)}
    assert figures.layers == {"absorber+gap": (6.4381647, 11.416091, 9294.7857)}


@pytest.mark.skipif(
    not os.environ.get("SIMKIT_HEPEMSHOW"), reason="SIMKIT_HEPEMSHOW does not give the path of HepEmShow"
)
def test_the_real_hepemshow() -> None:
    """Its means of 100 events are those of Geant4 11.4.1 within four standard errors of both.

    Geant4: 500 events, 6733.5 +- 11.9 and 2573.2 +- 4.5 MeV, spread 266 and 102 MeV an event; 76800 steps.
    """
    program = find_foreign("hepemshow").prepare(load_scenario("hepemshow"), "")
    run = program.run(100, 3, 120.0)  # type: ignore[union-attr]
    figures = run.figures
    assert figures.deposits["absorber"] == pytest.approx(6733.5, abs=4 * 29.1)
    assert figures.deposits["gap"] == pytest.approx(2573.2, abs=4 * 11.1)
    assert sum(figures.layers["absorber+gap"]) == pytest.approx(sum(figures.deposits.values()), rel=1e-5)
    assert figures.steps["total"] == pytest.approx(76800, rel=0.03)
    assert run.cpu_s > 0.5
