"""What spending a budget needs of a measurement, whether in one warm process or of other programs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from simkit.bench.pairs.clocks import Judge, Timed
from simkit.bench.statistics.differences import Difference
from simkit.bench.statistics.intervals import TrimmedMean
from simkit.bench.statistics.samples import Floats


class Measured(Protocol):
    """Sides being measured; see simkit.bench.pairs.pairing.Measurement and simkit.bench.programs.timing.

    timed: (2, sides) seconds of each round by every clock. planned: rounds expected before the first was run.
    """

    planned: int
    timed: list[Timed]

    @property
    def times(self) -> list[Floats]:
        """Return one (2, sides) array of seconds a round, by the clock that judges."""
        ...

    @property
    def judge(self) -> Judge:
        """Return which clock decides, by what was measured so far."""
        ...

    @property
    def placements(self) -> Sequence[int] | None:
        """Return what names the place in memory of the code in each round; None where runs are processes."""
        ...

    @property
    def pins(self) -> bool:
        """Return whether timing is to stay on one processor."""
        ...

    @property
    def sides(self) -> Sequence[object]:
        """Return what is measured."""
        ...

    @property
    def rounds(self) -> int:
        """Return how many rounds were timed."""
        ...

    @property
    def round_s(self) -> float:
        """Return about how long a round takes (s of wall time)."""
        ...

    def timed_round(self) -> None:
        """Time all sides forth and back."""
        ...

    def untimed_chunk(self, cpu_s: float, threads: int) -> None:
        """Run about `cpu_s` CPU seconds a side on all threads, for physics only."""
        ...

    def independent(self, a: int = 0, b: int = 1) -> int:
        """Return how many independent units the physics of two sides is compared on."""
        ...

    def observed(self, a: int, b: int, observables: Collection[str]) -> list[Difference]:
        """Return the differences of all observables; `observables`: keys, besides the usual."""
        ...

    def log_ratio(self, a: int, b: int) -> TrimmedMean:
        """Return ln(time of a / time of b), from all rounds."""
        ...
