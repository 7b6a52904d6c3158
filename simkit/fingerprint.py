"""What compiled code is built from: found by following a kernel as the compiler does, and hashed.

A kernel is built from its bytecode, from the values of the globals and closures that it names, which numba
freezes, and from the functions among them with all of theirs. What never reaches the compiler changes no
fingerprint: comments, docstrings, annotations, line numbers, other things in the same file, a verb's
implementations for types that the kernel never meets.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import partial
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np
from numba.core.typing.templates import builtin_registry

# What stands in these is known by its name: their versions name the cache's folder.
VERSIONED = {"numba", "numba_cuda", "llvmlite", "numpy", *sys.stdlib_module_names} - {"__main__"}
PLAIN = {bool, int, float, complex, str, bytes, type(None), type(Ellipsis)}


def fingerprint(kernel: Any, signature: Any) -> str:
    """Return the hash (64 hex digits) of all that a kernel is built from for a signature of numba's."""
    found = _Found()
    for thing in _in_signature(signature):
        found.add(thing)
    found.add(kernel)
    found.add_implementations()
    return found.digest.hexdigest()


def _in_signature(of: Any) -> Iterator[Any]:
    """Yield the classes of the NamedTuples in a signature, and the kernels that are handed over."""
    yield from (getattr(of, name) for name in ("instance_class", "dispatcher") if hasattr(of, name))
    for inside in of if isinstance(of, tuple) else getattr(of, "types", getattr(of, "args", ())):
        yield from _in_signature(inside)


class _Found:
    """What was met so far: hashed where it is met first, and by its number from then on."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()
        self._met: dict[int, tuple[int, Any]] = {}  # by id, with the thing, so that no other gets that id
        self._registries: list[Mapping[type, Any]] = []  # of verbs (simkit.jit.by_type)

    def add(self, thing: Any, names: tuple[str, ...] = ()) -> None:
        """Hash a thing and what it leads to; of a module the attributes in `names`, which code asks for."""
        if type(thing) in PLAIN:
            self._write(f"{type(thing).__name__} {thing!r}")
        elif isinstance(thing, ModuleType):
            self._write(thing.__name__)
            if not _versioned(thing.__name__):
                self._add_named(vars(thing), names)
        elif isinstance(thing, tuple):  # by value: which equal constants are one object is Python's affair
            self._add_all(type(thing), *thing)
        elif isinstance(thing, frozenset):
            self._add_all(frozenset, *sorted(thing, key=repr))
        elif id(thing) in self._met:
            self._write(f"number {self._met[id(thing)][0]}")
        else:
            self._met[id(thing)] = len(self._met), thing
            self._write(type(thing).__qualname__)
            self._add_new(thing)

    def add_implementations(self) -> None:
        """Hash what verbs do for the types met, and for those met on the way."""
        done: set[tuple[int, int]] = set()
        while found := [
            (i, self._met[id(kind)])
            for i, registry in enumerate(self._registries)
            for kind in registry
            if id(kind) in self._met and (i, id(kind)) not in done
        ]:
            for i, (number, kind) in sorted(found, key=lambda pair: (pair[0], pair[1][0])):
                done.add((i, id(kind)))
                self._write(f"registry {i}, number {number}")
                self.add(self._registries[i][kind])

    def _write(self, text: str) -> None:
        self.digest.update(text.encode("utf-8", "surrogatepass") + b"\0")

    def _add_named(self, values: Mapping[str, Any], names: tuple[str, ...]) -> None:
        for name in names:
            self._write(name)
            if name in values:
                self.add(values[name], names)

    def _add_all(self, *things: Any) -> None:
        self._write(f"{len(things)}")
        for thing in things:
            self.add(thing)

    def _add_new(self, thing: Any) -> None:
        if isinstance(thing, (np.ndarray, np.generic)):
            self._add_all(str(thing.dtype.descr), thing.shape, thing.flags.c_contiguous, thing.tobytes())
        elif isinstance(thing, Enum):
            self._add_all(type(thing), thing.name, thing.value)
        elif isinstance(thing, list):
            self._add_all(*thing)
        elif isinstance(thing, Mapping) and all(isinstance(key, type) for key in thing):
            self._registries.append(thing)
        elif isinstance(thing, Mapping):
            self._add_all(*thing.items())
        elif isinstance(thing, partial):
            self._add_all(thing.func, thing.args, *thing.keywords.items())
        elif hasattr(thing, "py_func"):  # a kernel, numba's or numba-cuda's
            self._add_all(thing.py_func, *getattr(thing, "targetoptions", {}).items())
        elif hasattr(thing, "_defn"):  # an intrinsic
            self._add_all(thing._defn)
        elif hasattr(thing, "__wrapped__") and not isinstance(thing, FunctionType):  # a ufunc, a callback
            self._add_all(type(thing).__qualname__, thing.__wrapped__)
        else:
            self._write(_name(thing))
            if not isinstance(thing, (type, FunctionType)) and not _versioned(type(thing).__module__):
                self._add_all(*getattr(thing, "__dict__", {}).items())
            elif isinstance(thing, type) and not _versioned(thing.__module__):
                self._add_class(thing)
            elif isinstance(thing, FunctionType) and not _versioned(thing.__module__):
                self._add_function(thing)

    def _add_class(self, kind: type) -> None:
        if issubclass(kind, tuple):
            self._add_all(getattr(kind, "_fields", ()), *getattr(kind, "_field_defaults", {}).items())
        elif issubclass(kind, Enum):
            self._add_all(*((member.name, member.value) for member in kind))

    def _add_function(self, function: FunctionType) -> None:
        self._add_code(function.__code__, function.__globals__)
        self._add_all(function.__defaults__, *(function.__kwdefaults__ or {}).items())
        for cell in function.__closure__ or ():
            try:
                self.add(cell.cell_contents)
            except ValueError:  # empty
                self._write("empty")
        for template in _overloads_of(function):
            self._add_all(template._overload_func, template._jit_options)

    def _add_code(self, code: CodeType, values: Mapping[str, Any]) -> None:
        constants = code.co_consts
        # In front stands the docstring, or None in its place.
        if constants and isinstance(constants[0], str) and not code.co_name.startswith("<"):
            constants = (None, *constants[1:])
        arguments = code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags
        names = code.co_varnames, code.co_freevars, code.co_cellvars
        self._add_all(code.co_code, code.co_exceptiontable, arguments, *names)
        for constant in constants:
            if isinstance(constant, CodeType):
                self._add_code(constant, values)
            else:
                self.add(constant)
        self._add_named(values, code.co_names)


def _versioned(module: str | None) -> bool:
    return (module or "").partition(".")[0] in VERSIONED


def _name(thing: Any) -> str:
    """Return what names a thing that is not followed: the same in every process."""
    of = thing if hasattr(thing, "__qualname__") else type(thing)
    text = "" if of is thing or " at 0x" in str(thing) else str(thing)
    return f"{of.__module__}.{of.__qualname__} {text}"


_overloads: dict[int, list[Any]] = {}
_read = 0  # entries of numba's registry


def _overloads_of(function: Callable[..., Any]) -> list[Any]:
    """Return numba's templates of the `overload`s of a function."""
    global _read
    for of, typed in builtin_registry.globals[_read:]:
        templates = [t for t in getattr(typed, "templates", ()) if hasattr(t, "_overload_func")]
        _overloads.setdefault(id(of), []).extend(templates)
    _read = len(builtin_registry.globals)
    return _overloads.get(id(function), [])
