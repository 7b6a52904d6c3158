"""The innermost functions in loops, and the tables they read: what a step is made of."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from simkit.geometry import distance_to_boundary
from simkit.geometry.slab_stack import build_slab_stack
from simkit.jit import kernel
from simkit.materials import find_material, production_thresholds
from simkit.physics.annihilation import sample_annihilation
from simkit.physics.bremsstrahlung import sample_bremsstrahlung
from simkit.physics.compton import sample_compton
from simkit.physics.conversion import sample_pair
from simkit.physics.fluctuation import sample_energy_loss
from simkit.physics.ionisation import sample_moller
from simkit.physics.photoelectric import sample_photoelectron
from simkit.physics.tables import Couple, build_charged_tables, build_gamma_tables
from simkit.rng import make_rng, start_track, uniform

CALLS = 100_000
ENERGY = 10.0  # MeV


@kernel
def draw(rng, n):
    """Return the sum of `n` uniform numbers."""
    total = 0.0
    for _ in range(n):
        total += uniform(rng)
    return total


@kernel
def fly(geometry, n):
    """Return the volumes entered on `n` steps from boundary to boundary, back and forth along x."""
    volume, x, u = 0, 0.01, 1.0
    entered = 0
    for _ in range(n):
        distance, behind = distance_to_boundary(geometry, volume, x, 0.0, 0.0, u, 0.0, 0.0)
        if behind < 0:
            u = -u
        else:
            x += u * distance
            volume = behind
            entered += 1
    return entered


@kernel
def scatter(rng, n):
    """Return the summed energy of `n` Compton photons."""
    total = 0.0
    for _ in range(n):
        total += sample_compton(rng, ENERGY)[0]
    return total


@kernel
def convert(rng, tables, n):
    """Return the summed energy of the electrons of `n` pairs."""
    total = 0.0
    for _ in range(n):
        total += sample_pair(rng, ENERGY, tables, 0)[0]
    return total


@kernel
def absorb(rng, tables, n):
    """Return the summed energy of `n` photoelectrons."""
    total = 0.0
    for _ in range(n):
        total += sample_photoelectron(rng, 0.1, tables, 0)[0]
    return total


@kernel
def ionise(rng, cut, n):
    """Return the summed energy of `n` delta rays."""
    total = 0.0
    for _ in range(n):
        total += sample_moller(rng, ENERGY, cut)[0]
    return total


@kernel
def radiate(rng, tables, n):
    """Return the summed energy of `n` bremsstrahlung photons."""
    total = 0.0
    for _ in range(n):
        total += sample_bremsstrahlung(rng, ENERGY, tables, 0, False)[0]
    return total


@kernel
def annihilate(rng, n):
    """Return the summed energy of the first photons of `n` annihilations."""
    total = 0.0
    for _ in range(n):
        total += sample_annihilation(rng, ENERGY)[0]
    return total


@kernel
def fluctuate(rng, tables, n):
    """Return the summed energy losses of `n` steps of 0.2 MeV mean loss."""
    total = 0.0
    for _ in range(n):
        total += sample_energy_loss(rng, 0.2, 0.5 * ENERGY, tables, 0)
    return total


@cache
def _couple() -> Couple:
    material = find_material("G4_Pb")
    thresholds = production_thresholds(material, 0.7)
    return Couple(material, thresholds.gamma, thresholds.electron)


@cache
def _gamma_tables() -> Any:
    return build_gamma_tables([_couple()], False)


@cache
def _charged_tables() -> Any:
    return build_charged_tables([_couple()])


def _rng() -> Any:
    rng = make_rng(1)
    start_track(rng, 0, 1)
    return rng


def _slabs() -> Any:
    slabs = [("absorber", "G4_Pb", 2.3), ("gap", "G4_lAr", 5.7)]
    return build_slab_stack(50, slabs, 400.0).params


Loop = Callable[[int], float]

KERNELS: dict[str, Callable[[], Loop]] = {
    "uniform number": lambda: partial(draw, _rng()),
    "boundary of a slab": lambda: partial(fly, _slabs()),
    "compton": lambda: partial(scatter, _rng()),
    "conversion": lambda: partial(convert, _rng(), _gamma_tables().conversion),
    "photoelectric": lambda: partial(absorb, _rng(), _gamma_tables().photoelectric),
    "ionisation": lambda: partial(ionise, _rng(), _couple().electron_cut),
    "bremsstrahlung": lambda: partial(radiate, _rng(), _charged_tables().bremsstrahlung),
    "annihilation": lambda: partial(annihilate, _rng()),
    "loss fluctuation": lambda: partial(fluctuate, _rng(), _charged_tables().fluctuation),
}
"""Each kernel: a function that makes its loop of `n` calls, in lead at 10 MeV (photoelectric: 0.1 MeV)."""


def make_loop(name: str) -> Callable[[], float]:
    """Return the kernel's loop of CALLS calls, compiled."""
    loop = KERNELS[name]()
    loop(1)
    return partial(loop, CALLS)


TABLES: dict[str, Callable[[], object]] = {
    "production thresholds": lambda: production_thresholds(_couple().material, 0.7),
    "photon tables": lambda: build_gamma_tables([_couple()], False),
    "electron and positron tables": lambda: build_charged_tables([_couple()]),
}
"""Tables of one material-cuts couple (lead, 0.7 mm), built on the host."""


class Kernels:
    """asv: seconds for 100 000 calls of each kernel."""

    params = tuple(KERNELS)
    param_names = ("kernel",)
    version = "1"

    def setup(self, name: str) -> None:
        """Compile the loop."""
        self.loop = make_loop(name)

    def time_kernel(self, name: str) -> None:
        """Run the loop."""
        self.loop()


class Tables:
    """asv: seconds to build the tables of a material."""

    params = tuple(TABLES)
    param_names = ("table",)
    version = "1"

    def time_build(self, name: str) -> None:
        """Build them."""
        TABLES[name]()
