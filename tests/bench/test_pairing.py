"""How rounds are ordered, and when timing stops."""

import time

import numpy as np
import pytest

from simkit.bench.named_sides import parse_side, same_events
from simkit.bench.pairs.beginning import begin
from simkit.bench.pairs.contrast import make_contrast
from simkit.bench.pairs.piece import Place, from_arrays, physics_piece, to_arrays
from simkit.bench.pairs.spending import PHYSICS, PRECISE, Pair, Plan, Spent, spend
from simkit.particles import PARTICLES, Species, groups
from simkit.record.gpu_times import GpuTimes

from .fake_engine import FakeEngine, FakePrepared
from .showers import showers


class Noted(FakePrepared):
    """A side that notes when it is run."""

    def __init__(self, engine, scenario, name, log):
        super().__init__(engine, scenario)
        self.name, self.log = name, log
        self.cost *= 100.0  # few events a block

    def run(self, primaries, seed, threads=1, progress=None):
        self.log.append(self.name)
        return super().run(primaries, seed, threads, progress)


class OnGpu(FakePrepared):
    """A side on a GPU that takes half of its time while the host only sleeps."""

    backend = "cuda"

    def run(self, primaries, seed, threads=1, progress=None):
        tallies = super().run(primaries, seed, threads, progress)
        total = 0.5 * tallies.cpu_s
        tallies.gpu = GpuTimes(kernel_s=0.4 * total, total_s=total, rounds=1, repeats=0, most_waiting=1)
        tallies.cpu_s = 1e-6
        return tallies


def measurement(names="AB"):
    source = parse_side("testem3")
    engine, log = FakeEngine(), []
    sides = [Noted(engine, source.scenario, name, log) for name in names]
    return begin(sides, same_events([source]), 7), log


def orders(m, log, names, rounds):
    n, found = len(names), []
    for _ in range(rounds):
        log.clear()
        m.timed_round()
        found.append("".join(log[: 2 * n]))
    return found


def test_a_gpu_is_timed_by_what_it_took_not_by_the_host():
    source = parse_side("testem3")
    sides = [cls(FakeEngine(), source.scenario) for cls in (FakePrepared, OnGpu)]
    m = begin(sides, same_events([source]), 7)
    for _ in range(20):
        m.timed_round()
    assert np.exp(m.log_ratio(0, 1).mean) == pytest.approx(2.0, rel=0.1)


def test_who_begins_a_round_is_drawn_and_the_second_half_is_in_reverse():
    m, log = measurement()
    found = orders(m, log, "AB", 40)
    assert set(found) == {"ABBA", "BAAB"}
    assert 8 <= found.count("ABBA") <= 32  # a fair coin leaves this once in 10000 times
    m, log = measurement()
    assert orders(m, log, "AB", 10) == found[:10]  # a resumed measurement draws the same


def test_sides_share_random_numbers_in_a_round_and_not_where_physics_alone_is_simulated(monkeypatch):
    m, _ = measurement()
    seen = []
    monkeypatch.setattr(
        Noted,
        "run",
        lambda self, primaries, seed, *more: (
            seen.append((seed, *primaries.event)) or FakePrepared.run(self, primaries, seed)
        ),
    )
    m.timed_round()
    first = seen[:4]
    assert first[0] == first[1] != first[2] == first[3]
    seen.clear()
    m.untimed_chunk(0.1, 1)
    assert len(set(seen)) == len(seen) == 2
    assert {len(one) for one in seen} == {len(seen[0])}


def test_many_sides_come_in_any_order():
    m, log = measurement("ABCD")
    found = orders(m, log, "ABCD", 20)
    assert all(order[:4] == order[4:][::-1] for order in found)
    assert len({order[:4] for order in found}) > 8


def test_a_precision_that_is_met_at_once_still_takes_enough_rounds():
    """Stopping where the interval first looks narrow would pick rounds whose spread is small by chance."""
    m, _ = measurement()
    seen = []
    spend(
        m,
        [Pair(0, 1)],
        Plan(time.perf_counter(), 1000.0, timing_share=(1.0, 1.0), precision=10.0),
        Spent(),
        progress=lambda _, what: seen.append((what, m.rounds)),
        stop=lambda: any(what == PHYSICS for what, _ in seen) or m.rounds > 100,
    )
    assert m.rounds == int(np.ceil(1.25 * PRECISE))


class OfAnyParticle(FakePrepared):
    """Its steps: one a particle, in the first region `factor` times its number."""

    def __init__(self, engine, scenario, factor):
        super().__init__(engine, scenario)
        self.factor = factor

    def run(self, primaries, seed, threads=1, progress=None):
        tallies = super().run(primaries, seed, threads, progress)
        tallies.steps[:] = 1
        tallies.steps[:, :, 0] = self.factor * np.arange(len(PARTICLES))
        return tallies


def test_steps_of_a_plug_ins_particles_stand_in_their_group_and_in_the_total(monkeypatch):
    brought = {
        "chi-": Species(99, 105.7, -1, 2197.0, "charged"),
        "chi0": Species(98, 939.6, 0, 8.8e11, "neutral"),
    }
    monkeypatch.setattr(PARTICLES, "_names", [*PARTICLES, *brought])
    monkeypatch.setattr(PARTICLES, "about", PARTICLES.about | brought)
    source = parse_side("testem3")
    m = begin([OfAnyParticle(FakeEngine(), source.scenario, n) for n in (2, 1)], same_events([source]), 7)
    m.planned = 10
    for _ in range(8):
        m.timed_round()
    ratio = make_contrast(m, 0, 1, [], 1.0).steps_ratio
    # the number of its kind in the first region (twice that on one side), 1 in the second

    def expected(kinds):
        return pytest.approx((2 * sum(kinds) + len(kinds)) / (sum(kinds) + len(kinds)))

    kinds = groups()
    assert PARTICLES.index("chi-") in kinds["charged"]
    assert PARTICLES.index("chi0") in kinds["neutral"]
    assert ratio.gamma == expected(kinds["gamma"])
    assert ratio.charged == expected(kinds["charged"])
    assert ratio.others == {"neutral": expected(kinds["neutral"])}
    assert ratio.total == expected(range(len(PARTICLES)))
    assert ratio.relative_error.keys() == {"gamma", "charged", "neutral", "total"}


def test_a_piece_of_an_earlier_version_has_nothing_of_what_hadrons_bring():
    place = Place(0, 2, "physics")
    sample = showers(np.random.default_rng(3), 4)
    arrays = {name: np.asarray(x) for name, x in to_arrays(physics_piece(place, [sample], 1.0), 1.0).items()}
    for name in ("unseen", "late", "punched"):
        del arrays[f"0.{name}"]
    (read,) = from_arrays(place, arrays)[0].samples
    assert read.unseen.tolist() == read.late.tolist() == read.punched.tolist() == [0.0] * 4
    np.testing.assert_array_equal(read.layers, sample.layers)


class OfElectrons(FakePrepared):
    """A side that meets gamma, e- and e+ alone or, with `pions`, pi+ besides."""

    def __init__(self, engine, scenario, pions=0):
        super().__init__(engine, scenario)
        self.pions = pions

    def run(self, primaries, seed, threads=1, progress=None):
        tallies = super().run(primaries, seed, threads, progress)
        tallies.secondaries[:, 3:] = 0
        tallies.steps[:, PARTICLES.index("pi+"), 0] = self.pions
        return tallies


@pytest.mark.parametrize("pions", [0, 5])
def test_a_contrast_names_the_species_that_a_side_met(pions):
    source = parse_side("testem3")
    sides = [OfElectrons(FakeEngine(), source.scenario, n) for n in (0, pions)]
    m = begin(sides, same_events([source]), 7)
    m.planned = 10
    for _ in range(8):
        m.timed_round()
    contrast = make_contrast(m, 0, 1, [], 1.0)
    met = ["gamma", "e-", "e+", *["pi+"] * bool(pions)]
    assert list(contrast.steps_ratio.by) == list(contrast.attribution.share_by) == met
    assert list(contrast.secondaries_ratio) == met
