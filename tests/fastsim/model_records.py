"""Records to make tables of models of: evaluations and times, made up but consistent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from simkit.record.equivalence import Equivalence
from simkit.record.evaluation import CorrelationMatrix, Evaluation, Metric, MetricValue, ShowerFile
from simkit.record.generation import BatchTime, Generation, TransportTime
from simkit.record.interval import Interval
from simkit.record.provenance import Provenance


def provenance(cpu: str = "a processor") -> Provenance:
    """Return where records were made."""
    made = {"created": "2026-11-29T08:00:00+00:00", "command": "simkit", "versions": {"simkit": "1"}}
    return Provenance(**made, machine={"cpu": cpu}, seeds={"base": 1})


def evaluation(auc: tuple[float, float], error: float = 0.01, **other: Any) -> Evaluation:
    """Return an evaluation with these AUC of cells and of high-level features; `other`: fields."""
    values = {
        "auc_low": (auc[0], 0.501, error),
        "auc_high": (auc[1], 0.498, error),
        "auc_boosting": (0.58, 0.502, error),
        "fpd": (0.2, 0.02, 0.003),
        "kpd": (1e-3, 2e-5, 1e-5),
        "chi2_ndf": (1.7, 1.04, None),
        "memorisation": (1.003, 1.0, 0.01),
    }
    metrics = [
        Metric(
            name=key,
            key=key,
            generated=MetricValue(value=made, error=e),
            truth=MetricValue(value=truth, error=e),
            showers=20_000,
            seconds=1.0,
        )
        for key, (made, truth, e) in values.items()
    ]
    file = ShowerFile(file="truth.h5", sha256="ab" * 32, showers=40_000, used=40_000, energy_MeV=(1e3, 1e6))
    fields: dict[str, Any] = {
        "generated": file.model_copy(update={"file": "generated.h5"}),
        "truth": file,
        "particle": "e-",
        "cells": 6480,
        "dataset": "2",
        "showers": 20_000,
        "seeds": 3,
        "quick": False,
        "threshold_MeV": 0.01515,
        "metrics": metrics,
        "groups": [],
        "histograms": [],
        "response": [],
        "profiles": [],
        "pictures": [],
        "odd_showers": [],
        "correlations": CorrelationMatrix(layers=[], generated=[], truth=[]),
        "published": [],
        "published_source": "",
        "physics": Equivalence(verdict="pass", units=100, events=100.0, pass_probability=1.0, rows=[]),
        "verdict": "pass",
        "exit_code": 0,
        "seconds": 1.0,
        "provenance": provenance(),
    }
    return Evaluation(**(fields | other))


def generation(model: str, ms_100: float = 0.5, cpu: str = "a processor", **other: Any) -> Generation:
    """Return the times of a model; `other`: fields."""

    def around(value: float) -> Interval:
        return Interval(value=value, lo=0.97 * value, hi=1.04 * value)

    fields: dict[str, Any] = {
        "file": f"{model}.safetensors",
        "sha256": "cd" * 32,
        "model": model,
        "parameters": 316_000,
        "file_MB": 1.4,
        "cells": 6480,
        "training_s": 5400.0,
        "whole_showers": 0,
        "energy_MeV": (1e3, 1e6),
        "clock": "cpu",
        "batches": [
            BatchTime(batch=batch, threads=threads, ms=around(ms), showers=200, rounds=10)
            for batch, threads, ms in ((1, 1, 2.0 * ms_100), (100, 2, 0.6 * ms_100), (100, 1, ms_100))
        ],
        "transport": TransportTime(
            scenario="par04",
            hash="0",
            showers=20,
            batch=20,
            full_ms=around(800.0),
            fast_ms=around(2.0),
            infer_ms=ms_100,
            place_ms=0.5,
            ratio=400.0,
        ),
        "provenance": provenance(cpu),
    }
    return Generation(**(fields | other))


def put(folder: Path, judged: Evaluation | None, timed: Generation | None, recipe: bool = False) -> Path:
    """Write the records of a model to a folder, as commands or a recipe leave them, and return it."""
    folder.mkdir(parents=True)
    if judged is not None:
        file = folder / "evaluation" / "evaluation.json" if recipe else folder / "evaluation.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(judged.to_json())
    if timed is not None:
        (folder / "generation.json").write_text(timed.to_json())
    return folder
