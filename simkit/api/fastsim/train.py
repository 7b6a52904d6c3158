"""Training a generator of showers, checkpointed, and the file that it becomes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkit.api.fastsim.card import finite
from simkit.api.progress import Progress, shown
from simkit.bench.named_sides import check_seed
from simkit.errors import BadInput, Interrupted
from simkit.fastsim.models.generating import Trainer
from simkit.fastsim.models.model_file import Card, TrainingData, read_model, write_model
from simkit.fastsim.models.trainers import IN_ONE_GO, find_trainer, settings_of
from simkit.fastsim.models.training import CHECKPOINT, Training
from simkit.fastsim.showers.binning import to_xml
from simkit.fastsim.showers.files import Showers, read_showers
from simkit.imports import need
from simkit.plugins import building
from simkit.reading import read_json
from simkit.record.command_line import seconds
from simkit.record.folder_lock import locked
from simkit.record.machine import code_commit, machine_info, package_version
from simkit.scenario.merge import parse_assignment
from simkit.sections import Section
from simkit.writing import write_text

PLAN = "training.json"
PLACE = Path("simkit-results/fastsim")


class TrainingPlan(NamedTuple):
    """What is trained, how, and how long at most (s)."""

    trainer: Trainer
    settings: Section
    budget_s: float | None

    @classmethod
    def read(
        cls, model: str, settings: Mapping[str, Any], budget: str | float | None, where: str = ""
    ) -> TrainingPlan:
        """Return the plan of a training. where: what names the model. Errors: BadInput of what cannot be."""
        trainer = find_trainer(model, where)
        need("ml", model, *getattr(trainer, "packages", ()))
        option = f"{where}: budget" if where else "--budget"
        if budget is not None and model in IN_ONE_GO:
            raise BadInput(f"{option}: {model} is made in one go and knows none; leave it out")
        return cls(
            trainer, settings_of(trainer, settings), None if budget is None else seconds(budget, option)
        )


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
    on from its checkpoint, if the model keeps any, and one that is finished is left as it is. set: keys of
    the model's settings. Errors: BadInput.
    """
    check_seed(seed)
    values = dict(set.items() if isinstance(set, Mapping) else map(parse_assignment, set))
    plan = TrainingPlan.read(model, values, budget)
    showers = data if isinstance(data, Showers) else read_showers(Path(data))
    if len(showers.incident_MeV) < 2 or not showers.energies_MeV.any():
        raise BadInput(f"{model}: cannot be trained on one shower, or on none with energy; give more showers")
    used = TrainingData(
        sha256=digest(showers),
        showers=len(showers.incident_MeV),
        least_MeV=float(showers.incident_MeV.min()),
        most_MeV=float(showers.incident_MeV.max()),
        outside=showers.outside,
    )
    folder = Path(out) if out is not None else PLACE / model
    file = folder / f"{model}.safetensors"
    chosen = plan.settings.model_dump(mode="json")
    with locked(folder), shown(progress, f"training {model}") as tell:
        made = read_model(file).card if file.exists() else None
        other = made and (made.data.sha256, made.settings, made.seed) != (used.sha256, chosen, seed)
        if not other or (folder / PLAN).exists():  # no word of this one beside another's file
            _keep_to(folder, {"model": model, "settings": chosen, "seed": seed, "data": used.model_dump()})
        if other:
            raise BadInput(f"{file}: was trained on other data or otherwise; give another folder with -o")
        if made:
            return file
        run = Training(folder, seed, plan.budget_s, tell)
        try:
            with building("trainers", plan.trainer.name, "cannot be trained"):
                tensors = plan.trainer.train(showers, plan.settings, run)
        except KeyboardInterrupt:
            kept = (folder / CHECKPOINT).exists()
            goes_on = f"{folder} holds the last checkpoint: the same command goes on"
            raise Interrupted(
                f"interrupted; {goes_on if kept else 'there is no checkpoint: the same command begins anew'}"
            ) from None
        _check(model, tensors)
        card = Card(
            model=model,
            binning=to_xml([showers.binning]),
            data=used,
            settings=chosen,
            seed=seed,
            parameters=sum(array.size for array in tensors.values() if array.dtype.kind == "f"),
            training_s=round(run.seconds, 1),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            simkit=package_version("simkit"),
            commit=code_commit(),
            machine=str(machine_info().get("cpu", "")),
            quality=finite(run.quality),
        )
        write_model(file, card, tensors)
        (folder / CHECKPOINT).unlink(missing_ok=True)
    return file


def digest(showers: Showers) -> str:
    """Return the sha256 of the numbers of showers, however they are packed."""
    sha256 = hashlib.sha256()
    for array in (showers.incident_MeV, showers.energies_MeV):
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
    arrays = tensors.values() if isinstance(tensors, Mapping) else [None]
    if not all(isinstance(array, np.ndarray) and array.dtype.kind in "fiub" for array in arrays):
        raise BadInput(f"{model}: its training gives no arrays of numbers by name; correct the trainer")
    for name, array in tensors.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise BadInput(
                f"{model}: the training ran off, {name!r} is not finite; set a lower learning rate"
            )
