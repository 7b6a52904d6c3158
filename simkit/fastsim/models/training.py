"""A training under way: its seed, its time, its checkpoints and its curves, in a folder."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkit.errors import BadInput
from simkit.fastsim.models.model_file import read_tensors, write_tensors
from simkit.writing import write_text

CHECKPOINT, CURVES = "checkpoint.safetensors", "curves.csv"


class Training:
    """One training. What was interrupted goes on in the same folder.

    folder: where it lies. seed: of all its random numbers. budget_s: the wall time it may take in all, None
    for as long as its settings say. quality: figures by name that the trainer puts there, for the card.
    """

    def __init__(
        self,
        folder: Path,
        seed: int = 0,
        budget_s: float | None = None,
        tell: Callable[[float, str], None] | None = None,
    ) -> None:
        self.folder, self.seed, self.budget_s, self._tell = folder, seed, budget_s, tell
        self._begin, self._before = time.monotonic(), 0.0
        self.quality: dict[str, float] = {}
        self.curves: list[dict[str, float]] = []

    @property
    def seconds(self) -> float:
        """Wall time so far, that before interruptions included."""
        return self._before + time.monotonic() - self._begin

    def share(self, done: float, of: float, doing: str) -> float:
        """Return the share (0 to 1) of the training that is done, in steps or in time; it ends at 1."""
        share = min(1.0, max(done / of, self.seconds / self.budget_s if self.budget_s else 0.0))
        if self._tell:
            self._tell(share, doing)
        return share

    def add_point(self, **values: float) -> None:
        """Add a point to the curves (`curves.csv`): the step, the loss, figures of quality by name."""
        self.curves.append({"seconds": round(self.seconds, 2), **{k: float(v) for k, v in values.items()}})
        names = list(dict.fromkeys(name for point in self.curves for name in point))
        rows = [",".join(f"{point[n]:.9g}" if n in point else "" for n in names) for point in self.curves]
        write_text(self.folder / CURVES, "\n".join([",".join(names), *rows]) + "\n")

    def keep(self, tensors: Mapping[str, NDArray[Any]], **numbers: float) -> None:
        """Keep a checkpoint: arrays by name, and numbers such as the step. Errors: BadInput."""
        about = {"seconds": self.seconds, "numbers": numbers, "curves": self.curves}
        write_tensors(self.folder / CHECKPOINT, tensors, json.dumps(about), "training")

    def kept(self) -> tuple[dict[str, NDArray[Any]], dict[str, float]] | None:
        """Return the arrays and numbers of the last checkpoint, from which it goes on; None at the beginning.

        Errors: BadInput.
        """
        path = self.folder / CHECKPOINT
        if not path.exists():
            return None
        tensors, text = read_tensors(path, "training")
        try:
            about = json.loads(text)
            self._before, self._begin = float(about["seconds"]), time.monotonic()
            self.curves = [dict(point) for point in about["curves"]]
            return tensors, dict(about["numbers"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise BadInput(f"{path}: is no checkpoint ({error}); remove it to begin anew") from None

    def random(self, step: int = 0) -> np.random.Generator:
        """Return random numbers that depend on the seed and the step alone: a resumed training is alike."""
        return np.random.default_rng([self.seed, step])
