"""The particle table: what a track can be. Kinds are numbered here, and nowhere else.

One line a species; a species of another package calls `add_species` in the module that holds its life.
Masses: CODATA 2018, as in simkit.units; of hadrons, and lifetimes: Particle Data Group 2022.
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

from simkit.registry import Registry
from simkit.units import (
    CHARGED_PION_MASS,
    ELECTRON_MASS,
    MUON_LIFETIME,
    MUON_MASS,
    NEUTRAL_PION_MASS,
    NEUTRON_MASS,
    PROTON_MASS,
)


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
MUON = add_species("mu-", 13, MUON_MASS, -1, lifetime=MUON_LIFETIME)
ANTIMUON = add_species("mu+", -13, MUON_MASS, 1, lifetime=MUON_LIFETIME)
NEUTRON = add_species("n", 2112, NEUTRON_MASS, 0, lifetime=878.4e9)
PION_PLUS = add_species("pi+", 211, CHARGED_PION_MASS, 1, lifetime=26.033)
PION_MINUS = add_species("pi-", -211, CHARGED_PION_MASS, -1, lifetime=26.033)
KAON_PLUS = add_species("K+", 321, 493.677, 1, lifetime=12.380)
KAON_MINUS = add_species("K-", -321, 493.677, -1, lifetime=12.380)
PROTON = add_species("p", 2212, PROTON_MASS, 1)
ANTIPROTON = add_species("p~", -2212, PROTON_MASS, -1)
NEUTRAL_PION = add_species("pi0", 111, NEUTRAL_PION_MASS, 0, lifetime=8.43e-8)
KAON_LONG = add_species("K(L)0", 130, 497.611, 0, lifetime=51.16)
KAON_SHORT = add_species("K(S)0", 310, 497.611, 0, lifetime=0.08954)
ANTINEUTRON = add_species("n~", -2112, NEUTRON_MASS, 0, lifetime=878.4e9)

Shower = Literal["electromagnetic", "muon", "hadronic"]


class Family(NamedTuple):
    """Species that people read about together; shower: what one of them makes of a calorimeter."""

    members: tuple[str, ...]
    shower: Shower


FAMILIES = {
    "gamma": Family(("gamma",), "electromagnetic"),
    "e-": Family(("e-",), "electromagnetic"),
    "e+": Family(("e+",), "electromagnetic"),
    "muons": Family(("mu-", "mu+"), "muon"),
    "charged mesons": Family(("pi+", "pi-", "K+", "K-"), "hadronic"),
    "protons": Family(("p", "p~"), "hadronic"),
    "neutrons": Family(("n", "n~"), "hadronic"),
    "pi0": Family(("pi0",), "electromagnetic"),
    "neutral kaons": Family(("K(L)0", "K(S)0"), "hadronic"),
}
"""The families that terminal and reports sum over, in their order; records name the species themselves."""
