"""The particle table: what a track can be. Kinds are numbered here, and nowhere else.

One line a species; a species of another package calls `add_species` in the module that holds its life.
Masses: CODATA 2018, as in simkit.units.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from simkit.registry import Registry
from simkit.units import ELECTRON_MASS, NEUTRON_MASS


class Species(NamedTuple):
    """A species. pdg: its number (Particle Data Group); mass: MeV; charge: in e; lifetime: ns; group: of
    the particles whose steps are summed in records, such as "charged"."""

    pdg: int
    mass: float
    charge: int
    lifetime: float
    group: str


PARTICLES = Registry("total")
"""The names of all kinds, by number."""


def add_species(
    name: str, pdg: int, mass: float, charge: int, *, lifetime: float = math.inf, group: str | None = None
) -> int:
    """Add a species, once; return its kind. group: "charged" or "neutral" by its charge when not given.

    Errors: ValueError where the name or the number is another species', the group is called "total", or a
    value is no number that a species can have.
    """
    if not (isinstance(name, str) and name and name.isprintable() and type(pdg) is int):
        raise ValueError(f"a species has a name and a PDG number, found {name!r} and {pdg!r}")
    if not (isinstance(mass, (int, float)) and 0.0 <= mass < math.inf):
        raise ValueError(f"the mass of {name} is {mass!r}; it must be a number of MeV, 0 or more")
    if type(charge) is not int:
        raise ValueError(f"the charge of {name} is {charge!r}; it must be a whole number of e")
    if group == "total":
        raise ValueError(f"group 'total' of {name}: records have the sum of all there; choose another name")
    if group is None:
        group = "charged" if charge else "neutral"
    for other in PARTICLES:
        if species(other).pdg == pdg and other != name:
            raise ValueError(f"PDG number {pdg} is that of {other}; {name} needs its own")
    return PARTICLES.add(name, Species(pdg, float(mass), charge, lifetime, group))


def species(name: str) -> Species:
    """Return the species of a name of PARTICLES."""
    found: Species = PARTICLES.about[name]
    return found


def kind_of_pdg() -> dict[int, int]:
    """Return {PDG number: kind} of all species."""
    return {species(name).pdg: kind for kind, name in enumerate(PARTICLES)}


def groups() -> dict[str, list[int]]:
    """Return {group: its kinds}, in the order of the table."""
    found: dict[str, list[int]] = {}
    for kind, name in enumerate(PARTICLES):
        found.setdefault(species(name).group, []).append(kind)
    return found


GAMMA = add_species("gamma", 22, 0.0, 0, group="gamma")
ELECTRON = add_species("e-", 11, ELECTRON_MASS, -1)
POSITRON = add_species("e+", -11, ELECTRON_MASS, 1)
NEUTRON = add_species("n", 2112, NEUTRON_MASS, 0, lifetime=878.4e9)
