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
