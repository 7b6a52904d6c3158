"""How kernels count: plain adds on the CPU, atomic ones on CUDA, and by the particle whose step is under way.

A way of counting is a type (see simkit.jit.by_type): ordinary kernels hold nothing of what profiled ones do.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simkit.jit import by_type, cycle_count, kernel
from simkit.particles import PARTICLES


class Serial(NamedTuple):
    """One thread an event: plain adds. (The field keeps the tuple from being empty.)"""

    threads: int


class Atomic(NamedTuple):
    """Many threads an event: atomic adds, on CUDA."""

    threads: int


class Profiled(NamedTuple):
    """Serial, and time is charged to where it is spent: one thread only, from `make_profiled`.

    laps: int64[labels + 1, 3]: cycles, laps and laps left out of each label; the last row holds when the lap
    under way began, and its label. deposits: int64[labels], energy deposited by label; secondaries:
    int64[labels], tracks made by their own kind and the region of the step that made them.
    """

    laps: np.ndarray
    deposits: np.ndarray
    secondaries: np.ndarray


CYCLES, LAPS, LEFT_OUT = range(3)
"""Columns of Profiled.laps."""
_BEGAN, _LABEL = 0, 1  # those of its last row
# A step takes hundreds of cycles, hardly ever thousands: what lasts longer held other work (another process).
LONGEST_LAP = 1 << 16


def add(mode, array, slot, column, amount):
    """Add `amount` to array[slot, column]."""
    ADD[type(mode)](mode, array, slot, column, amount)


def take_place(mode, heights, number):
    """Return the next free place of a stack that holds heights[number] tracks, and take it."""
    return TAKE_PLACE[type(mode)](mode, heights, number)


def enter(mode, label):
    """Charge the time from now on to `label`; nothing unless the mode is Profiled."""
    return ENTER[type(mode)](mode, label)


def arrive(mode, label):
    """Charge the time since the last `enter` to `label` instead; nothing unless the mode is Profiled."""
    return ARRIVE[type(mode)](mode, label)


def credit_deposit(mode, units):
    """Credit a deposit to the label under way; nothing unless the mode is Profiled."""
    return CREDIT_DEPOSIT[type(mode)](mode, units)


def credit_secondary(mode, kind, regions):
    """Credit a track made to the region of the label under way; nothing unless the mode is Profiled."""
    return CREDIT_SECONDARY[type(mode)](mode, kind, regions)


ADD = by_type(add)
TAKE_PLACE = by_type(take_place)
ENTER = by_type(enter)
ARRIVE = by_type(arrive)
CREDIT_DEPOSIT = by_type(credit_deposit)
CREDIT_SECONDARY = by_type(credit_secondary)


def _serial_add(mode, array, slot, column, amount):
    array[slot, column] += amount


def _serial_take_place(mode, heights, number):
    place = heights[number]
    heights[number] = place + 1
    return place


def _no_enter(mode, label):
    pass


def _no_arrive(mode, label):
    pass


def _profiled_enter(mode, label):
    now = np.int64(cycle_count())
    state = len(mode.laps) - 1
    before = mode.laps[state, _LABEL]
    lap = now - mode.laps[state, _BEGAN]
    if 0 <= lap < LONGEST_LAP:
        mode.laps[before, CYCLES] += lap
        mode.laps[before, LAPS] += 1
    else:
        mode.laps[before, LEFT_OUT] += 1
    mode.laps[state, _LABEL] = label
    mode.laps[state, _BEGAN] = now


def _profiled_arrive(mode, label):
    mode.laps[len(mode.laps) - 1, _LABEL] = label


def _no_credit_deposit(mode, units):
    pass


def _no_credit_secondary(mode, kind, regions):
    pass


def _profiled_credit_deposit(mode, units):
    mode.deposits[mode.laps[len(mode.laps) - 1, _LABEL]] += units


def _profiled_credit_secondary(mode, kind, regions):
    mode.secondaries[kind * regions + mode.laps[len(mode.laps) - 1, _LABEL] % regions] += 1


ADD[Serial] = ADD[Profiled] = _serial_add
TAKE_PLACE[Serial] = TAKE_PLACE[Profiled] = _serial_take_place
ENTER[Serial] = ENTER[Atomic] = _no_enter
ARRIVE[Serial] = ARRIVE[Atomic] = _no_arrive
ENTER[Profiled] = _profiled_enter
ARRIVE[Profiled] = _profiled_arrive
CREDIT_DEPOSIT[Serial] = CREDIT_DEPOSIT[Atomic] = _no_credit_deposit
CREDIT_SECONDARY[Serial] = CREDIT_SECONDARY[Atomic] = _no_credit_secondary
CREDIT_DEPOSIT[Profiled] = _profiled_credit_deposit
CREDIT_SECONDARY[Profiled] = _profiled_credit_secondary


def make_profiled(regions: int) -> Profiled:
    """Return an empty mode: a label for each particle and region, and one for what is neither."""
    labels = len(PARTICLES) * regions + 1
    mode = Profiled(*(np.zeros(shape, dtype=np.int64) for shape in ((labels + 1, 3), labels, labels)))
    empty(mode)
    return mode


def empty(mode: Profiled) -> None:
    """Take all that was counted out of a mode."""
    for array in mode:
        array[:] = 0
    mode.laps[-1, _LABEL] = len(mode.laps) - 2


@kernel
def mark_often(mode, label, times):
    """Enter `label` so many times, with nothing in between: what a lap itself costs."""
    for _ in range(times):
        enter(mode, label)
