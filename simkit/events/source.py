"""Where events come from: what every `[events]` section has."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from simkit.events.primaries import Events
from simkit.sections import Section

EventCount = Annotated[int, Field(ge=1, le=2**31 - 1)]


class Source(Section):
    """A source of events; `source` names it, `count` says how many there are where -n does not."""

    source: str
    if TYPE_CHECKING:
        count: int | None

    @abstractmethod
    def load(self, n_events: int | None = None, seed: int = 1) -> Events:
        """Return `n_events` events, None for `count`. Errors: BadInput."""

    def kinds(self) -> tuple[int, ...] | None:
        """Return the kinds of simkit.particles that its events may hold; None: any."""
        return None
