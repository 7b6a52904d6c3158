"""The beams of the scattering check: electrons on foils, on blocks, from within a block, on a calorimeter.

Each takes the figures to be met, all of one material, energy and thickness, and the number of electrons.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from simkit.engines.build import build_world
from simkit.materials import find_material
from simkit.particles import ELECTRON
from simkit.scenario import load_scenario
from simkit.validation.reference import Reference
from simkit.validation.shots import Shots, shoot
from simkit.validation.target import build_target

REGIONS = ("absorber", "gap")  # of the calorimeter
DEPTH_CELLS = 100
_VACUUM = ("G4_Galactic", 1e-3)  # through which leaving tracks show their direction
_WIDE = 12.0  # radiation lengths, width of the block for radial profiles
_CUT = 0.7  # mm, where a figure names none
_FINE_STEPS: dict[str, Any] = {"physics__range_factor": 0.01, "physics__step_function": (0.05, 0.01)}


def foil(figures: Sequence[Reference], events: int) -> Shots:
    """Shoot at a foil, `thickness_mm`."""
    slab = figures[0].material, figures[0].parameters["thickness_mm"]
    world = build_target(_VACUUM, slab, _VACUUM, cut_mm=figures[0].parameters.get("cut_mm", _CUT))
    return shoot(world, ELECTRON, _energy(figures), events)


def depths(figures: Sequence[Reference], events: int) -> Shots:
    """Shoot at a block twice as deep as the last figure's `depth_mm`, in thin cells.

    A step's energy is deposited in its middle, so that steps must be short to see a profile.
    """
    depth = 2.0 * max(figure.parameters["depth_mm"] for figure in figures)
    bounds = np.linspace(0.0, depth, DEPTH_CELLS + 1)[1:]
    slab = figures[0].material, depth
    world = build_target(slab, cut_mm=figures[0].parameters["cut_mm"], **_FINE_STEPS)
    return shoot(world, ELECTRON, _energy(figures), events, depths_mm=bounds)


def inside(figures: Sequence[Reference], events: int) -> Shots:
    """Start in the middle of a block `thickness_mm` in size; where tracks end is told from there."""
    size = figures[0].parameters["thickness_mm"]
    cut = figures[0].parameters["cut_mm"]
    world = build_target((figures[0].material, size), transverse_mm=size, cut_mm=cut)
    shots = shoot(world, ELECTRON, _energy(figures), events, x_mm=0.5 * size)
    return shots._replace(ends=shots.ends._replace(x=shots.ends.x - 0.5 * size))


def block(figures: Sequence[Reference], events: int) -> Shots:
    """Shoot at a block `thickness_mm` deep, in rings; Rayleigh scattering is on."""
    wide = _WIDE * find_material(figures[0].material).radiation_length_mm
    slab = figures[0].material, figures[0].parameters["thickness_mm"]
    cut = figures[0].parameters["cut_mm"]
    world = build_target(slab, transverse_mm=wide, cut_mm=cut, physics__rayleigh=True)
    return shoot(world, ELECTRON, _energy(figures), events, radii_mm=_radii(figures))


def calorimeter(figures: Sequence[Reference], events: int) -> Shots:
    """Shoot at the preset that stands in place of the material; deposits by region instead of slab."""
    world = build_world(load_scenario(figures[0].material))
    shots = shoot(world, ELECTRON, _energy(figures), events, radii_mm=_radii(figures))
    by_region = [shots.deposits[:, slab :: len(REGIONS)].sum(axis=1) for slab in range(len(REGIONS))]
    return shots._replace(deposits=np.stack(by_region, axis=1))


def _energy(figures: Sequence[Reference]) -> float:
    return figures[0].energy_MeV or 0.0


def _radii(figures: Sequence[Reference]) -> list[float]:
    return sorted({figure.parameters["radius_mm"] for figure in figures})
