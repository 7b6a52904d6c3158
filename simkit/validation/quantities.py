"""Our value of every quantity that has a reference figure; no random numbers here."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from simkit.materials import find_material, production_thresholds
from simkit.physics import annihilation, bremsstrahlung, compton, conversion, ionisation, photoelectric
from simkit.physics.grid import ENERGY_GRID
from simkit.physics.multiple_scattering import transport_cross_section
from simkit.physics.tables import continuous_range
from simkit.units import barn
from simkit.validation.figures import Figure

RANGE_CUT_MM = 0.7  # of the tables that dE/dx, ranges and cross sections are compared with


def our_value(figure: Figure) -> float:
    """Return our value of a figure's quantity, in its unit."""
    return float(np.squeeze(QUANTITIES[figure.quantity](figure)))


def _thresholds(range_cut_mm: float) -> Callable[[Figure], float]:
    def value(figure: Figure) -> float:
        cuts = production_thresholds(find_material(figure.material), range_cut_mm)
        return cuts.gamma if figure.particle == "gamma" else cuts.electron

    return value


def _photon(cross_section: Callable[..., np.ndarray]) -> Callable[[Figure], np.ndarray]:
    return lambda figure: cross_section(find_material(figure.material), _energy(figure))


def _energy(figure: Figure) -> np.ndarray:
    assert figure.energy_MeV is not None
    return np.array([figure.energy_MeV])


def _ionisation(figure: Figure) -> np.ndarray:
    material = find_material(figure.material)
    cut = production_thresholds(material, RANGE_CUT_MM).electron
    return ionisation.cross_section(material, _energy(figure), cut, figure.particle == "e+")


def _bremsstrahlung(figure: Figure) -> np.ndarray:
    material = find_material(figure.material)
    cut = production_thresholds(material, RANGE_CUT_MM).gamma
    return bremsstrahlung.cross_section(material, _energy(figure), cut, figure.particle == "e+")


@cache
def _dedx_on_grid(name: str, positron: bool) -> np.ndarray:
    material = find_material(name)
    cuts = production_thresholds(material, RANGE_CUT_MM)
    soft = bremsstrahlung.restricted_dedx(material, ENERGY_GRID, cuts.gamma, positron)
    return ionisation.restricted_dedx(material, ENERGY_GRID, cuts.electron, positron) + soft


def _on_grid(values: np.ndarray, figure: Figure) -> float:
    """Interpolate in the logarithms, in which all these are close to straight."""
    return float(np.exp(np.interp(np.log(_energy(figure)[0]), np.log(ENERGY_GRID), np.log(values))))


def _dedx(figure: Figure) -> float:
    return _on_grid(_dedx_on_grid(figure.material, figure.particle == "e+"), figure)


def _range(figure: Figure) -> float:
    return _on_grid(continuous_range(_dedx_on_grid(figure.material, figure.particle == "e+")), figure)


def _scattering(figure: Figure) -> np.ndarray:
    return transport_cross_section.cross_section(
        find_material(figure.material), _energy(figure), figure.particle == "e+"
    )


def _annihilation_per_atom(figure: Figure) -> float:
    material = find_material(figure.material)
    per_volume = annihilation.cross_section(material, _energy(figure))
    return float(per_volume[0]) / float(np.sum(material.atoms_per_mm3)) / barn


QUANTITIES: dict[str, Callable[[Figure], float | np.ndarray]] = {
    "threshold at 0.7 mm": _thresholds(0.7),
    "threshold at 10 mm": _thresholds(10.0),
    "radiation length": lambda figure: find_material(figure.material).radiation_length_mm,
    "cross section conv": _photon(conversion.cross_section),
    "cross section compt": _photon(compton.cross_section),
    "cross section phot": _photon(photoelectric.cross_section),
    "cross section eIoni": _ionisation,
    "cross section eBrem": _bremsstrahlung,
    "cross section per atom annihil": _annihilation_per_atom,
    "restricted dE/dx": _dedx,
    "range": _range,
    "transport cross section": _scattering,
}
