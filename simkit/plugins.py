"""Plug-ins: what another package, or a single file, brings to simkit.

A package names each thing in its pyproject.toml, an entry point each, called as the thing itself is:

    [project.entry-points."simkit.speedups"]
    coarse-cuts = "my_package.speedups:COARSE_CUTS"        # a simkit.speedups.Speedup
    [project.entry-points."simkit.engines"]
    my-engine = "my_package.engine:ENGINE"                 # a simkit.engines.Engine or ForeignEngine
    [project.entry-points."simkit.presets"]
    my-detector = "my_package:MY_DETECTOR"                 # a path to a scenario's TOML file
    [project.entry-points."simkit.trainers"]
    my-gan = "my_package.gan:TRAINER"                      # a simkit.fastsim.models.generating.Trainer
    [project.entry-points."simkit.steps"]
    my-cuts = "my_package.cuts:Cuts"                       # a class of simkit.api.fastsim.steps.Step
    [project.entry-points."simkit.shapes"]
    ball = "my_package.ball:Ball"                          # a class of simkit.geometry.detector.Shape
    [project.entry-points."simkit.fields"]
    quadrupole = "my_package.quadrupole:Quadrupole"        # a class of simkit.field.stepping.Stepping
    [project.entry-points."simkit.steppers"]
    boris = "my_package.boris:STEPPER"                     # a simkit.field.catalogue.Stepper
    [project.entry-points."simkit.readouts"]
    rings = "my_package.rings:Rings"                       # a class of simkit.readout.scheme.Scheme
    [project.entry-points."simkit.lives"]
    heavy = "my_package.heavy:LIFE"                        # a simkit.transport.lives.parts.Life
    [project.entry-points."simkit.policies"]
    soft = "my_package.soft:POLICY"                        # a simkit.tracking.policies.Policy
    [project.entry-points."simkit.fastsim"]
    muon-line = "my_package.line:Line"                     # a class of simkit.fastsim.models.rule.Rule

A file given with `--plugin FILE`, or in the environment variable SIMKIT_PLUGINS (which processes started from
here inherit), holds the same in lists (`SPEEDUPS`, `ENGINES`, `SHAPES` ...), and `PRESETS`, a table of names
and paths. What works inside the engine (lives, policies, shapes, readouts) is imported with every scenario,
in one order; nothing else of a package before it is asked for. simkit's own names cannot be taken.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from functools import cache, partial
from importlib import import_module
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, get_args

from simkit.errors import BadInput, unknown
from simkit.imports import with_imported

OUTSIDE = {
    "speedups": "speedup",
    "engines": "engine",
    "presets": "preset",
    "trainers": "trainer",
    "steps": "step",
}
INSIDE = {
    "shapes": "shape",
    "readouts": "readout",
    "fields": "field",
    "steppers": "stepper",
    "lives": "life",
    "policies": "policy",
    "fastsim": "fast-simulation model",
}
KINDS = OUTSIDE | INSIDE
"""What plug-ins can bring, and what one of it is called: outside of simkit's own engine, and inside it."""
VARIABLE = "SIMKIT_PLUGINS"


class Plugin(NamedTuple):
    """Something that a plug-in brings: its name, where it comes from in words, how to get it, its file."""

    name: str
    origin: str
    load: Callable[[], Any]
    file: str = ""


_loaded: dict[str, str] = {}


def add_file(path: Path | str) -> None:
    """Use the plug-ins of a Python file, here and in processes started from here. Errors: BadInput."""
    whole = str(Path(path).resolve())
    known = _files()
    if whole in known:
        return
    if os.pathsep in whole:
        raise BadInput(
            f"--plugin {whole}: {os.pathsep!r} separates files in {VARIABLE}; give it another path"
        )
    # Before it runs: the compile cache is named by all sources, as soon as the file imports kernels.
    os.environ[VARIABLE] = os.pathsep.join([*known, whole])
    try:
        _module(whole)
    except BadInput:
        os.environ[VARIABLE] = os.pathsep.join(known)
        raise


def plugins(kind: str) -> dict[str, list[Plugin]]:
    """Return {name: those who bring it} of one of KINDS; more than one is an error once it is used."""
    found: dict[str, list[Plugin]] = {}
    for plugin in (*_from_packages(kind), *_from_files(kind)):
        found.setdefault(plugin.name, []).append(plugin)
    return found


def find_plugin(kind: str, name: str, own: Iterable[str], where: str = "") -> Any:
    """Return what a plug-in brings under `name`, None where simkit itself has that name.

    own: simkit's names; where: the file or option that asks. Errors: BadInput where nobody has the name, two
    have it, or it cannot be loaded.
    """
    what = KINDS[kind]
    brought = plugins(kind)
    bringers = [plugin.origin for plugin in brought.get(name, ())]
    if name in own:
        if bringers:
            raise BadInput(f"{what} {name!r} is simkit's own, and {bringers[0]} brings it too; rename that")
        return None
    if not bringers:
        raise unknown(what, name, [*own, *brought], where)
    if len(bringers) > 1:
        files = [plugin.file or plugin.origin for plugin in brought[name]]
        raise BadInput(f"{what} {name!r} is brought by {' and by '.join(files)}; leave one of them out")
    plugin = brought[name][0]
    try:
        with redirect_stdout(sys.stderr):  # stdout is for results
            thing = plugin.load()
    except (Exception, SystemExit) as error:  # whatever somebody else's code does
        text = " ".join(f"{type(error).__name__}: {error}".split())
        raise BadInput(f"{what} {name!r} of {plugin.origin} cannot be loaded ({text}); correct it") from error
    _loaded[f"{what} {name}"] = plugin.origin
    return thing


def load_inside() -> None:
    """Load what plug-ins bring into the engine: what it counts under a name gets its number by this.

    Files run first, when they are listed, in the order given; then packages, kind by kind and by name:
    numbers are the same in every process. What cannot be loaded is said where it is used: a life here, as all
    are part of every run. Errors: BadInput.
    """
    for kind in INSIDE:
        for plugin in (one for bringers in plugins(kind).values() for one in bringers):
            with suppress(Exception, SystemExit), redirect_stdout(sys.stderr):
                plugin.load()
    for name in plugins("lives"):
        find_plugin("lives", name, ())


class LoadedInside:
    """Stands in front of what is pickled: who reads it calls `load_inside` before anything is imported."""

    def __reduce__(self) -> Any:
        return load_inside, ()


@contextmanager
def building(kind: str, name: str, failed: str = "cannot be built") -> Iterator[None]:
    """Turn what goes wrong in something that a plug-in brings into BadInput; failed: what it cannot."""
    what = f"{KINDS[kind]} {name}"
    try:
        yield
    except BadInput:
        raise
    except Exception as error:
        if what not in _loaded:
            raise
        text = " ".join(f"{type(error).__name__}: {error}".split())
        raise BadInput(f"{KINDS[kind]} {name!r}: the plug-in's {failed} ({text}); correct it") from error


def loaded() -> dict[str, str]:
    """Return {"speedup NAME": where it comes from} of all that was used so far, for records."""
    return dict(_loaded)


def loaded_hash() -> str:
    """Return the hash (16 hex digits) of what was used so far and of all sources it runs; "" for none."""
    if not _loaded:
        return ""
    digest = hashlib.sha256(repr(sorted(_loaded.items())).encode())
    for path in with_imported(plugin_sources()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def given_files() -> list[str]:
    """Return the files given with `--plugin`, for the command that does it again."""
    return [os.path.relpath(path) for path in _files()]


def plugin_sources() -> Iterator[Path]:
    """Yield every Python source of the installed plug-ins and files, without importing any."""
    for top in sorted({entry.module.partition(".")[0] for kind in KINDS for entry in _entries(kind)}):
        spec = find_spec(top)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            yield from sorted(Path(folder).rglob("*.py"))
        if spec and not spec.submodule_search_locations and spec.origin:
            yield Path(spec.origin)
    yield from map(_existing, _files())


@cache
def _entries(kind: str) -> tuple[EntryPoint, ...]:
    return tuple(sorted(entry_points(group=f"simkit.{kind}"), key=lambda entry: (entry.name, entry.value)))


def _from_packages(kind: str) -> Iterator[Plugin]:
    for entry in _entries(kind):
        of = f"package {entry.dist.name} {entry.dist.version}" if entry.dist else f"module {entry.module}"
        yield Plugin(entry.name, of, entry.load)


def _from_files(kind: str) -> Iterator[Plugin]:
    for path in _files():
        content = hashlib.sha256(_existing(path).read_bytes()).hexdigest()[:16]
        for name, thing in _things(_module(path), kind, path):
            yield Plugin(name, f"{Path(path).name} (sha256 {content})", partial(_given, thing), path)


def _things(module: ModuleType, kind: str, path: str) -> list[tuple[str, Any]]:
    things = getattr(module, kind.upper(), ())
    if kind == "presets" and isinstance(things, dict):
        return [(str(name), Path(path).parent / place) for name, place in things.items()]
    if (kind == "presets" and things) or not isinstance(things, (list, tuple)):
        wanted = "a table of names and paths" if kind == "presets" else "a list"
        raise BadInput(f"--plugin {path}: {kind.upper()} is {type(things).__name__}; it must be {wanted}")
    for thing in things:
        if not _name(thing):
            raise BadInput(f"--plugin {path}: {kind.upper()} holds {thing!r}, which has no name; give it one")
    return [(_name(thing), thing) for thing in things]


def _name(thing: Any) -> str:
    """Return the name of what a file brings, "" where it has none; of a section what its tag must be."""
    fields = getattr(thing, "model_fields", {})
    kind = next((fields[tag] for tag in ("kind", "do", "model") if tag in fields), None)
    name = get_args(kind.annotation)[0] if kind and get_args(kind.annotation) else getattr(thing, "name", "")
    return name if isinstance(name, str) else ""


def _given(thing: Any) -> Any:
    return thing


def _files() -> list[str]:
    return list(_split(os.environ.get(VARIABLE, "")))


@cache
def _split(paths: str) -> dict[str, None]:
    return dict.fromkeys(str(Path(part).resolve()) for part in paths.split(os.pathsep) if part)


def _existing(path: str) -> Path:
    if not (Path(path).is_file() and os.access(path, os.R_OK)):
        raise BadInput(f"--plugin {path}: there is no such file to read; give a Python file")
    return Path(path)


class _PluginFiles:
    """Finds the modules of files: pickles of what a plug-in brings name them in other processes."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return where the module called `name` comes from; None where it is of no file that is given."""
        file = next((file for file in _files() if _module_name(file) == name), None)
        return spec_from_file_location(name, file, loader=_Quiet(name, file)) if file else None


class _Quiet(SourceFileLoader):
    """Runs a file with what it prints on stderr: stdout is for results."""

    def exec_module(self, module: ModuleType) -> None:
        """Run it."""
        with redirect_stdout(sys.stderr):
            super().exec_module(module)


sys.meta_path.append(_PluginFiles())


def _module_name(path: str) -> str:
    return f"simkit_plugin_{hashlib.sha256(path.encode()).hexdigest()[:16]}"


@cache
def _module(path: str) -> ModuleType:
    """Return the module in a file, run once. Errors: BadInput."""
    _existing(path)
    try:
        module = import_module(_module_name(path))
    except (Exception, SystemExit) as error:  # whatever somebody else's code does
        text = " ".join(f"{type(error).__name__}: {error}".split())
        raise BadInput(f"--plugin {path}: cannot be run ({text}); correct it") from error
    if not any(hasattr(module, kind.upper()) for kind in KINDS):
        raise BadInput(f"--plugin {path}: has none of {', '.join(map(str.upper, KINDS))}; give it one")
    for kind in KINDS:
        _things(module, kind, path)
    return module
