"""Registers, stack and spills of every CUDA kernel, as NVIDIA's assembler counts them; no GPU is needed.

Usage: python -m studies.registers [--out results/cuda/registers.json]

Too many registers leave fewer warps in flight, and a spilled one costs a trip to memory; no result shows
either, so a test compares every kernel with the table written here. The kernels are those that the transport
launches for some scenarios, found by recording its launches.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np

ARCHITECTURE = (9, 0)  # H100, H200
TABLE = Path(__file__).parents[1] / "results" / "cuda" / "registers.json"
TOOLS = "nvidia-cuda-nvcc-cu12"  # the wheel with libNVVM and ptxas
HELIX = {"field.kind": "uniform", "field.strength_T": 3.8, "field.stepper": "helix"}
DORMAND_PRINCE = {
    "field.kind": "solenoid",
    "field.strength_T": 3.8,
    "field.radius_mm": 1000.0,
    "field.length_mm": 2000.0,
    "field.stepper": "dormand-prince",
}
# What chooses other kernels: the shape, the photon's tracking and its scattering, how electrons find their
# interactions, the field and its stepper; other policies are data.
CASES: dict[str, dict[str, Any]] = {
    "slabs": {"name_or_path": "testem3"},
    "slabs, Woodcock": {"name_or_path": "testem3", "with_speedups": ["woodcock"]},
    "slabs, entangled": {"name_or_path": "testem3", "overrides": {"physics.entangled_annihilation": True}},
    "slabs, generic": {"name_or_path": "testem3", "overrides": {"engine.em": "generic"}},
    "slabs, helix": {"name_or_path": "testem3", "overrides": HELIX},
    "slabs, Dormand-Prince": {"name_or_path": "testem3", "overrides": DORMAND_PRINCE},
    "slabs, muons": {"name_or_path": "testem3", "overrides": {"events.particle": "mu-"}},
    "slabs, muons, helix": {"name_or_path": "testem3", "overrides": HELIX | {"events.particle": "mu-"}},
    "slabs, neutrons": {
        "name_or_path": "testem3",
        "overrides": {"events.particle": "n", "events.energy_MeV": 2.0},
    },
    "slabs, hadrons": {"name_or_path": "testem3", "overrides": {"events.particle": "pi+"}},
    "tubes": {"name_or_path": "atlas_like"},
    "tubes, Woodcock": {"name_or_path": "atlas_like", "with_speedups": ["woodcock"]},
}


@dataclass(frozen=True)
class Use:
    """What a thread of a kernel uses: registers, and bytes of local memory (arrays; spilled registers)."""

    registers: int
    stack: int
    spill_stores: int
    spill_loads: int


def missing_tools() -> str:
    """Return why kernels cannot be compiled and assembled here, "" when they can."""
    try:
        if not ptxas().exists():
            return f"{TOOLS} has no ptxas here"
        from cuda.pathfinder import DynamicLibNotFoundError, load_nvidia_dynamic_lib

        for library in ("nvvm", "nvrtc"):
            load_nvidia_dynamic_lib(library)
    except (ImportError, PackageNotFoundError) as missing:
        return f"{missing.name} is missing: pip install 'simkit[cuda,dev]'"
    except DynamicLibNotFoundError:
        return f"the CUDA toolkit's {library} is missing: pip install 'simkit[cuda,dev]'"
    from simkit.transport.cuda_kernels import SIMULATED

    return "numba runs in its CUDA simulator" if SIMULATED else ""


def ptxas() -> Path:
    """Return the assembler of the installed wheel; PackageNotFoundError without it."""
    return Path(str(distribution(TOOLS).locate_file("nvidia/cuda_nvcc/bin/ptxas")))


class _OnDevice(np.ndarray):
    """An array that passes for one on a device."""

    def copy_to_host(self) -> np.ndarray:
        return np.array(self)

    def copy_to_device(self, values: np.ndarray) -> None:
        self[...] = values


def _to_device(array: np.ndarray) -> _OnDevice:
    return array.copy().view(_OnDevice)


@contextmanager
def _no_device(launches: list[tuple[Any, tuple[Any, ...]]]) -> Iterator[None]:
    """Let launches be recorded, and everything else of a device be done by the host."""
    from simkit.transport import cuda as transport
    from simkit.transport.cuda_kernels import cuda

    event = SimpleNamespace(record=lambda: None, synchronize=lambda: None, elapsed_time=lambda end: 0.0)
    memory = SimpleNamespace(get_memory_info=lambda: SimpleNamespace(free=1 << 30))
    dispatcher = type(transport.follow_waiting)

    def launch(kernel: Any, configuration: Any) -> Any:
        return lambda *arguments: launches.append((kernel, arguments))

    with ExitStack() as held:
        for target, name, value in (
            (transport, "check_device", lambda: None),
            (cuda, "to_device", _to_device),
            (cuda, "event", lambda: event),
            (cuda, "current_context", lambda: memory),
            (dispatcher, "__getitem__", launch),
        ):
            held.enter_context(patch.object(target, name, value))
        yield


def _typeof(value: Any) -> Any:
    """Return numba's type of an argument whose arrays are `_OnDevice`."""
    from simkit.jit import numba

    def plain(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return np.asarray(value)
        if not isinstance(value, tuple):
            return value
        members = map(plain, value)
        return type(value)(*members) if hasattr(value, "_fields") else tuple(members)

    return numba.typeof(plain(value))


def _types(life: Any) -> list[str]:
    parts = [life, life.nature] if hasattr(life, "nature") else [life]
    return [type(part).__name__ for part in parts]


def kernels(case: str) -> dict[str, tuple[Any, Any]]:
    """Return the kernels that a run of a case launches: (kernel, signature) by name and first argument.

    A life has its nature, where there is one, in its name: several lives of one kind are in a run.
    """
    from simkit.engines.native import ENGINE
    from simkit.jit import numba
    from simkit.scenario import load_scenario

    launches: list[tuple[Any, tuple[Any, ...]]] = []
    with _no_device(launches):
        ENGINE.prepare(load_scenario(**CASES[case], backend="cuda"))
    return {
        " ".join([kernel.py_func.__name__, *_types(arguments[0])]): (
            kernel,
            numba.types.void(*map(_typeof, arguments)),
        )
        for kernel, arguments in launches
    }


def compile_ptx(function: Any, signature: Any) -> str:
    """Return the PTX of a plain function as a kernel of that signature."""
    import numba.cuda.dispatcher as dispatcher

    from simkit.transport.cuda_kernels import cuda

    # The functions that a kernel calls are compiled for the current device; there is none here.
    device = SimpleNamespace(compute_capability=ARCHITECTURE)
    with patch.object(dispatcher, "get_current_device", lambda: device):
        return str(cuda.compile_ptx(function, signature, cc=ARCHITECTURE)[0])


def assemble(ptx: str) -> Use:
    """Return what the kernel in `ptx` uses; raises CalledProcessError where a GPU could not load it."""
    with TemporaryDirectory() as folder:
        source = Path(folder) / "kernel.ptx"
        source.write_text(ptx)
        architecture = f"sm_{''.join(map(str, ARCHITECTURE))}"
        command = [ptxas(), "-v", "-arch", architecture, source, "-o", source.with_suffix(".cubin")]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    sizes = r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads"
    # A function that is called has a line of its own.
    stack, stores, loads = (sum(map(int, column)) for column in zip(*re.findall(sizes, said), strict=True))
    return Use(max(map(int, re.findall(r"Used (\d+) registers", said))), stack, stores, loads)


def all_kernels() -> dict[str, dict[str, tuple[Any, Any]]]:
    """Return the kernels of the cases in turn, each under the first case that launches it."""
    seen: set[tuple[str, Any]] = set()
    found = {}
    for case in CASES:
        new = {n: k for n, k in kernels(case).items() if (n, k[1]) not in seen}
        seen |= {(name, signature) for name, (_, signature) in new.items()}
        found[case] = new
    return found


def measure() -> dict[str, Any]:
    """Return the table: versions, and what each kernel uses."""
    return {
        "architecture": list(ARCHITECTURE),
        "versions": {package: version(package) for package in (TOOLS, "numba", "numba-cuda", "llvmlite")},
        "kernels": {
            case: {
                name: asdict(assemble(compile_ptx(kernel.py_func, signature)))
                for name, (kernel, signature) in new.items()
            }
            for case, new in all_kernels().items()
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=TABLE)
    out = parser.parse_args().out
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(measure(), indent=2) + "\n")


if __name__ == "__main__":
    main()
