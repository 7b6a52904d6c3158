"""Tallies: per-event integers, the raw result of a run.

Energies are counted in units of 2^-30 MeV, lengths in 2^-20 mm, weights in 2^-20 (see simkit.tally).
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import numpy as np

from simkit.particles import PARTICLES
from simkit.processes import PROCESSES
from simkit.record.gpu_times import GpuTimes
from simkit.tally import BALANCE, COUNTERS, ENERGY_UNIT, LENGTH_UNIT, WEIGHT_UNIT

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


@dataclass
class Tallies:
    """Per-event tallies, one row an event, in event order.

    events: int64[n], event numbers. deposits: [n, cells], energy. steps: [n, 3, regions] by PARTICLES.
    secondaries: [n, 3], tracks put on the stack. interactions: [n, processes]. track_length: [n, regions],
    charged true path. balance: [n, BALANCE], energy; `rest_mass` is what annihilation and pair production
    turned into kinetic energy, negative when more pairs were made than annihilated. counters: [n, COUNTERS].
    weight_sum, weight_squared: [n, regions], sums over deposits of the weight and its square.
    cell_region: [cells], region of a cell. cpu_s, wall_s: of the tracking alone. gpu: where one was used.
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
    cpu_s: float = 0.0
    wall_s: float = 0.0
    threads: int = field(default=1)
    gpu: GpuTimes | None = None

    def __len__(self) -> int:
        return len(self.events)

    @property
    def timed_s(self) -> float:
        """Return the seconds that a comparison counts: CPU time or, on a GPU, the clock's of the transport.

        The host's CPU time of a run on a GPU says how the host waits, not what the device does.
        """
        return self.cpu_s if self.gpu is None else self.gpu.total_s

    @property
    def region_deposits(self) -> np.ndarray:
        """Energy deposited by region, int64[n, regions]."""
        regions = self.steps.shape[2]
        out = np.zeros((len(self), regions), dtype=np.int64)
        for region in range(regions):
            out[:, region] = self.deposits[:, self.cell_region == region].sum(axis=1)
        return out

    def counter(self, name: str) -> int:
        """Return the sum over events of the counter `name`."""
        return int(self.counters[:, COUNTERS.index(name)].sum())

    def residual(self) -> np.ndarray:
        """Return in + rest_mass - deposited - leaked - killed - roulette (MeV) by event."""
        balance = dict(zip(BALANCE, self.balance.T))
        out = balance["leaked"] + balance["killed"] + balance["roulette"] + self.deposits.sum(axis=1)
        return (balance["in"] + balance["rest_mass"] - out) * ENERGY_UNIT


PER_EVENT = tuple(
    f.name for f in fields(Tallies) if f.name not in ("cell_region", "cpu_s", "wall_s", "threads", "gpu")
)


def empty_tallies(events: np.ndarray, regions: int, cell_region: np.ndarray) -> Tallies:
    """Return zeroed tallies for the event numbers `events`."""
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
    )


def merge(parts: list[Tallies]) -> Tallies:
    """Return one set of tallies in event order; the parts hold different events of one configuration."""
    order = np.argsort(np.concatenate([part.events for part in parts]), kind="stable")
    joined = {name: np.concatenate([getattr(part, name) for part in parts])[order] for name in PER_EVENT}
    return Tallies(
        **joined,
        cell_region=parts[0].cell_region,
        cpu_s=sum(part.cpu_s for part in parts),
        wall_s=sum(part.wall_s for part in parts),
        threads=max(part.threads for part in parts),
        gpu=_one_after_the_other(parts),
    )


def _one_after_the_other(parts: list[Tallies]) -> GpuTimes | None:
    """Return the times of all parts; None where one does not tell them, as it was kept by an earlier run."""
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
