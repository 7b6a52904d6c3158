"""What a magnetic field took: its counters by charged step, from the numbers that every record has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from simkit.particles import PARTICLES, species
from simkit.tally import (
    COUNTERS,
    DRIFT_UNIT,
    FIELD_COUNTERS,
    FIELD_EVALUATIONS,
    FIELD_SUBSTEPS,
    LIMITED_STEPS,
    LOOPERS,
    MOMENTUM_DRIFT,
    REJECTED_SUBSTEPS,
)

Format = Callable[[float], str]
EVALUATIONS = COUNTERS[FIELD_EVALUATIONS]


class FieldCounts(NamedTuple):
    """What tracks in a field counted, where that is not zero.

    by_step: {counter: mean by charged step, the world's too}, momentum_drift as part of the momentum.
    rejected: the part of the substeps that was tried again. by_event: {counter: mean by event} of loopers and
    of limited steps. looped_MeV: energy of an event's loopers, None where it is not known.
    """

    by_step: dict[str, float]
    rejected: float
    by_event: dict[str, float]
    looped_MeV: float | None

    def told(self, number: Format) -> tuple[dict[str, str], dict[str, str]]:
        """Return `by_step` and `by_event` for people; `number` writes a value."""
        by_step = {name: number(value) for name, value in self.by_step.items()}
        if self.rejected:
            by_step[COUNTERS[REJECTED_SUBSTEPS]] += f" ({100.0 * self.rejected:.2g} %)"
        by_event = {name: number(value) for name, value in self.by_event.items()}
        if self.looped_MeV and COUNTERS[LOOPERS] in by_event:
            by_event[COUNTERS[LOOPERS]] += f" with {number(self.looped_MeV)} MeV"
        return by_step, by_event


def field_counts(
    counters_per_event: Mapping[str, float],
    steps_by: Mapping[str, Mapping[str, float]],
    looped_MeV: float | None = None,
) -> FieldCounts | None:
    """Return what the field took; None where no track felt one.

    None, too, beside steps of a plug-in's particle that is not loaded: nobody knows if it has a charge.
    """
    steps = {particle: sum(by.values()) for particle, by in steps_by.items()}
    if any(n and particle not in PARTICLES for particle, n in steps.items()):
        return None
    charged = sum(n for particle, n in steps.items() if n and species(particle).charge)
    if not charged or not counters_per_event.get(EVALUATIONS):
        return None

    def there(*numbers: int) -> dict[str, float]:
        found = {COUNTERS[i]: counters_per_event.get(COUNTERS[i], 0.0) for i in numbers}
        return {name: value for name, value in found.items() if value}

    by_step = {name: value / charged for name, value in there(*FIELD_COUNTERS, MOMENTUM_DRIFT).items()}
    if COUNTERS[MOMENTUM_DRIFT] in by_step:
        by_step[COUNTERS[MOMENTUM_DRIFT]] *= DRIFT_UNIT
    rejected = by_step.get(COUNTERS[REJECTED_SUBSTEPS], 0.0)
    tried = rejected + by_step.get(COUNTERS[FIELD_SUBSTEPS], 0.0)
    by_event = there(LOOPERS, LIMITED_STEPS)
    return FieldCounts(by_step, rejected / tried if tried else 0.0, by_event, looped_MeV)


def listed(values: Mapping[str, str], said: str = "field") -> list[str]:
    """Return counters and values, to be joined: "evaluations 12.3", "substeps 1.4", "limited steps 0.1".

    What a name and the one before it begin with is said once; said: what stands before the list.
    """
    words = []
    for name, value in values.items():
        start, _, last = name.rpartition("_")
        words.append(f"{last if start == said else name.replace('_', ' ')} {value}")
        said = start
    return words
