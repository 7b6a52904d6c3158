"""How kernels are compiled: the numba options, in one place."""

from __future__ import annotations

import platform
from collections.abc import Callable
from contextlib import suppress
from inspect import signature
from types import FunctionType
from typing import Any

import numba
from llvmlite import ir
from numba import types
from numba.core.errors import ForceLiteralArg, TypingError
from numba.extending import intrinsic, overload

from simkit.errors import BadInput, shown
from simkit.kernel_cache import KernelCache

if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
    raise BadInput(
        "NUMBA_DISABLE_JIT: simkit's kernels need numba's compiler, without it an event takes hours; unset it"
    )

# No fast math: a compiler that may fuse or reorder does so by what stands around, and a function is compiled
# anew in every kernel that calls it, so that bits would depend on which of them a process loaded first. Fused
# multiply-adds are asked for by name (`fma`) where they pay.
# No run-time allocator: kernels allocate nothing, and counting references to arrays would cost an atomic
# operation at every call (a uniform number took 41 ns with it, 6 ns without).
KERNEL_OPTIONS: Any = {"nogil": True, "error_model": "numpy", "_nrt": False}


def kernel(function: Callable[..., Any]) -> Any:
    """Decorate a device function or kernel: no signature, so that CUDA can compile it too."""
    compiled = numba.njit(**KERNEL_OPTIONS)(function)
    with suppress(RuntimeError):  # it stands in no file: a notebook's, for one
        compiled._cache = KernelCache(compiled)
    _compile_once_for_integers(compiled)
    return compiled


def _compile_once_for_integers(compiled: Any) -> None:
    """Let a call that hands constant integers over use the code for any integer, where that types."""
    template = compiled.get_call_template

    def without_constants(arguments: Any, kws: Any) -> Any:
        plain = [types.unliteral(a) if isinstance(a, types.IntegerLiteral) else a for a in arguments]
        if plain != list(arguments):
            with suppress(TypingError, ForceLiteralArg):
                return template(tuple(plain), kws)
        return template(arguments, kws)

    compiled.get_call_template = without_constants


def inlined(function: Callable[..., Any]) -> Any:
    """Decorate a function that exists only to be shared by callers: it is never compiled by itself."""
    return numba.njit(inline="always", **KERNEL_OPTIONS)(function)


def merged(function: Callable[..., Any]) -> Any:
    """Decorate a kernel that hands large tuples on, which each call would copy: compiled, then put in line.

    For the GPU it is a function like others, whose calls are all put in line.
    """
    return numba.njit(forceinline=True, **KERNEL_OPTIONS)(function)


def by_type(
    verb: Callable[..., Any],
    default: Callable[..., Any] | None = None,
    merged: bool = False,
    registry: dict[type, Callable[..., Any]] | None = None,
) -> dict[type, Callable[..., Any]]:
    """Make `verb` choose its implementation by the NamedTuple type of its first argument.

    Returns the registry to fill: `{Params: implementation}`, plain functions with the verb's own argument
    names; `default` is for types that are not in it. The choice is made while compiling (a policy is the type
    of its params), so the compiled loop holds no flag; called as plain Python, `verb` looks its
    implementation up itself. merged: calls are compiled as the decorator of that name says. registry: of
    another verb, to share.
    """
    known: dict[type, Callable[..., Any]] = {} if registry is None else registry

    def choose(params: Any, *arguments: Any) -> Any:
        return known.get(getattr(params, "instance_class", None), default)  # type: ignore[arg-type]

    _overload(verb, choose, merged)
    return known


def by_part(
    verb: Callable[..., Any],
    parts: dict[type, Callable[..., Any]],
    whole: Callable[..., Any],
    merged_in: bool = False,
) -> None:
    """Make `verb` choose, by the type of its first argument, a function that is built around a part of it.

    parts: `{Params: part}`. whole: returns the function around a part, whose calls in it are put in line: it
    is compiled once, inside, and what it hands from call to call stays in registers. A part from outside is
    compiled by itself first, so that what is wrong in it is found there. merged_in: calls of the verb are
    compiled, then put in line. Called as plain Python, `verb` does
    what its own body says.
    """

    def choose(params: Any, *arguments: Any) -> Any:
        part = parts.get(getattr(params, "instance_class", None))  # type: ignore[arg-type]
        own = getattr(part, "__module__", "").startswith("simkit.")
        return part and whole(inlined(part) if own else merged(part))

    _overload(verb, choose, merged_in)


def check_implementation(what: str, verb: Callable[..., Any], implementation: Any) -> None:
    """Raise BadInput where what is registered for a verb is not a plain function of the verb's arguments."""
    arguments = list(signature(verb).parameters)
    fits = isinstance(implementation, FunctionType)
    with suppress(TypeError):
        signature(implementation).bind(*arguments)
        if fits:
            return
    found = implementation.__name__ if fits else shown(implementation)
    raise BadInput(
        f"{what}: {found}, registered for {verb.__name__} of {verb.__module__}, must be a plain function of "
        f"({', '.join(arguments)})"
    )


def _overload(verb: Callable[..., Any], choose: Callable[..., Any], merged: bool = False) -> None:
    """Register an overload, for CUDA without `forceinline`, which it does not know."""
    overload(verb, jit_options=KERNEL_OPTIONS | {"forceinline": merged}, strict=False)(choose)
    if merged:
        overload(verb, jit_options=KERNEL_OPTIONS, strict=False, target="cuda")(choose)


def by_member(
    verb: Callable[..., Any],
    empty: Callable[..., Any],
    first_of: Callable[[Callable[..., Any]], Callable[..., Any]],
) -> None:
    """Make `verb` go through the tuple that is its first argument, whose members differ in type.

    While compiling, an empty tuple makes it `empty`; else it is `first_of(rest)`, which handles the first
    member and calls `rest` with the others, `members[1:]`. Both take the verb's argument names.
    """

    def of(length: int) -> Any:
        return first_of(inlined(of(length - 1))) if length else empty

    def choose(members: Any, *arguments: Any) -> Any:
        return of(len(members))

    _overload(verb, choose, merged=True)


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
