"""`simkit doctor`: what is installed, which backends work, what would make timings noisy."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from simkit.cli.noise import Finding, check_noise
from simkit.cli.options import Json, Plugins
from simkit.cli.show import console, table
from simkit.errors import BadInput

if TYPE_CHECKING:
    from simkit.record.electricity import Reader

PACKAGES = (
    "numpy",
    "numba",
    "llvmlite",
    "scipy",
    "pydantic",
    "pyarrow",
    "xraylib",
    "particle",
    "plotly",
)
EXTRAS = (
    "distributed",
    "dask-jobqueue",
    "ruptures",
    "uproot",
    "nvidia-ml-py",
    "numba-cuda",
    "torch",
    "asv",
    "pytest-benchmark",
)
COLOURS = {"ok": "green", "warn": "yellow", "fail": "red", "info": "dim"}


def command(plugin: Plugins = None, as_json: Json = False) -> int:
    """Say what is installed, which backends work and what would make timings noisy here."""
    groups = {
        "installed": _installed(),
        "backends": [_cpu(), *_cuda()],
        "engines": _engines(),
        "plug-ins": _plugins(),
        "instructions and energy": _counters(),
        "compile cache": _cache(),
        "timing": check_noise(),
    }
    if as_json:
        print(json.dumps({name: [c._asdict() for c in checks] for name, checks in groups.items()}, indent=2))
    else:
        from rich.markup import escape

        for name, checks in groups.items():
            rows = [
                (c.what, escape(c.found), f"[{COLOURS[c.verdict]}]{c.verdict}[/]", escape(c.mend))
                for c in checks
            ]
            columns = ("what", "found", "", "what to do")
            console().print(table(name, columns, rows, columns))
    return 4 if any(c.verdict == "fail" for checks in groups.values() for c in checks) else 0


def _installed() -> list[Finding]:
    import simkit
    from simkit.record.machine import code_commit, cpu_model, package_version

    versions = {name: package_version(name) for name in PACKAGES}
    missing = [name for name, version in versions.items() if not version]
    extras = {name: package_version(name) for name in EXTRAS}
    return [
        Finding("simkit", f"{simkit.__version__}, commit {code_commit() or 'unknown'}", "ok"),
        Finding("python", f"{platform.python_version()} ({platform.system()} {platform.machine()})", "ok"),
        Finding("processor", cpu_model(), "info"),
        Finding("libraries", ", ".join(f"{n} {v}" for n, v in versions.items() if v), "ok"),
        *(Finding(name, "missing", "fail", f"pip install {name}") for name in missing),
        Finding("extras", ", ".join(f"{n} {v}" if v else f"no {n}" for n, v in extras.items()), "info"),
    ]


def _cpu() -> Finding:
    """Compile and run a kernel; the engine's own are compiled when they are first used."""
    try:
        from simkit import jit

        answer = jit.numba.njit(lambda x: x + 1)(41)
        return Finding("cpu", "compiles and runs", "ok" if answer == 42 else "fail")
    except Exception as error:
        return Finding(
            "cpu", f"{type(error).__name__}: {error}", "fail", "pip install --force-reinstall numba"
        )


def _cuda() -> list[Finding]:
    from simkit.record.machine import package_version

    if not package_version("numba-cuda"):
        return [Finding("cuda", "numba-cuda is not installed", "info", "pip install 'simkit[cuda]'")]
    try:
        from numba import cuda

        if os.environ.get("NUMBA_ENABLE_CUDASIM") == "1":
            return [Finding("cuda", "numba's simulator, on the CPU", "ok")]
        if not cuda.is_available():
            return [
                Finding(
                    "cuda", "no driver or no device", "info", "install NVIDIA's driver where there is a GPU"
                )
            ]
        device = cuda.get_current_device()
        name = device.name.decode() if isinstance(device.name, bytes) else str(device.name)
        return [
            Finding(
                "cuda", f"{name}, compute capability {'.'.join(map(str, device.compute_capability))}", "ok"
            )
        ]
    except Exception as error:
        return [Finding("cuda", f"{type(error).__name__}: {error}", "warn", "see the manual of numba-cuda")]


def _plugins() -> list[Finding]:
    """Load every plug-in and say what it brings, or why it cannot be used."""
    from simkit.engines import ENGINES, FOREIGN
    from simkit.field.maps.fields import FIELDS
    from simkit.geometry.shapes import SHAPES
    from simkit.plugins import KINDS, find_plugin, plugins
    from simkit.readout.schemes import SCHEMES
    from simkit.scenario.load import load_scenario
    from simkit.scenario.schema import TRACKING
    from simkit.speedups import CATALOGUE
    from simkit.transport.lives import find_life, own_kinds

    own = {"speedups": CATALOGUE, "engines": [*ENGINES, *FOREIGN]}
    kinds = own_kinds()
    sections = {choice.brought: choice for choice in (SHAPES, SCHEMES, FIELDS, TRACKING)}
    checks = []
    for kind, word in KINDS.items():
        for name, bringers in plugins(kind).items():
            try:
                if kind in sections:
                    sections[kind].find(name)
                elif kind == "lives":
                    find_life(name, kinds)
                elif kind == "presets":
                    load_scenario(name)
                else:
                    find_plugin(kind, name, own.get(kind, ()))
                checks.append(Finding(f"{word} {name}", bringers[0].origin, "ok"))
            except BadInput as error:
                checks.append(Finding(f"{word} {name}", str(error), "warn"))
    return checks or [Finding("none", "", "info", "a package's entry points, or --plugin FILE")]


def _engines() -> list[Finding]:
    """Say for every engine whether its program is given, and how to give it."""
    from importlib.util import find_spec

    from simkit.engines import ENGINES, FOREIGN, find_foreign, path_variable
    from simkit.engines.process import is_file

    checks = [Finding(name, "simkit's own", "ok") for name in ENGINES]
    for name in FOREIGN:
        variable = path_variable(name)
        given = os.environ.get(variable, "").strip()
        mend = f"engine:{name}={find_foreign(name).usage}; or set {variable}"
        if name == "geant4-pybind":
            found = "installed" if find_spec("geant4_pybind") else "not installed"
            mend = f"pip install geant4-pybind; engine:{name}={find_foreign(name).usage}"
            checks.append(Finding(name, found, "ok" if found == "installed" else "info", mend))
        elif not given:
            checks.append(Finding(name, "not given", "info", mend))
        else:
            there = is_file(Path(given)) or is_file(Path(given.split()[0]))
            found = given if there else f"{variable}={given}: no such file"
            checks.append(Finding(name, found, "ok" if there else "warn", "" if there else mend))
    return checks


def _counters() -> list[Finding]:
    """Say what can count instructions and what tells the energy here, and what would."""
    from simkit.bench.instructions import callgrind, hardware_counter
    from simkit.record.electricity import Nvml, Rapl

    hardware, emulated = hardware_counter.why_not(), callgrind.why_not()
    counts = Finding("instructions", "the processor's counters", "ok")
    if hardware:
        counts = Finding("instructions", f"{callgrind.SOURCE}: {hardware}", "ok")
    if hardware and emulated:
        counts = Finding("instructions", f"cannot be counted: {hardware}", "info", emulated)
    return [counts, _energy("energy of the processor", Rapl), _energy("energy of a GPU", Nvml)]


def _energy(what: str, source: Callable[[], Reader]) -> Finding:
    from simkit.record.electricity import NotRead

    try:
        return Finding(what, source().covers, "ok")
    except NotRead as error:
        found, _, mend = str(error).partition("; ")
        return Finding(what, f"not available: {found}", "info", mend)


def _cache() -> list[Finding]:
    from simkit.kernel_cache import SUFFIX, cache_folders

    folders = cache_folders()
    kernels = [path for folder in folders if folder.is_dir() for path in folder.glob("*" + SUFFIX)]
    size = sum(path.stat().st_size for path in kernels) / 1e6
    tops = [next(path for path in (folder, *folder.parents) if path.exists()) for folder in folders]
    writable = any(os.access(top, os.W_OK) for top in tops)
    verdict = "ok" if writable else "info" if kernels else "fail"
    others = [
        path
        for folder in folders
        if folder.parent.is_dir()
        for path in folder.parent.iterdir()
        if path != folder
    ]
    return [
        Finding(
            "folder",
            os.pathsep.join(map(_home, folders)) or "none, for want of a home folder",
            verdict,
            "" if writable else "set SIMKIT_CACHE to a folder that can be written",
        ),
        Finding(
            "kernels",
            f"{len(kernels)} compiled, {size:.0f} MB" if kernels else "none yet",
            "ok" if kernels else "info",
            "" if kernels else "the first run compiles them, which takes a minute at most",
        ),
        Finding(
            "of other versions",
            f"{len(others)} folders",
            "info",
            "may be deleted at any time" if others else "",
        ),
    ]


def _home(path: Path) -> str:
    """Return `path` with the home folder as ~."""
    try:
        return f"~/{path.relative_to(Path.home())}"
    except ValueError:
        return str(path)
