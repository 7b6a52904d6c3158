"""One thread on one processor, undisturbed by its own interpreter, while it is timed."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager

import psutil


@contextmanager
def pinned() -> Iterator[int | None]:
    """Keep this thread on one processor, the least busy one, with garbage collection off; restored after.

    Gives that processor's number, None where the system knows no such thing. What there is already is frozen,
    so that whoever collects in between is done in 20 ms.
    """
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    collecting = gc.isenabled()
    gc.collect()
    gc.disable()
    freeze = gc.get_freeze_count() == 0  # what somebody else froze stays
    if freeze:
        gc.freeze()
    try:
        if len(allowed) > 1:
            busy = psutil.cpu_percent(interval=0.1, percpu=True)
            os.sched_setaffinity(0, {min(allowed, key=lambda cpu: busy[cpu] if cpu < len(busy) else 100.0)})
        yield min(os.sched_getaffinity(0)) if allowed else None
    finally:
        if len(allowed) > 1:
            os.sched_setaffinity(0, allowed)
        if freeze:
            gc.unfreeze()
        if collecting:
            gc.enable()
