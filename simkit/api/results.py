"""What runs and validations give; see simkit.api.shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from simkit.api.shown import Kept
from simkit.errors import BadInput

if TYPE_CHECKING:
    import pandas as pd

    from simkit.record.result import Result
    from simkit.record.tallies import Tallies
    from simkit.record.validation import Validation


class RunResult(Kept):
    """A run of a scenario. `remarks`: what was asked for and could not be done, a line each."""

    record: Result
    FILE = "result.json"

    def __init__(
        self,
        record: Result,
        folder: Path | None = None,
        tallies: Tallies | None = None,
        regions: tuple[str, ...] = (),
    ) -> None:
        super().__init__(record, folder)
        self.remarks: list[str] = []
        self._tallies, self._regions = tallies, regions

    @property
    def exit_code(self) -> int:
        """What `simkit run` would exit with."""
        if self.record.gate is None:
            return 0
        from simkit.bench.gate import gated_exit_code  # scipy's statistics take half a second to import

        return gated_exit_code(0, self.record.gate)

    @property
    def deposits(self) -> pd.DataFrame:
        """Energy deposited per event by region (MeV)."""
        from simkit.api import frames

        return frames.deposits(self.record)

    @property
    def visible(self) -> pd.DataFrame:
        """What the readout sees of it (MeV), of the regions where that is not all."""
        from simkit.api import frames

        return frames.visible(self.record)

    @property
    def steps(self) -> pd.DataFrame:
        """Steps per event by region and particle."""
        from simkit.api import frames

        return frames.steps(self.record)

    @property
    def layers(self) -> pd.DataFrame:
        """Energy deposited per event by region and layer (MeV)."""
        from simkit.api import frames

        return frames.layers(self.record)

    @property
    def events(self) -> pd.DataFrame:
        """One row an event: deposits, path, steps, secondaries, interactions, balance, counters.

        Errors: BadInput for a run that was loaded from its record alone.
        """
        import pandas as pd

        from simkit.record.run_folder import EVENTS, event_columns

        if self._tallies is not None:
            return pd.DataFrame(event_columns(self._tallies, self._regions))
        path = self.folder / EVENTS if self.folder is not None else None
        if path is None or not path.is_file():
            raise BadInput(f"events: this run was loaded without its {EVENTS}; load the folder of the run")
        return pd.read_parquet(path)

    def save(self, path: str | Path) -> Path:
        """Write the run to a folder (record, events, tallies), or its record alone to a .json file."""
        from simkit.record.run_folder import copy_run, write_run

        place = Path(path)
        if place.suffix == ".json" or (self._tallies is None and self.folder is None):
            return super().save(path)
        if self._tallies is not None:
            write_run(place, self.record, self._tallies, self._regions)
        elif self.folder is not None:
            copy_run(self.folder, place)
        return place / self.FILE

    def line(self) -> str:
        """See Shown."""
        r = self.record
        names = "+".join([r.scenario.name, *r.scenario.speedups])
        from simkit.report.numbers import plain

        ms = plain(1e3 * r.timing.cpu_s_per_event, 3)
        return f"{names}, {r.events} events, seed {r.seed}: {ms} ms CPU an event"

    def table(self) -> pd.DataFrame:
        """See Shown."""
        return self.deposits


class ValidationResult(Kept):
    """Physics against figures from outside."""

    record: Validation
    FILE = "validation.json"

    @property
    def verdict(self) -> str:
        """ "pass" or "fail"."""
        return self.record.verdict

    @property
    def exit_code(self) -> int:
        """What `simkit validate` would exit with."""
        return self.record.exit_code

    @property
    def rows(self) -> pd.DataFrame:
        """One row a figure: ours, the reference's, the deviation, what is allowed, the verdict."""
        import pandas as pd

        return pd.DataFrame([row.model_dump() for row in self.record.rows])

    @property
    def checks(self) -> pd.DataFrame:
        """One row a check: how many of its rows passed, failed and are disputed."""
        from simkit.api import frames

        return frames.of_models(self.record.checks, "name")

    def line(self) -> str:
        """See Shown."""
        checks = self.record.checks
        counts = (sum(check.rows for check in checks), sum(check.failed for check in checks))
        return f"{self.verdict}: {len(checks)} checks, {counts[0]} rows, {counts[1]} failed"

    def table(self) -> pd.DataFrame:
        """See Shown."""
        return self.checks
