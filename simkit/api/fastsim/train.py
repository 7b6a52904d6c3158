"""Training a generator of showers, checkpointed, and the file that it becomes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkit.api.progress import Progress, shown
from simkit.errors import BadInput, Interrupted
from simkit.fastsim.models.model_file import Card, TrainingData, read_model, write_model
from simkit.fastsim.models.trainers import find_trainer, settings_of
from simkit.fastsim.models.training import CHECKPOINT, Training
from simkit.fastsim.showers.binning import to_xml
from simkit.fastsim.showers.files import Showers, read_showers
from simkit.reading import read_json
from simkit.record.command_line import seconds
from simkit.record.folder_lock import locked
from simkit.record.machine import code_commit, machine_info, package_version
from simkit.scenario.merge import parse_assignment
from simkit.writing import write_text

PLAN = "training.json"
PLACE = Path("simkit-results/fastsim")


def train(
    model: str,
    data: Showers | Path | str,
    budget: str | float | None = None,
    out: Path | str | None = None,
    seed: int = 1,
    set: Mapping[str, Any] | Sequence[str] = (),
    progress: Progress = False,
) -> Path:
    """Train a model on showers and return its file, OUT/MODEL.safetensors.

    data: showers, or their file. budget: the wall time that it may take ("30m"); without it, as long as its
    settings say. out: a folder (simkit-results/fastsim/MODEL), in which a training that was interrupted goes
    on, and one that is finished is left as it is. set: keys of the model's settings. Errors: BadInput.
    """
    trainer = find_trainer(model)
    values = dict(set.items() if isinstance(set, Mapping) else map(parse_assignment, set))
    settings = settings_of(trainer, values)
    budget_s = None if budget is None else seconds(budget)
    showers = data if isinstance(data, Showers) else read_showers(Path(data))
    used = TrainingData(
        sha256=digest(showers),
        showers=len(showers.incident_MeV),
        least_MeV=float(showers.incident_MeV.min()),
        most_MeV=float(showers.incident_MeV.max()),
    )
    folder = Path(out) if out is not None else PLACE / model
    file = folder / f"{model}.safetensors"
    chosen = settings.model_dump(mode="json")
    with locked(folder), shown(progress, f"training {model}") as tell:
        _keep_to(folder, {"model": model, "settings": chosen, "seed": seed, "data": used.model_dump()})
        if file.exists():
            read_model(file)
            return file
        run = Training(folder, seed, budget_s, tell)
        try:
            tensors = trainer.train(showers, settings, run)
        except KeyboardInterrupt:
            raise Interrupted(
                f"interrupted; {folder} holds the last checkpoint: the same command goes on"
            ) from None
        _check(model, tensors)
        card = Card(
            model=model,
            binning=to_xml([showers.binning]),
            data=used,
            settings=chosen,
            seed=seed,
            parameters=sum(array.size for array in tensors.values()),
            training_s=round(run.seconds, 1),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            simkit=package_version("simkit"),
            commit=code_commit(),
            machine=str(machine_info().get("cpu", "")),
        )
        write_model(file, card, tensors)
        (folder / CHECKPOINT).unlink(missing_ok=True)
    return file


def digest(showers: Showers) -> str:
    """Return the sha256 of the numbers of showers, however they are packed."""
    sha256 = hashlib.sha256()
    for array in showers[1:]:
        sha256.update(np.ascontiguousarray(array).data)
    return sha256.hexdigest()


def _keep_to(folder: Path, plan: dict[str, Any]) -> None:
    """Write what is trained here; what another training began is not mixed with it. Errors: BadInput."""
    path = folder / PLAN
    if not path.exists():
        write_text(path, json.dumps(plan, indent=2) + "\n")
        return
    found = read_json(path, "remove it to train anew")
    for key, value in plan.items():
        if not isinstance(found, dict) or found.get(key) != value:
            raise BadInput(f"{folder}: holds a training with other {key}; give another folder with -o")


def _check(model: str, tensors: Mapping[str, NDArray[Any]]) -> None:
    for name, array in tensors.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise BadInput(
                f"{model}: the training ran off, {name!r} is not finite; set a lower learning rate"
            )
