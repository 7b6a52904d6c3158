"""Policies are types, and what numba has no words for gives the right bits."""

from typing import NamedTuple

import numpy as np
import pytest

from simkit.jit import (
    KERNEL_OPTIONS,
    bits_float,
    by_member,
    by_part,
    by_type,
    float_bits,
    fma,
    kernel,
    merged,
)


class Half(NamedTuple):
    unused: int


class Double(NamedTuple):
    unused: int


def scale(policy, value):
    """Return the value times what the policy says."""
    return SCALE[type(policy)](policy, value)


SCALE = by_type(scale)
SCALE[Half] = lambda policy, value: 0.5 * value
SCALE[Double] = lambda policy, value: 2.0 * value


@kernel
def scaled(policy, value):
    return scale(policy, value)


@kernel
def there_and_back(value):
    bits = float_bits(value)
    return bits, bits_float(bits)


def test_a_policy_is_the_type_of_its_params():
    assert scaled(Half(0), 3.0) == scale(Half(0), 3.0) == 1.5
    assert scaled(Double(0), 3.0) == scale(Double(0), 3.0) == 6.0


@pytest.mark.parametrize("value", [0.0, 1.0, -2.5, 5e-324, 1e308, np.pi])
def test_bits_of_a_number(value):
    bits, back = there_and_back(value)
    assert bits == np.float64(value).view(np.int64)
    assert back == value


def test_kernels_are_compiled_without_fast_math():
    # With it the bits of a deposit depended on which other kernels a process had loaded before.
    assert not KERNEL_OPTIONS.get("fastmath")


@kernel
def fused(a, b, c):
    return fma(a, b, c)


def test_a_fused_multiply_add_rounds_once():
    near_one = 1.0 + 2.0**-30
    assert fused(near_one, near_one, -1.0 - 2.0**-29) == 2.0**-60


def test_a_merged_function_is_put_in_line():
    @merged
    def squared(x):
        return x * x

    assert squared(3.0) == 9.0
    (code,) = squared.inspect_llvm().values()
    assert "alwaysinline" in code


def test_a_kernel_is_compiled_once_for_all_constants():
    @kernel
    def plus(x, n):
        return x + n

    @kernel
    def both(x):
        return plus(x, 1) + plus(x, 2)

    assert both(1.0) == 5.0
    assert len(plus.signatures) == 1


def total(members, value):
    """Return the sum of what the members make of a value."""


by_member(
    total,
    lambda members, value: 0.0,
    lambda rest: lambda members, value: scale(members[0], value) + rest(members[1:], value),
)


def test_a_verb_goes_through_a_tuple_of_types():
    @kernel
    def of(members, value):
        return total(members, value)

    assert of((), 3.0) == 0.0
    assert of((Half(0), Double(0), Half(0)), 3.0) == 9.0


def test_a_function_is_built_around_the_part_of_a_type():
    parts = {Half: lambda policy, value: 0.5 * value}

    def twice(policy, value):
        """Do the part two times."""

    by_part(twice, parts, lambda part: lambda policy, value: part(policy, part(policy, value)))

    @kernel
    def apply(policy, value):
        return twice(policy, value)

    assert apply(Half(0), 8.0) == 2.0
    parts[Double] = lambda policy, value: 2.0 * value
    assert apply(Double(0), 8.0) == 32.0


def test_a_constant_that_the_types_need_stays_one():
    @kernel
    def member(members, number):
        return members[number]

    @kernel
    def second(members):
        return scale(member(members, 1), 3.0)

    assert second((Half(0), Double(0))) == 6.0
    assert second((Double(0), Half(0))) == 1.5
