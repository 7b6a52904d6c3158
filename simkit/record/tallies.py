"""Tallies: per-event integers, the raw result of a run.

Energies are counted in units of 2^-30 MeV, lengths in 2^-20 mm, weights in 2^-20 (see simkit.tally).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Protocol, TypeVar

import numpy as np

from simkit.errors import BadInput
from simkit.fastsim.hook.batches import HostTimes, sum_of
from simkit.particles import ELECTRON, GAMMA, PARTICLES, POSITRON
from simkit.processes import ANNIHILATION, PROCESSES
from simkit.record.gpu_times import GpuTimes
from simkit.tally import BALANCE, COUNTERS, ENERGY_UNIT, IN, LENGTH_UNIT, REST_MASS, WEIGHT_UNIT

__all__ = [
    "BALANCE",
    "COUNTERS",
    "ENERGY_UNIT",
    "LENGTH_UNIT",
    "PARTICLES",
    "PROCESSES",
    "WEIGHT_UNIT",
    "Tallies",
    "empty_tallies",
    "merge",
]

NAMED = {
    "steps": PARTICLES,
    "secondaries": PARTICLES,
    "interactions": PROCESSES,
    "escaped": PARTICLES,
    "balance": BALANCE,
    "counters": COUNTERS,
}
"""What numbers the second axis of an array."""


def names_of(arrays: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return {array: the names along its second axis, as they are numbered in this process now}."""
    return {array: tuple(NAMED[array]) for array in arrays}


def _not_counted() -> np.ndarray:
    return np.zeros((0, 0), dtype=np.int64)


@dataclass
class Tallies:
    """Per-event tallies, one row an event, in event order.

    events: int64[n], event numbers. deposits: [n, cells], energy. steps: [n, PARTICLES, regions].
    secondaries: [n, PARTICLES], tracks put on the stack. interactions: [n, PROCESSES]. track_length:
    [n, regions], charged true path. balance: [n, BALANCE], energy; `rest_mass` is what interactions
    and decays made kinetic energy of, negative where pairs or the binding energy of nuclei took more. Other
    entries are of neutrinos, and those that plug-ins book. counters: [n, COUNTERS].
    weight_sum, weight_squared: [n, regions], sums over deposits of the weight and its square.
    escaped: [n, PARTICLES, 2], hadrons and muons that left the world, weights and energy.
    unseen: [n, cells], energy of the deposits that the readout does not see, late: [n, regions], that of it
    which came outside its window; [n, 0] where every region sees all.
    fast: [n, 2 * regions], deposits of fast-simulation models by region, energy and then their number;
    [n, 0] where there are none.
    event_weight: [n, 1], what an event counts for in means of what it leaves; [n, 0] where each counts once.
    cell_region: [cells], region of a cell. cpu_s, wall_s: of the tracking alone. gpu: where one was used.
    host: of fast-simulation models on the host.
    names: {array of NAMED: the names along its second axis}; another process may number them otherwise.
    """

    events: np.ndarray
    deposits: np.ndarray
    steps: np.ndarray
    secondaries: np.ndarray
    interactions: np.ndarray
    track_length: np.ndarray
    balance: np.ndarray
    counters: np.ndarray
    weight_sum: np.ndarray
    weight_squared: np.ndarray
    cell_region: np.ndarray
    escaped: np.ndarray = field(default_factory=_not_counted)
    unseen: np.ndarray = field(default_factory=_not_counted)
    late: np.ndarray = field(default_factory=_not_counted)
    fast: np.ndarray = field(default_factory=_not_counted)
    event_weight: np.ndarray = field(default_factory=_not_counted)
    cpu_s: float = 0.0
    wall_s: float = 0.0
    threads: int = field(default=1)
    gpu: GpuTimes | None = None
    host: HostTimes | None = None
    names: dict[str, tuple[str, ...]] = field(default_factory=lambda: names_of(NAMED))

    def __post_init__(self) -> None:
        if self.escaped.ndim != 3:  # not given: nothing did
            self.escaped = np.zeros((len(self.events), len(PARTICLES), 2), dtype=np.int64)
        if len(self.unseen) != len(self.events):  # not given: a row an event all the same
            self.unseen = self.late = np.zeros((len(self.events), 0), dtype=np.int64)
        if len(self.fast) != len(self.events):
            self.fast = np.zeros((len(self.events), 0), dtype=np.int64)
        if len(self.event_weight) != len(self.events):
            self.event_weight = np.zeros((len(self.events), 0), dtype=np.int64)

    def __len__(self) -> int:
        return len(self.events)

    @property
    def responds(self) -> bool:
        """Return whether the readout of a region sees less than is deposited."""
        return self.unseen.shape[1] > 0

    @property
    def visible(self) -> np.ndarray:
        """Energy that the readout sees of the deposits, int64[n, cells]."""
        return self.deposits - self.unseen if self.responds else self.deposits

    @property
    def weights(self) -> np.ndarray | None:
        """What each event counts for, float64[n]; None where each counts once."""
        return self.event_weight[:, 0] * WEIGHT_UNIT if self.event_weight.shape[1] else None

    @property
    def timed_s(self) -> float:
        """Return the seconds that a comparison counts: CPU time or, on a GPU, the clock's of the transport.

        The host's CPU time of a run on a GPU says how the host waits, not what the device does.
        """
        return self.cpu_s if self.gpu is None else self.gpu.total_s

    @property
    def region_deposits(self) -> np.ndarray:
        """Energy deposited by region, int64[n, regions]."""
        return self._by_region(self.deposits)

    @property
    def region_visible(self) -> np.ndarray:
        """Energy that the readout sees by region, int64[n, regions]."""
        return self._by_region(self.visible)

    def _by_region(self, cells: np.ndarray) -> np.ndarray:
        regions = self.steps.shape[2]
        out = np.zeros((len(self), regions), dtype=np.int64)
        for region in range(regions):
            out[:, region] = cells[:, self.cell_region == region].sum(axis=1)
        return out

    def counter(self, name: str) -> int:
        """Return the sum over events of the counter `name`."""
        return int(self.counters[:, COUNTERS.index(name)].sum())

    def residual(self) -> np.ndarray:
        """Return in + rest_mass - deposited - all other entries of the balance (MeV) by event."""
        come = self.balance[:, [IN, REST_MASS]].sum(axis=1)
        gone = self.balance.sum(axis=1) - come + self.deposits.sum(axis=1)
        return (come - gone) * ENERGY_UNIT


def kinds_met(steps: np.ndarray, secondaries: np.ndarray) -> list[int]:
    """Return the kinds that records show: gamma, e- and e+, and others that were followed or made.

    steps: [n, PARTICLES, regions]; secondaries: [n, PARTICLES].
    """
    met = np.asarray(steps.any(axis=(0, 2)) | secondaries.any(axis=0))
    met[[GAMMA, ELECTRON, POSITRON]] = True
    return [int(kind) for kind in np.flatnonzero(met)]


def processes_met(interactions: np.ndarray) -> list[int]:
    """Return the processes that records show: those of gamma, e- and e+, and others that took place.

    interactions: [n, PROCESSES].
    """
    met = np.asarray(interactions.any(axis=0))
    met[: ANNIHILATION + 1] = True
    return [int(process) for process in np.flatnonzero(met)]


PER_EVENT = tuple(
    f.name
    for f in fields(Tallies)
    if f.name not in ("cell_region", "cpu_s", "wall_s", "threads", "gpu", "host", "names")
)


class HasNames(Protocol):
    """A dataclass with arrays of NAMED."""

    names: dict[str, tuple[str, ...]]


Part = TypeVar("Part", bound=HasNames)


def in_order(part: Part) -> Part:
    """Return `part` with the names of its arrays as they are numbered in this process now.

    Another process, or this one before it loaded a plug-in, may have numbered them otherwise. Errors:
    BadInput where something was counted under a name that is not known here.
    """
    moved: dict[str, Any] = {}
    for array, names in part.names.items():
        here = NAMED[array]
        if names == tuple(here):
            continue
        before = getattr(part, array)
        moved[array] = np.zeros((len(before), len(here), *before.shape[2:]), dtype=before.dtype)
        for number, name in enumerate(names):
            if name in here:
                moved[array][:, here.index(name)] = before[:, number]
            elif before[:, number].any():
                raise BadInput(
                    f"{array}: {name!r} was counted by a process with another plug-in than this; "
                    "use the same plug-ins everywhere, or begin anew"
                )
    return replace(part, **moved, names=names_of(part.names)) if moved else part  # type: ignore[type-var]


def name_arrays(part: HasNames) -> dict[str, np.ndarray]:
    """Return the names of a part as arrays, to be kept beside its own."""
    return {f"{array}.names": np.array(names) for array, names in part.names.items()}


def names_in(arrays: Mapping[str, np.ndarray], which: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the names kept by `name_arrays`; earlier versions kept none, and had the first ones of today."""
    return {
        array: tuple(map(str, arrays[f"{array}.names"]))
        if f"{array}.names" in arrays
        else tuple(NAMED[array])[: arrays[array].shape[1]]
        for array in which
    }


def empty_tallies(
    events: np.ndarray, regions: int, cell_region: np.ndarray, responds: bool = False, fast: bool = False
) -> Tallies:
    """Return zeroed tallies for the event numbers `events`; responds, fast: as in `simkit.tally`."""
    n = len(events)

    def zeros(*shape: int) -> np.ndarray:
        return np.zeros((n, *shape), dtype=np.int64)

    return Tallies(
        events=np.asarray(events, dtype=np.int64),
        deposits=zeros(len(cell_region)),
        steps=zeros(len(PARTICLES), regions),
        secondaries=zeros(len(PARTICLES)),
        interactions=zeros(len(PROCESSES)),
        track_length=zeros(regions),
        balance=zeros(len(BALANCE)),
        counters=zeros(len(COUNTERS)),
        weight_sum=zeros(regions),
        weight_squared=zeros(regions),
        cell_region=np.asarray(cell_region, dtype=np.int64),
        unseen=zeros(len(cell_region) * responds),
        late=zeros(regions * responds),
        fast=zeros(2 * regions * fast),
    )


def merge(parts: list[Tallies]) -> Tallies:
    """Return one set of tallies in event order; the parts hold different events of one configuration.

    Errors: BadInput, see `in_order`.
    """
    parts = [in_order(part) for part in parts]
    order = np.argsort(np.concatenate([part.events for part in parts]), kind="stable")
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts])[order] for name in PER_EVENT
    }
    return Tallies(
        **joined,
        cell_region=parts[0].cell_region,
        cpu_s=sum(part.cpu_s for part in parts),
        wall_s=sum(part.wall_s for part in parts),
        threads=max(part.threads for part in parts),
        gpu=_one_after_the_other(parts),
        host=sum_of([part.host for part in parts if part.host is not None]),
    )


def _one_after_the_other(parts: list[Tallies]) -> GpuTimes | None:
    """Return the times of all parts; None where one has none, as it was kept by an earlier run."""
    times = [part.gpu for part in parts if part.gpu is not None]
    if not times or any(part.gpu is None and part.cpu_s > 0.0 for part in parts):
        return None
    return GpuTimes(
        kernel_s=sum(of.kernel_s for of in times),
        total_s=sum(of.total_s for of in times),
        rounds=sum(of.rounds for of in times),
        repeats=sum(of.repeats for of in times),
        most_waiting=max(of.most_waiting for of in times),
    )
