"""Code that is moved in memory while it is timed, on sides whose speed depends on where it stands."""

from dataclasses import replace

import numpy as np
import pytest

from simkit.bench.named_sides import parse_side, same_events
from simkit.bench.pairs.beginning import begin
from simkit.bench.pairs.contrast import make_contrast
from simkit.bench.pairs.piece import from_arrays, parse_place, to_arrays
from simkit.bench.pairs.placing import MOST, Places
from simkit.bench.pairs.spending import PHYSICS, PRECISE, Pair, Plan, Spent, spend
from simkit.bench.statistics.samples import join
from simkit.bench.words import ONE_PLACE, placement_words, speed_words
from simkit.record.interval import MeasuredSpeedup
from simkit.record.tallies import COUNTERS

from .fake_engine import FakeEngine, FakePrepared

SHIFT = 0.03  # from place to place, more than the noise of a round


class Movable(FakePrepared):
    """A side whose code shifts its time by SHIFT from place to place."""

    def __init__(self, scenario, rng):
        super().__init__(FakeEngine(), scenario)
        self.rng, self.own, self.seen = rng, self.cost, []

    def place(self, copy):
        self.seen.append(copy)
        self.cost = self.own * np.exp(self.rng.normal(0.0, SHIFT / np.sqrt(2.0)))


@pytest.fixture(autouse=True)
def _moving_costs_much(monkeypatch):
    """So that the rounds at a place become more and more; these sides move at no cost."""
    monkeypatch.setattr("simkit.bench.pairs.placing.SHARE", 1e-9)


def measurement(rng, kinds=(Movable, Movable)):
    source = parse_side("testem3")
    sides = [
        kind(source.scenario, rng) if kind is Movable else kind(FakeEngine(), source.scenario)
        for kind in kinds
    ]
    m = begin(sides, same_events([source]), 7)
    m.planned = 60
    return m


def timed(m, rounds):
    for _ in range(rounds):
        m.timed_round()
    return m


def test_processes_agree_within_their_intervals_though_code_stands_elsewhere_in_each():
    """30 processes: at 95 % fewer than 26 of them hold the truth once in 300 times."""
    rng = np.random.default_rng(3)
    centres = [timed(measurement(rng), 40).log_ratio(0, 1) for _ in range(30)]
    assert sum(lo < 0.0 < hi for lo, hi in (c.interval() for c in centres)) >= 26
    assert 0.5 * SHIFT < np.median([c.between for c in centres]) < 1.5 * SHIFT


def test_both_sides_move_together_and_often_but_moving_is_paid_for(monkeypatch):
    m = timed(measurement(np.random.default_rng(5)), 40)
    assert m.sides[0].seen == m.sides[1].seen == list(dict.fromkeys(m.placements))
    assert [m.placements.count(p) for p in m.sides[0].seen[:6]] == [1] * 6  # an interval needs some
    assert [m.placements.count(p) for p in m.sides[0].seen[6:14]] == [2] * 6 + [3] * 2
    monkeypatch.setattr("simkit.bench.pairs.placing.SHARE", 0.12)
    places = Places([], moving_s=[0.1] * 30)
    assert places.rounds_each(0.24, 200) == 4  # 12 % of 4 x 0.24 s are 0.115 s
    assert places.rounds_each(10.0, 200) == 1
    assert Places([], moving_s=[45.0]).rounds_each(0.24, 200) > 1000  # compiled anew: no cache keeps it
    assert Places([], moving_s=[0.1]).rounds_each(0.24, 200) == 1
    assert places.rounds_each(10.0, 10 * MOST) == 10


def test_a_measurement_that_goes_on_elsewhere_begins_at_a_new_place():
    m, other = (measurement(np.random.default_rng(5)) for _ in "ab")
    pieces = []
    m.keep = pieces.append
    timed(m, 8)
    for piece in pieces:
        place = parse_place(piece.place.name)
        other.add(from_arrays(place, to_arrays(piece, 0.0))[0])
    timed(other, 1)
    assert other.placements[:8] == m.placements
    assert other.placements[8] not in m.placements


def test_rounds_kept_by_an_earlier_version_have_one_place():
    m, pieces = measurement(np.random.default_rng(5)), []
    m.keep = pieces.append
    timed(m, 1)
    arrays = to_arrays(pieces[0], 0.0)
    del arrays["placement"]
    assert from_arrays(pieces[0].place, arrays)[0].placement == 0


@pytest.mark.parametrize("kinds", [(FakePrepared, FakePrepared), (Movable, FakePrepared)])
def test_where_not_all_code_moves_the_words_say_that_one_process_is_known(kinds):
    m = timed(measurement(np.random.default_rng(5), kinds), 20)
    speedup = make_contrast(m, 0, 1, (), 1.0).speedup
    assert (speedup.placements, speedup.between_placements) == (1, None)
    assert placement_words(speedup) == ONE_PLACE
    assert " at 95 %, in one process)" in speed_words(speedup, "inconclusive")


def test_words_say_at_how_many_places_and_what_they_do():
    m = timed(measurement(np.random.default_rng(5)), 60)
    speedup = make_contrast(m, 0, 1, (), 1.0).speedup
    places = len(set(m.placements))
    assert speedup.placements == places
    assert placement_words(speedup).startswith(
        f"code at {places} places in memory, which shift the speedup by "
    )
    even = speedup.model_copy(update={"between_placements": 0.0})
    assert placement_words(even) == f"code at {places} places in memory, which show no effect on it"
    assert "by up to" in placement_words(speedup, even)
    older = MeasuredSpeedup.model_validate(speedup.model_dump(exclude={"placements", "between_placements"}))
    assert placement_words(older) == ""


def test_a_precision_needs_enough_places():
    m = measurement(np.random.default_rng(5))
    seen = []
    spend(
        m,
        [Pair(0, 1)],
        Plan(0.0, 1e9, timing_share=(1.0, 1.0), precision=10.0),
        Spent(),
        progress=lambda _, what: seen.append((what, len(set(m.placements)))),
        stop=lambda: any(what == PHYSICS for what, _ in seen) or m.rounds > 300,
    )
    assert len(set(m.placements)) >= PRECISE


def test_counts_keep_their_names_when_a_process_numbers_them_otherwise():
    m, pieces = measurement(np.random.default_rng(5)), []
    m.keep = pieces.append
    timed(m, 1)
    sample = pieces[0].samples[0]
    sample.counters = np.arange(len(sample) * len(COUNTERS), dtype=float).reshape(len(sample), -1)
    expected = sample.counters.copy()
    other = replace(
        sample, counters=expected[:, ::-1], names=sample.names | {"counters": tuple(reversed(COUNTERS))}
    )
    piece = pieces[0]._replace(samples=[other, *pieces[0].samples[1:]])
    kept = from_arrays(piece.place, to_arrays(piece, 0.0))[0].samples[0]
    assert kept.names == other.names
    assert np.array_equal(join([kept]).counters, expected)
    assert np.array_equal(join([sample, kept]).counters, np.concatenate([expected, expected]))
