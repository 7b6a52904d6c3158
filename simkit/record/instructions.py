"""What is told of counted instructions; see simkit.bench.instructions.count for how they are counted."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Instructions(BaseModel):
    """Instructions of one side in user space, per event, start-up apart.

    standard_error: of per_event, from the spread of the showers; a count itself knows no noise. events: how
    many they were counted on. source: what counted them.
    """

    model_config = ConfigDict(extra="forbid")

    per_event: float
    standard_error: float
    events: float
    source: str
