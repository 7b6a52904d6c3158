"""Models on the host: batches, keys, placing, what comes back; the kernels are those of test_hook."""

import csv
import pickle
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from simkit import validation
from simkit.cli.run import show
from simkit.engines.build import build_world
from simkit.errors import BadInput
from simkit.fastsim.hook.batches import Waiting
from simkit.fastsim.hook.placing import place_showers
from simkit.fastsim.models import on_host
from simkit.fastsim.models.draws import shower_keys
from simkit.fastsim.models.model_file import read_model
from simkit.fastsim.models.on_host import TRAY_WIDTH, HostModel, give_generator
from simkit.fastsim.showers.binning import DATASET_2
from simkit.record.making import build_result
from simkit.record.result import Result
from simkit.record.run_folder import event_columns
from simkit.record.tallies import ENERGY_UNIT, PER_EVENT, empty_tallies, merge
from simkit.report.markdown import markdown
from simkit.report.run_page import energy_blocks
from simkit.rng import make_rng
from simkit.scenario import load_scenario
from simkit.tally import HANDED_OVER, make_tally, tally_columns
from simkit.tracks import N_FIELDS, Track, pack_tracks, unpack_tracks
from simkit.transport import cpu
from simkit.units import ELECTRON_MASS
from tests.fastsim.hook.test_hook import ABSORBER, GAP, booked, counted
from tests.fastsim.hook.trial import E_MEV, given, prepare, run

LOWEST = 50.0
RULE = {"particles": ("gamma", "e-", "e+"), "regions": ("gap",), "min_MeV": LOWEST}
SHARED = {"visible_region": "gap", "sampling_fraction": 0.4}
BOTH = {"particles": ("e-", "e+"), "min_MeV": LOWEST}


def same(a, b):
    return [name for name in PER_EVENT if not np.array_equal(getattr(a, name), getattr(b, name))]


def asked(generator, prepared):
    """Return the tallies, and how many showers were asked for in each call, that of the warm-up left out."""
    generator.calls.clear()
    tallies = run(prepared)
    return tallies, generator.calls


def test_batches_and_threads_change_no_bit():
    generator = given()
    whole, _ = asked(generator, prepare(generator=RULE | {"batch": 100_000}))
    assert generator.calls == [counted(whole)["showers"]]
    assert generator.calls[0] > 7
    generator.calls.clear()
    for batch, threads in ((1, 1), (7, 2)):
        assert same(run(prepare(generator=RULE | {"batch": batch}), threads), whole) == []
    assert max(generator.calls) <= 7


def test_waiting_long_flushes_and_changes_no_bit():
    generator = given()
    whole, calls = asked(generator, prepare(generator=RULE | {"flush_s": 1e6}))
    assert len(calls) == 1
    often, calls = asked(generator, prepare(generator=RULE | {"flush_s": 0.0}))
    assert same(often, whole) == []
    assert len(calls) > 1


def test_a_tray_that_is_full_changes_no_bit(monkeypatch):
    given()
    whole = run(prepare(generator=RULE))
    monkeypatch.setattr(cpu, "TRAY", 1)
    assert same(run(prepare(generator=RULE)), whole) == []


def test_energies_of_all_regions_leave_the_rest_invisible():
    given()
    tallies = run(prepare(generator=BOTH | {"min_MeV": 1900.0}))
    assert counted(tallies)["showers"] == 6
    assert tallies.steps.sum() == 0
    np.testing.assert_allclose(booked(tallies, "invisible"), 0.5 * E_MEV, rtol=1e-6)
    placed = tallies.deposits.sum(axis=1) * ENERGY_UNIT + booked(tallies, "leaked")
    np.testing.assert_allclose(placed, 0.5 * E_MEV, rtol=1e-6)
    np.testing.assert_array_equal(tallies.fast[:, :3], tallies.region_deposits)
    assert booked(tallies, "handed_over").tolist() == [0.0] * 6


def test_energies_that_rounding_puts_above_the_track_s_are_no_fault():
    """A generator that gives all energy away, in float32."""
    given(lambda energies, keys: energies * np.float32(2.0 * (1.0 + 4e-7)))
    tallies = run(prepare(generator=BOTH | {"min_MeV": 1900.0}))
    assert [counted(tallies)[name] for name in ("showers", "retries", "returned", "faults")] == [6, 0, 0, 0]
    placed = tallies.deposits.sum(axis=1) * ENERGY_UNIT + booked(tallies, "leaked")
    np.testing.assert_allclose(placed, E_MEV, rtol=3e-6)
    given(lambda energies, keys: energies * np.float32(2.0 * (1.0 + 4e-6)))
    assert counted(run(prepare(generator=BOTH | {"min_MeV": 1900.0})))["returned"] == 6


def test_a_sampled_region_gets_what_is_visible_and_the_rest_goes_to_the_others():
    given()
    tallies = run(prepare(generator=BOTH | SHARED | {"min_MeV": 1900.0}, geometry__transverse_mm=4000.0))
    by_region = tallies.region_deposits * ENERGY_UNIT
    np.testing.assert_allclose(by_region[:, GAP], 0.4 * 0.5 * E_MEV, rtol=1e-6)
    np.testing.assert_allclose(by_region[:, ABSORBER], E_MEV - 0.4 * 0.5 * E_MEV, rtol=1e-6)


def test_cells_lie_along_the_track():
    """All in the third layer, which covers detector layers 5 and 6; slanted, it lies nearer to the front."""
    third = np.zeros(60, dtype=np.float32)
    third[24:36] = 50.0
    given(lambda energies, keys: np.tile(third, (len(keys), 1)))
    keys = {"geometry__transverse_mm": 4000.0}
    rule = BOTH | SHARED | {"min_MeV": 1900.0}
    gap = run(prepare(generator=rule, **keys)).deposits[:, 1::2].sum(axis=0)
    assert np.flatnonzero(gap).tolist() == [4, 5]
    slant = (
        run(prepare(generator=rule, events__direction=(1.0, 0.0, 1.0), **keys)).deposits[:, 1::2].sum(axis=0)
    )
    middle = (slant @ np.arange(12)) / slant.sum()
    assert middle == pytest.approx(40.0 * 0.5**0.5 / 8.0 - 0.5, abs=0.4)  # of 32 to 48 mm along the track


def place(scenario, energies, start, points=500, outside=0.0):
    """Place showers with the scenario's one rule; return the deposits (MeV), float64[n, cells]."""
    world = build_world(scenario)
    n, cells, regions = len(energies), len(world.detector.cell_region), len(world.detector.regions)
    tally = make_tally(n, regions, cells, fast=True)
    host = replace(world.hosts[0], outside=outside)
    place_showers(
        world.hook.place, tally, make_rng(0), 0.0, pack_tracks(start), shower_keys(1, n),
        host.with_outside(energies), host.boxes, host.turns, host.visible_region, host.scale,
        host.lateral_mm, points,
    )  # fmt: skip
    return tally.counts[:, tally_columns(regions, cells)["deposits"]] * ENERGY_UNIT, world.detector


def test_radii_and_angles_of_cells():
    """Cells of one ring and one angle: each shower is turned as a whole, and lies within the ring."""
    given()
    n, readout = 30, {"kind": "rings", "radii_mm": (20.0, 40.0), "sectors": 8}
    rule = {"model": "generator", "name": "trial", "layer_mm": 16.0} | SHARED
    scenario = load_scenario("testem3", overrides={"fastsim": [rule], "readout": readout})
    start = Track(1, np.full(n, 1000.0), 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0, 1, np.arange(n))
    energies = np.zeros((n, 60), dtype=np.float32)
    energies[:, 1] = 900.0  # layer 0, first angle, 20 to 40 mm
    deposits, _ = place(scenario, energies, start)
    cells = deposits.reshape(n, 100, 3, 8).sum(axis=1)  # event, ring, sector
    np.testing.assert_allclose(cells[:, 1].sum(axis=1), 1000.0, rtol=1e-9)
    assert set((cells[:, 1] > 0).sum(axis=1)) == {2}  # a quarter of the circle, turned by quarters
    assert len(set(cells[:, 1].argmax(axis=1) // 2)) == 4


def test_a_readout_cut_as_the_cells_are_gets_them_back():
    """In par04, whole sectors further; where silicon is bent out of a cell's end, in the layer beside it."""

    give_generator("dataset 2", SimpleNamespace(binning=DATASET_2, generate=lambda energies, keys: None))
    rule = {"model": "generator", "name": "dataset 2", "visible_region": "silicon"}
    scenario = load_scenario("par04", overrides={"fastsim": [rule]})
    random = np.random.default_rng(1)
    energies = np.where(random.random((5, 6480)) < 0.1, random.exponential(20.0, (5, 6480)), 0.0)
    energies = energies.astype(np.float32)
    start = Track(1, np.full(5, 1e5), 800.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1, 1, np.arange(5))
    deposits, detector = place(scenario, energies, start, outside=0.02)
    cells = np.array(detector.layer_cells["silicon"]).ravel()
    mesh = deposits[:, cells].reshape(5, 45, 16, 9) / 0.033
    beside = np.setdiff1d(np.flatnonzero(detector.cell_region == detector.cell_region[cells[0]]), cells)
    np.testing.assert_allclose(
        deposits[:, beside].sum(axis=1), 0.02 * deposits[:, cells].sum(axis=1), rtol=0.1
    )
    for shower, wanted in zip(mesh, energies.reshape(5, 45, 16, 9)):
        turned = [np.roll(wanted, k, axis=1) for k in range(16)]
        best = min(turned, key=lambda cells: np.abs(cells - shower).max())
        moved = np.abs(shower - best) > 1e-4 * best + 1e-4
        assert moved.mean() < 0.03
        np.testing.assert_allclose(shower.sum(axis=(0, 1)), best.sum(axis=(0, 1)), rtol=0.05)


def test_a_positron_gives_its_rest_mass_too():
    given()
    tallies = run(prepare(generator=BOTH | SHARED | {"min_MeV": 1900.0}, events__particle="e+"))
    total = tallies.deposits.sum(axis=1) * ENERGY_UNIT + booked(tallies, "leaked")
    np.testing.assert_allclose(total, E_MEV + 2.0 * ELECTRON_MASS, rtol=1e-9)


@pytest.mark.parametrize("amount", [np.nan, np.inf, -1e-3, 1e4])
def test_what_cannot_be_is_asked_for_again_then_followed_in_full(full, amount):
    """No number, negative or more than there is: what follows is the shower without a model, bit for bit."""

    def spoil(energies, keys):
        energies[:, 5] = amount
        return energies

    generator = given(spoil)
    tallies, calls = asked(generator, prepare(generator=BOTH | {"min_MeV": 1900.0, "retries": 2}))
    assert calls == [6, 6, 6]
    names = ("deposits", "steps", "secondaries", "balance", "interactions")
    assert [name for name in names if not np.array_equal(getattr(tallies, name), getattr(full, name))] == []
    found = counted(tallies)
    assert (found["retries"], found["returned"], found["showers"]) == (12, 6, 0)


@pytest.mark.parametrize("identity", [1, 2**63 + 1])
def test_a_track_of_any_identity_comes_back(monkeypatch, identity):
    """That of a secondary is a number of 64 bits without a sign."""
    monkeypatch.setattr(Waiting, "_place", lambda *showers: None)
    generator = given(lambda energies, keys: -energies)
    host = HostModel(
        "trial", generator, np.zeros((0, 6)), 4, 1, 1.0, 10.0, 500, 2, 10, 60.0, (1.0, 1e4), 0.0
    )  # fmt: skip
    start = Track(1, np.array([700.0]), 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0, np.uint64(identity), 0)
    rows = np.zeros((1, TRAY_WIDTH), dtype=np.int64)
    rows[:, :N_FIELDS] = pack_tracks(start)
    tally = make_tally(1, 2, 24, fast=True)
    waiting = Waiting(SimpleNamespace(annihilation=0.0, place=None), {0: host}, tally)
    waiting.take(rows)
    assert unpack_tracks(waiting.flush()).identity.tolist() == [identity]
    assert tally.counts[0, tally.first.balance + HANDED_OVER] * ENERGY_UNIT == -700.0


def test_one_wrong_shower_leaves_the_others():
    """Those with an odd key are wrong until their key happens to be even."""

    def spoil(energies, keys):
        energies[keys % np.uint64(2) == 1, 0] = np.nan
        return energies

    given(spoil)
    results = [run(prepare(generator=RULE | {"retries": 20, "batch": batch})) for batch in (1000, 3)]
    assert same(*results) == []
    found = counted(results[0])
    assert found["retries"] > 0
    assert found["returned"] == 0


def test_secondaries_of_what_came_back_are_taken():
    def spoil(energies, keys):
        return energies * np.float32(np.nan) if len(generator.calls) == 1 else energies

    generator = given(spoil)
    tallies, _ = asked(generator, prepare(generator=BOTH | {"retries": 0}))
    found = counted(tallies)
    assert found["returned"] == generator.calls[0] == 6
    assert found["showers"] == sum(generator.calls[1:]) > 6


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda energies, keys: energies[:, 1:], r"array of \(1, 59\); must be \(1, 60\)"),
        (lambda energies, keys: None, "NoneType|array of"),
        (lambda energies, keys: 1 // 0, "ZeroDivisionError"),
    ],
)
def test_a_generator_that_gives_something_else(spoil, words):
    given(spoil)
    with pytest.raises(BadInput, match=f"fastsim: generator 'trial'.*{words}"):
        run(prepare(generator=BOTH | {"min_MeV": 1900.0}))


def test_a_generator_is_named_or_in_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr(on_host, "_given", {})
    with pytest.raises(BadInput, match=r"found 'nobody'; no program gave any generator, give a file"):
        load_scenario("testem3", overrides={"fastsim": [{"model": "generator", "name": "nobody"}]})
    given()
    for keys, words in (
        ({"name": "nobody"}, "unknown generator 'nobody'"),
        ({"file": str(tmp_path / "no.safetensors")}, "no such file"),
        ({}, "either file or name"),
    ):
        with pytest.raises(BadInput, match=words):
            load_scenario("testem3", overrides={"fastsim": [{"model": "generator"} | keys]})


def test_a_file_takes_what_it_was_trained_on(trained):
    """The toy's energies are 1 to 100 GeV; 5 % beyond are allowed."""
    file = trained("frozen-library")
    data = read_model(file).card.data

    def built(**keys):
        rule = {"model": "generator", "file": str(file), "particles": ["e-"]} | keys
        return build_world(load_scenario("testem3", overrides={"fastsim": [rule]}))

    world = built(max_MeV=2.0 * data.least_MeV)
    low, high = world.hook.domains.limits[0, :2]
    assert (low, high) == pytest.approx((data.least_MeV / 1.05, 2.0 * data.least_MeV))
    assert world.hosts[0].energy_MeV == (low, high)
    assert built().hook.domains.limits[0, 1] == pytest.approx(1.05 * data.most_MeV)
    with pytest.raises(BadInput, match=r"trained on .* and the rule takes from"):
        built(min_MeV=2.0 * data.most_MeV)
    for particle in ("gamma", "e+"):
        with pytest.raises(BadInput, match=f"makes showers of electron.*'{re.escape(particle)}'"):
            built(particles=["e-", particle])


@pytest.mark.parametrize("name", ["splice", "frozen-library", "gflash"])
def test_what_a_shipped_model_puts_beside_its_cells_is_geant4_s(name):
    """Sampling fractions in all and in the mesh at 1 and 16 GeV: Geant4 11.4.1, in validation/data."""
    table = Path(validation.__file__).with_name("data") / "par04.csv"
    lines = [line for line in table.read_text("utf-8").splitlines() if not line.startswith("#")]
    found = {(row["quantity"], row["energy_MeV"]): float(row["value"]) for row in csv.DictReader(lines)}
    inside, every = (
        np.array([found[f"sampling fraction{where}", energy] for energy in ("1000", "16000")])
        for where in (" in the mesh", "")
    )
    rule = {"model": "generator", "file": name, "particles": ["e-"], "visible_region": "silicon"}
    (host,) = build_world(load_scenario("par04", overrides={"fastsim": [rule]})).hosts.values()
    np.testing.assert_allclose(inside * (1.0 + host.outside), every, rtol=0.0015)


def test_the_first_shower_is_one_that_the_rule_takes():
    totals = []

    def spoil(energies, keys):
        totals.append(2.0 * energies.sum())
        return energies

    given(spoil)
    prepare(generator=RULE | {"min_MeV": 2e4})
    prepare(generator=RULE | {"min_MeV": 0.0, "max_MeV": 100.0})
    assert totals == pytest.approx([2e4, 100.0], rel=1e-5)


def test_a_generator_of_python_stays_in_its_process(monkeypatch):
    given()
    scenario = load_scenario("testem3", overrides={"fastsim": [{"model": "generator", "name": "trial"}]})
    assert pickle.loads(pickle.dumps(scenario)) == scenario
    monkeypatch.setattr(on_host, "_given", {})
    with pytest.raises(BadInput, match=r"given to another process.*--executor local"):
        build_world(scenario)


def test_models_on_the_host_are_refused_on_a_gpu(monkeypatch):
    pytest.importorskip("numba_cuda")
    from simkit.transport import cuda

    monkeypatch.setattr(cuda, "check_device", lambda: None)
    given()
    with pytest.raises(BadInput, match="'trial' makes showers on the host"):
        prepare(run__backend="cuda")


def test_the_record_tells_what_fast_simulation_did(full, capsys):
    given()
    prepared = prepare(generator=RULE)
    tallies = run(prepared)
    words = {"seed": 1, "engine": "native", "engine_version": "1"}
    record = build_result(prepared.scenario, tallies, prepared, asking_s=prepared.cost_of_asking(), **words)
    use = record.fastsim
    assert use.models[-1] == "generator"
    assert (use.accepted, use.showers, use.largest_batch, use.batches) == (use.showers,) * 3 + (1,)
    assert use.refused == tallies.counter("fast_refused") > 100
    assert use.hits["gap"].fast == pytest.approx(tallies.fast[:, 3 + GAP].mean())
    assert use.hits["gap"].fast_MeV == pytest.approx(tallies.fast[:, GAP].mean() * ENERGY_UNIT)
    columns = event_columns(tallies, prepared.regions)
    assert columns["fast_MeV.gap"].mean() == pytest.approx(use.hits["gap"].fast_MeV)
    assert columns["fast_hits.gap"].mean() == use.hits["gap"].fast
    assert min(use.hits["absorber"].full, use.hits["absorber"].fast) > 0.0
    assert min(vars(use.times).values()) > 0.0
    assert Result.model_validate_json(record.to_json()) == record
    show(record)
    shown = " ".join(capsys.readouterr().out.split())
    page, text = repr(energy_blocks(record)), markdown(record)
    for word in (
        "absorb, trial, straight, gflash, generator",
        f"{use.refused:,} refused",
        "1, the largest of",
    ):
        assert word in shown
        assert word in page
        assert word in text
    assert (
        merge([tallies, empty_tallies(np.array([9]), 3, tallies.cell_region, fast=True)]).host == tallies.host
    )
    assert build_result(prepared.scenario, full, prepared, **words).fastsim is None
