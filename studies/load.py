"""A background load that comes and goes: processes that are busy for random times on given processors.

A burner works and sleeps in turn, each for a random time with a median of half a second (a tenth to two
seconds in two cases of three). It alternates between arithmetic and walking through 32 MiB, so that both the
processor's time and its caches are contended. It ends when the process that started it is gone.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

MEDIAN_S, SPREAD = 0.5, 1.3  # of the log-normal times
SLICE_S = 0.02  # between two looks at the clock
FLOATS = 4_000_000


@contextmanager
def background_load(burners: int, seed: int) -> Iterator[None]:
    """Run as many burners on this process's processors while the block runs."""
    started = [
        subprocess.Popen([sys.executable, "-m", "studies.load", str(os.getpid()), f"{seed}.{i}"])
        for i in range(burners)
    ]
    try:
        yield
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait()


def burn(owner: int, seed: str) -> None:
    """Work and sleep in turn until the process `owner` is no longer the parent."""
    rng = random.Random(seed)
    memory = np.ones(FLOATS)
    while os.getppid() == owner:
        time.sleep(_duration(rng))
        end = time.perf_counter() + _duration(rng)
        walking = rng.random() < 0.5
        while time.perf_counter() < end and os.getppid() == owner:
            until = time.perf_counter() + SLICE_S
            while time.perf_counter() < until:
                if walking:
                    memory += 1.0
                else:
                    sum(range(5000))


def _duration(rng: random.Random) -> float:
    return min(rng.lognormvariate(0.0, SPREAD) * MEDIAN_S, 20.0)


if __name__ == "__main__":
    burn(int(sys.argv[1]), sys.argv[2])
