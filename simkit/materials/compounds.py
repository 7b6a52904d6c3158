"""Materials by name (NIST) and compounds of one's own."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import cache
from math import exp, fsum, isfinite, log
from typing import Annotated

from pydantic import Field

from simkit.errors import BadInput, unknown
from simkit.materials.density_effect import (
    DensityEffect,
    continuous,
    general_formula,
    scaled_to_density,
    shifted,
    tabulated,
)
from simkit.materials.elements import Element, elemental_substances, find_element, read_data
from simkit.materials.material import Material
from simkit.sections import PRINTABLE, Section
from simkit.units import AVOGADRO, cm3, eV

GAS_BELOW_G_CM3 = 0.01  # a substance given without its state is a gas below this density
DOMINANT_ATOM_FRACTION = 0.9  # above it a compound has the density effect of its main element
LARGEST_DENSITY_RATIO = exp(1.0)  # a density-effect set is not carried further than this
ALIASES = {"G4_CO2": "G4_CARBON_DIOXIDE", "NemaG10": "G10", "Galactic": "G4_Galactic"}


class OwnMaterial(Section):
    """`[[material]]`: a compound of your own."""

    name: Annotated[str, Field(min_length=1, max_length=40), PRINTABLE]
    """What `geometry` calls it."""
    density_g_cm3: Annotated[float, Field(ge=1e-25, le=30.0)]
    """Its density, from that of a vacuum (G4_Galactic) to above that of osmium."""
    elements: dict[str, Annotated[float, Field(gt=0.0, le=1.0)]]
    """Mass fractions by symbol, such as {Pb = 0.46, W = 0.54}; they add up to 1 within 1 %."""

    def build(self) -> Material:
        """Return the material. Errors: BadInput."""
        return compound(self.name, self.density_g_cm3, self.elements)


def find_material(name: str, own: Mapping[str, Material] | None = None, where: str = "") -> Material:
    """Return the material called `name`: one of `own` first, else a NIST material (`G4_Pb`, `G4_WATER`).

    After these come those that Geant4's example TestEm3 defines by names of its own (`Lead`, `liquidArgon`);
    own materials may have such names.

    Densities, compositions and mean excitation energies are those of NIST ESTAR as Geant4 uses them. `G10` is
    the glass-epoxy laminate as Geant4's example TestEm3 defines it, Si O2 C3 H3 at 1.70 g/cm3. `where` (file,
    key) goes into the message. Raises BadInput with the nearest right name.
    """
    if own is not None and name in own:
        return own[name]
    known = ALIASES.get(name, name)
    if known in material_names():
        return _nist_material(known)
    if known not in _testem3_rows():
        raise _unknown_material(name, own or {}, where)
    return _material_of(_testem3_rows()[known])


def compound(
    name: str,
    density_g_cm3: float,
    mass_fractions: Mapping[str, float],
    state: str | None = None,
    where: str = "",
) -> Material:
    """Return a material from its elements, {symbol: mass fraction}.

    The fractions must add up to 1 within 1 % and are then normalised. Mean excitation energy by Bragg
    additivity (ICRU Reports 37 and 49); density effect by the general formula of Sternheimer and Peierls, or
    the set of an element that makes up over 90 % of the atoms. `state` ("solid", "liquid", "gas") follows
    from the density if left out. Raises BadInput for an unknown element or a number not positive and finite.
    """
    place = f"{where}: " if where else ""
    if name in material_names() or name in ALIASES:
        raise BadInput(f"{place}material {name!r} exists already as a NIST material; give yours another name")
    if not (isfinite(density_g_cm3) and density_g_cm3 > 0.0):
        raise BadInput(
            f"{place}density_g_cm3 of {name!r} is {density_g_cm3}; give a positive number in g/cm3"
        )
    if not mass_fractions:
        raise BadInput(f"{place}material {name!r} has no elements; give some, like elements = {{ Pb = 1.0 }}")
    for symbol, fraction in mass_fractions.items():
        if not (isfinite(fraction) and fraction > 0.0):
            raise BadInput(
                f"{place}mass fraction of {symbol} in {name!r} is {fraction}; give one above 0, at most 1"
            )
    total = fsum(mass_fractions.values())
    if abs(total - 1.0) > 0.01:
        raise BadInput(f"{place}mass fractions of {name!r} add up to {total:g}; they must add up to 1")
    if state not in (None, "solid", "liquid", "gas"):
        raise unknown("state", state, ("solid", "liquid", "gas"), where)
    return _assemble(
        name,
        density_g_cm3,
        tuple(find_element(symbol, where) for symbol in mass_fractions),
        tuple(fraction / total for fraction in mass_fractions.values()),
        state or ("gas" if density_g_cm3 < GAS_BELOW_G_CM3 else "solid"),
    )


@cache
def material_names() -> tuple[str, ...]:
    """Return the names that `find_material` knows without own materials."""
    return tuple(f"G4_{symbol}" for symbol in elemental_substances()) + tuple(_compound_rows())


@cache
def _compound_rows() -> dict[str, dict[str, str]]:
    return {row["name"]: row for row in read_data("compounds.csv")}


@cache
def _testem3_rows() -> dict[str, dict[str, str]]:
    return {row["name"]: row for row in read_data("testem3.csv")}


@cache
def _nist_material(name: str) -> Material:
    substance = elemental_substances().get(name.removeprefix("G4_"))
    if substance is not None:
        return _assemble(
            name,
            substance.density_g_cm3,
            (substance.element,),
            (1.0,),
            substance.state,
            substance.mean_excitation_MeV,
        )
    return _material_of(_compound_rows()[name])


def _material_of(row: Mapping[str, str]) -> Material:
    parts = [part.split(":") for part in row["composition"].split()]
    elements = tuple(find_element(symbol) for symbol, _ in parts)
    masses = [float(amount) for _, amount in parts]
    if row["kind"] == "atoms":
        masses = [count * element.a_g_mol for count, element in zip(masses, elements)]
    total = fsum(masses)
    mean_excitation = row["mean_excitation_eV"]
    return _assemble(
        row["name"],
        float(row["density_g_cm3"]),
        elements,
        tuple(mass / total for mass in masses),
        row["state"],
        float(mean_excitation) * eV if mean_excitation else None,
    )


def _assemble(
    name: str,
    density_g_cm3: float,
    elements: tuple[Element, ...],
    mass_fractions: tuple[float, ...],
    state: str,
    mean_excitation_MeV: float | None = None,
) -> Material:
    effect, excitation_of_effect = _density_effect(name, density_g_cm3, elements, mass_fractions, state)
    if mean_excitation_MeV is None:
        mean_excitation_MeV = excitation_of_effect
    # -C contains 2 ln I: a set made with another mean excitation energy is moved along x, its shape kept
    effect = shifted(effect, 2.0 * log(mean_excitation_MeV / excitation_of_effect))
    return Material(name, density_g_cm3, elements, mass_fractions, mean_excitation_MeV, effect, state)


def _density_effect(
    name: str,
    density_g_cm3: float,
    elements: tuple[Element, ...],
    mass_fractions: tuple[float, ...],
    state: str,
) -> tuple[DensityEffect, float]:
    """Return the parameters and the mean excitation energy (MeV) that belongs to them.

    First choice is the set published for the named material, then that of an element which is (nearly) all of
    the substance, then the general formula.
    """
    published = tabulated(name)
    if published is not None:
        return continuous(published[0]), published[1]
    moles = [fraction / element.a_g_mol for element, fraction in zip(elements, mass_fractions)]
    electrons_mol_g = fsum(n * element.z for element, n in zip(elements, moles))
    # Bragg additivity: ln I is the mean over the electrons
    bragg_MeV = exp(
        fsum(n * element.z * log(element.mean_excitation_MeV) for element, n in zip(elements, moles))
        / electrons_mol_g
    )
    for element, n in zip(elements, moles):
        substance = elemental_substances()[element.symbol]
        ratio = substance.density_g_cm3 / density_g_cm3
        published = tabulated(f"G4_{element.symbol}")
        if (
            n > DOMINANT_ATOM_FRACTION * fsum(moles)
            and published is not None
            and 1.0 / LARGEST_DENSITY_RATIO < ratio < LARGEST_DENSITY_RATIO
        ):
            return scaled_to_density(published[0], substance.density_g_cm3, density_g_cm3), bragg_MeV
    electrons_per_mm3 = AVOGADRO * density_g_cm3 / cm3 * electrons_mol_g
    z = elements[0].z if len(elements) == 1 else None
    return general_formula(bragg_MeV, electrons_per_mm3, state, z), bragg_MeV


def _unknown_material(name: str, own: Mapping[str, Material], where: str) -> BadInput:
    names = (*own, *material_names(), *ALIASES)
    if difflib.get_close_matches(name.lower(), [known.lower() for known in names], n=1, cutoff=0.5):
        return unknown("material", name, names, where)
    # nothing is near, and nearly 300 names would bury the message
    place = f"{where}: " if where else ""
    return BadInput(
        f"{place}unknown material {name!r}; known: NIST names such as G4_Pb, G4_lAr, G4_WATER, "
        "or one defined under [[material]]"
    )
