"""One measurement: processes that are forked with all tables built, start together and do the same work."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
import time
from multiprocessing.connection import Connection
from typing import NamedTuple

import numpy as np

from simkit.engines import Prepared
from simkit.errors import BadInput
from simkit.events import Primaries
from simkit.record.machine import peak_rss_MB, read_text
from simkit.record.scale import Memory
from simkit.record.tallies import PER_EVENT, Tallies
from simkit.record.waiting import Idle

LOST = "a process was killed before its end, perhaps because memory ran out; try --processes with fewer"


class Layout(NamedTuple):
    """How the machine is used: so many processes of so many threads each."""

    processes: int
    threads: int


class Work(NamedTuple):
    """What every process does: a block of events, repeated with other random numbers for each thread.

    events: of the block; copies: for each thread. So every thread has the same work, but for chance.
    """

    block: Primaries
    events: int
    copies: int
    seed: int

    @property
    def each(self) -> int:
        """Return the events of a thread."""
        return self.events * self.copies

    def of(self, threads: int) -> Primaries:
        """Return the primaries of a process with so many threads."""
        n = self.copies * threads
        rows = len(self.block.event)
        tiled = Primaries(*(np.tile(column, n) for column in self.block))
        return tiled._replace(event=tiled.event + self.events * np.repeat(np.arange(n), rows))


def work_of(primaries: Primaries, n_events: int, each: int, seed: int) -> Work:
    """Return work of about `each` events for a thread, from the first of `n_events` events."""
    n = min(each, n_events)
    block = Primaries(*(column[primaries.event < n] for column in primaries))
    return Work(block, n, -(-each // n), seed)


class Done(NamedTuple):
    """What a measurement took; digests: of the tallies of the block, one a process.

    others: processors that other work kept busy meanwhile.
    """

    wall_s: float
    cpu_s: float
    digests: list[str]
    memory: Memory
    others: float


def measure(prepared: Prepared, layout: Layout, work: Work) -> Done:
    """Run the work on `layout` and return what it took, from the first start to the last end.

    Errors: BadInput where a process dies, or its engine fails.
    """
    context = multiprocessing.get_context("fork")
    pipes, children = [], []
    primaries = work.of(layout.threads)
    try:
        for _ in range(layout.processes):
            mine, its = context.Pipe()
            child = context.Process(
                target=_process, args=(prepared, primaries, work, layout.threads, its), daemon=True
            )
            child.start()
            its.close()
            pipes.append(mine)
            children.append(child)
        _hear(pipes)
        idle = Idle()
        for pipe in pipes:
            pipe.send("begin")
        times = _hear(pipes)
        others = idle.others(sum(cpu_s for _, _, cpu_s, _ in times))
        for pipe in pipes:  # all are still there: what they share is shared
            pipe.send("tell")
        memories = _hear(pipes)
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.join()
        for pipe in pipes:
            pipe.close()
    begins, ends, cpu, digests = zip(*times)
    return Done(max(ends) - min(begins), sum(cpu), list(digests), _together(memories), others)


def _hear(pipes: list[Connection]) -> list:
    """Return what every process says next. Errors: BadInput."""
    heard = []
    for pipe in pipes:
        try:
            said = pipe.recv()
        except (EOFError, OSError):
            raise BadInput(LOST) from None
        if isinstance(said, BaseException):
            raise said
        heard.append(said)
    return heard


def _process(prepared: Prepared, primaries: Primaries, work: Work, threads: int, pipe: Connection) -> None:
    """Do the work of one process when told to, then tell times and, when asked, memory."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # left to the parent
    try:
        pipe.send("ready")
        pipe.recv()
        begin, cpu = time.perf_counter(), time.process_time()
        tallies = prepared.run(primaries, work.seed, threads)
        end = time.perf_counter()
        pipe.send((begin, end, time.process_time() - cpu, digest(tallies, work.events)))
        pipe.recv()
        pipe.send(memory())
        pipe.recv()
    except EOFError:  # the parent has gone
        pass
    except BaseException as error:
        pipe.send(error if isinstance(error, BadInput) else BadInput(f"{type(error).__name__}: {error}"))
    os._exit(0)  # what the parent registered for its end is the parent's


def digest(tallies: Tallies, events: int) -> str:
    """Return what tells the bits of the first events from others."""
    out = hashlib.sha256()
    for name in PER_EVENT:
        out.update(np.ascontiguousarray(getattr(tallies, name)[:events]).tobytes())
    return out.hexdigest()


def memory() -> Memory:
    """Return the memory of this process."""
    found = {
        name: int(rest.split()[0]) * 1024 / 1e6
        for line in read_text("/proc/self/smaps_rollup").splitlines()
        for name, _, rest in [line.partition(":")]
        if name in ("Pss", "Private_Clean", "Private_Dirty")
    }
    own = [found[name] for name in ("Private_Clean", "Private_Dirty") if name in found]
    return Memory(
        shared_fairly_MB=found.get("Pss"), own_MB=sum(own) if own else None, peak_rss_MB=peak_rss_MB()
    )


def _together(parts: list[Memory]) -> Memory:
    def total(values: list[float | None]) -> float | None:
        told = [value for value in values if value is not None]
        return sum(told) if len(told) == len(values) else None

    return Memory(
        shared_fairly_MB=total([part.shared_fairly_MB for part in parts]),
        own_MB=total([part.own_MB for part in parts]),
        peak_rss_MB=max(part.peak_rss_MB or 0.0 for part in parts),
    )
