"""Showers in a field: nothing lost, the same bits everywhere, steppers that agree, and what ends a run."""

import numpy as np
import pytest

from simkit.cli import main
from simkit.engines.native import ENGINE
from simkit.engines.simulation import run_scenario
from simkit.errors import BadInput
from simkit.events import load_events
from simkit.field.maps.table_file import write_table
from simkit.record.tallies import PER_EVENT
from simkit.scenario import load_scenario
from simkit.tally import LOOPED

SEED = 7
SMALL = {"geometry.layers": 20, "events.energy_MeV": 300.0}
FIELD = {"field.kind": "uniform", "field.strength_T": 3.8, "field.stepper": "helix"}
FINE = {
    "field.delta_chord_mm": 0.01,
    "field.delta_intersection_mm": 1e-4,
    "field.delta_one_step_mm": 1e-4,
    "field.epsilon_max": 1e-5,
    "field.epsilon_min": 1e-6,
}


def scenario(*more, events=100):
    overrides = {**SMALL, **{key: value for part in more for key, value in part.items()}}
    return load_scenario("testem3", overrides=overrides, events=events)


def shoot(scenario, threads=1, seed=SEED):
    prepared = ENGINE.prepare(scenario)
    return prepared.run(load_events(scenario.events, scenario.count, seed).primaries, seed, threads)


def differ(a, b):
    return [name for name in PER_EVENT if not np.array_equal(getattr(a, name), getattr(b, name))]


def table(path, depth, values=3.8):
    """Write a table of an even field along z for -1 <= x <= depth (mm) and return the keys that name it."""
    axes = {"x": [-1.0, 0.5 * depth, depth], "y": [-201.0, 201.0], "z": [-201.0, 201.0]}
    zero = np.zeros((3, 2, 2))
    write_table(path, axes, {"b_x": zero, "b_y": zero, "b_z": zero + values})
    return {"field.kind": "table", "field.path": str(path), "field.stepper": "dormand-prince"}


def test_two_steppers_agree(tmp_path):
    """One exact, one in a table that holds the same field; each closes its balance in every event."""
    events = 1000
    found = []
    for seed, keys in ((1, FIELD), (2, table(tmp_path / "even.npz", 161.0))):
        tallies = shoot(scenario(keys, FINE, events=events), threads=2, seed=seed)
        assert np.abs(tallies.residual()).max() < 1e-6
        assert tallies.counter("outside_field") == tallies.counter("limited_steps") == 0
        assert tallies.counter("field_evaluations") > 10 * events
        deposits = tallies.region_deposits * 2.0**-30
        length = tallies.track_length.sum(axis=1, keepdims=True) * 2.0**-20
        found.append(
            np.concatenate([deposits[:, :2], length, tallies.steps.sum(axis=(1, 2))[:, None]], axis=1)
        )
    difference = found[0].mean(axis=0) - found[1].mean(axis=0)
    error = np.sqrt((found[0].var(axis=0) + found[1].var(axis=0)) / events)
    assert (np.abs(difference) < 5.0 * error).all()  # each fails by chance once in 10^6


def test_the_same_bits_for_threads_and_processes(tmp_path):
    shower = scenario(FIELD)
    one = shoot(shower)
    assert one.counter("boundary_iterations") > 100
    assert differ(one, shoot(shower, threads=2)) == []
    _, shards, _ = run_scenario(load_scenario("testem3", overrides={**SMALL, **FIELD}, events=100, seed=SEED))
    _, processes, _ = run_scenario(
        load_scenario("testem3", overrides={**SMALL, **FIELD}, events=100, seed=SEED), executor="processes:2"
    )
    assert differ(shards, processes) == []
    assert differ(shards, one) == []


def test_a_field_that_is_off_everywhere_is_no_field():
    """By a rule, or by the regions: to the last bit."""
    without = shoot(scenario())
    by_region = {"region.absorber.field": "none", "region.gap.field": "none"}
    assert differ(without, shoot(scenario(FIELD, by_region))) == []
    assert differ(without, shoot(scenario(FIELD, {"field.off": [{"below_MeV": 1e9}]}))) == []
    inside = shoot(scenario(FIELD, {"region.absorber.field": "none"}))
    assert inside.counter("field_evaluations") > 0
    assert set(differ(without, inside)) > {"deposits", "steps"}


LOOPER = """
[events]
source = "gun"
particle = "e-"
energy_MeV = 1.0
position_mm = [500.0, 0.0, 0.0]
direction = [0.6, 0.8, 0.0]
count = 3
[geometry]
kind = "slab_stack"
layers = 1
transverse_mm = 1000.0
[[geometry.slab]]
region = "void"
material = "G4_Galactic"
thickness_mm = 1000.0
[field]
kind = "uniform"
strength_T = 2.0
stepper = "helix"
"""


def test_an_electron_that_turns_for_ever_in_vacuum_ends(tmp_path):
    path = tmp_path / "looper.toml"
    path.write_text(LOOPER)
    looper = load_scenario(str(path))
    tallies = shoot(looper)
    assert tallies.counter("loopers") == 3
    assert tallies.counter("limited_steps") == 30
    assert tallies.balance[:, LOOPED] * 2.0**-30 == pytest.approx(1.0, rel=1e-6)
    assert not tallies.counter("endless_tracks")


def test_a_run_beyond_its_table_is_refused_in_one_line(tmp_path, capsys):
    """And one whose table ends with the detector is not."""
    path = tmp_path / "short.npz"
    short = scenario(table(path, 100.0), events=5)
    with pytest.raises(
        BadInput, match=r"short\.npz.*has no value where \d+ steps.*outside = .zero."
    ) as refused:
        shoot(short)
    assert "\n" not in str(refused.value)
    assert not shoot(scenario(table(path, 160.0), events=20)).counter("outside_field")
    assert shoot(scenario(table(path, 100.0), {"field.outside": "zero"}, events=5)).counter("field_substeps")

    settings = {**SMALL, **table(path, 100.0)}
    arguments = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    assert main(["run", "testem3", *arguments, "-n", "5"]) == 4
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "short.npz" in said.err


JUMP = """
[events]
source = "gun"
particle = "e-"
energy_MeV = 300.0
direction = [1.0, 0.0, 0.0]
count = 5
[geometry]
kind = "slab_stack"
layers = 1
transverse_mm = 4000.0
[[geometry.slab]]
region = "way"
material = "G4_Galactic"
thickness_mm = 10000.0
[[geometry.slab]]
region = "stop"
material = "G4_Pb"
thickness_mm = 100.0
[readout]
kind = "rings"
axis = "x"
radii_mm = [60.0]
sectors = 1
[field]
kind = "toroid"
strength_T = 1.0
inner_mm = 1000.0
outer_mm = 1400.0
length_mm = 4000.0
centre_mm = [5500.0, 1200.0, 0.0]
"""


@pytest.mark.parametrize("stepper", ["dormand-prince", "helix"])
def test_no_stepper_jumps_over_a_field_in_the_middle_of_its_way(tmp_path, stepper):
    """0.4 m of 1 T, 5 m on: it bends 300 MeV by 0.36 m and more before the lead, out of the inner ring."""
    path = tmp_path / "jump.toml"
    path.write_text(JUMP)
    tallies = shoot(load_scenario(str(path), overrides={"field.stepper": stepper}))
    in_rings = tallies.deposits.reshape(len(tallies), -1, 2).sum(axis=(0, 1))
    assert in_rings[1] > 0.9 * in_rings.sum()


AIR = """
[events]
source = "gun"
particle = "e-"
energy_MeV = 1.0
position_mm = [5000.0, 0.0, 0.0]
direction = [0.3, 0.0, 1.0]
count = 20
[geometry]
kind = "slab_stack"
layers = 1
transverse_mm = 20000.0
[[geometry.slab]]
region = "air"
material = "G4_AIR"
thickness_mm = 10000.0
[field]
kind = "uniform"
strength_T = 4.0
axis = "x"
stepper = "qss2"
"""


@pytest.mark.parametrize(
    ("particle", "keys", "least", "most"),
    [("e-", {}, 0.995, 0.999), ("mu+", {"events.energy_MeV": 8.0, "field.strength_T": 100.0}, 8.0, 61.0)],
)
def test_who_loses_energy_is_no_looper_however_often_a_step_is_cut_short(
    tmp_path, particle, keys, least, most
):
    """A muon's deposit has some of the positron's that it ends as."""
    path = tmp_path / "air.toml"
    path.write_text(AIR)
    tallies = shoot(load_scenario(str(path), overrides={"events.particle": particle, **keys}))
    assert tallies.counter("limited_steps") > 10 * len(tallies)
    assert tallies.counter("loopers") == 0
    assert least < tallies.deposits.sum() * 2.0**-30 / len(tallies) < most
