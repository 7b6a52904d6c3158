"""What a program tells of a number of events: means per event, not tallies of each event.

Energies in MeV. A region that stands for several together is named with a plus sign ("absorber+gap"), as
programs often give the profile of whole layers only.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from simkit.engines import Prepared
from simkit.errors import BadInput
from simkit.particles import groups
from simkit.record.tallies import BALANCE, ENERGY_UNIT, PARTICLES, Tallies, kinds_met
from simkit.units import ELECTRON_MASS

STEPS = ("gamma", "charged", "total")
SHOWER = ("gamma", "e-", "e+")
SUMMED_OTHERWISE = 1e-9  # what the order of a sum changes of it
MOST_EVENTS = 1e15
LARGEST = 1e30  # of any figure; squares and sums of such are numbers still
ROUNDED = 0.01  # what programs lose of a figure by printing few digits
WEIGHTED = 0.1  # the relative standard deviation of an event's energy that weights may bring in
ENERGY = {"eV": 1e-6, "keV": 1e-3, "MeV": 1.0, "GeV": 1e3, "TeV": 1e6}  # as programs print energies


@dataclass(frozen=True)
class Figures:
    """Means over `events` events; what a program does not give is absent (None for `leaked`).

    deposits: {region: mean}. spreads: {region: standard deviation over events, with n - 1}. layers: {region:
    mean by layer, front to back}. leaked: energy that leaves the detector. steps: by STEPS, in the detector.
    secondaries: by particle, or "total".
    """

    events: float
    deposits: Mapping[str, float] = field(default_factory=dict)
    spreads: Mapping[str, float] = field(default_factory=dict)
    layers: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    leaked: float | None = None
    steps: Mapping[str, float] = field(default_factory=dict)
    secondaries: Mapping[str, float] = field(default_factory=dict)

    def values(self) -> Iterator[tuple[str, float]]:
        """Return every figure with its name, such as ("deposit absorber", 7726.3)."""
        for what, group in (
            ("deposit", self.deposits),
            ("standard deviation", self.spreads),
            ("steps", self.steps),
            ("secondaries", self.secondaries),
        ):
            for name, value in group.items():
                yield f"{what} {name}", value
        for region, row in self.layers.items():
            for i, value in enumerate(row):
                yield f"layer {region} {i + 1}", value
        if self.leaked is not None:
            yield "leakage", self.leaked

    def repeats(self, other: Figures) -> bool:
        """Return whether these are the figures of the other run, but for the order in which it summed."""
        mine, others = dict(self.values()), dict(other.values())
        return (
            self.events == other.events
            and mine.keys() == others.keys()
            and all(math.isclose(x, others[name], rel_tol=SUMMED_OTHERWISE) for name, x in mine.items())
        )

    def checked(self, where: str, brought_MeV: float | None = None) -> Figures:
        """Return these figures. Errors: BadInput when one is impossible.

        `where` names the program or file; `brought_MeV` is what an event brings in, see `brought`. Single
        events of a simulation with weights may deposit more, so that few events are allowed more.
        """
        if not 1.0 <= self.events <= MOST_EVENTS or self.events != math.floor(self.events):
            raise BadInput(
                f"{where}: the number of events is {self.events:g}; it must be a whole number, "
                f"at least 1 and at most {MOST_EVENTS:g}"
            )
        for name, value in self.values():
            if not math.isfinite(value):
                raise BadInput(f"{where}: {name} is {value}; a finite number was expected")
            if abs(value) > LARGEST:
                raise BadInput(f"{where}: {name} is {value:g}; at most {LARGEST:g} is possible")
            if value < 0.0:
                raise BadInput(f"{where}: {name} is {value:g}; it cannot be negative")
        alone = sorted(self.spreads.keys() - self.deposits.keys())
        if alone:
            raise BadInput(f"{where}: it gives the standard deviation of {alone[0]} without its mean")
        for what, told, of, whole, parts in self._sums():
            if abs(whole - parts) > ROUNDED * max(whole, parts):
                raise BadInput(f"{where}: {what} {told} is {whole:g}, but {of} add up to {parts:g}")
        if brought_MeV is not None:
            self._check_energy(where, brought_MeV)
        return self

    def _sums(self) -> Iterator[tuple[str, str, str, float, float]]:
        """Give what is told as a whole and in parts: what and whose, the parts' name, whole, sum of parts."""
        for what, counts, names in (
            ("steps", self.steps, STEPS[:2]),
            ("secondaries", self.secondaries, SHOWER),
        ):
            if "total" in counts and all(name in counts for name in names):
                parts = sum(counts.values()) - counts["total"]
                yield what, "total", "those by particle", counts["total"], parts
        for region, row in self.layers.items():
            joined = region.split("+")
            if all(part in self.deposits for part in joined):
                yield "deposit", region, "its layers", sum(self.deposits[part] for part in joined), sum(row)

    def _check_energy(self, where: str, brought_MeV: float) -> None:
        most = brought_MeV * (1.0 + ROUNDED + WEIGHTED / math.sqrt(self.events))
        total = sum(self.deposits.values()) + (self.leaked or 0.0)
        if total > most:
            raise BadInput(
                f"{where}: {total:g} MeV are deposited or leaked per event, but an event brings "
                f"{brought_MeV:g} MeV; it simulates something else, or gives sums instead of means"
            )
        for region, spread in self.spreads.items():
            mean = min(self.deposits[region], most)
            # of what lies between 0 and `most` (R. Bhatia, C. Davis, Am. Math. Mon. 107 (2000) 353)
            widest = math.sqrt(mean * (most - mean) * self.events / max(self.events - 1.0, 1.0))
            if spread > (1.0 + ROUNDED) * widest:
                raise BadInput(
                    f"{where}: the standard deviation of {region} is {spread:g} MeV; deposits between 0 and "
                    f"{brought_MeV:g} MeV with a mean of {mean:g} MeV have at most {widest:.4g} MeV"
                )


def brought(particle: str, energy_MeV: float | None, per_event: int = 1) -> float | None:
    """Return the energy (MeV) that `per_event` particles can leave in a detector; None: not known.

    It is the kinetic energy; a positron brings its rest mass and that of an electron besides.
    """
    masses = {"gamma": 0.0, "e-": 0.0, "e+": 2.0 * ELECTRON_MASS}
    if energy_MeV is None or particle not in masses:
        return None
    return per_event * (energy_MeV + masses[particle])


def checked_time(s_per_event: float, where: str) -> float:
    """Return a time per event (s) that a program told. Errors: BadInput when it is impossible."""
    if not 0.0 < s_per_event < math.inf:
        raise BadInput(f"{where}: {s_per_event:g} s per event; a time above 0 was expected")
    return s_per_event


def whole_number(digits: str, what: str, where: str) -> int:
    """Return the number that `digits` are. Errors: BadInput when it is out of all bounds."""
    if len(digits) > 15:
        raise BadInput(f"{where}: {what} is {digits[:15]}... with {len(digits)} digits; that is impossible")
    return int(digits)


def total_steps(steps: Mapping[str, float]) -> dict[str, float]:
    """Return `steps` with their total where photons' and charged particles' are both known."""
    return _with_total(steps, ("gamma", "charged"))


def total_secondaries(secondaries: Mapping[str, float]) -> dict[str, float]:
    """Return `secondaries` with their total where those of all particles of an EM shower are known."""
    return _with_total(secondaries, SHOWER)


def _with_total(counts: Mapping[str, float], parts: Sequence[str]) -> dict[str, float]:
    known = dict(counts)
    if "total" not in known and all(part in known for part in parts):
        known["total"] = sum(known[part] for part in parts)
    return known


def unbiased(sd: float, events: float) -> float | None:
    """Return a standard deviation with n - 1 from one with n; None for a single event."""
    return sd * math.sqrt(events / (events - 1.0)) if events > 1 else None


def figures_of(tallies: Tallies, prepared: Prepared) -> Figures:
    """Return what per-event tallies tell in the terms of programs that give means."""
    n = len(tallies)
    deposits = tallies.region_deposits * ENERGY_UNIT
    cells = tallies.deposits * ENERGY_UNIT
    met = kinds_met(tallies.steps, tallies.secondaries)
    secondaries = {PARTICLES[kind]: float(tallies.secondaries[:, kind].mean()) for kind in met}
    columns = {name: prepared.regions.index(name) for name in prepared.calorimeter}
    steps = tallies.steps[:, :, list(columns.values())].sum(axis=2).mean(axis=0)
    layers = {
        region: tuple(float(cells[:, list(layer)].sum(axis=1).mean()) for layer in rows)
        for region, rows in prepared.layers.items()
    }
    return Figures(
        events=n,
        deposits={name: float(deposits[:, j].mean()) for name, j in columns.items()},
        spreads={name: float(deposits[:, j].std(ddof=1)) for name, j in columns.items()} if n > 1 else {},
        layers=layers,
        leaked=float(tallies.balance[:, BALANCE.index("leaked")].mean() * ENERGY_UNIT),
        steps={name: float(steps[groups()[name]].sum()) for name in STEPS[:2]}
        | {"total": float(steps.sum())},
        secondaries=secondaries | {"total": sum(secondaries.values())},
    )


def with_sums(figures: Figures, names: Mapping[str, object]) -> dict[str, tuple[float, ...]]:
    """Return the layers of `figures`, and those of joined regions such as "absorber+gap" that `names` has."""
    layers = dict(figures.layers)
    for name in names:
        parts = name.split("+")
        if name not in layers and all(part in layers for part in parts):
            layers[name] = tuple(np.sum([layers[part] for part in parts], axis=0).tolist())
    return layers
