"""From zones of layers to the params of `Tubes`, on the host."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simkit.edge_lists import build_edge_lists
from simkit.geometry import OUTSIDE
from simkit.geometry.detector import Detector
from simkit.geometry.tubes import (
    ALONG_R,
    ALONG_Z,
    BEHIND_INDEX,
    R_IN,
    R_OUT,
    SEARCH,
    Z_HIGH,
    Z_LOW,
    Tubes,
)
from simkit.readout.eta_phi import UNDIVIDED, build_eta_phi


@dataclass(frozen=True)
class Layer:
    """One layer of a zone, up to `end` (mm) along the zone's axis.

    sampling: which readout layer of the zone's readout it belongs to; None: not divided into cells.
    """

    end: float
    material: str
    region: str
    sampling: int | None = None


@dataclass(frozen=True)
class Readout:
    """How the layers of a zone are read out: cells in eta and phi, for each sampling.

    eta_edges: ascending; what lies beyond them belongs to the cells at the ends.
    """

    name: str
    eta_edges: tuple[float, ...]
    samplings: int


@dataclass(frozen=True)
class Zone:
    """A tube made of layers along r or z, the first starting at the zone's own edge."""

    r_low: float
    r_high: float
    z_low: float
    z_high: float
    layers: tuple[Layer, ...]
    axis: int = ALONG_R
    readout: Readout | None = None
    envelope: str | None = None

    def bounds(self) -> tuple[float, float, float, float]:
        """Return (r_in, r_out, z_low, z_high)."""
        return self.r_low, self.r_high, self.z_low, self.z_high

    def edges(self) -> list[float]:
        """Return the edges of the layers along the axis."""
        return [self.r_low if self.axis == ALONG_R else self.z_low, *(layer.end for layer in self.layers)]

    def tubes(self) -> list[tuple[float, float, float, float]]:
        """Return (r_in, r_out, z_low, z_high) of each layer."""
        pairs = list(zip(self.edges()[:-1], self.edges()[1:]))
        if self.axis == ALONG_R:
            return [(low, high, self.z_low, self.z_high) for low, high in pairs]
        return [(self.r_low, self.r_high, low, high) for low, high in pairs]


def mirrored(zone: Zone, readout: Readout | None = None, envelope: str | None = None) -> Zone:
    """Return the zone mirrored at z = 0, with its own readout and envelope."""
    layers = zone.layers
    if zone.axis == ALONG_Z:
        ends = [-edge for edge in zone.edges()]
        layers = tuple(
            Layer(end, layer.material, layer.region, layer.sampling) for end, layer in zip(ends, zone.layers)
        )[::-1]
    return Zone(zone.r_low, zone.r_high, -zone.z_high, -zone.z_low, layers, zone.axis, readout, envelope)


def build_tubes(
    zones: Sequence[Zone],
    regions: tuple[str, ...],
    calorimeter: tuple[str, ...],
    sensitive: tuple[str, ...],
    phi_cells: int,
) -> Detector:
    """Return the detector made of `zones`, which fill a cylinder around z without gap or overlap.

    phi_cells: number of readout cells around the axis, a multiple of 8. A region is read out in all its
    layers or is one cell. Raises ValueError when the zones do not fill the cylinder exactly, or the layers
    their zone, or for another phi_cells.
    """
    layers = [layer for zone in zones for layer in zone.layers]
    n_layers = [len(zone.layers) for zone in zones]
    couples = tuple(dict.fromkeys((layer.material, layer.region) for layer in layers))
    envelopes = tuple(dict.fromkeys(zone.envelope for zone in zones if zone.envelope is not None))
    readouts = tuple(dict.fromkeys(zone.readout for zone in zones if zone.readout is not None))
    zone_envelope = [-1 if zone.envelope is None else envelopes.index(zone.envelope) for zone in zones]
    grid_r, grid_z, grid_zone = _grid(zones)
    bounds = np.array([tube for zone in zones for tube in zone.tubes()])
    envelope_zones = [_zone_of(zones, name) for name in envelopes]
    volume_cells, cell_region, layer_cells = _cells(zones, regions, readouts, phi_cells)
    zone_rows = np.stack([[zone.axis for zone in zones], np.cumsum(n_layers) - n_layers], axis=1)
    edges, directory = build_edge_lists([grid_r, grid_z, *(np.array(zone.edges()) for zone in zones)])
    params = Tubes(
        bounds=np.array([*bounds, *(zones[i].bounds() for i in envelope_zones)]).ravel(),
        links=_neighbours(bounds, grid_r, grid_z).ravel(),
        edges=edges,
        directory=np.concatenate(
            [directory, zone_rows.ravel(), grid_zone.ravel(), np.array(envelope_zones, dtype=np.int64)]
        ),
        zones=len(directory),
        grid=len(directory) + zone_rows.size,
        envelopes=len(directory) + zone_rows.size + grid_zone.size,
        volume_couple=np.array([couples.index((layer.material, layer.region)) for layer in layers]),
        volume_region=np.array([regions.index(layer.region) for layer in layers]),
        volume_envelope=np.repeat(zone_envelope, n_layers),
    )
    return Detector(
        params=params,
        readout=build_eta_phi(volume_cells, [readout.eta_edges for readout in readouts], phi_cells),
        regions=regions,
        couples=couples,
        calorimeter=calorimeter,
        sensitive=sensitive,
        cell_region=cell_region,
        layer_cells={region: layer_cells[region] for region in calorimeter},
        envelopes=envelopes,
    )


def _grid(zones: Sequence[Zone]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the edges in r and z of the coarse grid and the zone of each of its cells."""
    grid_r = np.unique([edge for zone in zones for edge in (zone.r_low, zone.r_high)])
    grid_z = np.unique([edge for zone in zones for edge in (zone.z_low, zone.z_high)])
    owner = np.full((len(grid_r) - 1, len(grid_z) - 1), -1)
    for i, zone in enumerate(zones):
        edges = zone.edges()
        end = zone.r_high if zone.axis == ALONG_R else zone.z_high
        if edges[-1] != end or (np.diff(edges) <= 0.0).any():
            raise ValueError(f"the layers of zone {i} do not fill it: edges {edges}")
        rows = slice(*np.searchsorted(grid_r, [zone.r_low, zone.r_high]))
        columns = slice(*np.searchsorted(grid_z, [zone.z_low, zone.z_high]))
        if (owner[rows, columns] != -1).any():
            raise ValueError(f"zone {i} overlaps zone {owner[rows, columns].max()}")
        owner[rows, columns] = i
    if grid_r[0] != 0.0 or (owner == -1).any():
        row, column = np.argwhere(owner == -1)[0] if (owner == -1).any() else (0, 0)
        raise ValueError(f"no zone at r = {grid_r[row]:g}, z = {grid_z[column]:g} mm")
    return grid_r, grid_z, owner


def _neighbours(bounds: np.ndarray, grid_r: np.ndarray, grid_z: np.ndarray) -> np.ndarray:
    """Return, for each volume, what lies behind its four faces and the grid's row or column there."""
    links = np.zeros((len(bounds), 8), dtype=np.int64)
    for face, opposite, low, high in (
        (R_IN, R_OUT, Z_LOW, Z_HIGH),
        (R_OUT, R_IN, Z_LOW, Z_HIGH),
        (Z_LOW, Z_HIGH, R_IN, R_OUT),
        (Z_HIGH, Z_LOW, R_IN, R_OUT),
    ):
        touches = bounds[:, face][:, None] == bounds[:, opposite][None, :]
        overlaps = np.minimum(bounds[:, high][:, None], bounds[:, high]) > np.maximum(
            bounds[:, low][:, None], bounds[:, low]
        )
        adjacent = touches & overlaps
        count = adjacent.sum(axis=1)
        links[:, face] = np.where(count == 0, OUTSIDE, np.where(count == 1, adjacent.argmax(axis=1), SEARCH))
        grid = grid_r if face in (R_IN, R_OUT) else grid_z
        beyond = np.searchsorted(grid, bounds[:, face]) - (face in (R_IN, Z_LOW))
        links[:, BEHIND_INDEX + face] = np.clip(beyond, 0, len(grid) - 2)
    return links


def _cells(
    zones: Sequence[Zone], regions: tuple[str, ...], readouts: tuple[Readout, ...], phi_cells: int
) -> tuple[np.ndarray, np.ndarray, dict[str, tuple[tuple[int, ...], ...]]]:
    """Number the cells: first one for each undivided region, then those of the readouts, by sampling.

    Returns (cell, readout) of each volume, cell_region and the cells of each region's layers: its samplings,
    those of several zones joined, or the one cell of an undivided region.
    """
    pairs = [(zone, layer) for zone in zones for layer in zone.layers]
    divided = {layer.region for zone, layer in pairs if zone.readout and layer.sampling is not None}
    undivided = [region for region in regions if region not in divided]
    first = {}
    n_cells = len(undivided)
    for readout in readouts:
        first[readout] = n_cells
        n_cells += readout.samplings * (len(readout.eta_edges) - 1) * phi_cells
    cell_region = np.zeros(n_cells, dtype=np.int64)
    cell_region[: len(undivided)] = [regions.index(region) for region in undivided]
    volume_cells = []
    blocks: dict[str, dict[int, dict[int, int]]] = {region: {} for region in regions}
    for zone, layer in pairs:
        if zone.readout is None or layer.sampling is None:
            volume_cells.append((undivided.index(layer.region), UNDIVIDED))
            continue
        size = (len(zone.readout.eta_edges) - 1) * phi_cells
        start = first[zone.readout] + layer.sampling * size
        cell_region[start : start + size] = regions.index(layer.region)
        blocks[layer.region].setdefault(layer.sampling, {})[start] = size
        volume_cells.append((start, readouts.index(zone.readout)))
    layer_cells = {
        region: tuple(
            tuple(cell for start, size in sorted(starts.items()) for cell in range(start, start + size))
            for _, starts in sorted(samplings.items())
        )
        or ((undivided.index(region),),)
        for region, samplings in blocks.items()
    }
    return np.array(volume_cells), cell_region, layer_cells


def _zone_of(zones: Sequence[Zone], envelope: str) -> int:
    """Return the number of the zone that is the envelope of this name."""
    number, *others = (i for i, zone in enumerate(zones) if zone.envelope == envelope)
    if others:
        raise ValueError(f"envelope {envelope} has {1 + len(others)} zones, but must be one tube")
    return number
