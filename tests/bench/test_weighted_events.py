"""Weighted events: means, errors, quantiles and verdicts go by weight; steps and times never."""

import numpy as np
import pytest

from simkit.bench.named_sides import parse_side, same_events
from simkit.bench.pairs.beginning import begin
from simkit.bench.pairs.contrast import make_contrast
from simkit.bench.pairs.piece import Place, from_arrays, physics_piece, to_arrays
from simkit.bench.pairs.sides import make_side
from simkit.bench.statistics.differences import half_width, quantile
from simkit.bench.statistics.samples import counted_once, effective, make_columns, ratio, sample_of
from simkit.record.tallies import WEIGHT_UNIT, empty_tallies

from .fake_engine import FakeEngine, FakePrepared

SHIFT, SPREAD = 0.012, 0.01  # of the gap's deposit


class Shifted(FakePrepared):
    """A side whose gap has SHIFT less; `weighted`: its events are weighted by the ratio of the densities."""

    def __init__(self, engine, scenario, weighted=False):
        super().__init__(engine, scenario)
        self.weighted, self.scale = weighted, 1.0 - SHIFT

    def run(self, primaries, seed, threads=1, progress=None):
        tallies = super().run(primaries, seed, threads, progress)
        if self.weighted:
            gap = tallies.deposits[:, 1:].sum(axis=1) * 2.0**-30 / (0.2 * primaries.energy)
            log_p, log_q = (
                -0.5 * ((gap / scale - 1.0) / SPREAD) ** 2 - np.log(scale) for scale in (1.0, self.scale)
            )
            tallies.event_weight = np.round(np.exp(log_p - log_q) / WEIGHT_UNIT).astype(np.int64)[:, None]
        return tallies


def contrast(weighted, chunks=4):
    """Return the contrast of the fake engine and its shifted self, and the record of that side."""
    source = parse_side("testem3")
    engine, events = FakeEngine(), same_events([source])
    m = begin([FakePrepared(engine, source.scenario), Shifted(engine, source.scenario, weighted)], events, 7)
    m.planned = 8
    for _ in range(8):
        m.timed_round()
    for _ in range(chunks):
        m.untimed_chunk(0.5, 1)
    return make_contrast(m, 0, 1, [], 1.0), make_side(m, 1, "B", source.scenario, "fake", events)


def test_a_shift_fails_and_with_the_right_weights_passes():
    plain, side = contrast(weighted=False)
    assert (plain.physics.verdict, plain.physics.weighted, side.weights) == ("fail", "", None)
    weighed, side = contrast(weighted=True)
    rows = {(row.observable, row.layer): row for row in weighed.physics.rows}
    deposit, without = rows["deposit", None], {(r.observable, r.layer): r for r in plain.physics.rows}
    assert deposit.verdict == "pass"
    assert abs(deposit.difference) < 4.0 * deposit.standard_error
    assert rows["width", None].verdict == "pass"
    assert without["deposit", None].difference == pytest.approx(-100.0 * SHIFT, abs=0.2)
    # the weights' variance is exp((shift / spread)^2) - 1
    share = np.exp(-((SHIFT / SPREAD) ** 2))
    assert side.weights.effective_share == pytest.approx(share, rel=0.3)
    assert side.weights.mean == pytest.approx(1.0, abs=0.1)
    assert weighed.physics.weighted.startswith("events of B are weighted, worth ")
    assert side.edep_MeV["gap"].mean == pytest.approx(2000.0, rel=0.003)
    # what was done is not weighted
    assert weighed.steps_ratio.total == pytest.approx(1.0, abs=1e-12)
    assert weighed.figure_of_merit["gap"] < 0.7 * plain.figure_of_merit["gap"]


def weighed_sample(rng, n, energy=1000.0):
    """Return a sample whose cells are normal, weighted to a mean that is 0.5 standard deviations higher."""
    prepared = FakePrepared(FakeEngine(), parse_side("testem3").scenario)
    z = rng.standard_normal(n)
    tallies = empty_tallies(np.arange(n), 3, prepared.cell_region)
    tallies.deposits[:, 1] = (100.0 + 10.0 * z) * 2**30
    tallies.steps[:, 0, 0] = 7
    weights = np.exp(0.5 * z - 0.125)
    tallies.event_weight = np.round(weights / WEIGHT_UNIT).astype(np.int64)[:, None]
    return sample_of(tallies, np.full(n, energy), make_columns(prepared), True), z, weights


def test_a_weighted_mean_and_its_error_are_those_of_a_ratio():
    rng, pulls = np.random.default_rng(5), []
    for _ in range(200):
        sample, z, weights = weighed_sample(rng, 400)
        units = counted_once(sample)
        found = ratio(units.deposits[:, 1], units.energy)
        assert found.value * 1000.0 == pytest.approx(np.average(100.0 + 10.0 * z, weights=weights), rel=1e-5)
        pulls.append((found.value * 1000.0 - 105.0) / (1000.0 * found.error))
    assert units.layers[:, 0].sum() == pytest.approx(units.deposits[:, 1].sum())
    assert np.all(units.steps.sum(axis=(1, 2)) / units.energy == 7.0 / 1000.0)
    assert np.std(pulls) == pytest.approx(1.0, abs=0.2)  # known to 0.05
    assert abs(np.mean(pulls)) < 0.3
    assert effective(sample.event_weights) == pytest.approx(400.0 * np.exp(-0.25), rel=0.25)


def test_quantiles_count_an_event_by_its_weight():
    rng = np.random.default_rng(6)
    x, weights = rng.standard_normal(2000), rng.integers(1, 4, 2000).astype(float)
    repeated = np.repeat(x, weights.astype(int))
    for p in (0.16, 0.5, 0.95):
        assert quantile(x, p, weights)[0] == pytest.approx(quantile(repeated, p)[0], abs=0.01)
    widths, errors = [], []
    for _ in range(200):
        z = rng.standard_normal(1000)
        value, influence = half_width(z, np.exp(0.5 * z))
        widths.append(value)
        errors.append(np.sqrt(np.sum(influence**2)))
    assert np.mean(widths) == pytest.approx(0.994, abs=0.02)  # of the shifted normal distribution
    assert np.std(widths) == pytest.approx(np.mean(errors), rel=0.25)


def test_weights_are_kept_with_a_piece_and_earlier_pieces_have_none():
    sample = weighed_sample(np.random.default_rng(7), 50)[0]
    place = Place(0, 2, "physics")
    arrays = {k: np.asarray(x) for k, x in to_arrays(physics_piece(place, [sample], 1.0), 1.0).items()}
    (read,) = from_arrays(place, arrays)[0].samples
    np.testing.assert_array_equal(read.weights, sample.weights)
    np.testing.assert_array_equal(read.event_weights, sample.event_weights)
    del arrays["0.weights"], arrays["0.event_weights"]
    (read,) = from_arrays(place, arrays)[0].samples
    assert counted_once(read) is read
