"""The workloads of the score: small, frozen, and no part of any engine.

A score says how fast the machine is. It must not change when an engine gets faster, or normalised times
would hide the very gain they are to show. So these kernels stand alone and stay as they are; any edit changes
the score's configuration hash and needs new reference figures. They stand for what simulation does: branchy
photon transport, dependent look-ups in a table larger than the inner caches, stepping in a field.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from simkit.jit import kernel

TABLE_SIZE = 1 << 17  # float64: 1 MiB


@kernel
def uniform(state):
    """Return the next number in (0, 1) of xorshift64* (S. Vigna, ACM Trans. Math. Softw. 42 (2016) 30)."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return (float((x * np.uint64(2685821657736338717)) >> np.uint64(11)) + 0.5) * 2.0**-53


@kernel
def photons(state, table, n):
    """Follow `n` photons of 10 MeV through 50 layers of two slabs; return the collisions."""
    collisions = 0
    for _ in range(n):
        energy, x, cosine = 10.0, 0.0, 1.0
        while energy > 0.02:
            free = -np.log(uniform(state))
            while True:  # slab by slab, as with real boundaries
                layer = np.floor(x / 8.0)
                inside = x - 8.0 * layer
                dense = inside < 2.3 or (inside == 2.3 and cosine < 0.0)
                sigma = (0.06 if dense else 0.008) * (1.0 + 1.0 / np.sqrt(energy))
                far = 2.3 if dense == (cosine > 0.0) else (8.0 if cosine > 0.0 else 0.0)
                edge = abs(far - inside)
                way = edge / max(abs(cosine), 1e-9)
                if free < way * sigma:
                    x += cosine * free / sigma
                    break
                free -= way * sigma
                x += np.copysign(edge + 1e-9, cosine)
                if x <= 0.0 or x >= 400.0:
                    break
            if x <= 0.0 or x >= 400.0:
                break
            collisions += 1
            # Klein-Nishina by rejection from a flat distribution in 1 / energy and energy.
            k = energy / 0.511
            low = 1.0 / (1.0 + 2.0 * k)
            while True:
                if uniform(state) < -np.log(low) / (-np.log(low) + 0.5 * (1.0 - low * low)):
                    ratio = np.exp(np.log(low) * uniform(state))
                else:
                    ratio = np.sqrt(low * low + (1.0 - low * low) * uniform(state))
                t = (1.0 - ratio) / (k * ratio)
                if uniform(state) < 1.0 - ratio * t * (2.0 - t) / (1.0 + ratio * ratio):
                    break
            turn = 1.0 - t
            sine = np.sqrt(max(0.0, (1.0 - turn * turn) * (1.0 - cosine * cosine)))
            cosine = cosine * turn + sine * np.cos(6.283185307179586 * uniform(state))
            energy *= ratio
    return collisions


@kernel
def lookups(state, table, n):
    """Interpolate `n` times, each place depending on the value before; return the values above 0.5."""
    hits = 0
    value = 0.5
    size = len(table) - 2
    for _ in range(n):
        place = (uniform(state) + value) * 0.5 * size
        i = int(place)
        fraction = place - i
        value = table[i] + fraction * (table[i + 1] - table[i])
        if value > 0.5:
            hits += 1
    return hits


@kernel
def helices(state, table, n):
    """Take `n` Runge-Kutta steps in a field that varies; return how many went towards -x."""
    turned = 0
    u, v, w, z = 1.0, 0.0, 0.0, 0.0
    for _ in range(n):
        h = 0.05 + 0.1 * uniform(state)
        du, dv, dw = 0.0, 0.0, 0.0
        ku, kv, kw = 0.0, 0.0, 0.0
        for stage in range(4):
            reach = 0.0 if stage == 0 else (h if stage == 3 else 0.5 * h)
            su, sv, sw = u + reach * ku, v + reach * kv, w + reach * kw
            bx, bz = 0.1 * np.sin(z + reach * w), 1.0 + 0.1 * np.cos(z + reach * w)
            ku, kv, kw = sv * bz, sw * bx - su * bz, -sv * bx
            weight = 1.0 if stage == 0 or stage == 3 else 2.0
            du, dv, dw = du + weight * ku, dv + weight * kv, dw + weight * kw
        u, v, w = u + h / 6.0 * du, v + h / 6.0 * dv, w + h / 6.0 * dw
        norm = 1.0 / np.sqrt(u * u + v * v + w * w)
        u, v, w = u * norm, v * norm, w * norm
        z += h * w
        if u < 0.0:
            turned += 1
    return turned


class Kernel(NamedTuple):
    """A workload: what it runs, how much at a time, and what one unit of it is called.

    reference: units per second of one logical processor of the reference machine, all of them busy.
    """

    name: str
    run: Callable[[np.ndarray, np.ndarray, int], int]
    size: int
    unit: str
    weight: float
    reference: float


REFERENCE_MACHINE = "Intel Xeon 2.5 GHz, 2 logical processors"
WORKLOADS = (
    Kernel("photons", photons, 100_000, "photons/s", 2.0, 312_000.0),
    Kernel("lookups", lookups, 8_000_000, "look-ups/s", 1.0, 44_000_000.0),
    Kernel("helices", helices, 6_000_000, "steps/s", 1.0, 26_000_000.0),
)


def make_state(thread: int) -> np.ndarray:
    """Return the generator's state of a thread; the figures of a workload do not depend on it noticeably."""
    return np.array([np.uint64(88172645463325252 + 7919 * thread)], dtype=np.uint64)


def make_table() -> np.ndarray:
    """Return the table to look up in: float64[TABLE_SIZE] between 0 and 1."""
    return np.random.default_rng(1).random(TABLE_SIZE)
