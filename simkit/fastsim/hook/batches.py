"""Batches: tracks that models on the host took, out of all events, and what becomes of them.

A batch goes to its model when enough tracks wait, when they have waited long, or at the end. Neither that nor
threads change a result: a shower depends on its key alone, and deposits are sums of integers.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simkit.fastsim.hook.asking import Hook
from simkit.fastsim.hook.placing import give_back, place_showers
from simkit.fastsim.models.asked import ask_for_showers, energies_in
from simkit.fastsim.models.on_host import RULE, SHOWER_KEY, TRAY_WIDTH, HostModel
from simkit.particles import POSITRON
from simkit.rng import child_track, make_rng
from simkit.tally import FAST_RETRIES, Tally, count
from simkit.tracks import N_FIELDS, unpack_tracks

NOBODY = np.zeros(0, dtype=np.uint64)
NOTHING = np.zeros((0, 0), dtype=np.float32)
ROUNDED = 1e-6  # of a track's energy, by which energies in float32 may be off
WARM_UP_MEV = 1000.0  # of the first shower, where its rule takes that


@dataclass
class HostTimes:
    """What the host's side took: seconds of preparing batches, in the models, of decoding, of placing; the
    batches, and the largest."""

    prepare_s: float = 0.0
    infer_s: float = 0.0
    decode_s: float = 0.0
    place_s: float = 0.0
    batches: int = 0
    largest: int = 0


def sum_of(times: Sequence[HostTimes]) -> HostTimes | None:
    """Return the times of parts of a run together; None where there are none."""
    if not times:
        return None
    total = HostTimes(*(sum(column) for column in zip(*(vars(part).values() for part in times))))
    total.largest = max(part.largest for part in times)
    return total


class Waiting:
    """The tracks of one run that wait for models on the host."""

    def __init__(
        self,
        hook: Hook,
        hosts: Mapping[int, HostModel],
        tally: Tally,
        returned: NDArray[np.uint64] = NOBODY,
    ) -> None:
        """Wait for nothing yet; showers are counted into `tally`.

        returned: the keys of the tracks that have come back, uint64[n], ascending; they are not taken again.
        """
        self.times = HostTimes()
        self.returned = returned
        self._hook, self._hosts, self._tally = hook, hosts, tally
        self._rows: list[NDArray[np.int64]] = []
        self._back: list[NDArray[np.int64]] = []
        self._since = time.monotonic()
        self._lock = threading.Lock()
        self._batch = min(host.batch for host in hosts.values())
        self._flush_s = min(host.flush_s for host in hosts.values())

    def warm_up(self) -> None:
        """Compile what places showers, and let each model make one, as its first call may take long."""
        for host in self._hosts.values():
            self._place(host, np.zeros((0, TRAY_WIDTH), dtype=np.int64), NOBODY, NOTHING)
            energy = np.clip([WARM_UP_MEV], *host.energy_MeV)
            self._generate(host, energy, np.ones(1, dtype=np.uint64))
        self.times = HostTimes()

    def after(self, tally: Tally) -> Waiting:
        """Return who waits while what came back is followed, counting into another tally."""
        next_ = Waiting(self._hook, self._hosts, tally, self.returned)
        next_.times = self.times
        return next_

    def take(self, rows: NDArray[np.int64]) -> None:
        """Take tracks out of a tray, of events that are over; int64[n, TRAY_WIDTH]. Errors: as `flush`."""
        with self._lock:
            if len(rows) and not self._rows:
                self._since = time.monotonic()
            self._rows.append(rows.copy())
            enough = sum(map(len, self._rows)) >= self._batch
            if enough or time.monotonic() - self._since >= self._flush_s:
                self._flush()

    def flush(self) -> NDArray[np.int64]:
        """Make the showers of all that wait; return the tracks that have to be followed in full, as `take`.

        Errors: BadInput of a model that gives what cannot be.
        """
        with self._lock:
            self._flush()
            back = np.concatenate([np.zeros((0, TRAY_WIDTH), dtype=np.int64), *self._back])
            self._back = []
            keys = np.ascontiguousarray(back[:, SHOWER_KEY]).view(np.uint64)
            self.returned = np.sort(np.concatenate([self.returned, keys]))
        return back

    def _flush(self) -> None:
        if not self._rows:
            return
        rows = np.concatenate(self._rows)
        self._rows = []
        for rule, host in self._hosts.items():
            own = rows[rows[:, RULE] == rule]
            for first in range(0, len(own), host.batch):
                self._shower(host, own[first : first + host.batch])

    def _shower(self, host: HostModel, rows: NDArray[np.int64]) -> None:
        begin = time.perf_counter()
        tracks = unpack_tracks(np.ascontiguousarray(rows[:, :N_FIELDS]))
        keys = rows[:, SHOWER_KEY].copy().view(np.uint64)
        most = tracks.energy + self._hook.annihilation * (tracks.kind == POSITRON)
        self.times.prepare_s += time.perf_counter() - begin
        self.times.batches += 1
        self.times.largest = max(self.times.largest, len(rows))
        energies = self._generate(host, tracks.energy, keys)
        wrong = self._wrong(host, energies, most)
        for attempt in range(host.retries):
            if not len(wrong):
                break
            for i in wrong:
                count(self._tally, tracks.slot[i], FAST_RETRIES, 1)
                keys[i] = child_track(keys[i], attempt + 1)
            again = self._generate(host, tracks.energy[wrong], keys[wrong])
            still = self._wrong(host, again, most[wrong])
            energies[wrong] = again
            wrong = wrong[still]
        begin = time.perf_counter()
        give_back(self._tally, rows, wrong, most)
        self._back.append(rows[wrong])
        good = np.delete(np.arange(len(rows)), wrong)
        self._place(host, rows[good], keys[good], host.with_outside(energies[good]))
        self.times.place_s += time.perf_counter() - begin

    def _place(
        self,
        host: HostModel,
        rows: NDArray[np.int64],
        keys: NDArray[np.uint64],
        energies: NDArray[np.float32],
    ) -> None:
        place_showers(
            self._hook.place,
            self._tally,
            make_rng(0),
            self._hook.annihilation,
            rows,
            keys,
            energies,
            host.boxes,
            host.turns,
            host.visible_region,
            host.scale,
            host.lateral_mm,
            host.points,
        )

    def _generate(
        self, host: HostModel, incident_MeV: NDArray[np.float64], keys: NDArray[np.uint64]
    ) -> NDArray[np.float32]:
        begin = time.perf_counter()
        given = ask_for_showers(host.generator, host.name, incident_MeV, keys)
        self.times.infer_s += time.perf_counter() - begin
        begin = time.perf_counter()
        energies = energies_in(host.generator, host.name, given, len(keys))
        self.times.decode_s += time.perf_counter() - begin
        return energies

    def _wrong(
        self, host: HostModel, energies: NDArray[np.float32], most: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        """Return which showers hold no number, something negative, or more energy than there is.

        Those that are above it by what float32 rounds are made a little smaller, in `energies`.
        """
        begin = time.perf_counter()
        with np.errstate(invalid="ignore", over="ignore"):
            total = host.scale * (1.0 + host.outside) * energies.sum(axis=1, dtype=np.float64)
            above = (total > most) & (total <= (1.0 + ROUNDED) * most)
            energies[above] *= ((1.0 - ROUNDED) * most[above] / total[above])[:, None]
            good = (energies >= 0.0).all(axis=1) & ((total <= most) | above)
        self.times.decode_s += time.perf_counter() - begin
        return np.flatnonzero(~good)


def names_on_host(hosts: Mapping[int, HostModel]) -> str:
    """Return the names of models on the host, for messages."""
    return ", ".join(repr(host.name) for host in hosts.values())
