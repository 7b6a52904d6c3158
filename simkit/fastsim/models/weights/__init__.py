"""Trained models that come with simkit, each with its card: of electrons, in `par04` or `segmented`."""

from __future__ import annotations

import re
from os.path import isfile
from pathlib import Path

HERE = Path(__file__).parent


def shipped_weights(model: str) -> Path | None:
    """Return the file of the trained generator of this name; None where none is shipped."""
    path = HERE / f"{model}.safetensors"
    return path if re.fullmatch(r"[a-z0-9-]+", model) and isfile(path) else None


def model_path(given: Path | str) -> Path:
    """Return the path of a model's file; where there is none of that path, `given` may name a shipped one.

    A folder of that name, such as `simkit fastsim train splice -o splice` makes, is no file.
    """
    path = Path(given)
    return path if isfile(path) else shipped_weights(str(given)) or path
