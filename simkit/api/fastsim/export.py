"""Exporting a trained network: other files of it, what each needs in memory, and how far they agree."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from simkit.errors import BadInput, unknown
from simkit.fastsim.models.decoding import Decoded, by_torch
from simkit.fastsim.models.draws import log_uniform, shower_keys
from simkit.fastsim.models.model_file import ModelFile, read_model
from simkit.fastsim.models.onnx_file import write_onnx
from simkit.fastsim.models.trainers import find_network, load_generator
from simkit.fastsim.models.weights import model_path
from simkit.writing import write_text, write_whole, writing_to

FORMS = {"onnx": ".onnx", "json": ".json"}
"""What can be written, and how its name ends. json: all numbers as text, as LWTNN reads networks."""
CHECKED = 64  # showers on which two ways must agree
AGREE = 1e-5  # of a shower's largest cell


class LoadedSize(NamedTuple):
    """How many megabytes a process grows by when it loads a file: at most meanwhile, and afterwards."""

    what: str
    file_MB: float
    peak_MB: float
    loaded_MB: float


class Export(NamedTuple):
    """An exported file; off: the largest difference from the model's own energies, before thresholds, in
    units of a shower's largest cell (None where the form is not run)."""

    file: Path
    off: float | None
    memory: list[LoadedSize]


def export(model: Path | str, to: str = "onnx", out: Path | str | None = None) -> Export:
    """Write a trained model in another form (`FORMS`) and compare the two. Errors: BadInput.

    model: a file, or the name of a shipped one. out: beside the file, of a shipped one here.
    """
    check_form(to)
    source = model_path(model)
    file = read_model(source)
    target = Path(out) if out is not None else Path(model).with_suffix(FORMS[to])
    if target.suffix != FORMS[to]:
        raise BadInput(f"-o: found {str(target)!r}; the name must end in {FORMS[to]}")
    if target.exists() and target.samefile(source):
        raise BadInput(f"-o: {target} is the model itself; give another file")
    off = None
    if to == "onnx":
        off = _export_onnx(source, file, target)
    else:
        write_text(target, json.dumps({name: array.tolist() for name, array in file.tensors.items()}))
    return Export(target, off, [memory_of(source, "safetensors"), memory_of(target, to)])


def check_form(to: str, where: str = "--to") -> None:
    """Check that there is such a form. Errors: BadInput."""
    if to not in FORMS:
        raise unknown("form", to, FORMS, where)


def _export_onnx(source: Path, file: ModelFile, target: Path) -> float:
    """Write ONNX, once it agrees with the model, and return by how much they differ. Errors: BadInput."""
    with TemporaryDirectory() as folder:
        made = Path(folder) / "model.onnx"
        write_onnx(made, find_network(file.card.model, str(source)), file)
        off = disagreement(source, made)
        if not off <= AGREE:
            raise BadInput(
                f"{source}: ONNX and torch differ by {off:.2g} of the largest cell, allowed {AGREE}"
            )
        with writing_to(target, "give a writable place"):
            target.parent.mkdir(parents=True, exist_ok=True)
            write_whole(target, made.read_bytes())
    return off


def disagreement(one: Path, other: Path) -> float:
    """Return how much torch, of one file, and ONNX, the other, differ.

    The largest difference of two energies, before thresholds, over the largest cell.
    """
    file = read_model(one)
    first = by_torch(find_network(file.card.model, str(one)), file)
    second, _ = load_generator(other)
    assert isinstance(second, Decoded)
    data, keys = file.card.data, shower_keys(1, CHECKED)
    incident = log_uniform(1, CHECKED, data.least_MeV, data.most_MeV)
    a, b = first.raw(incident, keys), second.raw(incident, keys)
    return float(np.max(np.abs(a - b).max(axis=1) / np.maximum(a.max(axis=1), 1e-9)))


_LOADING = """
import sys
from pathlib import Path
import psutil
from simkit.record.machine import peak_rss_MB
{imports}
now = lambda: psutil.Process().memory_info().rss / 2**20
before, peak = now(), peak_rss_MB()
loaded = {load}
print(max(peak_rss_MB() - peak, now() - before), now() - before)
"""
_WAYS = {
    "safetensors": (
        "import safetensors.numpy; from simkit.fastsim.models.model_file import read_model",
        "read_model(Path(sys.argv[1]))",
    ),
    "onnx": (
        "import onnxruntime; from simkit.fastsim.models.onnx_file import read_onnx_card",
        "read_onnx_card(Path(sys.argv[1]))",
    ),
    "json": ("import json", "json.loads(Path(sys.argv[1]).read_text())"),
}


def memory_of(path: Path, form: str) -> LoadedSize:
    """Return what a new process needs to load a file, without the libraries for it. Errors: BadInput."""
    imports, load = _WAYS[form]
    text = _LOADING.format(imports=imports, load=load)
    done = subprocess.run(
        [sys.executable, "-c", text, str(path)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1]
        raise BadInput(f"{path}: is written; a new process cannot load it ({reason}), give it more memory")
    peak, loaded = map(float, done.stdout.split())
    return LoadedSize(form, path.stat().st_size / 1e6, peak, loaded)
