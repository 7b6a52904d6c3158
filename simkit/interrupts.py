"""Ctrl-C takes effect within two seconds, also while compiled code runs.

Python runs the handler of a signal between two of its own instructions: not before a kernel returns, which
takes minutes for some events. What the system calls at once can write into a socket, though
(signal.set_wakeup_fd). A thread that sleeps at its other end sets flags that kernels look at between tracks;
no time is taken from what is being timed.
"""

from __future__ import annotations

import math
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np

GRACE_S = 0.7  # what is short and under way, such as a timed block, is finished


class Stopped(KeyboardInterrupt):
    """Ctrl-C ended what was under way in its middle; what it had counted is given up."""


class _Watcher:
    """The thread, and what it has to do. One a process, for as long as it lives."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.flags: dict[int, np.ndarray] = {}
        self.also_wakes = -1  # the file descriptor that was woken by signals before
        self._inbox, outbox = socket.socketpair()
        outbox.setblocking(False)
        self._outbox = outbox  # kept open
        self.wakes = outbox.fileno()
        threading.Thread(target=self._watch, name="simkit-interrupts", daemon=True).start()

    def _receive(self, seconds: float | None) -> bytes:
        """Return the numbers of the signals that came, nothing when none did within `seconds`."""
        self._inbox.settimeout(seconds)
        try:
            numbers = self._inbox.recv(4096)
        except TimeoutError:
            return b""
        if self.also_wakes >= 0:
            with suppress(OSError):
                os.write(self.also_wakes, numbers)
        return numbers

    def _watch(self) -> None:
        flags_at = math.inf
        while True:
            left = flags_at - time.monotonic()
            numbers = self._receive(None if left == math.inf else max(left, 1e-3))
            now = time.monotonic()
            if signal.SIGINT in numbers:
                flags_at = now if flags_at < math.inf else now + GRACE_S  # a second one is not made to wait
            if now >= flags_at:
                flags_at = math.inf
                for flag in tuple(self.flags.values()):
                    flag[0] = 1


_watcher: _Watcher | None = None


def _the_watcher() -> _Watcher:
    global _watcher
    if _watcher is None or _watcher.process != os.getpid():
        _watcher = _Watcher()
    return _watcher


@contextmanager
def watched() -> Iterator[_Watcher]:
    """Have signals wake the watcher; outside of the main thread nothing changes."""
    watcher = _the_watcher()
    if threading.current_thread() is not threading.main_thread():
        yield watcher
        return
    before = signal.set_wakeup_fd(watcher.wakes, warn_on_full_buffer=False)
    nested = before == watcher.wakes
    if not nested:
        watcher.also_wakes = before
    try:
        yield watcher
    finally:
        signal.set_wakeup_fd(before)
        if not nested:
            watcher.also_wakes = -1


@contextmanager
def stop_flag() -> Iterator[np.ndarray]:
    """Give a flag, int64[1], that becomes 1 some time (`GRACE_S`) after a Ctrl-C, for kernels to look at."""
    flag = np.zeros(1, dtype=np.int64)
    with watched() as watcher:
        watcher.flags[id(flag)] = flag
        try:
            yield flag
        finally:
            del watcher.flags[id(flag)]


def unheeded() -> bool:
    """Return whether a kernel has not ended that has been asked to."""
    return _watcher is not None and any(flag[0] for flag in tuple(_watcher.flags.values()))


@contextmanager
def stop_request() -> Iterator[Callable[[], bool]]:
    """Turn Ctrl-C into a question that is asked between blocks, so that what is under way gets finished.

    What is not finished after `GRACE_S`, or at a second Ctrl-C, is given up: Stopped is raised. Outside the
    main thread nothing changes and the answer is no.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    main = threading.get_ident()
    patience: list[threading.Timer] = []

    def on_signal(number: int, frame: Any) -> None:
        if patience:
            patience[0].cancel()
            raise Stopped
        patience.append(threading.Timer(GRACE_S, signal.pthread_kill, (main, signal.SIGINT)))
        patience[0].daemon = True
        patience[0].start()

    before = signal.signal(signal.SIGINT, on_signal)
    try:
        yield lambda: bool(patience)
    finally:
        for timer in patience:
            timer.cancel()
        signal.signal(signal.SIGINT, before)
