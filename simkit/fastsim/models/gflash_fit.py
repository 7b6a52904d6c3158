"""Fit of GFLASH's parameters to showers: figures of the data at some energies, which made showers must have.

Radii are fitted by least squares to the energy in rings by depth tau = t / T of each shower. All else is
found by making showers: what their figures miss is added to the parameters, round by round, so that what
spots alone do to a shower's depth and width is not counted twice.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from simkit.errors import BadInput
from simkit.fastsim.models.draws import shower_keys
from simkit.fastsim.models.fitted_gflash import COLUMN, LEAST_ALPHA, VALUES, FittedGflash, GflashGenerator
from simkit.fastsim.models.training import Training
from simkit.fastsim.showers.binning import Binning
from simkit.fastsim.showers.files import NOISE_MEV, Showers

FIGURES = ("response", "sd_response", "on", "log_T", "log_alpha", "sd_log_T", "sd_log_alpha", "correlation")
FEWEST = 20
"""Showers at an energy."""
TAU = np.linspace(0.0, 4.0, 21)
RADIAL = [COLUMN[name] for name in ("z1", "z2", "k1", "k2", "k3", "k4", "p1", "p2", "p3")]
STEP = 0.7  # of a correction

Floats = NDArray[np.float64]


def fit(showers: Showers, settings: Any, run: Training) -> FittedGflash:
    """Return the parameters that give these showers. Errors: BadInput."""
    binning = showers.binning
    log_E = np.log(showers.incident_MeV)
    nodes = np.linspace(log_E.min(), log_E.max(), settings.nodes) if settings.nodes > 1 else log_E[:1]
    half = 0.5 * (nodes[1] - nodes[0]) if settings.nodes > 1 else np.inf
    near = [np.flatnonzero(np.abs(log_E - node) <= half) for node in nodes]
    for rows, node in zip(near, nodes):
        if len(rows) < FEWEST:
            place = f"{len(rows)} showers around {math.exp(node):.4g} MeV"
            raise BadInput(f"gflash: found {place}, needs {FEWEST}; give more, or set fewer nodes")
    wanted = np.stack([figures(showers.take(rows), node) for rows, node in zip(near, nodes)])
    values = np.stack([_start(found, settings.most_spots) for found in wanted])
    radial = None
    for i, rows in enumerate(near):
        radial = fit_radii(*ring_profile(showers.take(rows)), binning, radial)
        values[i, RADIAL] = radial
    kept = run.kept()
    best, least = values, np.inf
    if kept:
        values, best, least = kept[0]["values"], kept[0]["best"], kept[1]["least"]
    for step in range(int(kept[1]["step"]) if kept else 0, settings.rounds):
        made = made_figures(binning, FittedGflash(nodes, values), settings.showers, run.seed + step)
        off = (made - wanted) / _scale(wanted)
        loss = float(np.sqrt(np.mean(off**2)))
        run.add_point(step=step, loss=loss, **{f"off {name}": r for name, r in zip(FIGURES, _rms(off))})
        if loss < least:
            best, least = values, loss
        values = _corrected(values, made, wanted, settings.most_spots)
        run.keep({"values": values, "best": best}, step=step + 1, least=least)
        if run.share(step + 1, settings.rounds, f"fit, off by {loss:.3g}") >= 1.0:
            break
    return FittedGflash(nodes, best)


def made_figures(binning: Binning, params: FittedGflash, count: int, seed: int) -> Floats:
    """Return the figures of showers made at the nodes; float64[nodes, FIGURES]."""
    generator, out = GflashGenerator(binning, params), []
    for i, node in enumerate(params.log_MeV):
        incident = np.full(count, math.exp(node))
        energies = generator.generate(incident, shower_keys(seed, count, first=i * count))
        out.append(figures(Showers(binning, incident, energies), node))
    return np.stack(out)


def figures(showers: Showers, log_MeV: float) -> Floats:
    """Return what the fit compares, at one energy: a line in the logarithm of the energy takes out its trend.

    on: the logarithm of the number of cells that are on. T and alpha are those of a gamma distribution with
    the mean and the variance of a shower's depth.
    """
    log_T, log_alpha, response = shape(showers)
    on = np.log(np.maximum((showers.energies_MeV >= NOISE_MEV).sum(axis=1), 1))
    x = np.log(showers.incident_MeV) - log_MeV
    trend = np.stack([np.ones_like(x), x], axis=1) if np.ptp(x) > 1e-6 else np.ones((len(x), 1))
    y = np.stack([response, on, log_T, log_alpha], axis=1)
    line = np.linalg.lstsq(trend, y, rcond=None)[0]
    rest = y - trend @ line
    sd = np.maximum(rest.std(axis=0), 1e-9)
    correlation = float(np.mean(rest[:, 2] * rest[:, 3]) / (sd[2] * sd[3]))
    mean = line[0]
    return np.array([mean[0], sd[0], mean[1], mean[2], mean[3], sd[2], sd[3], correlation])


def shape(showers: Showers) -> tuple[Floats, Floats, Floats]:
    """Return ln T (layers), ln alpha and the response of each shower."""
    layer = np.add.reduceat(showers.energies_MeV, showers.binning.edges[:-1], axis=1).astype(np.float64)
    total = np.maximum(layer.sum(axis=1), 1e-9)
    middle = np.arange(layer.shape[1]) + 0.5
    mean = layer @ middle / total
    variance = np.maximum(layer @ middle**2 / total - mean**2, 1e-2)
    alpha = np.maximum(mean**2 / variance, LEAST_ALPHA)
    maximum = np.maximum(mean * (alpha - 1.0) / alpha, 1e-2)
    return np.log(maximum), np.log(alpha), total / showers.incident_MeV


def ring_profile(showers: Showers) -> tuple[Floats, Floats]:
    """Return the share of rings by depth tau, float64[TAU bins, rings], and what of the energy lies there."""
    binning = showers.binning
    log_T, _, _ = shape(showers)
    radii = max(binning.radii)
    sums = np.zeros((len(TAU) - 1, radii))
    for layer in binning.filled:
        if binning.radial_edges_mm[layer] != binning.radial_edges_mm[binning.filled[0]]:
            continue  # rings of another size
        part = showers.energies_MeV[:, binning.cells_of(layer)].reshape(len(log_T), -1, radii)
        place = np.searchsorted(TAU, (layer + 0.5) / np.exp(log_T), side="right") - 1
        share = part.sum(axis=1) / showers.incident_MeV[:, None]
        np.add.at(sums, np.minimum(place, len(TAU) - 2), share)
    weight = sums.sum(axis=1)
    return sums / np.maximum(weight, 1e-12)[:, None], weight / weight.sum()


def ring_shares(radial: Floats, edges: Floats, tau: Floats) -> Floats:
    """Return the share of each ring that the radial parameters give; float64[tau, rings], 1 in all."""
    z1, z2, k1, k2, k3, k4, p1, p2, p3 = radial
    core = np.abs(z1 + z2 * tau)[:, None]
    away = tau - k2
    tail = np.abs(k1) * (np.exp(np.minimum(k3 * away, 50.0)) + np.exp(np.minimum(k4 * away, 50.0)))[:, None]
    x = (p2 - tau) / p3
    p = np.clip(p1 * np.exp(x - np.exp(np.minimum(x, 50.0))), 0.0, 1.0)[:, None]
    square = edges**2
    inside = p * square / (square + core**2) + (1.0 - p) * square / (square + tail**2)
    inside = (inside - inside[:, :1]) / (inside[:, -1:] - inside[:, :1])
    return np.diff(inside, axis=1)


def fit_radii(shares: Floats, weight: Floats, binning: Binning, start: Floats | None) -> Floats:
    """Return the radial parameters for shares of rings; start: those of a neighbouring energy."""
    edges = np.array(binning.radial_edges_mm[binning.filled[0]])
    tau, root = 0.5 * (TAU[1:] + TAU[:-1]), np.sqrt(weight)[:, None]
    ring = edges[1] - edges[0]
    if start is None:  # the paper's for Z = 74 at 10 GeV, a Moliere radius of two rings
        start = np.array([0.06 * ring, 0.18 * ring, 0.9 * ring, 0.645, -2.59, 0.45, 2.56, 0.54, 1.16])
    lower = np.array([1e-3 * ring, -ring, 1e-2 * ring, -2.0, -12.0, -1.0, 0.0, -3.0, 0.2])
    upper = np.array([5 * ring, 5 * ring, 20 * ring, 4.0, 0.0, 3.0, 2.71, 4.0, 6.0])

    def off(radial: Floats) -> Floats:
        return (root * (np.sqrt(ring_shares(radial, edges, tau)) - np.sqrt(shares))).ravel()

    start = np.clip(start, lower + 1e-6, upper - 1e-6)
    return least_squares(off, start, bounds=(lower, upper), x_scale=np.maximum(np.abs(start), 0.1)).x


def _start(wanted: Floats, most_spots: float) -> Floats:
    found = dict(zip(FIGURES, wanted))
    values = np.zeros(len(VALUES))
    spots = min(1.3 * math.exp(found["on"]), most_spots)
    values[: len(FIGURES)] = [
        *(found["response"], spots, _spread(found["sd_response"] / found["response"], spots)),
        *(found[name] for name in FIGURES[3:]),
    ]
    return values


def _spread(resolution: float, spots: float) -> float:
    """Return the spread of log-normal energies of a Poisson number of spots that gives a resolution."""
    return math.sqrt(math.log(max(resolution**2 * spots, 1.0)))


def _corrected(values: Floats, made: Floats, wanted: Floats, most_spots: float) -> Floats:
    """Return the values moved against what the made figures are off."""
    out = values.copy()
    for i, off in enumerate(STEP * (wanted - made)):
        now = dict(zip(VALUES, out[i]))
        out[i, COLUMN["response"]] *= (wanted[i, 0] / made[i, 0]) ** STEP
        spots = min(max(now["spots"] * math.exp(min(max(2.0 * off[2], -1.0), 1.0)), 2.0), most_spots)
        out[i, COLUMN["spots"]] = spots
        # (1 + variance) / spots is what the energies' spread gives of the square of the resolution.
        resolution = math.exp(now["spread"] ** 2) / now["spots"] * (wanted[i, 1] / made[i, 1]) ** (2 * STEP)
        out[i, COLUMN["spread"]] = min(_spread(math.sqrt(resolution), spots), 3.0)
        out[i, COLUMN["log_T"]] += off[3]
        out[i, COLUMN["log_alpha"]] += off[4]
        for j, name in ((5, "sd_log_T"), (6, "sd_log_alpha")):
            square = now[name] ** 2 + STEP * (wanted[i, j] ** 2 - made[i, j] ** 2)
            out[i, COLUMN[name]] = math.sqrt(max(square, 0.05 * wanted[i, j] ** 2))
        out[i, COLUMN["correlation"]] = np.clip(now["correlation"] + off[7], -0.99, 0.99)
    return out


def _scale(wanted: Floats) -> Floats:
    """Return what the figures' misses are measured in: spreads of single showers where there are any."""
    _, sd, _, _, _, sd_T, sd_alpha, _ = wanted.T
    one = np.ones_like(sd)
    return np.stack([sd, sd, 0.2 * one, sd_T, sd_alpha, sd_T, sd_alpha, one], axis=1)


def _rms(off: Floats) -> Floats:
    return np.sqrt(np.mean(off**2, axis=0))
