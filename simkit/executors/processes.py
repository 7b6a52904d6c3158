"""Processes of this machine, each with one thread and memory of its own."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

from simkit.errors import BadInput

MOST_DEATHS = 3  # of workers in a row, without a shard done in between


def _begin_worker() -> None:
    """Leave Ctrl-C to the parent, and end when it does, even when it was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def follow_parent() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=follow_parent, daemon=True).start()


class WorkerProcesses:
    """See simkit.executors.Executor. The pool lives as long as this object, and its workers' tables too."""

    name = "processes"

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._pool = self._new_pool()

    def _new_pool(self) -> ProcessPoolExecutor:
        # A fork would copy the state of numba's and numpy's threads.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self.workers, mp_context=context, initializer=_begin_worker)

    def map(self, function: Callable[[Any], Any], shards: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """Yield (index, result) as they get done; a pool that lost a worker is replaced."""
        left, deaths = dict(enumerate(shards)), 0
        while left:
            try:
                futures = {self._pool.submit(function, shard): index for index, shard in left.items()}
                for future in as_completed(futures):
                    result = future.result()
                    del left[futures[future]]
                    deaths = 0
                    yield futures[future], result
            except BrokenProcessPool:
                deaths += 1
                self.close()
                if deaths == MOST_DEATHS:
                    raise BadInput(
                        f"--executor processes: worker processes were killed {deaths} times in a row, "
                        "perhaps because memory ran out; try fewer, such as "
                        f"processes:{max(1, self.workers // 2)}"
                    ) from None
                self._pool = self._new_pool()
            except OSError as error:
                what = " ".join(str(error).split())
                raise BadInput(
                    f"--executor processes: a worker could not go on ({type(error).__name__}: {what}); see "
                    "to its disk, and start again"
                ) from None

    def close(self) -> None:
        """End the workers; what they have begun is given up, even in the middle of an event."""
        workers = list((self._pool._processes or {}).values())
        self._pool.shutdown(wait=False, cancel_futures=True)
        for worker in workers:  # Python 3.14 has terminate_workers for it
            worker.terminate()


@contextmanager
def open_executor(rest: str) -> Iterator[WorkerProcesses]:
    """Return it; `rest` is the number of processes, empty for one a processor. Errors: BadInput."""
    if rest and not (rest.isdecimal() and int(rest) > 0):
        raise BadInput(f"--executor: found 'processes:{rest}'; write processes, or processes:4 for four")
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    executor = WorkerProcesses(int(rest) if rest else count)
    try:
        yield executor
    finally:
        executor.close()
