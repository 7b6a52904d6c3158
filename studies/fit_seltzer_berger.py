"""Fit the coefficients of simkit.physics.bremsstrahlung.seltzer_berger to tables of the scaled spectrum.

Usage: python -m studies.fit_seltzer_berger FOLDER [OUTPUT]

FOLDER holds one file br{Z}.txt for each element: a header with the numbers of photon shares and of energies,
then the shares, the ln(T/MeV), and chi (mb), a line of all shares for each energy (the layout of the
Seltzer-Berger data in Geant4's G4EMLOW). The elements 1, 6, 22, 24, 28, 82 are fitted; all others in the
folder are only compared.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import numpy as np

from simkit.materials import element_by_z
from simkit.physics.bremsstrahlung import seltzer_berger as sb

FITTED = (1, 6, 22, 24, 28, 82)
RIDGE = 1e-2  # keeps coefficients small that the data leave open
ITERATIONS = 12


def read_table(folder: Path, z: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return shares (m,), energies (MeV, (n,)) and chi (mb, (n, m)) without the tip itself (share 1)."""
    numbers = (folder / f"br{z}.txt").read_text().split()
    n_share, n_energy = int(numbers[1]), int(numbers[2])
    values = np.array(numbers[3:], dtype=float)
    shares, ln_energy = values[:n_share], values[n_share : n_share + n_energy]
    chi = values[n_share + n_energy :][: n_share * n_energy].reshape(n_energy, n_share)
    return shares[:-1], np.exp(ln_energy), chi[:, :-1]


def weights(z: int, energy: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return the weights of relative deviations: less beyond the model's use, in the tip, for hydrogen."""
    weight = np.where(energy > 1200.0, 0.15, 1.0)[:, None] * np.where(share > 0.98, 0.3, 1.0)
    return weight * (0.5 if z == 1 else 1.0)


class Block:
    """The points of one element, flat: the polynomials, the ratio of the table to the theory, the weights."""

    def __init__(self, folder: Path, z: int):
        share, energy, chi = read_table(folder, z)
        grid = sb.emission_grid(energy, np.broadcast_to(share, chi.shape))
        self.z = z
        self.p = np.einsum("ni,jnm->nmij", grid.basis_energy, grid.basis_photon).reshape(chi.size, -1)
        self.q = np.einsum("ni,jnm->nmij", grid.field_energy, grid.field_photon).reshape(chi.size, -1)
        self.ratio = (chi / sb.theory(grid, element_by_z(z))).ravel()
        self.weight = weights(z, energy, share).ravel()


def fit(blocks: list[Block]) -> np.ndarray:
    """Return the coefficients (correction, then electron field) by ridge-regularised Gauss-Newton steps."""
    n_p = sb.N_Z * sb.N_ENERGY * sb.N_PHOTON
    parameters = np.zeros(n_p + sb.N_ENERGY_FIELD * sb.N_SHARE_FIELD)
    for iteration in range(ITERATIONS):
        normal = RIDGE * np.eye(len(parameters))
        gradient = -RIDGE * parameters
        for block in blocks:
            basis = sb.z_basis(block.z)
            exponential = np.exp(block.p @ (basis @ parameters[:n_p].reshape(sb.N_Z, -1)))
            model = exponential + block.q @ parameters[n_p:] / block.z
            residual = (1.0 - model / block.ratio) * block.weight
            if iteration == 0:
                residual = np.clip(residual, -2.0, 2.0)
            of_p = (exponential / block.ratio * block.weight)[:, None] * block.p
            of_q = (block.weight / block.ratio / block.z)[:, None] * block.q
            jacobian = np.concatenate([b * of_p for b in basis] + [of_q], axis=1)
            normal += jacobian.T @ jacobian
            gradient += jacobian.T @ residual
        parameters = parameters + np.linalg.solve(normal, gradient)
    return parameters


def write(parameters: np.ndarray, output: Path) -> None:
    """Write the data file: how it was made, then a row of photon coefficients for each Z and energy."""
    lines = [
        f"# Correction to the theory of bremsstrahlung, coefficients fitted {date.today()} by",
        "# studies/fit_seltzer_berger.py to the scaled spectra of S. M. Seltzer and M. J. Berger,",
        "# At. Data Nucl. Data Tables 35 (1986) 345, as in Geant4's G4EMLOW (brem_SB), for",
        f"# Z = {', '.join(map(str, FITTED))}.",
        f"# First {sb.N_Z} x {sb.N_ENERGY} rows of {sb.N_PHOTON}: P, a block for each function of Z,",
        f"# a row for each degree in ln T. Then {sb.N_ENERGY_FIELD} rows of {sb.N_SHARE_FIELD}: Q.",
        "# The polynomials stand in physics/bremsstrahlung/seltzer_berger.py.",
    ]
    n_p = sb.N_Z * sb.N_ENERGY * sb.N_PHOTON
    for row in parameters[:n_p].reshape(-1, sb.N_PHOTON):
        lines.append(",".join(f"{number:.5f}" for number in row))
    for row in parameters[n_p:].reshape(-1, sb.N_SHARE_FIELD):
        lines.append(",".join(f"{number:.5f}" for number in row))
    output.write_text("\n".join(lines) + "\n", encoding="utf-8")


def compare(folder: Path) -> None:
    """Print the relative deviations of the packaged fit from every table in the folder, 1 keV to 1 GeV."""
    sb.coefficients.cache_clear()
    print("Z     fitted  rms %  largest % at (MeV, share), share < 0.96 | rms % over all shares")
    for z in sorted(int(path.stem.removeprefix("br")) for path in folder.glob("br*.txt")):
        share, energy, chi = read_table(folder, z)
        deviation = 100.0 * (sb.scaled_spectrum(z, energy[:, None], share) / chi - 1.0)[energy < 1100.0]
        body = deviation[:, share < 0.96]
        i, j = np.unravel_index(np.abs(body).argmax(), body.shape)
        print(
            f"{z:<6d}{'yes' if z in FITTED else 'no':6s}{np.sqrt((body**2).mean()):7.2f}{body[i, j]:9.2f} at "
            f"({energy[i]:.4g}, {share[j]:.3f}) | {np.sqrt((deviation**2).mean()):.2f}"
        )


def main(arguments: list[str]) -> None:
    if len(arguments) not in (1, 2):
        sys.exit(__doc__)
    folder = Path(arguments[0])
    packaged = Path(sb.__file__).parents[1] / "data" / "seltzer_berger_fit.csv"
    output = Path(arguments[1]) if len(arguments) == 2 else packaged
    write(fit([Block(folder, z) for z in FITTED]), output)
    if output == packaged:
        compare(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
