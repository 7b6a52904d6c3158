"""What metrics see of a shower: layer energies, centres, widths and sparsity, or its cells.

The features and the inputs of classifiers are those of the CaloChallenge (arXiv:2410.21611 and `evaluate.py`,
`HighLevelFeatures.py` in github.com/CaloChallenge/homepage): x and y, which it calls eta and phi, are radius
times cosine and sine of the angle of a cell's middle, weighted with its energy. Energies in MeV, lengths mm.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkit.fastsim.showers.binning import Binning
from simkit.fastsim.showers.files import Showers

CHUNK_BYTES = 1 << 26
NOTHING = 1e-16  # added to a sum of energies that divides
DARK_MEV = 1e-8  # added to an energy before its logarithm

Floats = NDArray[np.float64]
Inputs = NDArray[np.float32]


class Features(NamedTuple):
    """High-level features of n showers, by layer where there are L with cells, A of them cut in angle.

    layers, angular: which these are. x, y, radius: energy-weighted means; their widths: the root of the
    energy-weighted variance. sparsity: the share of a layer's cells that are zero. depth, depth_width: mean
    and width of the layer's number, counted along `layers`. A layer without energy has zeros.
    """

    layers: tuple[int, ...]
    angular: tuple[int, ...]
    incident_MeV: Floats  # [n]
    total_MeV: Floats  # [n]
    layer_MeV: Floats  # [n, L]
    x_mm: Floats  # [n, A]
    y_mm: Floats  # [n, A]
    x_width_mm: Floats  # [n, A]
    y_width_mm: Floats  # [n, A]
    sparsity: Floats  # [n, L]
    radius_mm: Floats  # [n, L]
    radius_width_mm: Floats  # [n, L]
    depth: Floats  # [n]
    depth_width: Floats  # [n]

    @property
    def response(self) -> Floats:
        """Total over incident energy."""
        return self.total_MeV / self.incident_MeV

    def take(self, which: NDArray[Any] | slice) -> Features:
        """Return the features of some of the showers."""
        return self._replace(**{name: getattr(self, name)[which] for name in self._fields[2:]})


def features(showers: Showers) -> Features:
    """Return the high-level features of showers, whose noise is to be cut before (`without_noise`)."""
    binning, n = showers.binning, len(showers.incident_MeV)
    layers = binning.filled
    angular = tuple(layer for layer in layers if binning.angles[layer] > 1)
    weights = {layer: _weights(binning, layer) for layer in layers}
    sums = np.empty((len(layers), n, 7))
    sparsity = np.empty((n, len(layers)))
    for rows in chunks(n, binning.cells):
        cells = showers.energies_MeV[rows].astype(np.float64)
        for i, layer in enumerate(layers):
            part = cells[:, binning.cells_of(layer)]
            sums[i, rows] = part @ weights[layer]
            sparsity[rows, i] = 1.0 - np.count_nonzero(part > 0.0, axis=1) / part.shape[1]
    energy = sums[..., 0].T
    means = sums[..., 1:] / (sums[..., :1] + NOTHING)
    x, y, radius, *squares = means.transpose(2, 1, 0)
    x_width, y_width, radius_width = (_width(square, mean) for square, mean in zip(squares, (x, y, radius)))
    cut = [layers.index(layer) for layer in angular]
    total = energy.sum(axis=1)
    number = np.arange(len(layers), dtype=np.float64)
    depth = energy @ number / (total + NOTHING)
    return Features(
        layers,
        angular,
        showers.incident_MeV,
        total,
        energy,
        x[:, cut],
        y[:, cut],
        x_width[:, cut],
        y_width[:, cut],
        sparsity,
        radius,
        radius_width,
        depth,
        _width(energy @ number**2 / (total + NOTHING), depth),
    )


def _weights(binning: Binning, layer: int) -> Floats:
    """Return what a layer's cells are multiplied with: 1, x, y, radius and their squares; [cells, 7]."""
    radius, angle = binning.centres(layer)
    first = np.stack([radius * np.cos(angle), radius * np.sin(angle), radius], axis=1)
    return np.concatenate([np.ones((len(radius), 1)), first, first**2], axis=1)


def _width(square: Floats, mean: Floats) -> Floats:
    return np.sqrt(np.maximum(square - mean**2, 0.0))


def chunks(n: int, cells: int) -> list[slice]:
    """Return slices over n showers, each of which fits into little memory in float64."""
    rows = max(1, CHUNK_BYTES // (8 * cells))
    return [slice(start, min(start + rows, n)) for start in range(0, n, rows)]


def high_level(of: Features) -> Inputs:
    """Return the inputs of the high-level classifier; float32[n, 2 + 4 L + 4 A].

    Logarithms (base 10) of energies, centres and widths over 100 mm, sparsity.
    """
    return np.concatenate([values for _, _, values in _columns(of)], axis=1, dtype=np.float32)


def high_level_names(of: Features) -> list[str]:
    """Return the names of the columns of `high_level`, such as "x width 3"."""
    return [f"{name} {layer}".strip() for name, layers, _ in _columns(of) for layer in layers]


def _columns(of: Features) -> list[tuple[str, Sequence[int | str], Floats]]:
    """Return what `high_level` is made of: name, layers, values."""
    return [
        ("incident", [""], np.log10(of.incident_MeV)[:, None]),
        ("layer energy", of.layers, np.log10(of.layer_MeV + DARK_MEV)),
        ("x", of.angular, of.x_mm / 1e2),
        ("y", of.angular, of.y_mm / 1e2),
        ("x width", of.angular, of.x_width_mm / 1e2),
        ("y width", of.angular, of.y_width_mm / 1e2),
        ("total", [""], np.log10(of.total_MeV + DARK_MEV)[:, None]),
        ("sparsity", of.layers, of.sparsity),
        ("radius", of.layers, of.radius_mm / 1e2),
        ("radius width", of.layers, of.radius_width_mm / 1e2),
    ]


def low_level(showers: Showers) -> Inputs:
    """Return the inputs of the low-level classifier: log10 of the incident energy, cells over it.

    float32[n, 1 + cells].
    """
    n, cells = showers.energies_MeV.shape
    out = np.empty((n, 1 + cells), dtype=np.float32)
    out[:, 0] = np.log10(showers.incident_MeV)
    np.divide(showers.energies_MeV, showers.incident_MeV.astype(np.float32)[:, None], out=out[:, 1:])
    return out
