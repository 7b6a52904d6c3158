"""The task that steppers are measured at: electrons that circle in vacuum, across planes that are boundaries.

As in L. Santi et al., J. Phys. Conf. Ser. 898 (2017) 042049: planes across the circle, evenly apart, each
crossed twice a turn. The electrons of a task start at different places of the circle, so that no error is one
phase's luck. Where they must end is known exactly in a uniform field; elsewhere a run at the finest
settings says it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from simkit.field import BEND
from simkit.field.maps.atlas_solenoid import AtlasSolenoidField
from simkit.field.maps.tabulate import field_at_points
from simkit.field.maps.uniform import Uniform, UniformField
from simkit.geometry import OUTSIDE, locate, safety
from simkit.geometry.slab_stack import build_slab_stack
from simkit.jit import kernel
from simkit.particles import ELECTRON
from simkit.tally import COUNTERS, Tally, make_tally, tally_columns
from simkit.tracking.propagation import propagate
from simkit.tracking.propagators import build_propagator
from simkit.tracks import Track, placed
from simkit.units import ELECTRON_MASS

STRENGTH_T = 2.0
CENTRE = (300.0, 0.0, 100.0)  # mm; off the axis and the middle of the solenoid, where its field has slopes
PHASES = 4
CROSSED = 3  # column of what an electron has crossed
FIRST_PHASE = 0.37  # of the step between phases: no electron starts on a plane
WIDE_MM = 2e4  # of the slabs, across
MOST_STEPS = 200_000  # of an electron, of which none needs so many
FINEST = {
    "stepper": "dormand-prince",
    "epsilon_min": 1e-12,
    "epsilon_max": 1e-12,
    "delta_chord_mm": 0.01,
    "delta_intersection_mm": 1e-6,
    "most_substeps": 1_000_000,
}
"""Keys of the run that says where tracks end."""


class Circle(NamedTuple):
    """A task: a field, electrons in it and planes across their circle.

    starts: float64[PHASES, 6], place (mm) and direction. turn_mm: the way of one turn. planes: their number;
    ends: float64[PHASES, 4], where the electrons are after the task's turns, and what each has crossed.
    """

    field: Any
    geometry: Any
    energy_MeV: float
    starts: np.ndarray
    turn_mm: float
    turns: float
    planes: int
    ends: np.ndarray

    @property
    def crossings(self) -> int:
        """Return how many planes all electrons cross."""
        return int(self.ends[:, CROSSED].sum())


class Followed(NamedTuple):
    """What became of the electrons: crossings of planes, how many too few, steps, the farthest that one was
    from the plane it crossed (mm), the root mean square of their distances (mm) from where they must end, and
    what was counted by turn."""

    crossings: int
    lost: int
    steps: int
    miss_mm: float
    error_mm: float
    counts: dict[str, float]


FIELDS: dict[str, Callable[[], Any]] = {
    "uniform": lambda: UniformField(kind="uniform", strength_T=STRENGTH_T).build(),
    "table": lambda: AtlasSolenoidField(kind="atlas_solenoid", strength_T=STRENGTH_T).build(),
    "solenoid": lambda: AtlasSolenoidField(kind="atlas_solenoid", strength_T=STRENGTH_T).coil().build(),
}
"""From the cheapest: 2 T everywhere; ATLAS's solenoid with its return as an r-z table, and calculated."""
COUNTED = {
    "field_evaluations": ("field_evaluations",),
    "substeps": ("field_substeps",),
    "rejected_substeps": ("rejected_substeps",),
    "events": tuple(f"qss_events_{name}" for name in "xyzuvw"),
    "boundary_iterations": ("boundary_iterations",),
}
"""What is counted by turn, and the counters it is the sum of."""


@kernel
def follow(propagator, geometry, tally, energy, starts, path, step, ends):
    """Follow electrons for `path` (mm) in steps of at most `step`; write their ends.

    starts: float64[n, 6]; ends: float64[n, 4], place and crossings. Returns (steps, farthest from a plane
    that was crossed).
    """
    steps, farthest = 0, 0.0
    for i in range(len(starts)):
        crossings = 0
        x, y, z = starts[i, 0], starts[i, 1], starts[i, 2]
        volume = locate(geometry, x, y, z)
        track = Track(
            ELECTRON, energy, x, y, z, starts[i, 3], starts[i, 4], starts[i, 5], 0.0,
            1.0, volume, np.uint64(1), 0,
        )  # fmt: skip
        travelled = 0.0
        for _ in range(MOST_STEPS):
            if not travelled < path or track.volume == OUTSIDE:
                break
            near = safety(geometry, track.volume, track.x, track.y, track.z)
            length = min(step, path - travelled)
            track, gone, behind = propagate(propagator, geometry, tally, track, length, near)
            travelled += gone
            steps += 1
            if behind != track.volume:
                crossings += 1
                plane = geometry.surfaces[track.volume + 1 if behind > track.volume else track.volume]
                farthest = max(farthest, abs(track.x - plane))
                track = placed(track, track.x, track.y, track.z, behind)
        ends[i, 0], ends[i, 1], ends[i, 2], ends[i, 3] = track.x, track.y, track.z, crossings
    return steps, farthest


@kernel
def follow_again(propagator, geometry, tally, energy, starts, path, step, ends, times):
    """Do what `follow` does so many times: a block that is long enough for a clock."""
    for _ in range(times):
        follow(propagator, geometry, tally, energy, starts, path, step, ends)


def build_circle(field: Any, energy_MeV: float, turns: float, planes: int) -> Circle:
    """Return the task in a field's params."""
    momentum = math.sqrt(energy_MeV * (energy_MeV + 2.0 * ELECTRON_MASS))
    radius = momentum / (BEND * abs(field_at_points(field, np.array([CENTRE]))[0, 2]))
    angles = 2.0 * math.pi * (np.arange(PHASES) + FIRST_PHASE) / PHASES
    starts = np.zeros((PHASES, 6))
    starts[:, :3] = CENTRE
    starts[:, 0] += radius * np.cos(angles)
    starts[:, 1] += radius * np.sin(angles)
    starts[:, 3], starts[:, 4] = -np.sin(angles), np.cos(angles)
    edges = CENTRE[0] - radius + 2.0 * radius * (np.arange(planes) + 0.5) / max(planes, 1)
    surfaces = np.concatenate([[0.0], edges, [2.0 * CENTRE[0]]])
    slabs = [("vacuum", "G4_Galactic", float(thickness)) for thickness in np.diff(surfaces)]
    geometry = build_slab_stack(1, slabs, WIDE_MM).params
    turn_mm = 2.0 * math.pi * radius
    circle = Circle(field, geometry, energy_MeV, starts, turn_mm, turns, planes, starts[:, :4])
    ends = np.empty((PHASES, 4))
    _follow(circle, propagator_of(circle, FINEST), math.inf, ends)
    if isinstance(field, Uniform):
        angles = angles + 2.0 * math.pi * turns
        ends[:, :CROSSED] = CENTRE
        ends[:, 0] += radius * np.cos(angles)
        ends[:, 1] += radius * np.sin(angles)
    return circle._replace(ends=ends)


def propagator_of(circle: Circle, keys: Mapping[str, Any]) -> Any:
    """Return what moves the electrons of a task. keys: of `[field]`, but for those of the field itself."""
    section = UniformField.model_validate({"kind": "uniform", "strength_T": STRENGTH_T, **keys})
    return build_propagator(section, ("vacuum", "world"))._replace(field=circle.field)


def run_circle(circle: Circle, propagator: Any, step_turns: float) -> Followed:
    """Follow the electrons of a task in steps of at most so many turns."""
    tally = new_tally()
    ends = np.empty((PHASES, 4))
    steps, miss = _follow(circle, propagator, step_turns, ends, tally)
    off = np.sqrt(np.sum((ends - circle.ends)[:, :CROSSED] ** 2, axis=1))
    error = float(np.sqrt(np.mean(off**2)))
    # Who ends at a plane, as near as it is off, may be before it or beyond.
    gaps = np.abs(circle.ends[:, :1] - circle.geometry.surfaces).min(axis=1)
    few = circle.ends[:, CROSSED] - ends[:, CROSSED] - (gaps <= 2.0 * off)
    lost = int(np.maximum(few, 0.0).sum())
    counts = tally.counts[0, tally_columns(2, 1)["counters"]]
    per_turn = 1.0 / (PHASES * circle.turns)
    names = list(COUNTERS)
    counted = {
        name: sum(float(counts[names.index(one)]) for one in parts) * per_turn
        for name, parts in COUNTED.items()
    }
    return Followed(
        int(ends[:, CROSSED].sum()), lost, steps, miss, error if math.isfinite(error) else math.inf, counted
    )


def compile_circle(circle: Circle, propagator: Any) -> None:
    """Compile what `run_circle` needs, without following anything."""
    _follow(circle._replace(starts=circle.starts[:0]), propagator, 1.0, np.empty((0, 4)))


def block_s(circle: Circle, propagator: Any, step_turns: float, tracks: int, times: int) -> float:
    """Return the CPU time (s) of following the first `tracks` electrons of a task so many times."""
    path = circle.turns * circle.turn_mm
    step = min(step_turns, circle.turns) * circle.turn_mm
    tally, ends, starts = new_tally(), np.empty((PHASES, 4)), circle.starts[:tracks]
    begin = time.thread_time()
    follow_again(propagator, circle.geometry, tally, circle.energy_MeV, starts, path, step, ends, times)
    return time.thread_time() - begin


def new_tally() -> Tally:
    """Return what `follow` counts in."""
    return make_tally(1, 2, 1)


def _follow(
    circle: Circle, propagator: Any, step_turns: float, ends: np.ndarray, tally: Tally | None = None
) -> tuple[int, float]:
    path = circle.turns * circle.turn_mm
    step = min(step_turns, circle.turns) * circle.turn_mm
    found = follow(
        propagator,
        circle.geometry,
        new_tally() if tally is None else tally,
        circle.energy_MeV,
        circle.starts,
        path,
        step,
        ends,
    )
    return int(found[0]), float(found[1])
