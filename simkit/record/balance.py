"""Does the energy of every event add up? What rounding leaves of the balance, and what it cannot explain."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from simkit.errors import BadInput
from simkit.plugins import loaded
from simkit.record.part import Part
from simkit.record.tallies import BALANCE, COUNTERS, ENERGY_UNIT, Tallies

# At most so many amounts are deposited or booked with each step, interaction, secondary and track.
AMOUNTS = 4
TRACK_COUNTERS = (
    "tracks",
    "roulette_killed",
    "roulette_survived",
    "killed_tracks",
    "fast_hits",
    "fast_showers",
)
CLOSED = 1e-9  # of the input: the same for older records, which do not say what was counted


class EnergyBalance(Part):
    """Where the energy of an event went, means over events: residual = in + rest_mass - all else.

    `in` is the kinetic energy of the primaries and the total energy of the untransported ones; `rest_mass`
    what annihilation, decays and collisions with nuclei made of rest mass, minus what pair production and
    binding energy took. `others` are what neutrinos carry away, and entries that plug-ins book.
    `largest_residual` is that of the worst event, `rounding` what rounding may leave of it (None: not known,
    an older record).
    """

    in_: float = Field(validation_alias="in", serialization_alias="in")
    rest_mass: float
    deposited: float
    leaked: float
    killed: float
    untransported: float
    roulette: float
    others: dict[str, float] = Field(default_factory=dict)
    residual: float
    largest_residual: float
    rounding: float | None = None

    @property
    def closed(self) -> bool:
        """Whether rounding explains the residual of the worst event."""
        allowed = CLOSED * max(self.in_, 1.0) if self.rounding is None else self.rounding
        return self.largest_residual <= allowed


def rounding_MeV(tallies: Tallies) -> np.ndarray:
    """Return what rounding can leave of each event's balance at most (MeV), float64[n].

    Every amount is rounded to a unit, and is a float64 before: half a unit, and 2^-53 of all that is booked.
    """
    counted = tallies.steps.sum(axis=(1, 2)) + tallies.interactions.sum(axis=1)
    counted += tallies.secondaries.sum(axis=1)
    counted += tallies.counters[:, [COUNTERS.index(name) for name in TRACK_COUNTERS]].sum(axis=1)
    booked = tallies.deposits.sum(axis=1, dtype=float)
    booked += np.abs(tallies.balance).sum(axis=1, dtype=float)
    return AMOUNTS * (counted + 1) * (0.5 + booked * 2.0**-53) * ENERGY_UNIT


def check_balance(tallies: Tallies) -> None:
    """Raise BadInput for an event with energy that was booked nowhere, or twice, or that cannot be."""
    negative = tallies.deposits.min(axis=1, initial=0) < 0
    residual = tallies.residual()
    wrong = np.flatnonzero(negative | ~(np.abs(residual) <= rounding_MeV(tallies)))
    if not len(wrong):
        return
    first = wrong[0]
    if negative[first]:
        what = "the deposit in a cell is negative, or no number"
    else:
        come = "is booked nowhere" if residual[first] > 0.0 else "more is booked than came in"
        what = f"{abs(residual[first]):.6g} MeV {come}"
    used = ", ".join(f"{name} of {origin}" for name, origin in loaded().items())
    mend = f"correct the plug-ins in use ({used})" if used else "report it, this is a fault of simkit"
    raise BadInput(
        f"energy balance: event {tallies.events[first]}: {what} ({len(wrong):,} of {len(tallies):,} events); "
        f"what ends a track must deposit or book its energy; {mend}"
    )


def energy_balance(tallies: Tallies, untransported: float) -> EnergyBalance:
    """Return the balance of `tallies`; untransported: MeV an event."""
    mean = {name: float(v) for name, v in zip(BALANCE, tallies.balance.mean(axis=0) * ENERGY_UNIT)}
    residual = tallies.residual()
    worst = int(np.abs(residual).argmax())
    return EnergyBalance(
        in_=mean.pop("in") + untransported,
        rest_mass=mean.pop("rest_mass"),
        deposited=float(tallies.deposits.sum(axis=1).mean() * ENERGY_UNIT),
        leaked=mean.pop("leaked"),
        killed=mean.pop("killed"),
        untransported=untransported,
        roulette=mean.pop("roulette"),
        others=mean,
        residual=float(residual.mean()),
        largest_residual=float(abs(residual[worst])),
        rounding=float(rounding_MeV(tallies)[worst]),
    )
