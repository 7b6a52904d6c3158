"""What comparisons and campaigns give; see simkit.api.shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from simkit.api import assertions
from simkit.api.shown import Kept, Shown

if TYPE_CHECKING:
    import pandas as pd

    from simkit.record.campaign import Campaign
    from simkit.record.comparison import Comparison
    from simkit.record.equivalence import Equivalence
    from simkit.record.interval import MeasuredSpeedup
    from simkit.record.measurement import CallComparison
    from simkit.record.side_by_side import SideBySide
    from simkit.report.page_parts import Figure


class PhysicsResult(Shown):
    """An equivalence test: the verdict over all rows, and the rows."""

    def __init__(self, record: Equivalence) -> None:
        self.record = record

    @property
    def verdict(self) -> str:
        """ "pass", "fail" or "inconclusive"."""
        return self.record.verdict

    @property
    def rows(self) -> pd.DataFrame:
        """One row an observable: both means, the difference, its 90 % interval, the margin, the verdict."""
        from simkit.api import frames

        return frames.physics(self.record)

    def line(self) -> str:
        """See Shown."""
        from simkit.bench.words import physics_words

        events = f"{self.record.events:,.0f} events a side"
        return f"{self.verdict}: the physics {physics_words(self.record)}; {events}"

    def table(self) -> pd.DataFrame:
        """See Shown."""
        return self.rows


class ComparisonResult(Kept):
    """B against A: `speedup` (time of A over that of B, by `record.clock`), why, and the physics."""

    record: Comparison
    FILE = "comparison.json"

    @property
    def speedup(self) -> MeasuredSpeedup:
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
        from simkit.api import frames

        return frames.sides(self.record)

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
        from simkit.api import frames

        return frames.rungs(self.record)

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


class ValuesResult(PhysicsResult):
    """The equivalence test of what two callables return: the verdict over all observables, and the rows."""

    @property
    def rows(self) -> pd.DataFrame:
        """One row an observable: both means, the difference, its 90 % interval, the margin, the verdict."""
        from simkit.api import frames

        return frames.values(self.record)

    def line(self) -> str:
        """See Shown."""
        rows = [row.region for row in self.record.rows if row.verdict == self.verdict != "pass"]
        return f"observables: {', '.join([self.verdict, *rows[:3]])}; {self.record.units:,} calls a side"


class MeasureResult(Kept):
    """Two callables: `speedup` (time of old over that of new), and whether what they return is the same.

    undecided: what an assertion does about what could not be decided: "warn", "fail", "xfail", "ignore".
    """

    record: CallComparison
    FILE = "measurement.json"
    PAGE = False
    undecided: assertions.Undecided = "warn"

    @property
    def speedup(self) -> MeasuredSpeedup:
        """`value`, `lo`, `hi` (95 %), and more of the record's."""
        return self.record.speedup

    @property
    def verdict(self) -> str:
        """ "faster", "slower", "no difference seen" or "inconclusive"."""
        return self.record.verdict

    @property
    def identical(self) -> bool | None:
        """Whether results were exactly the same; None where they could not be compared."""
        return {"identical": True, "different": False, "not compared": None}[self.record.results]

    @property
    def values(self) -> ValuesResult | None:
        """The equivalence test of the observables; None without any."""
        return None if self.record.values is None else ValuesResult(self.record.values)

    @property
    def exit_code(self) -> int:
        """0 fine, 1 slower than asked, 2 the observables differ, 3 inconclusive."""
        return self.record.exit_code

    @property
    def sides(self) -> pd.DataFrame:
        """Both callables: milliseconds a call by every clock."""
        from simkit.api import frames

        return frames.calls(self.record)

    def _figures(self) -> dict[str, Figure]:
        from simkit.report.figures.rounds import rounds_figure

        r = self.record
        figure = rounds_figure(r.ratios, r.speedup, r.clock)
        return {figure.name: figure}

    def brief(self) -> dict[str, Any]:
        """Return the answer as plain data, for the JSON of other programs."""
        r = self.record
        return {
            "old": r.a.name,
            "new": r.b.name,
            "speedup": {name: getattr(r.speedup, name) for name in ("value", "lo", "hi", "level")},
            "verdict": r.verdict,
            "clock": r.clock,
            "results": r.results,
            "observables": None if r.values is None else r.values.verdict,
            "summary": r.summary,
        }

    def assert_not_slower(self, margin: float = 0.02) -> MeasureResult:
        """Fail where new is shown to take more than 1 + `margin` times old's time (0.02 is 2 %).

        See simkit.api.assertions for what is shown, and what becomes of what is not decided.
        """
        __tracebackhide__ = True
        assertions.not_slower(self.record, margin, self.undecided)
        return self

    def assert_faster(self, by: float = 0.0) -> MeasureResult:
        """Fail unless new is shown to be more than 1 + `by` times as fast as old (0.1 is 10 %)."""
        __tracebackhide__ = True
        assertions.faster(self.record, by)
        return self

    def assert_same(self) -> MeasureResult:
        """Fail where an observable differs by more than its margin; without any, where a result differs."""
        __tracebackhide__ = True
        assertions.same(self.record, self.undecided)
        return self

    def line(self) -> str:
        """See Shown."""
        return self.record.summary

    def table(self) -> pd.DataFrame:
        """See Shown."""
        return self.sides
