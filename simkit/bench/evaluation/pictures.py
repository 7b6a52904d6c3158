"""Pictures of showers for people: means, and the oddest beside true ones; by layer and ring."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simkit.bench.evaluation.samples import ShowerSamples, ShowerSide
from simkit.fastsim.judge.anomalies import Anomalies
from simkit.fastsim.showers.binning import Binning
from simkit.fastsim.showers.features import Floats, chunks
from simkit.record.evaluation import ShowerPicture

ODD = 4  # showers that are shown


def rings(cells: Floats, binning: Binning) -> list[list[float | None]]:
    """Return a shower's energies by layer and ring, summed over the angles; None beyond a layer's rings.

    Layers without cells have their place, too, so that layers count as they do elsewhere.
    """
    most = max(binning.radii)
    found: list[list[float | None]] = []
    for layer in range(binning.layers):
        ring = cells[binning.cells_of(layer)].reshape(binning.angles[layer], -1).sum(axis=0)
        found.append([*(float(f"{energy:.5g}") for energy in ring), *[None] * (most - len(ring))])
    return found


def mean_pictures(samples: ShowerSamples) -> list[ShowerPicture]:
    """Return the mean of all generated and of all true showers, each over its incident energy."""
    binning = samples.binning
    return [
        ShowerPicture(name=name, unit="MeV per GeV", energies=rings(1e3 * _mean_share(side), binning))
        for name, side in (("generated", samples.generated), ("truth", samples.truth))
    ]


def _mean_share(side: ShowerSide) -> Floats:
    n, cells = side.showers.energies_MeV.shape
    weight = 1.0 / side.showers.incident_MeV / n
    return np.sum([weight[rows] @ side.showers.energies_MeV[rows] for rows in chunks(n, cells)], axis=0)


def odd_pictures(samples: ShowerSamples, found: Anomalies) -> Iterator[ShowerPicture]:
    """Yield the oddest generated showers, each followed by the true one that is nearest in energy."""
    truth = samples.truth
    for place in found.order[:ODD]:
        incident = float(samples.generated.features.incident_MeV[place])
        score = float(found.scores[place])
        yield _picture("generated", samples.generated, int(place), samples.binning, score)
        beside = int(np.argmin(np.abs(np.log(truth.features.incident_MeV / incident))))
        yield _picture("truth", truth, beside, samples.binning, None)


def _picture(name: str, side: ShowerSide, place: int, binning: Binning, score: float | None) -> ShowerPicture:
    return ShowerPicture(
        name=name,
        unit="MeV",
        incident_MeV=float(side.features.incident_MeV[place]),
        row=int(side.rows[place]),
        score=score,
        energies=rings(side.showers.energies_MeV[place].astype(np.float64), binning),
    )
