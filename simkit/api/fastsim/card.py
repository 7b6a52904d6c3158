"""What is measured of a trained model goes into the card of its file."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path

from simkit.errors import BadInput
from simkit.fastsim.models.model_file import read_model, write_model
from simkit.fastsim.models.weights import model_path
from simkit.record.evaluation import Evaluation
from simkit.record.generation import BatchTime


def check_card_of(model: Path | str) -> None:
    """Check that a file's card can be added to: of safetensors, and not one of simkit's. Errors: BadInput."""
    path = model_path(model)
    if path != Path(model):
        raise BadInput(f"--keep: {model} comes with simkit and stays as it is; give a file of your own")
    read_model(path)


def add_to_card(path: Path, quality: Mapping[str, float], timings: Mapping[str, float]) -> None:
    """Add figures to the card of a file, in the place of older ones of the same name. Errors: BadInput."""
    file = read_model(path)
    figures = {
        "quality": {**file.card.quality, **finite(quality)},
        "timings": {**file.card.timings, **timings},
    }
    write_model(path, file.card.model_copy(update=figures), file.tensors)


def finite(figures: Mapping[str, float]) -> dict[str, float]:
    """Return the figures that are numbers: a card holds no others, and could not be read again."""
    return {name: float(value) for name, value in figures.items() if math.isfinite(value)}


def quality_of(record: Evaluation) -> dict[str, float]:
    """Return the figures of an evaluation by name, truth against truth beside each."""
    found = {"showers of each sample": float(max((m.showers for m in record.metrics), default=0))}
    for metric in record.metrics:
        found |= {metric.name: metric.generated.value, f"{metric.name}, truth": metric.truth.value}
    return found


def timings_of(batches: Iterable[BatchTime]) -> dict[str, float]:
    """Return milliseconds a shower by batch and threads."""
    return {
        f"ms a shower, batch {b.batch}, {b.threads} thread{'s' * (b.threads > 1)}": b.ms.value
        for b in batches
    }
