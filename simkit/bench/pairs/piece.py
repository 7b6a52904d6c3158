"""A piece of a measurement: what is kept of a timed round, or of a chunk that was run for physics only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import numpy as np

from simkit.bench.pairs.clocks import Timed, no_times
from simkit.bench.statistics.samples import COUNTED, SUMS, Floats, Sample
from simkit.record.tallies import name_arrays, names_in

Kind = Literal["round", "physics"]
NAME = re.compile(r"(\d{9})-(\d{9})-(round|physics)")


class Place(NamedTuple):
    """Which piece: its kind, and the blocks first <= k < end of the schedule. It sorts by block."""

    first: int
    end: int
    kind: Kind

    @property
    def name(self) -> str:
        """Return the name it is kept under."""
        return f"{self.first:09d}-{self.end:09d}-{self.kind}"


class Piece(NamedTuple):
    """The outcome of all sides on the blocks of `place`.

    samples: one a side. seconds: wall time it took. Of a round only: timed, (2, sides) seconds by each clock;
    energy, the (2,) energies of its blocks (MeV); steps, (sides,); self_timed, (4,) seconds of the first side
    against itself where that was timed too, else empty; placement names where in memory the code stood.
    """

    place: Place
    samples: list[Sample]
    seconds: float
    timed: Timed
    energy: Floats
    steps: Floats
    self_timed: Timed
    placement: int = 0


def physics_piece(place: Place, samples: list[Sample], seconds: float) -> Piece:
    """Return a piece without times."""
    nothing = np.zeros(0)
    return Piece(place, samples, seconds, no_times(0), nothing, nothing, no_times(0))


def parse_place(name: str) -> Place | None:
    """Return the place that a name tells, None for a name of something else."""
    match = NAME.fullmatch(name)
    return Place(int(match[1]), int(match[2]), match[3]) if match else None  # type: ignore[arg-type]


def to_arrays(piece: Piece, elapsed_s: float) -> dict[str, Any]:
    """Return the piece as arrays; elapsed_s: wall seconds that the whole work had taken when it was done."""
    arrays = {name: getattr(piece, name) for name in ("seconds", "energy", "steps", "placement")}
    # All clocks in one array, in the order of Timed.
    arrays |= {"timed": np.stack(piece.timed), "self_timed": np.stack(piece.self_timed)}
    for side, sample in enumerate(piece.samples):
        kept = {name: getattr(sample, name) for name in SUMS} | name_arrays(sample)
        arrays |= {f"{side}.{name}": array for name, array in kept.items()}
    return {**arrays, "elapsed_s": elapsed_s, "sides": len(piece.samples)}


def from_arrays(place: Place, arrays: Mapping[str, Any]) -> tuple[Piece, float]:
    """Return the piece and its elapsed seconds, the inverse of `to_arrays`. Errors: KeyError."""
    samples = []
    for side in range(int(arrays["sides"])):
        first = f"{side}."
        own: dict[str, Any] = {
            name.removeprefix(first): array for name, array in arrays.items() if name.startswith(first)
        }
        # Pieces of earlier versions do not have what came with hadrons.
        own = dict.fromkeys(("unseen", "late", "punched"), np.zeros(len(own["energy"]))) | own
        samples.append(
            Sample(**{name: own[name] for name in SUMS if name in own}, names=names_in(own, COUNTED))
        )
    piece = Piece(
        place,
        samples,
        float(arrays["seconds"]),
        _timed(arrays, "timed", "times"),
        arrays["energy"],
        arrays["steps"],
        _timed(arrays, "self_timed", "self_times"),
        int(arrays.get("placement", 0)),  # pieces of earlier versions have one place
    )
    return piece, float(arrays["elapsed_s"])


def _timed(arrays: Mapping[str, Any], name: str, before: str) -> Timed:
    """Return the times by every clock; pieces of earlier versions have one clock, by the name `before`."""
    if name in arrays:
        return Timed(*arrays[name])
    times = arrays[before]
    return no_times(*times.shape)._replace(cpu=times)
