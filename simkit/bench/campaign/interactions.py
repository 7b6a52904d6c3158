"""Interactions of speedups: what one gains alone, and what it gains on top of all others.

In logarithms of CPU times an interaction is a difference of differences, ln t(all but X) - ln t(all) -
ln t(baseline) + ln t(X): the two-factor interaction of a factorial experiment (G. E. P. Box, J. S. Hunter and
W. G. Hunter, Statistics for Experimenters, 2nd ed., chapter 5). It is formed round by round, in which all
sides ran the same blocks, so that a machine that drifts cancels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from simkit.bench.campaign.ladder import ALL, WITH_ALL, Ladder
from simkit.bench.pairs.contrast import speed_verdict
from simkit.bench.pairs.measured import Measured
from simkit.bench.statistics.intervals import (
    TrimmedMean,
    bounded_exp,
    exp_interval,
    smallest_detectable,
    trimmed_mean,
)
from simkit.record.campaign import Interaction, InteractionVerdict

BASE, WHOLE = 0, 1
Weights = Mapping[int, float]  # {side: what its ln t counts}
VERDICTS: Mapping[str, InteractionVerdict] = {
    "faster": "more together",
    "slower": "less together",
    "no difference seen": "no interaction seen",
    "inconclusive": "inconclusive",
}


def interactions(m: Measured, ladder: Ladder) -> list[Interaction]:
    """Return what the sides of a ladder tell of its speedups' interactions; nothing without all together."""
    if ladder.ladder.mode not in WITH_ALL:
        return []
    places = range(len(ladder.rung))
    alone = [_over(BASE, side) for k in places if (side := ladder.alone(k)) is not None]
    on_top = [_over(side, WHOLE) for k in places if (side := ladder.without(k)) is not None]
    together = _over(BASE, WHOLE)
    found = []
    if alone:
        found += [_interaction(m, rung.name, "one", *pair) for rung, *pair in zip(ladder.rung, alone, on_top)]
        found.append(_interaction(m, ALL, "each alone", _product(*alone), together))
    found.append(_interaction(m, ALL, "each on top", together, _product(*on_top)))
    return found


def _over(a: int, b: int) -> Weights:
    """Return the logarithm of time of `a` over time of `b`."""
    return {a: 1.0, b: -1.0}


def _product(*factors: Weights) -> Weights:
    total: dict[int, float] = {}
    for factor in factors:
        for side, weight in factor.items():
            total[side] = total.get(side, 0.0) + weight
    return total


def _interaction(
    m: Measured,
    name: str,
    kind: Literal["one", "each alone", "each on top"],
    expected: Weights,
    found: Weights,
) -> Interaction:
    ratio = _centre(m, _product(found, {side: -weight for side, weight in expected.items()}))
    return Interaction(
        name=name,
        kind=kind,
        expected=exp_interval(_centre(m, expected)),
        found=exp_interval(_centre(m, found)),
        ratio=exp_interval(ratio),
        verdict=VERDICTS[speed_verdict(ratio, m.planned)],
        smallest_detectable=bounded_exp(smallest_detectable(ratio, m.planned)) - 1.0,
    )


def _centre(m: Measured, weights: Weights) -> TrimmedMean:
    """Return the trimmed mean by round of the weighted sum of the logarithms of times."""
    logs = np.log(np.stack(m.times)).mean(axis=1)
    return trimmed_mean(
        sum((weight * logs[:, side] for side, weight in weights.items()), np.zeros(len(logs))), m.placements
    )
