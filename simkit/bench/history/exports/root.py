"""ROOT histograms of kept runs: deposits by event, and profiles by layer with their errors.

A folder a run, called after the folder of its record: `edep_REGION` (TH1D, events in MeV) and `layers_REGION`
(TH1D, MeV per event in each layer, with standard errors). Needs uproot (`pip install 'simkit[root]'`).
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from simkit.bench.history.table import Entry
from simkit.errors import BadInput
from simkit.writing import write_whole

BINS = 100
EVENTS = "events.parquet"
DEPOSIT = "edep_MeV."


def write(entries: Sequence[Entry], metric: str | None, path: Path) -> None:
    """Write the histograms of all runs; `metric` is none of them and must be None. Errors: BadInput."""
    if metric is not None:
        raise BadInput(f"--export root: it has histograms, not the history of {metric}; leave METRIC out")
    try:
        import uproot
    except ImportError:
        raise BadInput("--export root: uproot is not installed; pip install 'simkit[root]'") from None
    histograms: dict[str, Any] = {}
    for entry in entries:
        if entry.configuration.kind == "run":
            folder = entry.record.parent.as_posix().strip("./") or "run"
            try:
                found = _histograms(entry.record)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise BadInput(
                    f"{entry.record}: damaged ({type(error).__name__}: {error}); run the scenario again"
                ) from None
            histograms |= {f"{folder}/{name}": histogram for name, histogram in found.items()}
    if not histograms:
        raise BadInput(
            "--export root: there is no kept run, and only these have histograms; simkit run ... --keep"
        )
    sink = io.BytesIO()
    with uproot.recreate(sink) as file:
        for name, histogram in histograms.items():
            file[name] = histogram
        content = sink.getvalue()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content)


def _histograms(record: Path) -> dict[str, Any]:
    from uproot.writing.identify import to_TAxis, to_TH1x

    found: dict[str, Any] = {}
    events = record.with_name(EVENTS)
    if events.is_file():
        import pyarrow.parquet

        try:
            table = pyarrow.parquet.read_table(events)
        except (OSError, ValueError) as error:
            raise BadInput(
                f"{events}: damaged ({str(error).splitlines()[0]}); run the scenario again"
            ) from None
        for column in table.column_names:
            if column.startswith(DEPOSIT):
                values = table[column].to_numpy()
                found[f"edep_{column.removeprefix(DEPOSIT)}"] = np.histogram(values, BINS)
    content = json.loads(record.read_text("utf-8"))
    for region, means in content["layers_MeV"].items():
        errors = [error or 0.0 for error in content["layers_sem_MeV"][region]]
        n = len(means)
        mean = np.array([0.0, *means, 0.0])
        variance = np.array([0.0, *errors, 0.0]) ** 2
        found[f"layers_{region}"] = to_TH1x(
            f"layers_{region}",
            f"deposit in {region} by layer, MeV per event",
            mean,
            float(content["events"]),
            float(mean.sum()),
            float(variance.sum()),
            float((mean[1:-1] * np.arange(n)).sum()),
            float((mean[1:-1] * np.arange(n) ** 2).sum()),
            variance,
            to_TAxis("xaxis", "layer", n, 0.0, float(n)),
        )
    return found
