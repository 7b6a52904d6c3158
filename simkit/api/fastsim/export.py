"""Exporting a trained network: other files of it, what each needs in memory, and how far they agree."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

from simkit.errors import BadInput, unknown
from simkit.fastsim.models.decoding import Decoded
from simkit.fastsim.models.draws import shower_keys, uniforms
from simkit.fastsim.models.model_file import read_model
from simkit.fastsim.models.onnx_file import write_onnx
from simkit.fastsim.models.trainers import find_network, load_generator
from simkit.writing import write_text

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
    """Write a trained model in another form (`FORMS`) and compare the two. Errors: BadInput."""
    if to not in FORMS:
        raise unknown("form", to, FORMS, "--to")
    source = Path(model)
    file = read_model(source)
    target = Path(out) if out is not None else source.with_suffix(FORMS[to])
    if target.suffix != FORMS[to]:
        raise BadInput(f"-o: found {str(target)!r}; the name must end in {FORMS[to]}")
    off = None
    if to == "onnx":
        write_onnx(target, find_network(file.card.model, str(source)), file)
        off = disagreement(source, target)
        if off > AGREE:
            target.unlink()
            raise BadInput(
                f"{source}: ONNX and torch differ by {off:.2g} of the largest cell, allowed {AGREE}"
            )
    else:
        write_text(target, json.dumps({name: array.tolist() for name, array in file.tensors.items()}))
    return Export(target, off, [memory_of(path) for path in (source, target)])


def disagreement(one: Path, other: Path) -> float:
    """Return the largest difference of two files' energies, before thresholds, over the largest cell."""
    first, file = load_generator(one)
    second, _ = load_generator(other)
    assert isinstance(first, Decoded)
    assert isinstance(second, Decoded)
    data, keys = file.card.data, shower_keys(1, CHECKED)
    incident = data.least_MeV * (data.most_MeV / data.least_MeV) ** uniforms(keys, 1)[:, 0]
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
    ".safetensors": (
        "import safetensors.numpy; from simkit.fastsim.models.model_file import read_model",
        "read_model(Path(sys.argv[1]))",
    ),
    ".onnx": (
        "import onnxruntime; from simkit.fastsim.models.onnx_file import read_onnx_card",
        "read_onnx_card(Path(sys.argv[1]))",
    ),
    ".json": ("import json", "json.loads(Path(sys.argv[1]).read_text())"),
}


def memory_of(path: Path) -> LoadedSize:
    """Return what a new process needs to load a file, without the libraries that read it."""
    imports, load = _WAYS[path.suffix]
    text = _LOADING.format(imports=imports, load=load)
    done = subprocess.run([sys.executable, "-c", text, str(path)], capture_output=True, text=True, check=True)
    peak, loaded = map(float, done.stdout.split())
    return LoadedSize(path.suffix[1:], path.stat().st_size / 1e6, peak, loaded)
