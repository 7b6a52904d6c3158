"""Known answers, coverage and false alarms of the intervals of paired log ratios."""

import math

import numpy as np
import pytest
from scipy.stats import mstats

from simkit.bench.statistics.intervals import (
    FEWEST_BLOCKS,
    TrimmedMean,
    blocks_to_settle,
    boundary,
    paired_ratio,
    sequential_interval,
    smallest_detectable,
    trimmed_mean,
)

# The self-awareness data of Dana (1990) in R. R. Wilcox, "Introduction to Robust Estimation and Hypothesis
# Testing" (3rd ed.), section 3.3: 20 % trimmed mean 282.7, standard error 56.1.
DANA = [77, 87, 88, 114, 151, 210, 219, 246, 253, 262, 296, 299, 306, 376, 428, 515, 666, 1310, 2611]


def test_trimmed_mean_of_published_data():
    centre = trimmed_mean(np.array(DANA, float))
    assert centre.mean == pytest.approx(282.7, abs=0.05)
    assert centre.error == pytest.approx(56.1, abs=0.1)
    assert centre.freedom == 12


def test_interval_is_that_of_scipy():
    for n in (6, 20, 57):
        x = np.random.default_rng(3).standard_t(3, n)
        centre = trimmed_mean(x)
        assert centre.interval() == pytest.approx(tuple(mstats.trimmed_mean_ci(x, (0.2, 0.2))))
        assert centre.error == pytest.approx(float(mstats.trimmed_stde(x, (0.2, 0.2))))


def test_too_few_blocks_are_refused():
    with pytest.raises(ValueError, match="at least 6"):
        trimmed_mean(np.zeros(FEWEST_BLOCKS - 1))


def noisy(rng, shape):
    """Log ratios as a shared machine makes them: narrow, with one block in ten disturbed by far more."""
    disturbed = rng.random(shape) < 0.1
    return rng.normal(0.0, 0.01, shape) + disturbed * rng.normal(0.0, 0.2, shape)


@pytest.mark.parametrize("n", [12, 60])
def test_coverage_under_disturbances(n):
    """95 % nominal; 1000 experiments have a spread of 0.7 %, the bounds below allow three of it."""
    rng = np.random.default_rng(11)
    covered = 0
    for x in noisy(rng, (1000, n)):
        lo, hi = trimmed_mean(x).interval()
        covered += lo <= 0.0 <= hi
    assert 0.93 < covered / 1000 < 0.99


def test_boundary_is_narrowest_where_planned_and_known():
    # By hand: alpha = 0.005, -2 ln alpha = 10.597, rho^2 n = 13.047, sqrt(14.047/13.047 (10.597 + 2.642))
    assert boundary(500, 500) == pytest.approx(3.776, abs=0.002)
    widths = [boundary(n, 500) / math.sqrt(n) for n in (100, 500, 2000)]
    assert widths[0] > widths[1] > widths[2]
    assert boundary(500, 500) < boundary(500, 50)
    assert boundary(500, 500) < boundary(500, 50000)


def test_false_alarms_when_looked_at_after_every_block():
    """Nominal 0.5 % over all looks together; in 300 experiments more than 6 alarms have p < 0.1 %."""
    rng = np.random.default_rng(5)
    alarms = 0
    for x in noisy(rng, (300, 320)):
        for n in range(8, 321, 12):
            lo, hi = sequential_interval(trimmed_mean(x[:n]), planned=160)
            if lo > 0.0 or hi < 0.0:
                alarms += 1
                break
    assert alarms <= 6


def test_smallest_detectable_is_found_four_times_in_five():
    """500 experiments at 80 % have a spread of 1.8 %; the effect is that of the median noise."""
    rng = np.random.default_rng(8)
    x = noisy(rng, (500, 200))
    effect = np.median([smallest_detectable(trimmed_mean(row), 200) for row in x])
    found = sum(sequential_interval(trimmed_mean(row + effect), 200)[0] > 0.0 for row in x)
    assert 0.72 < found / 500 < 0.88


def test_blocks_to_settle():
    centre = TrimmedMean(mean=0.02, error=0.01, freedom=59, n=100)
    needed = blocks_to_settle(centre, target=0.0, resolution=0.01)
    assert needed == math.ceil((0.1 * (3.776 + 0.8416) / 0.02) ** 2) or abs(needed - 533) <= 2
    near = blocks_to_settle(TrimmedMean(0.001, 0.01, 59, 100), target=0.0, resolution=0.01)
    assert near == pytest.approx((0.1 * (1.96 + 0.8416) / 0.009) ** 2, rel=0.01)


def places(rng, sizes, between):
    """Log ratios of rounds at places of `sizes` rounds, which shift them by `between` x the rounds' noise."""
    where = np.repeat(np.arange(len(sizes)), sizes)
    return rng.normal(0.0, 0.01 * between, len(sizes))[where] + noisy(rng, len(where)), where


GROWING = [1] * 6 + [2] * 6 + [3] * 8  # as a measurement has them


@pytest.mark.parametrize("sizes", [[4] * 4, [1] * 6, [4] * 6, [3] * 10, GROWING[:9], GROWING])
@pytest.mark.parametrize("between", [0.0, 0.5, 1.5])
def test_coverage_when_places_shift_a_speedup(sizes, between):
    """95 % nominal, and more where places do not matter; 1000 experiments have a spread of 0.7 %."""
    rng = np.random.default_rng(13)
    covered = 0
    for _ in range(1000):
        lo, hi = trimmed_mean(*places(rng, sizes, between)).interval()
        covered += lo <= 0.0 <= hi
    assert covered / 1000 > 0.93


def test_an_interval_that_takes_rounds_at_one_place_for_independent_is_too_narrow():
    """What the groups are for: the same rounds without them cover the truth in half of the cases."""
    rng = np.random.default_rng(13)
    found = [places(rng, [10] * 6, 1.5) for _ in range(300)]
    covered = [
        sum(lo <= 0.0 <= hi for lo, hi in (trimmed_mean(*x).interval() for x in xs)) / 300
        for xs in ([(x, None) for x, _ in found], found)
    ]
    assert covered[0] < 0.7
    assert covered[1] > 0.92


def test_places_that_do_not_matter_cost_little_and_never_gain():
    rng = np.random.default_rng(17)
    found = [places(rng, [3] * 40, 0.0) for _ in range(300)]
    with_places = [trimmed_mean(*one) for one in found]
    without = [trimmed_mean(x) for x, _ in found]
    assert all(a.error >= b.error and a.freedom <= b.freedom for a, b in zip(with_places, without))
    widths = [np.mean([np.ptp(c.interval()) for c in centres]) for centres in (with_places, without)]
    assert widths[0] < 1.15 * widths[1]


def test_the_shift_from_place_to_place_is_found():
    rng = np.random.default_rng(19)
    between = [trimmed_mean(*places(rng, [4] * 30, 2.0)).between for _ in range(100)]
    assert 0.017 < np.median(between) < 0.023
    x, where = places(rng, [1] * 12, 2.0)
    assert trimmed_mean(x, where).between is None  # what is the place's and what the round's is not known
    assert trimmed_mean(x, where)[:4] == pytest.approx(trimmed_mean(x)[:4])
    one = trimmed_mean(x, [7] * 12)
    assert (one.groups, one.independent, one[:4]) == (1, 12, trimmed_mean(x)[:4])


@pytest.mark.parametrize("between", [0.0, 1.5])
def test_false_alarms_when_places_shift_a_speedup(between):
    """Nominal 0.5 % over all looks together; in 300 experiments more than 6 alarms have p < 0.1 %."""
    rng = np.random.default_rng(23)
    alarms = 0
    for _ in range(300):
        x, where = places(rng, GROWING + [3] * 30, between)
        looks = (trimmed_mean(x[:n], where[:n]) for n in range(8, len(x) + 1, 8))
        ends = (sequential_interval(centre, planned=80) for centre in looks)
        alarms += any(lo > 0.0 or hi < 0.0 for lo, hi in ends)
    assert alarms <= 6


def unlike_rounds(rng, n):
    """Times of rounds of two blocks of a second on A; on B the time goes with the number of their showers.

    So it is with showers of 1 GeV to 1 TeV in blocks of like energy, and a model of one time a shower.
    """
    showers = rng.geometric(0.2, (n, 2)) + rng.geometric(0.2, (n, 2))
    noise = np.exp(0.01 * rng.standard_normal((n, 2, 2)))
    return np.stack([np.ones((n, 2)), 0.002 * showers], axis=2) * noise


def test_where_events_gain_unlike_it_is_the_ratio_of_all_times():
    rng = np.random.default_rng(23)
    truth, where = math.log(1.0 / 0.02), np.repeat(np.arange(20), 4)
    found = [paired_ratio(unlike_rounds(rng, 80), 0, 1, where) for _ in range(500)]
    assert np.mean([one.of_sums for one in found]) > 0.9
    of_sums = [one for one in found if one.of_sums]
    assert np.mean([one.mean for one in of_sums]) == pytest.approx(truth, abs=0.02)
    assert np.mean([lo <= truth <= hi for lo, hi in (one.interval() for one in of_sums)]) > 0.91
    assert np.mean([one.between == 0.0 for one in of_sums]) > 0.9  # no place shifts anything


def test_bursts_that_hit_rounds_do_not_make_it_a_ratio_of_sums():
    """Rounds of like events, a third of them disturbed on either side, some tenfold."""
    rng = np.random.default_rng(29)
    for _ in range(300):
        times = np.exp(0.01 * rng.standard_normal((60, 2, 2))) * [1.0, 0.5]
        hit = rng.random(times.shape) < 0.15
        times[hit] *= np.exp(rng.exponential(0.5, hit.sum()))
        found = paired_ratio(times, 0, 1)
        assert not found.of_sums
        assert found.mean == pytest.approx(math.log(2.0), abs=0.1)
