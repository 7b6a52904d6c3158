"""From the times of all rounds to a scaling curve: speedups, where it saturates, Amdahl's serial fraction."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import optimize, stats

from simkit.bench.statistics.intervals import SHOWN_LEVEL, exp_interval, trimmed_mean
from simkit.bench.statistics.samples import Floats
from simkit.record.interval import Interval
from simkit.record.scale import Point, ScalingCurve

GAINS = 0.05  # what more threads must gain for a curve not to be saturated
FITS = 0.01  # chance of a worse chi squared, below which a law is not that of the points
KINDS = ("threads", "processes", "both")


def interval(logs: Floats, scale: float = 1.0) -> Interval:
    """Return the exponential of the trimmed mean of `logs`, by round, times `scale`, with its interval."""
    return exp_interval(trimmed_mean(logs), scale)


def of_kind(points: Sequence[Point], kind: str) -> list[Point]:
    """Return the points of a kind of scaling by their threads, one thread of one process first."""
    inside = {
        "threads": lambda p: p.processes == 1,
        "processes": lambda p: p.threads == 1,
        "both": lambda p: (p.processes == 1) == (p.threads == 1),
    }[kind]
    return sorted((p for p in points if inside(p)), key=lambda p: p.workers)


def make_curves(points: Sequence[Point]) -> list[ScalingCurve]:
    """Return what the points of each kind come to, where there is more than the first."""
    found = []
    for kind in KINDS:
        chosen = of_kind(points, kind)
        if len(chosen) < 2:
            continue
        fraction, why = fit_amdahl([p for p in chosen if not (p.beyond_cores or p.beyond_processors)])
        found.append(
            ScalingCurve(name=kind, saturates_at=saturation(chosen), serial_fraction=fraction, no_fit=why)
        )
    return found


def saturation(points: Sequence[Point]) -> int | None:
    """Return from how many threads on no more than 5 % is gained; None where that cannot be said."""
    for i, point in enumerate(points[:-1]):
        if all(later.speedup.hi < (1.0 + GAINS) * point.speedup.value for later in points[i + 1 :]):
            return point.workers
    return None


def fit_amdahl(points: Sequence[Point]) -> tuple[Interval | None, str]:
    """Return the serial fraction with its 95 % interval, or why there is none."""
    more = [p for p in points if p.workers > 1]
    if len(more) < 2:
        return None, "not fitted: it takes two numbers of threads between one and that of the cores"
    n = np.array([p.workers for p in more])
    logs = np.log([p.speedup.value for p in more])
    # At least 0.1 %: chance can make an interval of few rounds far too narrow.
    errors = np.maximum([math.log(p.speedup.hi / p.speedup.lo) / 4.0 for p in more], 1e-3)

    def chi2(fraction: float) -> float:
        return float(np.sum(((logs - np.log(n / (1.0 + fraction * (n - 1)))) / errors) ** 2))

    best = optimize.minimize_scalar(chi2, bounds=(0.0, 1.0), method="bounded", options={"xatol": 1e-9})
    chance = float(stats.chi2.sf(best.fun, len(more) - 1))
    if chance < FITS:
        return None, f"Amdahl's law does not fit (chi squared {best.fun:.3g} for {len(more) - 1})"
    limit = best.fun + float(stats.chi2.isf(1.0 - SHOWN_LEVEL, 1))
    x = float(best.x)
    lo = 0.0 if chi2(0.0) <= limit else optimize.brentq(lambda f: chi2(f) - limit, 0.0, x)
    hi = 1.0 if chi2(1.0) <= limit else optimize.brentq(lambda f: chi2(f) - limit, x, 1.0)
    return Interval(value=x, lo=float(lo), hi=float(hi), level=SHOWN_LEVEL), ""
