"""The materials of TestEm3's output beside those of a scenario.

It prints every material with its density and elements. Where that is missing, its name tells what it is:
TestEm3 has names of its own beside those of NIST, such as Lead.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from simkit.engines.translate import Problem
from simkit.errors import BadInput
from simkit.materials import Material, compound, element_by_z, find_material

TOLERANCE = 0.005  # on the density, and on each mass fraction
DENSITY = {"g/cm3": 1.0, "mg/cm3": 1e-3, "kg/m3": 1e-3}
PRINTED = re.compile(
    r"^ *Material: +(\S+) +density: +([\d.]+) (\S+)(.*?)(?=^ *Material: |^---|^\*\*\*|\Z)", re.M | re.S
)
ELEMENT = re.compile(r"Element: .*?Z = *([\d.]+)")
FRACTION = re.compile(r"ElmMassFraction: *([\d.]+) *%")


def match_materials(names: Sequence[str], problem: Problem, text: str, where: str) -> list[str]:
    """Check the materials of the slabs that TestEm3 printed; return what is not quite the scenario's.

    They match when density and composition agree within TOLERANCE. Errors: BadInput.
    """
    slabs = problem.stack.slab
    if len(names) != len(slabs):
        raise BadInput(
            f"{where}: its slabs are {', '.join(names) or 'none'}, the scenario's "
            f"{', '.join(slab.material for slab in slabs)}"
        )
    printed = printed_materials(text)
    unlike = []
    for place, (name, wanted) in enumerate(zip(names, problem.materials)):
        known = _find(name)
        found = printed.get(name, known)
        key = f"geometry.slab.{place}.material"
        mend = f"define {name} under [[material]], and set {key} to it"
        if known is not None and known.is_like(found or known, 0.1 * TOLERANCE):
            mend = f"add --set {key}={name}"
        if found is None and name != wanted.name:
            raise BadInput(
                f"{where}: its slab {place + 1} is of {name}, the scenario's of {wanted.name}; {mend}"
            )
        if found is None:
            unlike.append(f"density and composition of {name}")
        elif not found.is_like(wanted, TOLERANCE):
            raise BadInput(
                f"{where}: its slab {place + 1} is of {name} ({found.density_g_cm3:g} g/cm3), the scenario's "
                f"of {wanted.name} ({wanted.density_g_cm3:g} g/cm3); {mend}"
            )
        elif abs(found.density_g_cm3 - wanted.density_g_cm3) > 0.1 * TOLERANCE * wanted.density_g_cm3:
            unlike.append(
                f"what {name} of {found.density_g_cm3:g} g/cm3 for {wanted.name} of {wanted.density_g_cm3:g} "
                f"changes (nothing, once you {mend})"
            )
    return unlike


def printed_materials(text: str) -> dict[str, Material]:
    """Return the materials that Geant4 printed, by name; what is not as Geant4 prints it is left out."""
    found = {}
    for name, density, unit, rest in PRINTED.findall(text):
        charges, shares = ELEMENT.findall(rest), FRACTION.findall(rest)
        fractions: dict[str, float] = {}
        try:
            for charge, share in zip(charges, shares, strict=True):
                symbol = element_by_z(round(float(charge))).symbol
                fractions[symbol] = fractions.get(symbol, 0.0) + float(share) / 100.0
            found[name] = compound(f"printed {name}", float(density) * DENSITY[unit], fractions)
        except (ValueError, KeyError, IndexError, BadInput):
            continue
    return found


def _find(name: str) -> Material | None:
    try:
        return find_material(name)
    except BadInput:
        return None
