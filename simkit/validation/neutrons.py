"""Neutrons slowing down in a large body: the toy of simkit.physics.neutron against Geant4's neutron data."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from simkit.jit import kernel
from simkit.particles import NEUTRON
from simkit.record.validation import ValidationRow
from simkit.rng import make_rng, start_track
from simkit.tally import make_tally
from simkit.tracks import MOST_STEPS, Track, make_stacks
from simkit.transport.life import begin
from simkit.transport.lives.neutron import NeutronLife, take_step
from simkit.validation.judgement import judge
from simkit.validation.reference import load_figures, scaled_events
from simkit.validation.target import build_target

TOLERANCE = 0.05
STANDARD_ERRORS = 3.0
NEUTRONS = 4000
BODY_MM = 1e6
EPITHERMAL = 1e-6  # MeV: down to it atoms scatter as if they were free

_take_step = kernel(take_step)


class SlowingDown(NamedTuple):
    """Of neutrons, float64[n] each: collisions that leave them more than 1 eV, path (mm) and time (ns) up to
    the last of these; time (ns) until capture."""

    collisions: np.ndarray
    path: np.ndarray
    time: np.ndarray
    end: np.ndarray


def check(progress: Callable[[int], None] | None = None) -> list[ValidationRow]:
    """Return the rows of all figures; SIMKIT_STATISTICS scales the neutrons. They end in no time."""
    rows = []
    for figure in load_figures("neutrons"):
        found = slow_down(figure.material, float(figure.energy_MeV or 0.0), scaled_events(NEUTRONS))
        values = {
            "collisions above 1 eV": found.collisions,
            "path above 1 eV": found.path,
            "time above 1 eV": found.time,
            "time to capture": found.end * 1e-3,
        }[figure.quantity]
        error = float(np.hypot(values.std(ddof=1) / len(values) ** 0.5, figure.parameters.get("error", 0.0)))
        tolerance = max(TOLERANCE, STANDARD_ERRORS * error / figure.value)
        rows += judge([figure._replace(parameters={})], [values.mean()], tolerance, [error])
    return rows


@cache
def slow_down(material: str, energy_MeV: float, neutrons: int) -> SlowingDown:
    """Return how neutrons slow down that start in the middle of a body too large to leave."""
    world = build_target(
        (material, BODY_MM), transverse_mm=BODY_MM, events__particle="n", events__energy_MeV=energy_MeV
    )
    life = next(life for life in world.setup.lives if isinstance(life, NeutronLife))
    out = np.zeros((4, neutrons))
    stacks = make_stacks(world.setup.life_of, 1 << 10)
    tally = make_tally(1, len(world.detector.regions), len(world.detector.cell_region))
    _follow(life, tally, stacks, make_rng(1), energy_MeV, 0.5 * BODY_MM, EPITHERMAL, out)
    return SlowingDown(*out)


@kernel
def _follow(life: Any, tally: Any, stacks: Any, rng: Any, energy: float, x: float, below: float, out: Any):
    """Follow neutrons to their end; out: float64[4, n], as SlowingDown."""
    for i in range(out.shape[1]):
        start_track(rng, i, np.uint64(1))
        track = Track(NEUTRON, energy, x, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0, np.uint64(1), 0)
        state = begin(life, track)
        alive = True
        for _ in range(MOST_STEPS):
            stacks.heights[:] = 0
            before = track
            track, state, alive = _take_step(life, tally, stacks, rng, track, state)
            if track.energy > below:
                x2, y2, z2 = track.x - before.x, track.y - before.y, track.z - before.z
                out[0, i] += 1.0
                out[1, i] += np.sqrt(x2 * x2 + y2 * y2 + z2 * z2)
                out[2, i] = track.time
            if not alive:
                break
        out[3, i] = track.time
