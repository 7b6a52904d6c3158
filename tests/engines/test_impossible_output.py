"""Recorded output that cannot be is refused in one line, and what it does not tell is named."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from simkit.errors import BadInput
from simkit.scenario import load_scenario

from . import recorded
from .test_recorded_output import GEV, ONE_MM, read


def celeritas(path: str, value: Any) -> str:
    """Return the output of celer-sim with another value at a dotted path; `...` removes it."""
    tree: dict[str, Any] = copy.deepcopy(recorded.CELERITAS)
    *folders, name = path.split(".")
    node = tree
    for folder in folders:
        node = node[folder]
    if value is ...:
        del node[name]
    else:
        node[name] = value
    return json.dumps(tree)


DENSITY = "internal.material.materials.density"
CALO = {"volume_labels": ["gap_lv"], "energy_deposition": [None]}
FIVE = {"geometry.layers": 5}
BEAM = "input.primary_options"


@pytest.mark.parametrize(
    ("engine", "text", "overrides", "words"),
    [
        ("celeritas", celeritas(f"{BEAM}.energy.distribution", "normal"), ONE_MM, "energy is 'delta'"),
        ("celeritas", celeritas("input.physics_options.msc", 1), ONE_MM, "multiple scattering is 1 in it"),
        ("geant4", recorded.TESTEM3.replace("processed : 100", "processed : 1e9"), GEV, "how many events"),
        ("celeritas", celeritas("result.runner.time.total", -5), ONE_MM, "a time above 0 was expected"),
        ("celeritas", celeritas("result.runner.time.total", float("nan")), ONE_MM, "is nan; a number"),
        (
            "celeritas",
            celeritas("result.runner.num_steps", [float("nan")]),
            ONE_MM,
            "num_steps is not a list of",
        ),
        ("celeritas", celeritas("result.runner.num_steps", [True]), ONE_MM, "num_steps is not a list of"),
        ("celeritas", celeritas("result.runner.num_aborted", [None]), ONE_MM, "num_aborted is not a list of"),
        ("celeritas", celeritas("result.runner.num_aborted", "x"), ONE_MM, "num_aborted is not a list of"),
        ("celeritas", celeritas(DENSITY, [None, "x"]), ONE_MM, "density is not a list of numbers"),
        ("celeritas", celeritas("result.simple_calo", CALO), ONE_MM, "energy_deposition is not a list of"),
        ("celeritas", celeritas("input.field", [0.0, 0.0, 2.0]), ONE_MM, "has no field"),
        ("celeritas", celeritas("input.field", {"type": "rzmap"}), ONE_MM, "has no field"),
        ("celeritas", celeritas("input.physics_options.default_cutoff", "x"), ONE_MM, "is 'x'; a number"),
        ("celeritas", '{"a":' * 100_000, ONE_MM, "nesting without bound"),
        ("celeritas", '{"a": ' + "9" * 5000 + "}", ONE_MM, "numbers or nesting without bound"),
        ("adept", recorded.ADEPT.replace("316000.000000", "nan"), FIVE, "data line 2 is of nan particles"),
        ("adept", recorded.ADEPT.replace("316000", "-316000"), FIVE, "data line 2 is of -316000 particles"),
        ("geant4", recorded.TESTEM3.replace("E = 1 GeV", "E = nan GeV"), GEV, "its beam is e- of nan MeV"),
        ("geant4", recorded.TESTEM3.replace("gamma  1 mm", "gamma  nan mm"), GEV, "production cut is nan mm"),
        ("geant4", recorded.TESTEM3.replace(": 100\n", f": {'9' * 400}\n"), GEV, "with 400 digits"),
        ("geant4", recorded.TESTEM3.replace("is 50 layers", f"is {'9' * 5000} layers"), GEV, "5000 digits"),
        ("geant4", recorded.TESTEM3.replace("User=0.740000", "User=-3"), GEV, "a time above 0 was expected"),
        (
            "hepemshow",
            recorded.HEPEMSHOW.replace("t = 8.39702", "t = nan"),
            {},
            "a time above 0 was expected",
        ),
        (
            "hepemshow",
            recorded.HEPEMSHOW.replace("s      : 100", f"s      : {'9' * 400}"),
            {},
            "events is inf",
        ),
        ("command", f"events: 2\nlayer.gap.{'0' * 4999}1.mean_MeV: 3\n", {}, "a layer of gap is 000000000"),
        ("command", '{"a":' * 100_000, {}, "nested too deeply"),
        ("command", '{"a": ' + "9" * 5000 + "}", {}, "a number of thousands of digits"),
        ("command", '{"a": 1', {}, "line 1: not valid JSON"),
        (
            "command",
            "events: 9\ndeposit.gap.sd_MeV: 3\n",
            {},
            "the standard deviation of gap without its mean",
        ),
        ("command", "events: 1e308\ndeposit.gap.mean_MeV: 3\n", {}, "number of events is 1e+308"),
        ("command", "events: 10\nsteps.gamma: 1e308\n", {}, "at most 1e+30 is possible"),
        (
            "command",
            "events: 10\ndeposit.gap.mean_MeV: -3\n",
            {},
            "line 2: deposit.gap.mean_MeV is -3; a fin",
        ),
        ("command", "events: 10\nsteps.gamma: -3\n", {}, "line 2: steps.gamma is -3; a finite number, 0 or"),
        ("command", "events: 10\nsecondaries.e-: -3\n", {}, "secondaries.e- is -3"),
        ("command", "events: 10\nleakage.mean_MeV: -3\n", {}, "leakage.mean_MeV is -3"),
        ("command", "events: 0\ndeposit.gap.mean_MeV: 3\n", {}, "number of events is 0"),
        ("command", "events: 2.5\ndeposit.gap.mean_MeV: 3\n", {}, "is 2.5; it must be a whole number"),
        (
            "command",
            "events: 10\ndeposit.gap.mean_MeV: 3\n\ndeposit.gap.sd_MeV: -1\n",
            {},
            "line 4: deposit.gap.sd_MeV is -1",
        ),
        (
            "command",
            "events: 10\ndeposit.gap.mean_MeV: 3\nevents: 10\n",
            {},
            "events is given by line 1 and by line 3; give the output of one run",
        ),
        ("command", 2 * '{"run": {"events": {"value": 10}}}\n', {}, "is given by 'run' and by 'run'"),
        (
            "command",
            '{"run": {"events": {"value": 10}, "steps.gamma": {"value": 2}, "steps.gamma": {"value": 3}}}',
            {},
            "steps.gamma is given by 'run' and by 'run'",
        ),
        ("command", '{"run": {"events": {"value": 10}}}\nevents: 10\n', {}, "by 'run' and by line 2"),
        ("command", "events: 10\nleakage_MeV: 3\nleakage.MeV: 3\n", {}, "line 3: leakage.MeV is not a key"),
        (
            "command",
            "events: 10000\ndeposit.gap.mean_MeV: 9000\nleakage.mean_MeV: 1300\n",
            {},
            "10300 MeV are deposited or leaked per event, but an event brings 10000 MeV",
        ),
        (
            "command",
            "events: 10000\ndeposit.gap.mean_MeV: 2000\ndeposit.gap.sd_MeV: 4300\n",
            {},
            "the standard deviation of gap is 4300 MeV",
        ),
        (
            "command",
            "events: 10\nsteps.gamma: 3\nsteps.charged: 4\nsteps.total: 9\n",
            {},
            "steps total is 9, but those by particle add up to 7",
        ),
        (
            "command",
            "events: 10\ndeposit.gap.mean_MeV: 3\n"
            + "".join(f"layer.gap.{i}.mean_MeV: 3\n" for i in range(1, 51)),
            {},
            "deposit gap is 3, but its layers add up to 150",
        ),
        (
            "command",
            "events: 10\nlayer.gap.1.mean_MeV: 3\n",
            {},
            "gap has 1 layers in it, 50 in the scenario",
        ),
        ("command", "events: 10\nbeam.particle: gamma\nsteps.gamma: 3\n", {}, "its beam is gamma"),
        ("command", "events: 10\nbeam.energy_MeV: 5 GeV\nsteps.gamma: 3\n", {}, "its beam has 5000 MeV"),
        ("adept", recorded.ADEPT.replace("2501517", "-2501517"), FIVE, "it cannot be negative"),
    ],
)
def test_impossible_output_is_refused(
    tmp_path: Path, engine: str, text: str, overrides: dict[str, Any], words: str
) -> None:
    preset = "hepemshow" if engine in ("hepemshow", "command") else "testem3"
    with pytest.raises(BadInput) as error:
        read(tmp_path, engine, text, load_scenario(preset, overrides=overrides))
    assert words in str(error.value)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 400


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (f"{BEAM}.energy", "the beam's energy"),
        (f"{BEAM}.pdg", "the beam's PDG code"),
        ("input.physics_options.msc", "multiple scattering"),
        ("input.physics_options.ionization", "the process ionization"),
        ("input.physics_options.default_cutoff", "production cuts"),
        ("input.field", "field"),
        (DENSITY, "materials"),
        ("result.runner.num_aborted", "tracks given up"),
    ],
)
def test_what_celeritas_does_not_tell_is_named(tmp_path: Path, path: str, words: str) -> None:
    scenario = load_scenario("testem3", overrides=ONE_MM)
    usual = read(tmp_path, "celeritas", json.dumps(recorded.CELERITAS), scenario).unchecked
    assert usual == ("geometry", "step function", "tracking cut")
    assert read(tmp_path, "celeritas", celeritas(path, ...), scenario).unchecked == (*usual, words)


def test_celeritas_without_its_physics_options(tmp_path: Path) -> None:
    text = celeritas("input.physics_options", ...)
    unchecked = read(tmp_path, "celeritas", text, load_scenario("testem3", overrides=ONE_MM)).unchecked
    assert {"physics.rayleigh", "physics.fluctuation", "production cuts"} < set(unchecked)
    assert len(unchecked) == 3 + 10


@pytest.mark.parametrize("row", ["600400, -120", "600400, nan", "0, 120", "600400, inf"])
def test_an_impossible_time_of_adept_is_refused(tmp_path: Path, row: str) -> None:
    (tmp_path / "output_global.csv").write_text(f"NumParticles, Totaltime\n{row}\n")
    with pytest.raises(BadInput, match="above 0 was expected"):
        read(tmp_path, "adept", recorded.ADEPT, load_scenario("testem3", overrides=FIVE))


def test_a_row_of_adept_without_particles_is_a_thread_that_had_none(tmp_path: Path) -> None:
    text = recorded.ADEPT + "0" + ", 0" * 10 + "\n"
    assert len(read(tmp_path, "adept", text, load_scenario("testem3", overrides=FIVE)).parts) == 2


def test_a_time_below_geant4s_clock_is_not_told(tmp_path: Path) -> None:
    text = recorded.TESTEM3.replace("User=0.740000s", "User=0.000000s")
    told = read(tmp_path, "geant4", text, load_scenario("testem3", overrides=GEV))
    assert (told.s_per_event, told.time) == (None, "")


GOOD = "events: 10\ndeposit.gap.mean_MeV: 3\n"


@pytest.mark.parametrize(
    "text",
    [
        '{"level": "info"}\n' + GOOD,
        "{level: info}\n" + GOOD,
        '{"level": "info", "n": {"a": {"value": 1}}}\n{"b": {}}\n' + GOOD,
        '{"level": "info"}\n{"run": {"events": {"value": 10}, "deposit.gap.mean_MeV": {"value": 3}}}\n',
        'set {x}, {"run": {"events": {"value": 10}, "deposit.gap.mean_MeV": {"value": 3}}}\n',
    ],
)
def test_json_of_a_log_hides_nothing(tmp_path: Path, text: str) -> None:
    (figures,) = read(tmp_path, "command", text, load_scenario("hepemshow")).parts
    assert (figures.events, figures.deposits) == (10, {"gap": 3})


def test_a_positron_brings_two_rest_masses_more(tmp_path: Path) -> None:
    """What 10,000 events of 1 MeV can leave: 2.022 MeV of a positron and 1 MeV of an electron."""
    text = "events: 10000\ndeposit.gap.mean_MeV: 1.9\nbeam.particle: {}\nbeam.energy_MeV: 1\n"
    one = {"events.energy_MeV": 1.0}
    positron = load_scenario("hepemshow", overrides={**one, "events.particle": "e+"})
    assert read(tmp_path, "command", text.format("e+"), positron).parts[0].deposits == {"gap": 1.9}
    with pytest.raises(BadInput, match="an event brings 1 MeV"):
        read(tmp_path, "command", text.format("e-"), load_scenario("hepemshow", overrides=one))


def test_weights_may_move_single_events(tmp_path: Path) -> None:
    """Two events of a simulation with roulette may have 5 % too much; a thousand may not."""
    text = "events: {}\ndeposit.gap.mean_MeV: 10500\n"
    assert read(tmp_path, "command", text.format(2), load_scenario("hepemshow")).parts
    with pytest.raises(BadInput, match="an event brings 10000 MeV"):
        read(tmp_path, "command", text.format(1000), load_scenario("hepemshow"))


def test_the_most_of_a_spectrum_is_the_limit(tmp_path: Path) -> None:
    flat = {"kind": "uniform", "min_MeV": 1.0, "max_MeV": 100.0}
    scenario = load_scenario("hepemshow", overrides={"events.spectrum": flat, "events.energy_MeV": None})
    with pytest.raises(BadInput, match="an event brings 100 MeV"):
        read(tmp_path, "command", "events: 1000\ndeposit.gap.mean_MeV: 110\n", scenario)
