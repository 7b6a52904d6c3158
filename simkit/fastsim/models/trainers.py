"""The trainers that there are, those of plug-ins too: one line a model, imported when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from simkit.errors import BadInput
from simkit.fastsim.models.generating import Generator, Trainer
from simkit.fastsim.models.model_file import ModelFile, read_model
from simkit.fastsim.models.weights import model_path
from simkit.plugins import building, find_plugin, plugins
from simkit.sections import Section

OWN = {
    "frozen-library": "frozen_library",
    "splice": "splice",
    "gflash": "fitted_gflash",
    "autoregressive": "autoregressive.training",
    "flow": "flow",
    "frozen-showers": "simkit.engines.track_library",
    "range-cut-reweight": "simkit.engines.reweighting",
}
"""simkit's own: a name, and the module that has its `TRAINER`; here, or of the engine, which makes some."""
IN_ONE_GO = ("frozen-library", "splice", "frozen-showers")
"""Those that are not trained in steps: they keep no checkpoints and know no budget."""


def trainer_names() -> list[str]:
    """Return the names of all trainers."""
    return [*OWN, *plugins("trainers")]


def find_trainer(name: str, where: str = "") -> Trainer:
    """Return a trainer; where: the file or option that names it. Errors: BadInput."""
    brought = find_plugin("trainers", name, OWN, where)
    if brought is None:
        module = OWN[name]
        return import_module(module if module.startswith("simkit.") else f"{__package__}.{module}").TRAINER
    settings = getattr(brought, "settings", None)
    fits = isinstance(settings, type) and issubclass(settings, Section)
    if not (fits and all(callable(getattr(brought, verb, None)) for verb in ("train", "build"))):
        raise BadInput(f"trainer {name!r}: the plug-in's needs settings (a Section's class), train and build")
    return brought


def settings_of(trainer: Trainer, values: Mapping[str, Any]) -> Any:
    """Return a trainer's settings with these values of keys. Errors: BadInput."""
    return trainer.settings.read(values, trainer.name)


def load_generator(path: Path | str) -> tuple[Generator, ModelFile]:
    """Return the generator in a file (safetensors, or `.onnx`), and the file itself. Errors: BadInput.

    path: also the name of a model of which weights are shipped.
    """
    path = model_path(path)
    if path.suffix == ".onnx":
        from simkit.fastsim.models.onnx_file import by_onnx, read_onnx_card

        session, card = read_onnx_card(path)
        file = ModelFile(str(path), card, {})
        return by_onnx(path, session, find_network(card.model, file.where), file), file
    file = read_model(path)
    trainer = find_trainer(file.card.model, file.where)
    with building("trainers", trainer.name):
        made = trainer.build(file)
    if not callable(getattr(made, "generate", None)):
        raise BadInput(f"{file.where}: {trainer.name} makes no showers; give a generator's file")
    if getattr(made, "binning", None) != file.binning:
        raise BadInput(f"{file.where}: {trainer.name}'s generator has other cells than its card; correct it")
    return made, file


def find_network(name: str, where: str = "") -> Any:
    """Return a trainer that is a simkit.fastsim.models.decoding.NetworkTrainer. Errors: BadInput."""
    trainer = find_trainer(name, where)
    if not all(callable(getattr(trainer, verb, None)) for verb in ("module", "noise", "finish")):
        able = [name for name in OWN if hasattr(find_trainer(name), "module")]
        raise BadInput(
            f"{where or name}: {name} cannot be exported; of simkit's models, {', '.join(able)} can"
        )
    return trainer
