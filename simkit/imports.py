"""What is imported: the sources that somebody else's code runs, and packages that only an extra installs."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec, resolve_name
from pathlib import Path
from types import ModuleType

from simkit.errors import BadInput

# What has a version: Python's own library, simkit, and what is installed.
_VERSIONED = {"simkit", "__main__", *sys.stdlib_module_names}
_INSTALLED = {"site-packages", "dist-packages"}


@contextmanager
def extra(name: str, what: str) -> Iterator[None]:
    """Turn a failed import of a package that an extra of simkit installs into one line. Errors: BadInput.

    with extra("ml", "files of showers"):
        import h5py
    """
    try:
        yield
    except ImportError as error:
        package = (error.name or "a package").partition(".")[0]
        raise BadInput(f"{what}: {package} is not installed; pip install 'simkit[{name}]'") from None


def need(name: str, what: str, *packages: str) -> None:
    """Import packages of an extra before long work begins. Errors: BadInput where one is not installed."""
    with extra(name, what):
        for package in packages:
            import_module(package)


def with_imported(files: Iterable[Path]) -> list[Path]:
    """Return the files, and those of all modules that they import, in turn, sorted.

    Modules of packages that are installed, of Python and of simkit are left out: they have versions.
    """
    found: set[Path] = set()
    waiting = [path.resolve() for path in files]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += [file for file in _imported(path) if not _INSTALLED & set(file.parts)]
    return sorted(found)


def _imported(path: Path) -> Iterator[Path]:
    loaded = [module for module in list(sys.modules.values()) if _file(module) == path]
    names = set(_named(path, loaded[0].__package__ or "" if loaded else ""))
    for module in loaded:  # also what is imported by other means than the statement
        for value in list(vars(module).values()):
            name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
            names.add(name if isinstance(name, str) else "")
    # `import a.b` runs a, too
    parts = [name.split(".") for name in names if name and name.partition(".")[0] not in _VERSIONED]
    for name in sorted({".".join(part[:n]) for part in parts for n in range(1, len(part) + 1)}):
        file = _file(sys.modules[name]) if name in sys.modules else _file_to_be(name)
        if file is not None:
            yield file


def _named(path: Path, package: str) -> Iterator[str]:
    """Yield the names in the import statements of a file."""
    with suppress(SyntaxError, ValueError):  # not Python's text: compiled
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                with suppress(ImportError):  # a relative one outside of a package fails where it runs
                    module = resolve_name("." * node.level + (node.module or ""), package)
                    yield module
                    yield from (f"{module}.{alias.name}" for alias in node.names)


def _file(module: ModuleType) -> Path | None:
    name = getattr(module, "__file__", None)
    return Path(name).resolve() if isinstance(name, str) and Path(name).is_file() else None


def _file_to_be(name: str) -> Path | None:
    """Return the file of a module that is not imported yet; None where only an import could tell."""
    parent = name.rpartition(".")[0]
    if parent and parent not in sys.modules:
        return None
    with suppress(ImportError, ValueError, AttributeError):
        spec = find_spec(name)
        if spec and spec.origin and Path(spec.origin).is_file():
            return Path(spec.origin).resolve()
    return None
