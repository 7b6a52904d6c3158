"""Trained generators that come with simkit, a file each with its card: of electrons in the preset `par04`."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent


def shipped_weights(model: str) -> Path | None:
    """Return the file of the trained generator of this name; None where none is shipped."""
    path = HERE / f"{model}.safetensors"
    return path if path.is_file() else None
