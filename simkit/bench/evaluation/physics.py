"""The verdict on generated showers: response, layers and width by decade of energy, with their margins.

An equivalence test as for runs of the transport (simkit.bench.statistics): response within 0.5 %, layers
within 2 % of the largest, half of q84 - q16 of the response within 10 %. The two samples are independent;
energies are those of a shower of the decade's mean energy, so that the spectrum makes no noise.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from simkit.bench.statistics.differences import FEWEST_EVENTS, MARGINS, Difference, half_width, nearest_ratio
from simkit.bench.statistics.equivalence import judge, null_excess, pass_probability
from simkit.bench.statistics.samples import Floats
from simkit.fastsim.showers.features import Features
from simkit.fastsim.showers.files import Showers
from simkit.record.equivalence import Equivalence, Kind
from simkit.record.evaluation import ShowerProfile


class Decade(NamedTuple):
    """A range of incident energies: in words, which showers of each sample, their mean energy."""

    words: str
    truth: np.ndarray
    generated: np.ndarray
    mean_MeV: float


def decades(truth: Features, generated: Features) -> Iterator[Decade]:
    """Yield the decades of incident energy in which each sample has 30 showers or more."""
    low, high = (
        math.floor(math.log10(edge)) for edge in (truth.incident_MeV.min(), truth.incident_MeV.max())
    )
    for power in range(low, high + 1):
        ours, theirs = (
            np.flatnonzero((of.incident_MeV >= 10.0**power) & (of.incident_MeV < 10.0 ** (power + 1)))
            for of in (truth, generated)
        )
        if min(len(ours), len(theirs)) >= FEWEST_EVENTS:
            words = f"{_energy(power)} to {_energy(power + 1)}"
            yield Decade(words, ours, theirs, float(truth.incident_MeV[ours].mean()))


def _energy(power: int) -> str:
    unit, name = next(
        (unit, name) for unit, name in ((6, "TeV"), (3, "GeV"), (power, "MeV")) if power >= unit
    )
    return f"{10 ** (power - unit)} {name}" if name != "MeV" else f"{10.0**power:g} MeV"


def judge_physics(truth: Features, generated: Features) -> Equivalence:
    """Return the verdict on the mean response, the layers and the width of the response, decade by decade.

    A decade of the truth in which there are too few generated showers lets nothing pass.
    """
    compared = list(decades(truth, generated))
    rows = [row for decade in compared for row in _rows(decade, truth, generated)]
    missing = [one.words for one in decades(truth, truth) if one.words not in {of.words for of in compared}]
    n = len(truth.incident_MeV)
    physics = judge(rows, n, float(n), pass_probability(null_excess(rows, n)) if rows else 0.0)
    if not rows:
        physics.verdict = "inconclusive"
        physics.not_compared = "no decade of energy has 30 showers of both samples"
    elif missing:
        physics.verdict = "inconclusive" if physics.verdict == "pass" else physics.verdict
        physics.not_compared = f"not compared, of fewer than 30 generated showers: {', '.join(missing)}"
    return physics


def _rows(decade: Decade, truth: Features, generated: Features) -> Iterator[Difference]:
    sides = ((truth, decade.truth), (generated, decade.generated))
    a, b = (of.response[which] for of, which in sides)
    yield _mean("deposit", decade, None, a, b, float(a.mean()))
    layers_a, layers_b = (of.layer_MeV[which] / of.incident_MeV[which, None] for of, which in sides)
    largest = float(layers_a.mean(axis=0).max())
    for i, layer in enumerate(truth.layers):
        yield _mean("layer", decade, layer, layers_a[:, i], layers_b[:, i], largest)
    yield _width(decade, a, b)


def _mean(
    kind: Kind, decade: Decade, layer: int | None, a: Floats, b: Floats, reference: float
) -> Difference:
    scale = 100.0 / reference if reference > 0.0 else 0.0
    error = math.hypot(*(float(x.std(ddof=1)) / math.sqrt(len(x)) for x in (a, b)))
    mean_a, mean_b = float(a.mean()), float(b.mean())
    return Difference(
        kind,
        decade.words,
        layer,
        decade.mean_MeV * mean_a,
        decade.mean_MeV * mean_b,
        scale * (mean_b - mean_a),
        scale * error,
        None,
        MARGINS[kind],
    )


def _width(decade: Decade, a: Floats, b: Floats) -> Difference:
    (value_a, influence_a), (value_b, influence_b) = half_width(a), half_width(b)
    if value_a <= 0.0:
        value, error = (0.0, 0.0) if value_b == value_a else (100.0, math.inf)
    else:
        value = 100.0 * (value_b / value_a - 1.0)
        nearest = nearest_ratio("width", value_b / value_a)
        squares = np.sum(influence_b**2) + nearest**2 * np.sum(influence_a**2)
        error = 100.0 * float(np.sqrt(squares)) / value_a
    widths = (decade.mean_MeV * value_a, decade.mean_MeV * value_b)
    return Difference("width", decade.words, None, *widths, value, error, None, MARGINS["width"])


def profiles(truth: Showers, generated: Showers, of: tuple[Features, Features]) -> Iterator[ShowerProfile]:
    """Yield mean energies by layer and by ring for each decade; `of`: the features of truth and generated."""
    shape = truth.binning.shape
    for decade in decades(*of):
        found: dict[str, list[float]] = {}
        sides = ((truth, of[0], decade.truth), (generated, of[1], decade.generated))
        for name, (showers, known, which) in zip(("truth", "generated"), sides):
            scale = decade.mean_MeV / known.incident_MeV[which, None]
            kinds = {name: known.layer_MeV[which]}
            if shape is not None:
                cells = showers.energies_MeV[which].reshape(-1, *shape)
                kinds[f"{name}_rings"] = cells.sum(axis=(1, 2), dtype=np.float64)
            for key, values in kinds.items():
                found[key] = (values * scale).mean(axis=0).tolist()
                sem = (values * scale).std(axis=0, ddof=1) / math.sqrt(len(which))
                found[f"{key}_sem"] = sem.tolist()
        edges = [] if shape is None else list(truth.binning.radial_edges_mm[0])
        yield ShowerProfile(energies=decade.words, layers=list(of[0].layers), ring_edges_mm=edges, **found)
