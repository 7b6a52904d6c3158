"""Blocks: the pieces of work that are timed, 20-100 ms of CPU each, the same primaries on both sides.

A block is a few whole events or, where an event takes longer, a slice of its primaries with a mixed
composition. Blocks come in a shuffled order, so that a budget that ends in the middle of the events has seen
a fair sample of them; after the last block the next pass begins with new random numbers for the showers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simkit.bench.statistics.differences import Showers
from simkit.errors import BadInput
from simkit.events import Events, Primaries
from simkit.particles import FAMILIES, PARTICLES, kind_of_pdg
from simkit.record.families import families

Rows = NDArray[np.int64]

TARGET_S = 0.05
LARGEST_SEED = 2**62


def take(primaries: Primaries, rows: Rows) -> Primaries:
    """Return the given rows of `primaries`."""
    return Primaries(*(column[rows] for column in primaries))


def derive_seed(seed: int, *path: int) -> int:
    """Return the seed named by `path` under `seed`, independent of all others (numpy's SeedSequence)."""
    word = np.random.SeedSequence([seed, *path]).generate_state(1, np.uint64)[0]
    return int(word) % LARGEST_SEED


def start_alike(primaries: Primaries) -> bool:
    """Return whether every event is one particle of one species and energy from one place."""
    if len(primaries.event) != len(np.unique(primaries.event)):
        return False
    columns = [column for name, column in primaries._asdict().items() if name not in ("event", "number")]
    return all(bool(np.all(column == column[0])) for column in columns)


def shower_of(primaries: Primaries) -> Showers:
    """Return the kind of shower that all primaries make."""
    kinds = kind_of_pdg()
    return shower_of_species([PARTICLES[kinds[int(pdg)]] for pdg in np.unique(primaries.pdg)])


def shower_of_species(names: Iterable[str]) -> Showers:
    """Return the kind of shower that all of the species make; "mixed" where that differs or is not known."""
    found: set[Showers] = {FAMILIES[f].shower if f in FAMILIES else "mixed" for f in families(names)}
    return found.pop() if len(found) == 1 else "mixed"


@dataclass(frozen=True)
class Block:
    """Rows of the primaries to run in pass `turn` of all blocks."""

    rows: Rows
    turn: int


@dataclass(frozen=True)
class Schedule:
    """All blocks of the events, and in which order they are taken.

    mean_energy: kinetic energy of the primaries per event (MeV): what the measured energy is divided by to
    say how many events were measured, slices included. alike: whether all events start alike; shower: what
    kind of shower the primaries make.
    """

    primaries: Primaries
    rows: tuple[Rows, ...]
    seed: int
    mean_energy: float
    alike: bool
    shower: Showers = "electromagnetic"

    @property
    def by_event(self) -> bool:
        """Return whether deposits are kept by event: widths, and quantiles of muons' losses, need them."""
        return self.alike or self.shower == "muon"

    def block(self, index: int) -> Block:
        """Return block `index` of the endless series."""
        turn, place = divmod(index, len(self.rows))
        order = np.random.default_rng([self.seed, turn]).permutation(len(self.rows))
        return Block(self.rows[order[place]], turn)

    def chunk(self, index: int, energy: float) -> int:
        """Return the end of a chunk of blocks from `index` on, of about `energy` MeV together.

        A chunk ends with the pass: the same primaries twice with the same seed would be the same showers.
        """
        total, turn = 0.0, self.block(index).turn
        while total < energy and (block := self.block(index)).turn == turn:
            total += self.energy(block)
            index += 1
        return index

    def joined(self, first: int, end: int) -> Block:
        """Return the blocks first <= k < end, all of one pass, as one."""
        blocks = [self.block(k) for k in range(first, end)]
        return Block(np.sort(np.concatenate([block.rows for block in blocks])), blocks[0].turn)

    def energy(self, block: Block) -> float:
        """Return the kinetic energy of the block's primaries (MeV)."""
        return float(self.primaries.energy[block.rows].sum())

    def row_energy(self, block: Block) -> NDArray[np.float64]:
        """Return the energy of the block's primaries by event (the rows of the tallies)."""
        _, starts = np.unique(self.primaries.event[block.rows], return_index=True)
        return np.add.reduceat(self.primaries.energy[block.rows], starts)


def make_schedule(events: Events, seed: int, seconds_per_MeV: float) -> Schedule:
    """Return the schedule of blocks of about 50 ms, given what the slowest side needs per MeV."""
    primaries = events.primaries
    if len(primaries.event) == 0:
        raise BadInput("events: there is no gamma, e- or e+ among the primaries; nothing to measure")
    target = TARGET_S / seconds_per_MeV
    starts = np.unique(primaries.event, return_index=True)[1]
    blocks: list[Rows] = []
    group: list[Rows] = []
    weight = 0.0
    for rows in np.split(np.arange(len(primaries.event)), starts[1:]):
        energy = float(primaries.energy[rows].sum())
        if energy > 1.5 * target and len(rows) > 1:
            blocks.extend(_slices(rows, primaries.energy[rows], max(1, round(energy / target))))
            continue
        # Half of the event beyond the target: closer without it.
        if group and weight + 0.5 * energy > target:
            blocks.append(np.concatenate(group))
            group, weight = [], 0.0
        group.append(rows)
        weight += energy
    if group:
        blocks.append(np.concatenate(group))
    total = float(primaries.energy.sum())
    return Schedule(
        primaries, tuple(blocks), seed, total / events.n_events, start_alike(primaries), shower_of(primaries)
    )


def _slices(rows: Rows, energy: NDArray[np.float64], count: int) -> list[Rows]:
    """Return `rows` dealt to `count` slices of nearly equal energy: the largest first, to the lightest."""
    loads = np.zeros(count)
    dealt: list[list[int]] = [[] for _ in range(count)]
    for i in np.argsort(-energy, kind="stable"):
        lightest = int(np.argmin(loads))
        dealt[lightest].append(int(rows[i]))
        loads[lightest] += energy[i]
    return [np.sort(np.array(part, dtype=np.int64)) for part in dealt if part]
