"""What is known of generated showers; see simkit.api.shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simkit.api.shown import Kept

if TYPE_CHECKING:
    import pandas as pd

    from simkit.record.evaluation import Evaluation, MetricValue
    from simkit.record.model_table import ModelTable


class EvaluationResult(Kept):
    """Generated showers against true ones, and truth against truth."""

    record: Evaluation
    FILE = "evaluation.json"

    @property
    def exit_code(self) -> int:
        """What `simkit fastsim evaluate` would exit with."""
        return self.record.exit_code

    @property
    def metrics(self) -> pd.DataFrame:
        """One row a metric: generated and truth against truth, with uncertainties, number and time."""
        import pandas as pd

        rows = [
            {
                "metric": one.key,
                "generated": one.generated.value,
                "generated_error": one.generated.error,
                "truth": one.truth.value,
                "truth_error": one.truth.error,
                "showers": one.showers,
                "seconds": one.seconds,
            }
            for one in self.record.metrics
        ]
        return pd.DataFrame(rows).set_index("metric")

    def line(self) -> str:
        """See Shown."""
        aucs = [
            f"{one.name} {one.generated.value:.3f} (truth {one.truth.value:.3f})" for one in self.record.aucs
        ]
        return f"{self.record.generated.file}: {'; '.join([*aucs, 'physics ' + self.record.physics.verdict])}"

    def table(self) -> pd.DataFrame:
        """See Shown."""
        return self.metrics


class ModelTableResult(Kept):
    """All models of one detector, how fast and how right each is."""

    record: ModelTable
    FILE = "model-table.json"

    @property
    def models(self) -> pd.DataFrame:
        """One row a model, by the worse AUC: its size, times and figures; truth against truth the last."""
        import pandas as pd

        rows = []
        for of in self.record.rows:
            row = of.model_dump(include={"parameters", "file_MB", "training_s", "transport", "showers"})
            times = {"ms_1": of.ms_1, "ms_100": of.ms_100}
            row |= {key: None if ms is None else ms.value for key, ms in times.items()}
            rows.append({"model": of.name, **row, **_values(of.figures), "standing": of.standing})
        if self.record.truth:
            truth = {"model": "truth against truth", "showers": self.record.showers}
            rows.append(truth | _values(self.record.truth))
        return pd.DataFrame(rows).set_index("model")

    def line(self) -> str:
        """See Shown."""
        from simkit.report.model_table import headline

        return headline(self.record)

    def table(self) -> pd.DataFrame:
        """See Shown."""
        return self.models


def _values(figures: dict[str, MetricValue]) -> dict[str, float]:
    return {key: of.value for key, of in figures.items()}
