"""Showers of a ladder: cheap events that its physics is judged on, beside the events that are timed.

The relative fluctuation of a deposit is a constant over the square root of the energy: its error depends on
the energy that was simulated, whatever it came in. That of a layer is smaller by far where the same energy
comes in many small showers, which begin and end at many depths, than in the few large ones of a collider.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from simkit.bench.pairs.blocks import derive_seed
from simkit.events import Events, Gun, Primaries, load_events


class Shower(Gun):
    """`[[shower]]`: a gun, with the keys of one in `[events]`. Every event has the particles of all guns."""

    source: Literal["gun"] = "gun"
    count: Literal[1] = 1

    def words(self) -> str:
        """Return what is shot where, such as "e- of 1 GeV at eta 0 to 0.5"."""
        number = "" if self.per_event == 1 else f"{self.per_event} "
        start = "" if not any(self.position_mm) else f" from ({_listed(self.position_mm)}) mm"
        return f"{number}{self.particle} of {self._energy()} {self._way()}{start}"

    def _energy(self) -> str:
        if self.spectrum is None:
            return _energy_words(self.energy_MeV or 0.0)
        listed = self.spectrum.energies_MeV or (self.spectrum.min_MeV or 0.0, self.spectrum.max_MeV or 0.0)
        return f"{_energy_words(listed[0])} to {_energy_words(listed[-1])}"

    def _way(self) -> str:
        if self.eta_range is not None:
            return f"at eta {self.eta_range[0]:g} to {self.eta_range[1]:g}"
        if self.direction == "isotropic":
            return "in all directions"
        return f"along ({_listed(self.direction or (1.0, 0.0, 0.0))})"


def _energy_words(energy_MeV: float) -> str:
    return f"{energy_MeV:g} MeV" if energy_MeV < 1000.0 else f"{energy_MeV / 1000.0:g} GeV"


def _listed(numbers: Sequence[Any]) -> str:
    return ", ".join(f"{x:g}" for x in numbers)


def shower_words(showers: Sequence[Shower]) -> str:
    """Return what the physics is judged on, in words; "" without showers."""
    return f"showers of {' and '.join(one.words() for one in showers)}" if showers else ""


def shower_events(showers: Sequence[Shower], n_events: int, seed: int) -> Events:
    """Return events that each have the particles of all guns, numbered through."""
    parts, first = [], 0
    for k, shower in enumerate(showers):
        primaries = load_events(shower, n_events, derive_seed(seed, k)).primaries
        parts.append(primaries._replace(number=primaries.number + first))
        first += shower.per_event
    columns = [np.concatenate(column) for column in zip(*parts)]
    order = np.argsort(columns[0], kind="stable")
    nothing: tuple[dict[str, float], ...] = tuple({} for _ in range(n_events))
    return Events(Primaries(*(column[order] for column in columns)), n_events, nothing, nothing)
