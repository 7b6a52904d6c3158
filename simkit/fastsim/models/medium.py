"""The medium of a shower: a calorimeter's layers as one material, for parametrisations.

Grindhammer and Peters, hep-ex/0001020, section 3: quantities are averaged with the layers' masses.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from simkit.errors import BadInput
from simkit.fastsim.models.rule import Surroundings
from simkit.geometry import OUTSIDE, distance_to_boundary, locate
from simkit.materials import Material
from simkit.physics.heavy.ionisation import restricted_dedx
from simkit.units import MUON_MASS

SCALE_MEV = 21.2  # E_s of the Moliere radius
MINIMUM_MEV = 2.5 * MUON_MASS  # kinetic energy of a muon that ionises least
WIGMANS = 0.027  # R. Wigmans, Calorimetry (2000): resolution / sqrt(thickness in mm / sampling fraction)
MOST_VOLUMES = 200_000  # along the line


class Medium(NamedTuple):
    """A calorimeter as one material.

    z: effective; radiation_mm, moliere_mm: lengths in it; critical_MeV: its critical energy. Of a sampling
    one, layers_per_length: layers in a radiation length, e_deficit: 1 - e/mip, visible_region: that which
    samples, visible_share: of the energy, there, resolution: c of c / sqrt(E / GeV). Of a homogeneous one
    visible_region is -1 and the rest 0, the share 1.
    """

    z: float
    radiation_mm: float
    moliere_mm: float
    critical_MeV: float
    layers_per_length: float
    e_deficit: float
    visible_region: int
    visible_share: float
    resolution: float


def build_medium(surroundings: Surroundings, visible_region: str) -> Medium:
    """Return the medium along a line through the rule's regions; visible_region: "" for the lightest.

    Errors: BadInput where the line meets none of them.
    """
    lengths, visits = _along_line(surroundings)
    detector, materials = surroundings.detector, surroundings.materials
    met = np.flatnonzero(lengths)
    density = np.array([m.density_g_cm3 for m in materials])
    mass = density[met] * lengths[met] / (density[met] @ lengths[met])
    z = np.array([_z(materials[i]) for i in met])
    radiation = np.array([materials[i].radiation_length_mm for i in met])
    grams = radiation * density[met] / 10.0  # g/cm2
    critical = 2.66 * (grams * np.array([_z_over_a(materials[i]) for i in met])) ** 1.1
    total = lengths[met].sum()
    mean_density = density[met] @ lengths[met] / total
    whole = Medium(
        z=float(mass @ z),
        radiation_mm=float(total / (lengths[met] / radiation).sum()),
        moliere_mm=float(SCALE_MEV / (mass * critical / grams).sum() / mean_density * 10.0),
        critical_MeV=float((mass * critical / grams).sum() / (mass / grams).sum()),
        layers_per_length=0.0,
        e_deficit=0.0,
        visible_region=-1,
        visible_share=1.0,
        resolution=0.0,
    )
    names = [detector.couples[i][1] for i in met]
    if len(met) == 1 or len(set(names)) == 1:
        return whole
    sampled = visible_region or names[int(radiation.argmax())]
    active = np.array([name == sampled for name in names])
    if not active.any() or active.all():
        raise BadInput(
            f"fastsim: a line from the gun meets {', '.join(sorted(set(names)))}, and not both "
            f"visible_region {sampled!r} and others; name the regions of the rule"
        )
    z_active, z_passive = ((mass[part] @ z[part]) / mass[part].sum() for part in (active, ~active))
    e_over_mip = 1.0 / (1.0 + 0.007 * (z_passive - z_active))
    loss = lengths[met] * [_minimum(materials[i]) for i in met]
    share = float(loss[active].sum() / loss.sum())
    layers = visits[met][active].sum()
    return whole._replace(
        layers_per_length=float(whole.radiation_mm / (total / layers)),
        e_deficit=float(1.0 - e_over_mip),
        visible_region=detector.regions.index(sampled),
        visible_share=float(min(share * e_over_mip, 1.0)),
        resolution=WIGMANS * math.sqrt(lengths[met][active].sum() / layers / share),
    )


def _along_line(surroundings: Surroundings) -> tuple[np.ndarray, np.ndarray]:
    """Return the length (mm) of a line from the start in each couple of the rule, and how often it is met."""
    detector = surroundings.detector
    params = detector.params
    lengths, visits = np.zeros(len(detector.couples)), np.zeros(len(detector.couples), dtype=int)
    norm = math.hypot(*surroundings.direction)
    u, v, w = (part / norm for part in surroundings.direction)
    x, y, z = surroundings.start
    volume = locate(params, x, y, z)
    for _ in range(MOST_VOLUMES):
        if volume == OUTSIDE:
            break
        length, behind = distance_to_boundary(params, volume, x, y, z, u, v, w)
        if params.volume_region[volume] in surroundings.regions and length > 0.0:
            lengths[params.volume_couple[volume]] += length
            visits[params.volume_couple[volume]] += 1
        x, y, z, volume = x + length * u, y + length * v, z + length * w, behind
    met = {detector.couples[couple][1] for couple in np.flatnonzero(lengths)}
    missed = [name for i in surroundings.regions if (name := detector.regions[i]) not in met]
    if missed:
        raise BadInput(
            f"fastsim: a line from {surroundings.start} mm along {surroundings.direction} does not meet "
            f"{', '.join(missed)}, whose materials the model needs; give the rule the regions of one "
            "calorimeter (a rule each), and the direction of a line through it"
        )
    return lengths, visits


def _z(material: Material) -> float:
    return float(np.array(material.mass_fractions) @ material.z)


def _z_over_a(material: Material) -> float:
    weights = np.array([element.a_g_mol for element in material.elements])
    return float((np.array(material.mass_fractions) * material.z / weights).sum())


def _minimum(material: Material) -> float:
    """Return the loss of a minimum-ionising particle (MeV/mm)."""
    return float(restricted_dedx(material, MINIMUM_MEV, math.inf, MUON_MASS, 1, False))
