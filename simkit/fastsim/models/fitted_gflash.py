"""GFLASH: a shower as spots, along a gamma distribution and across two rings, all of it fluctuating.

The forms are those of G. Grindhammer and S. Peters, "The parameterized simulation of electromagnetic showers
in homogeneous and sampling calorimeters" (hep-ex/0001020): the logarithms of alpha and of the depth T of the
maximum are a correlated normal pair; radii at depth tau = t / T have the density p 2 r Rc^2 / (r^2 + Rc^2)^2
+ (1 - p) 2 r Rt^2 / (r^2 + Rt^2)^2 with

    Rc = z1 + z2 tau,    Rt = k1 (exp(k3 (tau - k2)) + exp(k4 (tau - k2))),
    p = p1 exp((p2 - tau) / p3 - exp((p2 - tau) / p3)).

Their values are fitted to showers (simkit.fastsim.models.gflash_fit) at some energies, and interpolated in
the logarithm of the energy, where the paper has formulae in Z. Depths count in layers, radii in mm. Unlike
there, spots have energies of a log-normal law, so that their number gives the cells that are on and their
spread the resolution; a spot's radius is drawn again where it lies beyond the last ring.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from simkit.errors import BadInput
from simkit.fastsim.models.draws import shower_rng, start_shower
from simkit.fastsim.models.gflash_showers import sample_gamma
from simkit.fastsim.models.model_file import MEND, ModelFile
from simkit.fastsim.models.training import Training
from simkit.fastsim.showers.binning import Binning
from simkit.fastsim.showers.files import Showers
from simkit.jit import kernel
from simkit.physics.distributions import sample_gaussian, sample_poisson
from simkit.physics.elementary import exp, log
from simkit.rng import uniform
from simkit.sections import Section

VALUES = (
    *("response", "spots", "spread", "log_T", "log_alpha", "sd_log_T", "sd_log_alpha", "correlation"),
    *("z1", "z2", "k1", "k2", "k3", "k4", "p1", "p2", "p3"),
)
"""The columns of `values`. response: visible over incident energy. spots: their mean number. spread:
of the logarithm of their energies. log_T, log_alpha: means. Lengths in layers (T) and mm (z1, z2, k1)."""
MOST_SPOTS, MOST_SPREAD, MOST_LOG = 1e6, 5.0, 20.0
COLUMN = {name: i for i, name in enumerate(VALUES)}
RESPONSE, SPOTS, SPREAD, LOG_T, LOG_ALPHA, SD_LOG_T, SD_LOG_ALPHA, CORRELATION, Z1 = range(9)
REDRAWN = 100
LEAST_ALPHA = 1.01  # below, the maximum is at the front


class FittedGflash(NamedTuple):
    """The parameters. log_MeV: float64[nodes], rising. values: float64[nodes, VALUES], see there."""

    log_MeV: NDArray[np.float64]
    values: NDArray[np.float64]


class SpotProfile(NamedTuple):
    """One shower: how many spots, the median and the spread of their energies (MeV), where they lie.

    node, weight: the radial parameters are those at this node, and at the next with this weight.
    """

    spots: int
    median_MeV: float
    spread: float
    alpha: float
    scale: float
    maximum: float
    node: int
    weight: float


class GflashSettings(Section):
    """Settings of `gflash`."""

    nodes: Annotated[int, Field(ge=1)] = 12
    """At how many energies parameters are fitted."""
    rounds: Annotated[int, Field(ge=1)] = 6
    """How often showers are made and their figures compared with those of the data."""
    showers: Annotated[int, Field(ge=20)] = 400
    """How many are made at each energy for that."""
    most_spots: Annotated[float, Field(ge=2.0, le=MOST_SPOTS)] = 20_000.0
    """The largest mean number of spots."""


class GflashGenerator:
    """The generator, on the cells of a binning."""

    def __init__(self, binning: Binning, params: FittedGflash) -> None:
        self.binning, self.params = binning, params
        self._last = last_rings(binning)
        self._rings = np.full((binning.layers, max(binning.radii) + 1), np.inf)
        for layer, edges in enumerate(binning.radial_edges_mm):
            self._rings[layer, : len(edges)] = edges
        self._angles = np.array(binning.angles)
        self._radii = np.array(binning.radii)

    def generate(self, incident_MeV: NDArray[np.float64], keys: NDArray[np.uint64]) -> NDArray[np.float32]:
        """See simkit.fastsim.models.generating.Generator."""
        out = np.zeros((len(keys), self.binning.cells))
        cells = (self.binning.edges, self._rings, self._last, self._angles, self._radii)
        _fill(self.params, cells, shower_rng(), incident_MeV, keys, out)
        return out.astype(np.float32)


def last_rings(binning: Binning) -> NDArray[np.float64]:
    """Return the radius (mm) at which the cells of each layer end, infinite where it has none."""
    return np.array([edges[-1] if len(edges) > 1 else np.inf for edges in binning.radial_edges_mm])


class GflashTrainer:
    """The trainer."""

    name = "gflash"
    settings = GflashSettings

    def train(self, showers: Showers, settings: GflashSettings, run: Training) -> Mapping[str, NDArray[Any]]:
        """See simkit.fastsim.models.generating.Trainer."""
        from simkit.fastsim.models.gflash_fit import fit

        return fit(showers, settings, run)._asdict()

    def build(self, file: ModelFile) -> GflashGenerator:
        """See simkit.fastsim.models.generating.Trainer."""
        self.settings.read(file.card.settings, file.where)
        return GflashGenerator(file.binning, read_gflash(file))


TRAINER = GflashTrainer()


def read_gflash(file: ModelFile) -> FittedGflash:
    """Return the parameters in a model's file. Errors: BadInput."""
    nodes = file.take("log_MeV", None, dtype=np.float64)
    values = file.take("values", len(nodes), len(VALUES), dtype=np.float64)
    if not (len(nodes) and (np.diff(nodes) > 0).all()):
        raise BadInput(f"{file.where}: 'log_MeV' must rise; {MEND}")
    positive = [COLUMN[name] for name in ("response", "spots", "k1", "p3")]
    large = values[:, SPOTS].max() > MOST_SPOTS or np.abs(values[:, SPREAD]).max() > MOST_SPREAD
    logs = [LOG_T, LOG_ALPHA, SD_LOG_T, SD_LOG_ALPHA]  # beyond, a depth may be no number, which is an index
    large = large or np.abs(values[:, logs]).max() > MOST_LOG
    if large or not (values[:, positive] > 0).all() or np.abs(values[:, CORRELATION]).max() > 1:
        raise BadInput(f"{file.where}: 'values' holds what no shower has; {MEND}")
    return FittedGflash(nodes, values)


@kernel
def value(params, node, weight, which):
    """Return a parameter between two nodes."""
    following = min(node + 1, len(params.log_MeV) - 1)
    return (1.0 - weight) * params.values[node, which] + weight * params.values[following, which]


@kernel
def sample_profile(params, rng, energy_MeV):
    """Return the profile of a shower of this energy."""
    nodes = params.log_MeV
    x = log(energy_MeV)
    node, weight = 0, 0.0
    if len(nodes) > 1:
        while node < len(nodes) - 2 and x > nodes[node + 1]:
            node += 1
        weight = min(max((x - nodes[node]) / (nodes[node + 1] - nodes[node]), 0.0), 1.0)
    first, second = sample_gaussian(rng), sample_gaussian(rng)
    rho = value(params, node, weight, CORRELATION)
    along, across = math.sqrt(0.5 * (1.0 + rho)) * first, math.sqrt(0.5 * (1.0 - rho)) * second
    sd_T, sd_alpha = value(params, node, weight, SD_LOG_T), value(params, node, weight, SD_LOG_ALPHA)
    maximum = exp(value(params, node, weight, LOG_T) + sd_T * (along + across))
    log_alpha = value(params, node, weight, LOG_ALPHA) + sd_alpha * (along - across)
    alpha = max(exp(log_alpha), LEAST_ALPHA)
    mean_spots = exp(
        (1.0 - weight) * log(value(params, node, 0.0, SPOTS)) + weight * log(value(params, node, 1.0, SPOTS))
    )
    spread = value(params, node, weight, SPREAD)
    visible = value(params, node, weight, RESPONSE) * energy_MeV
    median = visible / mean_spots * exp(-0.5 * spread * spread)
    spots = sample_poisson(rng, mean_spots)
    return SpotProfile(spots, median, spread, alpha, maximum / (alpha - 1.0), maximum, node, weight)


@kernel
def sample_spot(params, profile, last, rng):
    """Return a spot: depth (layers), radius (mm), angle (radians from -pi to pi), energy (MeV).

    last: of `last_rings`, within which it lies, as what is fitted is what lies inside.
    """
    depth = profile.scale * sample_gamma(rng, profile.alpha)
    edge = last[int(depth)] if depth < len(last) else math.inf
    radius = _radius(params, profile, rng, depth / profile.maximum)
    for _ in range(REDRAWN):
        if radius < edge:
            break
        radius = _radius(params, profile, rng, depth / profile.maximum)
    angle = math.pi * (2.0 * uniform(rng) - 1.0)
    return depth, radius, angle, profile.median_MeV * exp(profile.spread * sample_gaussian(rng))


@kernel
def _radius(params, profile, rng, tau):
    node, weight = profile.node, profile.weight
    p3 = (tau - value(params, node, weight, Z1 + 7)) / value(params, node, weight, Z1 + 8)
    core = value(params, node, weight, Z1 + 6) * exp(-p3 - exp(min(-p3, 50.0)))
    if uniform(rng) < core:
        scale = value(params, node, weight, Z1) + value(params, node, weight, Z1 + 1) * tau
    else:
        away = tau - value(params, node, weight, Z1 + 3)
        tail = exp(min(value(params, node, weight, Z1 + 4) * away, 50.0))
        tail += exp(min(value(params, node, weight, Z1 + 5) * away, 50.0))
        scale = value(params, node, weight, Z1 + 2) * tail
    u = uniform(rng)
    return abs(scale) * math.sqrt(u / (1.0 - u))


@kernel
def _fill(params, cells, rng, incident, keys, out):
    first, rings, last, angles, radii = cells
    layers = len(angles)
    for i in range(len(keys)):
        start_shower(rng, keys[i])
        profile = sample_profile(params, rng, incident[i])
        for _ in range(profile.spots):
            depth, radius, angle, energy = sample_spot(params, profile, last, rng)
            layer = int(min(depth, layers))
            if layer == layers or radii[layer] == 0:
                continue
            edges = rings[layer]
            ring = 0
            while ring < radii[layer] - 1 and radius >= edges[ring + 1]:
                ring += 1
            turn = min(int((angle + math.pi) / (2.0 * math.pi) * angles[layer]), angles[layer] - 1)
            if radius >= edges[0]:
                out[i, first[layer] + turn * radii[layer] + ring] += energy
