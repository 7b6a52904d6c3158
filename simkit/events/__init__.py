"""Events: a particle gun, or the final states of a HepMC3 file."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from simkit.errors import unknown
from simkit.events.primaries import Events, Primaries, check_energies, check_inside

__all__ = ["Events", "Primaries", "check_energies", "check_inside", "load_events", "packaged_sample"]

SAMPLE = "ttbar_13p6TeV.hepmc3.gz"
GUN_FIELDS = (
    "particle",
    "energy_MeV",
    "direction",
    "eta_range",
    "phi_range",
    "position_mm",
    "spread_mm",
    "spread",
    "per_event",
)
FILE_FIELDS = ("eta_max", "energy_min_MeV")


def packaged_sample() -> Path:
    """Return the path of the packaged sample: 20 top-quark pair events at 13.6 TeV (data/README.md)."""
    with as_file(files("simkit.events") / "data" / SAMPLE) as path:
        return path


def load_events(events: Any, n_events: int | None = None, seed: int = 1) -> Events:
    """Return the events that a scenario's `events` section asks for.

    `events` has attributes; those that are absent or None take the defaults of gun_primaries and read_hepmc3.
      source: "gun" or "hepmc3". count: how many events, unless `n_events` is given.
      For the gun: particle, energy_MeV, spectrum (kind, min_MeV, max_MeV, index, energies_MeV, weights),
      direction, eta_range, phi_range, position_mm, spread_mm, spread, per_event.
      For a file: path (absent or empty: the packaged sample), eta_max, energy_min_MeV.

    Raises BadInput for anything that cannot be used.
    """
    count = n_events if n_events is not None else getattr(events, "count", None)
    if events.source == "gun":
        from simkit.events.gun import gun_primaries

        options = _given(events, GUN_FIELDS)
        spectrum = getattr(events, "spectrum", None)
        if spectrum is not None:
            options["spectrum"] = spectrum if isinstance(spectrum, Mapping) else vars(spectrum)
        n = 1 if count is None else int(count)
        primaries = gun_primaries(n, seed, **options)
        nothing: tuple[dict[str, float], ...] = ({},) * n
        return Events(primaries, n, nothing, nothing)
    if events.source == "hepmc3":
        from simkit.events.hepmc3 import read_hepmc3

        return read_hepmc3(
            getattr(events, "path", None) or packaged_sample(), count, **_given(events, FILE_FIELDS)
        )
    raise unknown("source of events", events.source, ("gun", "hepmc3"), "events.source")


def _given(section: Any, names: tuple[str, ...]) -> dict[str, Any]:
    values = {name: getattr(section, name, None) for name in names}
    return {name: value for name, value in values.items() if value is not None}
