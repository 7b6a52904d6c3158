"""Entangled annihilation photons: how often a pair scatters at right angles over how often in parallel.

The engine follows positrons at rest in water, and the two photons of each on their own. A photon's first
recoil electron tells how it scattered: its energy the polar angle, its direction the azimuth. The expected
ratio is that of Pryce and Ward, integrated over the window of polar angles. Azimuths that differ by phi with
the density 1 - a cos(2 phi) have a = -2 <cos(2 phi)> and the ratio (1 + a) / (1 - a).
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np

from simkit.jit import kernel
from simkit.particles import GAMMA, POSITRON
from simkit.physics.entanglement import perpendicular_to_parallel
from simkit.record.validation import Histogram, ValidationRow
from simkit.rng import make_rng
from simkit.tally import make_tally
from simkit.tracks import (
    N_FIELDS,
    Track,
    begin_with,
    make_stacks,
    next_life,
    pack_tracks,
    put_track,
    track_at,
)
from simkit.transport.life import follow_in
from simkit.units import ELECTRON_MASS, keV
from simkit.validation.curves import Sweep
from simkit.validation.judgement import judge, judge_deviate, judge_histogram
from simkit.validation.reference import Reference, load_figures
from simkit.validation.target import build_target

PAIRS = 200_000
WINDOW = 10.0  # degrees to either side
ANGLES = (45.0, 60.0, 81.66, 100.0, 120.0)

POINT_TOLERANCE = 3e-5  # of the formula at one angle: the digits given

_MATERIAL = "G4_WATER"
_SOURCE = "Pryce-Ward"
_TRACKING_CUT = 1.0 * keV  # recoils below it make no track
_AT_REST = 0.5 * keV  # so it annihilates where it starts
_LARGEST_RECOIL = ELECTRON_MASS * 2.0 / 3.0  # of Compton scattering; photoelectrons have more
_ENERGY_BINS = 20


class Scatterings(NamedTuple):
    """The first scatterings of pairs: cosine and energy share of both, shape (2, n), and cos(2 phi), (n,)."""

    cosine: np.ndarray
    energy_share: np.ndarray
    cos_2phi: np.ndarray


def check() -> list[ValidationRow]:
    """Return the rows of the formula, of the ratio with and without entanglement, of each photon alone."""
    points = load_figures("entanglement")
    cosine = np.cos(np.radians([point.parameters["theta_deg"] for point in points]))
    rows = judge(points, perpendicular_to_parallel(cosine, cosine), POINT_TOLERANCE)
    for entangled in (True, False):
        found = simulate_pairs(entangled)
        name = "perpendicular / parallel" if entangled else "perpendicular / parallel, policy off"
        rows += [_ratio(found, degrees, name, entangled) for degrees in ANGLES]
    return rows + _alone(simulate_pairs(True))


def formula(figure: Reference, energies: np.ndarray) -> np.ndarray:
    """Return the ratio when both photons scatter by the figure's angle, once for every energy."""
    cosine = np.cos(np.radians(np.full(len(energies), figure.parameters["theta_deg"])))
    return perpendicular_to_parallel(cosine, cosine)


CURVES = (Sweep("entanglement", formula, variable="theta_deg", low=10.0, high=170.0),)


def histograms() -> list[Histogram]:
    """Return the energy shares of the photons of a pair, each beside those of unpolarised ones."""
    return _energy_shares(simulate_pairs(True))


@cache
def simulate_pairs(entangled: bool, pairs: int = PAIRS) -> Scatterings:
    """Return the pairs, of `pairs`, of which both photons scatter first; same arguments, same result."""
    world = build_target((_MATERIAL, 2e3), transverse_mm=2e3, physics__entangled_annihilation=entangled)
    tally = make_tally(1, len(world.detector.regions), 1)
    at_rest = Track(POSITRON, np.full(1, _AT_REST), 1e3, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0, 1, 0)
    out = np.zeros((pairs, 2, 7))
    photons, never = np.zeros((2, N_FIELDS), dtype=np.int64), np.zeros(1, dtype=np.int64)
    stacks = make_stacks(world.setup.life_of, 1 << 12)
    _fill(world.setup, tally, stacks, make_rng(1), pack_tracks(at_rest), photons, never, out)
    return scatterings(out)


@kernel
def _fill(setup, tally, stacks, rng, positron, photons, stop, out):
    """Follow a positron an event, then its photons: write their directions and those of the recoil electrons.

    photons: int64[2, N_FIELDS], room for them. out[event, photon]: the photon's direction, the energy and the
    direction of the first electron it makes.
    """
    for event in range(out.shape[0]):
        begin_with(stacks, positron, 0)
        follow_in(setup.lives, next_life(stacks), next_life(stacks), tally, stacks, rng, event, 1, stop)
        life = stacks.life_of[GAMMA]
        made = stacks.heights[life]
        for number in range(made):
            put_track(photons, number, track_at(stacks.words[life], number))
        for number in range(made):
            photon = track_at(photons, number)
            out[event, number, 0] = photon.u
            out[event, number, 1] = photon.v
            out[event, number, 2] = photon.w
            begin_with(stacks, photons, number)
            follow_in(setup.lives, life, life, tally, stacks, rng, event, 1, stop)
            if next_life(stacks) >= 0:
                electron = track_at(stacks.words[next_life(stacks)], 0)
                out[event, number, 3] = electron.energy
                out[event, number, 4] = electron.u
                out[event, number, 5] = electron.v
                out[event, number, 6] = electron.w


def scatterings(recoils: np.ndarray) -> Scatterings:
    """Return what photons and their recoil electrons, as `_fill` writes them, tell of the scatterings."""
    energy = recoils[:, :, 3]
    recoils = recoils[((energy > 0.0) & (energy <= _LARGEST_RECOIL)).all(axis=1)]
    axis, electron = recoils[:, :, :3], recoils[:, :, 4:]
    share = 1.0 - recoils[:, :, 3] / ELECTRON_MASS
    across = electron - (electron * axis).sum(axis=2, keepdims=True) * axis
    across /= np.linalg.norm(across, axis=2, keepdims=True)
    cos_phi = (across[:, 0] * across[:, 1]).sum(axis=1)
    return Scatterings((2.0 - 1.0 / share).T, share.T, 2.0 * cos_phi**2 - 1.0)


def _ratio(found: Scatterings, degrees: float, name: str, entangled: bool) -> ValidationRow:
    low, high = np.cos(np.radians([degrees + WINDOW, degrees - WINDOW]))
    inside = ((found.cosine > low) & (found.cosine < high)).all(axis=0)
    sample = -2.0 * found.cos_2phi[inside]
    amplitude = float(sample.mean())
    error = float(sample.std(ddof=1)) / len(sample) ** 0.5
    expected = (_mean_modulation(low, high) ** 2) if entangled else 0.0
    window = {"theta_deg": degrees, "window_deg": WINDOW}
    figure = _figure(name, window, (1.0 + expected) / (1.0 - expected))
    return judge_deviate(figure, (1.0 + amplitude) / (1.0 - amplitude), (amplitude - expected) / error)


def _mean_modulation(low: float, high: float) -> float:
    """Return the modulation of photons that scatter by polar cosines from `low` to `high`."""
    cosine = np.linspace(low, high, 2001)
    share = 1.0 / (2.0 - cosine)
    sine2 = 1.0 - cosine**2
    unpolarised = share**2 * (share + 1.0 / share - sine2)  # Klein and Nishina
    return float((share**2 * sine2).sum() / unpolarised.sum())


def _alone(found: Scatterings) -> list[ValidationRow]:
    """Return the rows of the photons of a pair by themselves: nothing may tell them from unpolarised ones."""
    rows = []
    for shares in _energy_shares(found):
        figure = _figure(shares.quantity, {}, 0.0)._replace(source=shares.source)
        counts = np.array(shares.ours)
        outside = found.energy_share.shape[1] - int(counts.sum())
        rows.append(judge_histogram(figure, counts, np.array(shares.reference), outside))
    product = found.cosine - found.cosine.mean(axis=1, keepdims=True)
    correlation = float((product[0] * product[1]).mean() / product.std(axis=1).prod())
    figure = _figure("correlation of polar cosines", {}, 0.0)
    rows.append(judge_deviate(figure, correlation, correlation * math.sqrt(product.shape[1])))
    return rows


def _energy_shares(found: Scatterings) -> list[Histogram]:
    edges = np.linspace(1.0 / 3.0, 1.0 - _TRACKING_CUT / ELECTRON_MASS, _ENERGY_BINS + 1)
    expected = np.diff(_klein_nishina_integral(edges))
    gold = expected / expected.sum() * 1e9
    return [
        Histogram(
            quantity=f"energy share, {photon}",
            particle="gamma",
            material=_MATERIAL,
            energy_MeV=0.511,
            source="Klein-Nishina",
            low=edges[0],
            high=edges[-1],
            ours=np.histogram(share, edges)[0].astype(float).tolist(),
            reference=gold.tolist(),
        )
        for photon, share in zip(("first photon", "second photon"), found.energy_share)
    ]


def _klein_nishina_integral(share: np.ndarray) -> np.ndarray:
    """Return the integral of 1/r + r - sin^2 over r = E'/E of 511 keV photons; 1 - cos = 1/r - 1."""
    # sin^2 = (1/r - 1) (3 - 1/r) = 4/r - 3 - 1/r^2
    return 0.5 * share**2 - 3.0 * np.log(share) + 3.0 * share - 1.0 / share


def _figure(quantity: str, parameters: dict[str, float], value: float) -> Reference:
    return Reference(quantity, "gamma", _MATERIAL, 0.511, parameters, value, "", _SOURCE)
