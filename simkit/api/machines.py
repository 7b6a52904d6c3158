"""What is known of a machine: its score, how it scales, and its history; see simkit.api.shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simkit.api.shown import Kept, Shown

if TYPE_CHECKING:
    import pandas as pd

    from simkit.bench.history.change_points import Change
    from simkit.bench.history.table import Configuration, Entry
    from simkit.record.scale import Scale
    from simkit.record.score import Score
    from simkit.record.stepper_study import StepperStudy


class ScoreResult(Kept):
    """A machine's score, and times normalised with it."""

    record: Score
    FILE = "score.json"
    PAGE = False

    @property
    def score(self) -> float:
        """The score."""
        return self.record.score

    @property
    def workloads(self) -> pd.DataFrame:
        """One row a workload: its median, the reference machine's figure, their ratio, the weight."""
        from simkit.api import frames

        return frames.of_models(self.record.workloads, "name", ["values"])

    @property
    def throughputs(self) -> pd.DataFrame:
        """One row a scenario that was timed: CPU seconds and normalised seconds an event."""
        from simkit.api import frames

        return frames.of_models(self.record.throughputs, "label")

    def line(self) -> str:
        """See Shown."""
        from simkit.bench.words import percent

        r = self.record
        return f"{r.kind} score {r.score:.4f} +- {percent(r.relative_error)}, {r.logical_threads} threads"

    def table(self) -> pd.DataFrame:
        """See Shown."""
        return self.workloads


class ScaleResult(Kept):
    """Events per second of a machine, by threads and processes."""

    record: Scale
    FILE = "scale.json"

    @property
    def exit_code(self) -> int:
        """What `simkit scale` would exit with."""
        return self.record.exit_code

    @property
    def points(self) -> pd.DataFrame:
        """One row a number of processes and threads: events per second, speedup, efficiency, memory."""
        from simkit.api import frames

        return frames.of_models(self.record.points, "processes")

    def line(self) -> str:
        """See Shown."""
        best = max(self.record.points, key=lambda p: p.events_per_s.value)
        return (
            f"{self.record.scenario}: {best.events_per_s.value:.4g} events/s with {best.processes} x "
            f"{best.threads} (processes x threads), {best.speedup.value:.3g} times one thread"
        )

    def table(self) -> pd.DataFrame:
        """See Shown."""
        return self.points


class HistoryResult(Shown):
    """One metric over all records kept.

    groups, changes: the entries of each series, oldest first, and its changes of level (None where they were
    not looked for, without the extra `history`). faults: the records that were left out, and why.
    every: no metric was named, so that `export` writes all.
    """

    def __init__(
        self,
        metric: str,
        groups: Mapping[Configuration, Sequence[Entry]],
        found: Mapping[Configuration, Sequence[Change]] | None,
        entries: Sequence[Entry],
        faults: Sequence[str],
        every: bool = False,
    ) -> None:
        self.metric, self.groups, self.found = metric, groups, found
        self.entries, self.faults, self.every = entries, faults, every

    @property
    def record(self) -> dict[str, Any]:
        """What `--json` prints: `records` of all series, oldest first, and the changes by series."""
        records = [
            {
                "machine": of.machine,
                "kind": of.kind,
                "scenario": of.scenario,
                "speedups": of.speedups.split("+") if of.speedups else [],
                "hash": of.hash,
                "engine": of.engine,
                "against": of.against,
                "created": entry.created,
                "commit": entry.commit,
                "version": entry.version,
                "record": str(entry.record),
                **entry.figures[self.metric]._asdict(),
            }
            for of, group in self.groups.items()
            for entry in group
        ]
        changes = [
            {
                "series": str(of),
                "machine": of.machine,
                "hash": of.hash,
                "created": self.groups[of][change.place].created,
                "commit": self.groups[of][change.place].commit,
                "before": change.before,
                "after": change.after,
            }
            for of, of_series in (self.found or {}).items()
            for change in of_series
        ]
        records.sort(key=lambda record: str(record["created"]))
        return {
            "schema": "simkit.history/1",
            "metric": self.metric,
            "records": records,
            "changes": None if self.found is None else changes,
        }

    @property
    def records(self) -> pd.DataFrame:
        """One row a record, oldest first: what was measured, when, with which commit, and the value."""
        import pandas as pd

        return pd.DataFrame(self.record["records"])

    @property
    def changes(self) -> pd.DataFrame | None:
        """One row a change of level; None where they were not looked for."""
        import pandas as pd

        found = self.record["changes"]
        return None if found is None else pd.DataFrame(found)

    def export(self, format: str, path: str | Path | None = None) -> Path:
        """Write the metric named, or all, in a format of `--export` and return where it is."""
        from simkit.bench.history.exports import export

        metric = None if self.every else self.metric
        return export(self.entries, format, metric, None if path is None else Path(path))

    def line(self) -> str:
        """See Shown."""
        return f"{self.metric}: {len(self.record['records'])} records"

    def table(self) -> pd.DataFrame:
        """See Shown."""
        return self.records


class StepperStudyResult(Kept):
    """Steppers in a magnetic field at equal end-point error."""

    record: StepperStudy
    FILE = "stepper-study.json"

    @property
    def exit_code(self) -> int:
        """What `simkit study steppers` would exit with."""
        return self.record.exit_code

    @property
    def times(self) -> pd.DataFrame:
        """One row a stepper, way, field, error, step length and number of boundaries."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "field": cell.field,
                    "step_turns": cell.step_turns,
                    "target_mm": cell.target_mm,
                    "boundaries": cell.crossings,
                    **one.model_dump(exclude={"us_per_turn"}),
                    "us_per_turn": None if one.us_per_turn is None else one.us_per_turn.value,
                }
                for cell in self.record.cells
                for one in cell.times
            ]
        )

    def line(self) -> str:
        """See Shown."""
        return self.record.sentences[0]

    def table(self) -> pd.DataFrame:
        """See Shown."""
        return self.times
