"""Run another program as a child process: its output, its CPU time, and one clear line when it fails."""

from __future__ import annotations

import hashlib
import os
import select
import shlex
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import IO, NamedTuple

import psutil

from simkit.errors import BadInput
from simkit.record.waiting import Idle, Scheduled, scheduled

LARGEST_OUTPUT = 64_000_000  # bytes; a program in an endless loop must not fill the disk
LOOK_EVERY_S = 0.1  # at the time and the output; every look takes the processor away from the program
LEAST_SHARE = 0.02  # of a processor: however busy the machine is, a program that computes gets more
POLL_S = 0.01  # where the system does not tell when a program ends

_under: ContextVar[tuple[str, ...]] = ContextVar("_under", default=())
_given_up: ContextVar[threading.Event | None] = ContextVar("_given_up", default=None)


class Finished(NamedTuple):
    """What a program printed, and what it used: cpu_s is user + system, of it and of what it started.

    queued_s: of wall_s, ready to run while other work had the processor; unclear_s: that, or waiting for
    something else; see simkit.record.waiting.
    """

    output: str
    cpu_s: float
    wall_s: float
    queued_s: float
    unclear_s: float

    @property
    def times(self) -> tuple[float, float, float, float]:
        """Return cpu_s, wall_s, queued_s and unclear_s."""
        return self[1:]


def is_file(path: Path) -> bool:
    """Return whether `path` is a file; a command line too long for the name of one is none."""
    try:
        return path.is_file()
    except OSError:
        return False


def split_command(text: str, where: str) -> list[str]:
    """Return the words of a command line; the first is the program, found on the PATH when it has no slash.

    Errors: BadInput when there is no such program, or it cannot be executed; `where` names what gave it.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise BadInput(f"{where}: {text!r} is not a command line ({error})") from None
    if not words:
        raise BadInput(f"{where}: there is no program; give its path")
    program = words[0]
    found = program if os.sep in program else shutil.which(program)
    if found is None or not is_file(Path(found)):
        raise BadInput(f"{where}: there is no program {program!r}; give the path of an executable file")
    if not os.access(found, os.X_OK):
        raise BadInput(f"{where}: {program} is not executable; chmod +x it, or give the right file")
    return [str(Path(found).absolute()), *words[1:]]


def digest(path: Path) -> str:
    """Return what tells a file from its other versions, "sha256 0123456789abcdef". Errors: BadInput."""
    try:
        return f"sha256 {hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}); its digest goes into the record") from None


def recorded_output(given: str, where: str) -> Path | None:
    """Return `given` as the path of recorded output; None when it names a program. Errors: BadInput."""
    path = Path(given)
    if not is_file(path) or os.access(path, os.X_OK):
        return None
    if _begin(path, where)[:4] == b"\x7fELF" or _begin(path, where)[:2] == b"#!":
        raise BadInput(f"{where}: {given} is a program and not executable; chmod +x it")
    return path


def read_text(path: Path, where: str) -> str:
    """Return the text of a file that another program wrote. Errors: BadInput when it is none."""
    if not path.is_file():
        raise BadInput(f"{where}: there is no file {path}")
    if path.stat().st_size > LARGEST_OUTPUT:
        raise BadInput(f"{where}: {path} has more than {LARGEST_OUTPUT / 1e6:g} MB; give one run's output")
    if b"\0" in _begin(path, where):
        raise BadInput(f"{where}: {path} is not text")
    return path.read_text("utf-8", errors="replace")


def _begin(path: Path, where: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(4096)
    except OSError as error:
        raise BadInput(f"{where}: {path} cannot be read ({error.strerror})") from None


@contextmanager
def run_under(words: Sequence[str]) -> Iterator[None]:
    """Let the programs that this thread starts be run by another one: `words` come before their command."""
    before = _under.set(tuple(words))
    try:
        yield
    finally:
        _under.reset(before)


@contextmanager
def ended_by(given_up: threading.Event) -> Iterator[None]:
    """Let the programs that this thread starts be ended when the event is set."""
    before = _given_up.set(given_up)
    try:
        yield
    finally:
        _given_up.reset(before)


def run_program(
    command: Sequence[str],
    folder: Path,
    timeout_s: float,
    where: str,
    environment: Mapping[str, str] | None = None,
) -> Finished:
    """Run `command` in `folder` and wait for its end; `environment` None: that of this process.

    The program and all it started are killed after `timeout_s` of wall time, when it prints more than 64 MB,
    when this program is interrupted, and within `ended_by`. Errors: BadInput, one line that says what
    happened and what it printed last.
    """
    with tempfile.TemporaryFile() as output:
        idle, begin = Idle(), time.perf_counter()
        try:
            child = subprocess.Popen(
                [*_under.get(), *command],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=environment,
            )
        except OSError as error:
            raise BadInput(f"{where}: {command[0]} cannot be run ({error.strerror})") from None
        ended = False
        lost_s = idle.lost_s()
        try:
            with _end_of(child.pid) as wait:
                while True:
                    main = scheduled(str(child.pid))  # gone as soon as it was waited for
                    found, status, usage = os.wait4(child.pid, os.WNOHANG)
                    wall_s = time.perf_counter() - begin
                    if found:
                        ended = True
                        lost_s += idle.lost_s()
                        left_s = _left_behind_s(child.pid)
                        break
                    if (given_up := _given_up.get()) is not None and given_up.is_set():
                        raise BadInput(f"{where}: it was stopped; its run is not needed any more")
                    if wall_s > timeout_s:
                        raise BadInput(
                            f"{where}: it had not ended after {timeout_s:.3g} s and was stopped; "
                            + _doing(child.pid, idle, main, wall_s)
                            + _said(output)
                        )
                    if os.fstat(output.fileno()).st_size > LARGEST_OUTPUT:
                        raise BadInput(
                            f"{where}: it printed more than {LARGEST_OUTPUT / 1e6:g} MB and was stopped"
                        )
                    idle.lost_s()  # while the program runs it costs it nothing
                    wait()
        finally:
            # What the program started may outlive it.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)
            if not ended:
                with suppress(ChildProcessError):
                    os.waitpid(child.pid, 0)
            child.returncode = 0  # waited for here, not by subprocess
        code = os.waitstatus_to_exitcode(status)
        if code < 0:
            raise BadInput(f"{where}: it was ended by {_signal(-code)}" + _said(output))
        if code:
            raise BadInput(f"{where}: it failed with exit code {code}" + _said(output))
        output.seek(0)
        text = output.read().decode(errors="replace")
    cpu_s = usage.ru_utime + usage.ru_stime + left_s
    return Finished(text, cpu_s, wall_s, *idle.queued_and_unclear_s(main, cpu_s, wall_s, lost_s))


def _left_behind_s(group: int) -> float:
    """Return the CPU seconds of what a program started and did not wait for; the system gives the rest."""
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return 0.0
    total = 0.0
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError):
            if os.getpgid(process.pid) == group:
                total += sum(process.cpu_times()[:4])
    return total


@contextmanager
def _end_of(pid: int) -> Iterator[Callable[[], object]]:
    """Give a function that sleeps until the child ends, or it is time to look at what it does."""
    try:
        watched = os.pidfd_open(pid)
    except (AttributeError, OSError):  # not on this system
        yield lambda: time.sleep(POLL_S)
        return
    poll = select.poll()
    poll.register(watched, select.POLLIN)
    try:
        yield lambda: poll.poll(1e3 * LOOK_EVERY_S)
    finally:
        os.close(watched)


def _doing(pid: int, idle: Idle, main: Scheduled | None, wall_s: float) -> str:
    """Return what a program did that does not end, and what to do about it."""
    cpu_s = 0.0
    with suppress(psutil.Error):
        program = psutil.Process(pid)
        for part in (program, *program.children(recursive=True)):
            with suppress(psutil.Error):
                # user and system, and of children that have ended
                cpu_s += sum(part.cpu_times()[:4])
    # On a busy machine one that computes gets little, too.
    own_s = wall_s - sum(idle.queued_and_unclear_s(main, cpu_s, wall_s))
    computes = cpu_s > max(0.5 * own_s, LEAST_SHARE * wall_s)
    does, why = ("computing", "it never ends") if computes else ("waiting", "for what never comes")
    return f"it was {does} ({cpu_s:.2g} s of CPU time): {why}, or the budget is too short for it"


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _said(output: IO[bytes]) -> str:
    """Return the end of what was printed, as the end of a message."""
    size = os.fstat(output.fileno()).st_size
    output.seek(max(0, size - 2000))
    # Control characters of other people's programs must not reach the terminal.
    text = "".join(c if c.isprintable() else " " for c in output.read().decode(errors="replace"))
    last = " ".join(text.split())[-200:]
    return f"; it printed: {last}" if last else "; it printed nothing"
