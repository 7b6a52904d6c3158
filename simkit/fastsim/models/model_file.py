"""Files of trained generators: safetensors, arrays by name, with the card as JSON in its metadata.

Never pickles: reading such a file runs nothing. Needs safetensors (`pip install 'simkit[ml]'`).
Source of the form: github.com/huggingface/safetensors.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from simkit.errors import BadInput
from simkit.fastsim.showers.binning import Binning, parse_binning
from simkit.imports import extra
from simkit.particles import species
from simkit.writing import write_whole, writing_to

MEND = "give a file that simkit fastsim train wrote"
BEYOND = 1.05  # the energies of the training; how far others may lie


class TrainingData(BaseModel):
    """The showers of a training: sha256 of their numbers, how many, between which energies.

    outside: energy beyond the last rings over that in the cells, see simkit.fastsim.showers.files.Showers.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str
    showers: int
    least_MeV: Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
    most_MeV: Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
    outside: Annotated[float, Field(ge=0.0, allow_inf_nan=False)] = 0.0

    @model_validator(mode="after")
    def _rise(self) -> TrainingData:
        if self.least_MeV > self.most_MeV:
            raise ValueError("least_MeV is above most_MeV")
        return self

    @property
    def domain_MeV(self) -> tuple[float, float]:
        """Between which energies showers are asked for: those of the training, and little beyond."""
        return self.least_MeV / BEYOND, self.most_MeV * BEYOND


class Card(BaseModel):
    """What a trained generator is, how it was made, how good and how fast it is.

    model: the trainer's name. binning: as XML. settings: of the trainer. parameters: how many floating-point
    numbers. training_s: wall time. quality, timings: measured figures by name (such as "AUC high", "ms a
    shower, batch 100").
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    model: str
    binning: str
    data: TrainingData
    settings: dict[str, Any] = {}
    seed: int = 0
    parameters: int = 0
    training_s: float = 0.0
    created: str = ""
    simkit: str = ""
    commit: str = ""
    machine: str = ""
    quality: dict[str, float] = {}
    timings: dict[str, float] = {}

    @property
    def model_id(self) -> str:
        """What names this model, whatever is measured of it later and in which form it is: a sha256."""
        text = self.model_dump_json(exclude={"quality", "timings"}, exclude_defaults=True)
        return hashlib.sha256(text.encode()).hexdigest()


class ModelFile(NamedTuple):
    """A file of a trained generator: where it lies in words, its card, its arrays by name."""

    where: str
    card: Card
    tensors: Mapping[str, NDArray[Any]]

    @property
    def binning(self) -> Binning:
        """The cells of its showers. Errors: BadInput."""
        return parse_binning(self.card.binning, f"{self.where}: its binning")

    def take(self, name: str, *shape: int | None, dtype: DTypeLike = np.float32) -> NDArray[Any]:
        """Return an array that must have this shape (None: any length) and dtype. Errors: BadInput."""
        found, wanted = self.tensors.get(name), np.dtype(dtype)
        if found is None:
            raise BadInput(f"{self.where}: holds no array {name!r}, which {self.card.model} needs; {MEND}")
        fits = len(found.shape) == len(shape) and all(b in (None, a) for a, b in zip(found.shape, shape))
        if not fits or found.dtype != wanted:
            size = " x ".join("n" if length is None else str(length) for length in shape)
            raise BadInput(
                f"{self.where}: {name!r} is {found.dtype} of {' x '.join(map(str, found.shape))}; must be "
                f"{wanted} of {size}; {MEND}"
            )
        if wanted.kind == "f" and not np.isfinite(found).all():
            raise BadInput(f"{self.where}: {name!r} holds numbers that are not finite; {MEND}")
        return found


def check_particles(file: ModelFile, particles: Sequence[str]) -> None:
    """Refuse particles that a generator was not trained on; where its data did not say, any may be."""
    pdg = file.binning.pdg
    for name in particles:
        if pdg is not None and species(name).pdg != pdg:
            raise BadInput(
                f"{file.where}: makes showers of {file.binning.particle}, and the rule's particles have "
                f"{name!r}; leave it out"
            )


def write_model(path: Path, card: Card, tensors: Mapping[str, NDArray[Any]]) -> None:
    """Write a trained generator, whole or not at all. Errors: BadInput."""
    write_tensors(path, tensors, card.model_dump_json(), "card")


def read_model(path: Path) -> ModelFile:
    """Return what a file of a trained generator holds. Errors: BadInput."""
    tensors, text = read_tensors(path, "card")
    return ModelFile(str(path), parse_card(text, str(path)), tensors)


def parse_card(text: str, where: str) -> Card:
    """Return the card in a JSON text, which errors call `where`. Errors: BadInput."""
    try:
        return Card.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "text"
        raise BadInput(f"{where}: its card is not right ({key}: {first['msg']}); {MEND}") from None


def write_tensors(path: Path, tensors: Mapping[str, NDArray[Any]], text: str, key: str) -> None:
    """Write arrays with a text under `key` in the file's metadata, whole or not at all. Errors: BadInput."""
    with extra("ml", "files of models"):
        from safetensors.numpy import save
    content = save({name: np.ascontiguousarray(array) for name, array in tensors.items()}, {key: text})
    with writing_to(path, "give a writable place"):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)


def read_tensors(path: Path, key: str) -> tuple[dict[str, NDArray[Any]], str]:
    """Return the arrays of a file, and the text under `key` in its metadata. Errors: BadInput."""
    with extra("ml", "files of models"):
        from safetensors import SafetensorError, safe_open
    try:
        with open(path, "rb"):
            pass  # what is missing, a folder, or may not be read is told better here
        with safe_open(path, framework="numpy") as file:
            text = (file.metadata() or {}).get(key)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, TypeError, ValueError, AttributeError, MemoryError) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__
        raise BadInput(f"{path}: cannot be read as safetensors ({reason}); {MEND}") from None
    if text is None:
        raise BadInput(f"{path}: has no {key} in its metadata; {MEND}")
    return tensors, text
