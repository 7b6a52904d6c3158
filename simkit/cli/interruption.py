"""Ctrl-C is heard wherever it falls, within two seconds."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from simkit.errors import Interrupted

AGAIN_S = 0.05
PATIENCE_S = 1.5
LAST_S = 1.0
MESSAGE = "simkit: interrupted; nothing half-written is kept"


@contextmanager
def heard() -> Iterator[None]:
    """See to it that Ctrl-C ends what runs inside. Outside the main thread nothing is done.

    Python drops what is raised in finalisers and in callbacks of the compiler: it is raised again. The
    compiler itself cannot be interrupted: the process ends after `PATIENCE_S`, when nothing is lost by that;
    after a second Ctrl-C it ends at the latest.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    dropped, over = threading.Event(), threading.Event()

    def hook(found: Any) -> None:
        if issubclass(found.exc_type, KeyboardInterrupt):
            dropped.set()
            # Later and from elsewhere, because here it would be dropped again.
            threading.Thread(target=_interrupt_again, args=(over,), daemon=True).start()
        elif not dropped.is_set():  # else a consequence of it
            hook_before(found)

    hook_before, sys.unraisablehook = sys.unraisablehook, hook
    arrivals, arrived = os.pipe()
    os.set_blocking(arrived, False)
    fd_before = signal.set_wakeup_fd(arrived, warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(arrivals,), daemon=True).start()
    try:
        yield
    except Exception as error:
        if dropped.is_set() and not isinstance(error, Interrupted):  # a consequence, too
            raise KeyboardInterrupt from None
        raise
    finally:
        over.set()
        sys.unraisablehook = hook_before
        signal.set_wakeup_fd(fd_before)
        os.close(arrived)


def _interrupt_again(over: threading.Event) -> None:
    if not over.wait(AGAIN_S):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


def _watch(arrivals: int) -> None:
    """End the process when it still compiles what it compiled as Ctrl-C arrived.

    Do so, too, after a second Ctrl-C where a kernel does not look whether it is to stop: it loops for ever.
    """
    presses = 0
    while number := os.read(arrivals, 1):
        if number[0] != signal.SIGINT:
            continue
        presses += 1
        if compiled := _compiling():
            time.sleep(PATIENCE_S)
            if _compiling() == compiled:
                _end()
        elif presses > 1:
            time.sleep(LAST_S)
            if _unheeded():
                _end()
    os.close(arrivals)


def leave_threads() -> None:
    """End the process after Ctrl-C where threads run on in kernels: Python would wait for them for ever."""
    module: Any = sys.modules.get("simkit.transport.cpu")
    end = time.monotonic() + LAST_S
    for thread in threading.enumerate():
        if module is not None and thread.name.startswith(module.THREADS):
            thread.join(max(end - time.monotonic(), 0.0))
            if thread.is_alive():
                sys.stdout.flush()
                os._exit(130)


def _end() -> None:
    with suppress(OSError):
        os.write(2, f"{MESSAGE}\n".encode())
    os._exit(130)


def _compiling() -> int:
    """Return the number of the compilation that is under way, 0 for none."""
    module: Any = sys.modules.get("simkit.kernel_cache")
    return module.COMPILING.number if module is not None else 0


def _unheeded() -> bool:
    """Return whether a kernel runs on that was asked to end."""
    module: Any = sys.modules.get("simkit.interrupts")
    return module is not None and module.unheeded()
