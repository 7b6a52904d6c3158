"""How kernels are compiled: the numba options and the compile cache, in one place.

This module is imported before numba everywhere, because numba reads the folder of its cache when it is
imported first. Numba's own check looks only at the file a function stands in; an edit in a file that
function imports would go unseen. The folder is therefore named by a hash of everything that compiled
code depends on: the kernel sources, numba, llvmlite, the Python version and the processor.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

# Layers 0 to 3: whatever a compiled function may have been built from.
KERNEL_SOURCES = (
    "units.py",
    "jit.py",
    "rng.py",
    "tracks.py",
    "scores.py",
    "physics",
    "geometry",
    "field",
    "tracking",
    "fastsim",
    "transport",
)


def _processor() -> str:
    """Return what compiled code may depend on: the processor's model and its instruction sets."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    found = [next((x for x in lines if x.startswith(key)), "") for key in ("model name", "flags")]
    return " ".join([*found, platform.processor(), platform.machine()])


def source_hash(root: Path) -> str:
    """Return the hash (16 hex digits) that names the compile cache of the package in folder `root`."""
    digest = hashlib.sha256()
    for part in (version("numba"), version("llvmlite"), sys.version, _processor()):
        digest.update(part.encode())
    for name in KERNEL_SOURCES:
        path = root / name
        files = sorted(path.rglob("*.py")) if path.is_dir() else [path] if path.exists() else []
        for file in files:
            digest.update(file.relative_to(root).as_posix().encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Return the folder of the compile cache: `$SIMKIT_CACHE` or the user's cache folder, then the hash."""
    top = os.environ.get("SIMKIT_CACHE")
    if not top:
        top = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
        top = os.path.join(top, "simkit")
    return Path(top) / "kernels" / source_hash(Path(__file__).parent)


def writable_cache_folder() -> Path:
    """Return `cache_folder()`, made if need be; a temporary one, with a line on stderr, when it is read-only.

    Left alone, numba would fall back on folders beside the sources, where nothing sees an edit.
    """
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        temporary = tempfile.mkdtemp(prefix="simkit-")
        atexit.register(shutil.rmtree, temporary, ignore_errors=True)
        os.environ["SIMKIT_CACHE"] = temporary  # for the processes that this one starts, too
        print(
            f"simkit: the compile cache {str(folder)!r} cannot be written ({error.strerror}), so every run "
            "compiles its kernels anew; set SIMKIT_CACHE to a folder that can be written",
            file=sys.stderr,
        )
        return cache_folder()


os.environ["NUMBA_CACHE_DIR"] = str(writable_cache_folder())

import numba  # noqa: E402  (its cache folder had to be set first)
from llvmlite import ir  # noqa: E402
from numba import types  # noqa: E402
from numba.extending import intrinsic, overload  # noqa: E402

setattr(numba.config, "CACHE_DIR", os.environ["NUMBA_CACHE_DIR"])  # noqa: B010 (numba came first)

# No fast math: a compiler that may fuse or reorder does so by what stands around, and a function is compiled
# anew in every kernel that calls it, so that bits would depend on which of them a process loaded first. Fused
# multiply-adds are asked for by name (`fma`) where they pay.
# No run-time allocator: kernels allocate nothing, and counting references to arrays would cost an atomic
# operation at every call (a uniform number took 41 ns with it, 6 ns without).
KERNEL_OPTIONS: Any = {"nogil": True, "error_model": "numpy", "_nrt": False}

kernel: Callable[..., Any] = numba.njit(cache=True, **KERNEL_OPTIONS)
"""Decorator of every device function and kernel: no signature, so that CUDA can compile it too."""

inlined: Callable[..., Any] = numba.njit(inline="always", **KERNEL_OPTIONS)
"""The same for a function that exists only to be shared by callers: it is never compiled by itself."""


def by_type(verb: Callable[..., Any]) -> dict[type, Callable[..., Any]]:
    """Make `verb` choose its implementation by the NamedTuple type of its first argument.

    Returns the registry to fill: `{Params: implementation}`, plain functions with the verb's own argument
    names. The choice is made while compiling (a policy is the type of its params), so the compiled loop
    holds no flag; called as plain Python, `verb` looks its implementation up itself.
    """
    registry: dict[type, Callable[..., Any]] = {}

    def choose(params: Any, *arguments: Any) -> Any:
        return registry.get(getattr(params, "instance_class", None))  # type: ignore[arg-type]

    overload(verb, jit_options=KERNEL_OPTIONS, strict=False)(choose)
    return registry


device_code: Any = intrinsic  # typed as needing a typing context, which callers never give
"""Decorator of a device function written as LLVM's code, for what numba has no words for."""


@device_code
def float_bits(typingctx: Any, value: Any) -> Any:
    """Return the 64 bits of a float64 as an int64 (sign, 11 bits of exponent, 52 of fraction)."""
    if not isinstance(value, types.Float):
        return None

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), codegen


@device_code
def bits_float(typingctx: Any, bits: Any) -> Any:
    """Return the float64 that an int64 holds the 64 bits of, the inverse of `float_bits`."""
    if not isinstance(bits, types.Integer):
        return None

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), codegen


@device_code
def cycle_count(typingctx: Any) -> Any:
    """Return the processor's cycle counter as a uint64; x86-64 and aarch64 only, see `COUNTS_CYCLES`.

    It ticks at a constant rate (LLVM's llvm.readcyclecounter: rdtsc, cntvct), not with the clock's frequency,
    and is read out of order: a few dozen cycles either way.
    """

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        counter = builder.module.declare_intrinsic(
            "llvm.readcyclecounter", (), ir.FunctionType(ir.IntType(64), ())
        )
        return builder.call(counter, ())

    return types.uint64(), codegen


COUNTS_CYCLES = platform.machine().lower() in ("x86_64", "amd64", "aarch64", "arm64")


@device_code
def fma(typingctx: Any, a: Any, b: Any, c: Any) -> Any:
    """Return a * b + c of float64, rounded once: the one place where a fused multiply-add is allowed."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fma(*arguments)

    return types.float64(types.float64, types.float64, types.float64), codegen
