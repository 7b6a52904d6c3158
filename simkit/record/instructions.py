"""What is told of counted instructions; see simkit.bench.instructions.count for how they are counted."""

from __future__ import annotations

from simkit.record.part import Part


class Instructions(Part):
    """Instructions of one side in user space, per event, start-up apart.

    standard_error: of per_event, from the spread of the showers; a count itself knows no noise. events: how
    many they were counted on. source: what counted them.
    """

    per_event: float
    standard_error: float
    events: float
    source: str
