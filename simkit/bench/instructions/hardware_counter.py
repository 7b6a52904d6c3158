"""Instructions counted by the processor itself, through Linux's perf_event_open(2).

Counted is what the thread that opens the counter executes in user space from then on, and all threads and
programs that it starts later; threads that are there already are not counted. Many virtual machines do not
show their guests the processor's counters, and containers and administrators may forbid them; which it is, is
found out by trying.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from simkit.errors import BadInput

SOURCE = "hardware counters"
# The number of perf_event_open among the system calls, by processor (syscalls(2)).
SYSTEM_CALL = {"x86_64": 298, "aarch64": 241, "riscv64": 241, "ppc64le": 319, "s390x": 331}
ATTRIBUTES = 64  # bytes of the first version of perf_event_attr, which all kernels take
HARDWARE, INSTRUCTIONS = 0, 1
TIMES = 3  # in a reading: how long the counter was enabled, and how long it counted
INHERIT, NO_KERNEL, NO_HYPERVISOR = 1 << 1, 1 << 5, 1 << 6
CLOSE_ON_EXEC = 8
PARANOID = Path("/proc/sys/kernel/perf_event_paranoid")


class NotCounted(BadInput):
    """The processor's counters cannot be had; the message says why."""


@contextmanager
def hardware_counter() -> Iterator[Callable[[], int]]:
    """Open a counter; gives a function that returns the instructions counted so far. Errors: NotCounted."""
    try:
        counter = open_counter()
    except OSError as error:
        raise NotCounted(_reason(error.errno or 0)) from None

    def read() -> int:
        count, enabled, ran = struct.unpack("3Q", os.read(counter, 24))
        if not ran:
            return 0
        # Where others count too, the counter is ours for part of the time only.
        return int(count) if ran == enabled else int(count * (enabled / ran))

    try:
        yield read
    finally:
        os.close(counter)


def open_counter() -> int:
    """Return a file descriptor that counts what this thread and those it starts do. Errors: OSError."""
    number = SYSTEM_CALL.get(platform.machine())
    if platform.system() != "Linux" or number is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    flags = INHERIT | NO_KERNEL | NO_HYPERVISOR
    # type, size, config, period, what a sample holds, what a reading holds, flags
    head = struct.pack("2I5Q", HARDWARE, ATTRIBUTES, INSTRUCTIONS, 0, 0, TIMES, flags)
    attributes = ctypes.create_string_buffer(head, ATTRIBUTES)
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    # This thread, on whatever processor, in no group.
    arguments = (ctypes.c_int(0), ctypes.c_int(-1), ctypes.c_int(-1), ctypes.c_ulong(CLOSE_ON_EXEC))
    found = int(call(ctypes.c_long(number), ctypes.byref(attributes), *arguments))
    if found < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return found


def why_not() -> str:
    """Return why the processor's counters cannot be had here, "" where they can."""
    try:
        with hardware_counter() as read:
            before = read()
            sum(range(1000))
            return "" if read() > before else "the processor's counter stands still"
    except NotCounted as error:
        return str(error)


def _reason(number: int) -> str:
    if number in (errno.ENOENT, errno.EOPNOTSUPP, errno.ENODEV):
        return "this machine, often a virtual one, does not show the processor's counters"
    if number in (errno.EACCES, errno.EPERM):
        try:
            level = PARANOID.read_text().strip()
        except OSError:
            level = "unknown"
        return (
            f"the system forbids the processor's counters (kernel.perf_event_paranoid is {level}); allow "
            "them with sysctl kernel.perf_event_paranoid=2, in a container also the call perf_event_open"
        )
    if number == errno.ENOSYS:
        return "this system has no perf_event_open"
    return f"the processor's counters cannot be opened ({os.strerror(number)})"
