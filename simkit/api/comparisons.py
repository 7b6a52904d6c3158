"""What comparisons and campaigns give; see simkit.api.shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from simkit.api.shown import Kept, Shown

if TYPE_CHECKING:
    import pandas as pd

    from simkit.bench.programs.side_by_side import SideBySide
    from simkit.bench.schema import Campaign, Comparison, Physics, Speedup


class PhysicsResult(Shown):
    """An equivalence test: the verdict over all rows, and the rows."""

    def __init__(self, record: Physics) -> None:
        self.record = record

    @property
    def verdict(self) -> str:
        """ "pass", "fail" or "inconclusive"."""
        return self.record.verdict

    @property
    def rows(self) -> pd.DataFrame:
        """One row an observable: both means, the difference, its 90 % interval, the margin, the verdict."""
        from simkit.api import tables

        return tables.physics(self.record)

    def line(self) -> str:
        """See Shown."""
        limiting = f", {', '.join(self.record.limiting[:3])}" if self.record.limiting else ""
        return f"physics: {self.verdict}{limiting}; {self.record.events:.4g} events a side"

    def table(self) -> pd.DataFrame:
        """See Shown."""
        return self.rows


class ComparisonResult(Kept):
    """B against A: `speedup` (time of A over that of B, by `record.clock`), why, and the physics."""

    record: Comparison
    FILE = "comparison.json"

    @property
    def speedup(self) -> Speedup:
        """`value`, `lo`, `hi` (95 %), and more of the record's."""
        return self.record.speedup

    @property
    def verdict(self) -> str:
        """ "faster", "slower", "no difference seen" or "inconclusive"."""
        return self.record.verdict

    @property
    def exit_code(self) -> int:
        """What `simkit compare` would exit with."""
        from simkit.bench.gate import gated_exit_code

        return gated_exit_code(self.record.exit_code, self.record.gate)

    @property
    def physics(self) -> PhysicsResult:
        """The equivalence test of the physics."""
        return PhysicsResult(self.record.physics)

    @property
    def sides(self) -> pd.DataFrame:
        """Both sides per event: time, steps, secondaries, deposits."""
        from simkit.api import tables

        return tables.sides(self.record)

    def line(self) -> str:
        """See Shown."""
        return f"{self.record.b.label} against {self.record.a.label}: {self.record.summary}"

    def table(self) -> pd.DataFrame:
        """See Shown."""
        return self.sides


class SideBySideResult(Kept):
    """Two sides of which one was recorded elsewhere: physics is judged, and there is no speedup."""

    record: SideBySide
    FILE = "side-by-side.json"
    speedup = None

    @property
    def exit_code(self) -> int:
        """What `simkit compare` would exit with."""
        return self.record.exit_code

    @property
    def physics(self) -> PhysicsResult:
        """The equivalence test of the physics."""
        return PhysicsResult(self.record.physics)

    def line(self) -> str:
        """See Shown."""
        return f"{self.record.b.label} beside {self.record.a.label}: {self.record.summary}"

    def table(self) -> pd.DataFrame:
        """See Shown."""
        return self.physics.rows


class CampaignResult(Kept):
    """A ladder of speedups, measured."""

    record: Campaign
    FILE = "campaign.json"

    @property
    def rungs(self) -> pd.DataFrame:
        """One row a rung: what it does by itself, and since the baseline."""
        from simkit.api import tables

        return tables.rungs(self.record)

    @property
    def exit_code(self) -> int:
        """What `simkit campaign` would exit with."""
        from simkit.bench.gate import gated_exit_code

        return gated_exit_code(self.record.exit_code, self.record.gate)

    def report(self, path: str | Path) -> Path:
        """Write the page, with what else lies in the campaign's folder, and return where it is."""
        if self.folder is None:
            return super().report(path)
        from simkit.report.page import write_report

        return write_report(self.folder, Path(path))

    def line(self) -> str:
        """See Shown."""
        r = self.record
        unfinished = "" if r.finished else ", not finished"
        return f"{r.name}: {r.scenario}, {r.mode}, {len(r.rungs)} rungs{unfinished}"

    def table(self) -> pd.DataFrame:
        """See Shown."""
        wanted = ("speedup", "lo", "hi", "verdict", "steps_ratio", "physics", "published")
        rungs = self.rungs
        return rungs[[name for name in wanted if name in rungs]]
