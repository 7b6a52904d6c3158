"""Events: a particle gun, or the final states of a HepMC3 file."""

from __future__ import annotations

from simkit.events.gun import Gun
from simkit.events.hepmc3 import HepMC3File, packaged_sample
from simkit.events.primaries import Events, Primaries, check_energies, check_inside
from simkit.events.source import Source
from simkit.sections import OneOf

__all__ = [
    "SOURCES",
    "Events",
    "Gun",
    "HepMC3File",
    "Primaries",
    "Source",
    "check_energies",
    "check_inside",
    "load_events",
    "packaged_sample",
]

SOURCES = OneOf(Source, "source", (Gun, HepMC3File))


def load_events(events: Source, n_events: int | None = None, seed: int = 1) -> Events:
    """Return the events that a scenario's `events` section asks for, `n_events` of them. Errors: BadInput."""
    return events.load(n_events, seed)
