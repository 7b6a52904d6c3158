"""What is known of generated showers; see simkit.api.shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simkit.api.shown import Kept

if TYPE_CHECKING:
    import pandas as pd

    from simkit.record.evaluation import Evaluation


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
