"""Scaled bremsstrahlung spectra of electrons below 1 GeV: a smooth form of Seltzer and Berger's tables.

S. M. Seltzer and M. J. Berger, At. Data Nucl. Data Tables 35 (1986) 345, tabulate the scaled spectrum
chi = (beta^2 / Z^2) k dsigma/dk (mb), which joins partial-wave results below 2 MeV to the high-energy theory
above 50 MeV. Here chi is a theory times a fitted correction of a few tens of per cent:

- theory: the Born-approximation spectrum of Bethe and Heitler (H. W. Koch and J. W. Motz, Rev. Mod. Phys. 31
  (1959) 920, formula 3BN) with the Elwert factor, and with screening and the Coulomb correction put into the
  smallest momentum transfer;
- correction: exp(P) + Q / Z, where P is a polynomial in ln Z, alpha Z and Z^-3, in ln T, and in two measures
  of the photon's energy (its share of the kinetic energy, and a logarithmic one of what is left to the
  electron), and Q, emission in the field of the atomic electrons, ends where conservation of energy and
  momentum ends it.

The coefficients, their date and how they were fitted stand in physics/data/seltzer_berger_fit.csv.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.polynomial.chebyshev import chebvander
from numpy.typing import ArrayLike, NDArray

from simkit.materials import Element, element_by_z
from simkit.units import CLASSICAL_ELECTRON_RADIUS, ELECTRON_MASS, FINE_STRUCTURE, GeV, keV, millibarn

LOWEST_ENERGY = 1.0 * keV
HIGHEST_ENERGY = 10.0 * GeV
# The tip itself is a limit: the electron's last 1e-5 of energy behave like it.
_LARGEST_SHARE = 1.0 - 1e-5
# Energy (MeV) below which what is left to the electron counts linearly, above logarithmically.
_SOFT_ELECTRON = 0.05

# Degrees + 1 of the Chebyshev polynomials: in ln T, in the share, in the logarithmic measure ...
N_ENERGY, N_SHARE, N_LEFT = 15, 7, 6
# ... and for emission in the field of the electrons: in ln T and in the share.
N_ENERGY_FIELD, N_SHARE_FIELD = 8, 4
N_Z = 5
N_PHOTON = N_SHARE + N_LEFT - 1


class Coefficients(NamedTuple):
    """The fit: correction[N_Z, N_ENERGY, N_PHOTON] and electron_field[N_ENERGY_FIELD, N_SHARE_FIELD]."""

    correction: NDArray[np.float64]
    electron_field: NDArray[np.float64]


class EmissionGrid(NamedTuple):
    """What the spectrum needs of electron and photon energies, for all elements alike.

    Shapes for n energies and m photons of each: of the theory beta (n, 1), beta_left, transfer, constant,
    logarithmic (n, m); the polynomials of P basis_energy (n, N_ENERGY), basis_photon (N_PHOTON, n, m) and
    of Q field_energy (n, N_ENERGY_FIELD), field_photon (N_SHARE_FIELD, n, m).
    """

    beta: NDArray[np.float64]
    beta_left: NDArray[np.float64]
    transfer: NDArray[np.float64]
    constant: NDArray[np.float64]
    logarithmic: NDArray[np.float64]
    basis_energy: NDArray[np.float64]
    basis_photon: NDArray[np.float64]
    field_energy: NDArray[np.float64]
    field_photon: NDArray[np.float64]


def scaled_spectrum(z: int, energy: ArrayLike, share: ArrayLike) -> NDArray[np.float64]:
    """Return the scaled spectrum chi = (beta^2 / Z^2) k dsigma/dk of electrons, in millibarn.

    `energy` is the electron's kinetic energy (MeV) and `share` = k / energy the photon's part of it, 0 to 1;
    they broadcast. Valid for Z 1 to 92 and 1 keV to 10 GeV (the ends are used beyond); within 3.2 % of the
    tables for Z >= 6 and shares below 0.96, 4 % for hydrogen, whose tip (share > 0.98) is right to 30 % only.
    Source: see the module.
    """
    energies, shares = np.broadcast_arrays(np.asarray(energy, float), np.asarray(share, float))
    grid = emission_grid(energies.ravel(), shares.reshape(-1, 1))
    return spectrum_on_grid(grid, element_by_z(z)).reshape(energies.shape)


def emission_grid(energy: NDArray[np.float64], share: NDArray[np.float64]) -> EmissionGrid:
    """Prepare `spectrum_on_grid`: energy (MeV), shape (n,); share of the photon, shape (n, m)."""
    share = np.clip(share, 1e-12, _LARGEST_SHARE)
    kinetic = np.clip(energy, LOWEST_ENERGY, HIGHEST_ENERGY)[:, None]
    place = 2.0 * np.log(kinetic / LOWEST_ENERGY) / np.log(HIGHEST_ENERGY / LOWEST_ENERGY) - 1.0
    # formula 3BN in units of the electron's mass: e0, p0 before, e, p after the emission of k
    t = kinetic / ELECTRON_MASS
    k = share * t
    w = t - k
    e0, e = 1.0 + t, 1.0 + w
    p0, p = np.sqrt(t * (t + 2.0)), np.sqrt(w * (w + 2.0))
    l0, l = 2.0 * np.arcsinh(p0), 2.0 * np.arcsinh(p)
    p0p, e0e = p0 * p, e0 * e
    constant = 4.0 / 3.0 - 2.0 * e0e * (p**-2 + p0**-2) + l0 * e / p0**3 + l * e0 / p**3 - l * l0 / p0p
    logarithmic = (
        8.0 / 3.0 * e0e / p0p
        + k**2 * (e0e**2 + p0p**2) / p0p**3
        + k / (2.0 * p0p) * ((e0e + p0**2) / p0**3 * l0 - (e0e + p**2) / p**3 * l + 2.0 * k * e0e / p0p**2)
    )
    left = np.log1p(kinetic * (1.0 - share) / _SOFT_ELECTRON) / np.log1p(kinetic / _SOFT_ELECTRON)
    # an electron at rest takes part in the recoil: in its field a photon has k <= t / (e0 + 1 - p0)
    relative = share * (e0 + 1.0 - p0)
    return EmissionGrid(
        beta=p0 / e0,
        beta_left=p / e,
        transfer=k / (t + w + t * w + p0p),
        constant=constant * p / p0,
        logarithmic=logarithmic * p / p0,
        basis_energy=chebvander(place[:, 0], N_ENERGY - 1),
        basis_photon=np.concatenate([_chebyshev(share, N_SHARE), _chebyshev(left, N_LEFT)[1:]]),
        field_energy=chebvander(place[:, 0], N_ENERGY_FIELD - 1),
        field_photon=np.maximum(1.0 - relative, 0.0) * _chebyshev(np.minimum(relative, 1.0), N_SHARE_FIELD),
    )


def spectrum_on_grid(grid: EmissionGrid, element: Element) -> NDArray[np.float64]:
    """Return chi (mb) of an element for all energies and photons of the grid, shape (n, m)."""
    correction, electron_field = coefficients()
    p = grid.basis_energy @ np.tensordot(z_basis(element.z), correction, (0, 0))
    q = grid.field_energy @ electron_field
    return theory(grid, element) * (
        np.exp(np.einsum("nj,jnm->nm", p, grid.basis_photon))
        + np.einsum("nj,jnm->nm", q, grid.field_photon) / element.z
    )


def theory(grid: EmissionGrid, element: Element) -> NDArray[np.float64]:
    """Return the theoretical part of chi (mb), which the fitted correction multiplies, shape (n, m)."""
    screening = (element.z ** (1.0 / 3.0) * np.exp(element.coulomb_correction) / 302.0) ** 2
    logarithm = np.log((1.0 + screening) / (grid.transfer**2 + screening))
    x = 2.0 * np.pi * FINE_STRUCTURE * element.z
    elwert = grid.beta * np.expm1(-x / grid.beta) / (grid.beta_left * np.expm1(-x / grid.beta_left))
    strength = FINE_STRUCTURE * CLASSICAL_ELECTRON_RADIUS**2 / millibarn * grid.beta**2
    return strength * elwert * (grid.constant + grid.logarithmic * logarithm)


def z_basis(z: int) -> NDArray[np.float64]:
    """Return the functions of Z in the correction, shape (N_Z,). The last one is there for hydrogen."""
    ln_z = np.log(z)
    return np.array([1.0, ln_z, ln_z**2, FINE_STRUCTURE * z, float(z) ** -3])


def _chebyshev(x: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Return the first n Chebyshev polynomials on [0, 1], shape (n, *x.shape)."""
    y = 4.0 * x - 2.0
    polynomials = [np.ones_like(x), 0.5 * y]
    for _ in range(n - 2):
        polynomials.append(y * polynomials[-1] - polynomials[-2])
    return np.array(polynomials[:n])


@cache
def coefficients() -> Coefficients:
    """Return the fitted coefficients shipped with the package."""
    text = files("simkit.physics").joinpath("data", "seltzer_berger_fit.csv").read_text(encoding="utf-8")
    rows = [line.split(",") for line in text.splitlines() if line and not line.startswith("#")]
    numbers = np.array([float(number) for row in rows for number in row])
    n_correction = N_Z * N_ENERGY * N_PHOTON
    return Coefficients(
        numbers[:n_correction].reshape(N_Z, N_ENERGY, N_PHOTON),
        numbers[n_correction:].reshape(N_ENERGY_FIELD, N_SHARE_FIELD),
    )
