"""Which element of a material an interaction happens on: in proportion to density times cross section."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simkit.jit import kernel
from simkit.physics.grid import ENERGY_GRID, energy_bin, energy_fraction
from simkit.rng import uniform

if TYPE_CHECKING:
    from simkit.materials import Element, Material


class TargetTables(NamedTuple):
    """Cumulative shares of the elements of each material on the energy grid.

    A row stands for one element of one material; the rows of material m are first_row[m] .. first_row[m + 1].
    first_row: int64[materials + 1]; first_share: int64[materials], where a material's shares start;
    shares: float64[...], by grid node, then by element but for the last (whose cumulative share is 1).
    """

    first_row: np.ndarray
    first_share: np.ndarray
    shares: np.ndarray


def elements_of(materials: Sequence[Material]) -> list[Element]:
    """Return the element of each row of TargetTables."""
    return [element for material in materials for element in material.elements]


def build_target_tables(
    materials: Sequence[Material], cross_section: Callable[[Material, Element, np.ndarray], np.ndarray]
) -> TargetTables:
    """Build the tables of the shares of each element.

    cross_section(material, element, energies) returns a cross section per atom, in any unit, at energies
    (MeV). Where it vanishes for all elements of a material, the electron density decides.
    """
    first_row, first_share, shares, size = [0], [], [], 0
    for material in materials:
        first_row.append(first_row[-1] + len(material.elements))
        first_share.append(size)
        if len(material.elements) == 1:
            continue
        partial = np.array(
            [
                density * cross_section(material, element, ENERGY_GRID)
                for element, density in zip(material.elements, material.atoms_per_mm3)
            ]
        )
        electrons = [e.z * density for e, density in zip(material.elements, material.atoms_per_mm3)]
        cumulative = np.cumsum(np.where(partial.sum(0) > 0.0, partial, np.array(electrons)[:, None]), axis=0)
        shares.append((cumulative[:-1] / cumulative[-1]).T.ravel())
        size += shares[-1].size
    return TargetTables(
        np.array(first_row), np.array(first_share), np.concatenate(shares) if shares else np.ones(1)
    )


@kernel
def sample_target(rng, energy, targets, material):
    """Return the row of the element that an interaction at `energy` (MeV) in a material happens on.

    One random number, none in a material of one element; the shares are interpolated linearly.
    """
    row = targets.first_row[material]
    others = targets.first_row[material + 1] - row - 1
    if others == 0:
        return row
    i = energy_bin(energy)
    fraction = energy_fraction(energy, i)
    fraction = min(max(fraction, 0.0), 1.0)
    low = targets.first_share[material] + i * others
    chance = uniform(rng)
    for j in range(others):
        share = targets.shares[low + j]
        if chance < share + fraction * (targets.shares[low + others + j] - share):
            return row + j
    return row + others
