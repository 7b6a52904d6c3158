"""Whatever stdin, stdout and stderr are, and in whatever language: the program runs."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from simkit.cli import main, streams
from tests.bench.kept_records import write_run

PROGRAM = [sys.executable, "-m", "simkit"]


def program(*arguments: str, redirected: str = "", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the program as a shell does, with what `redirected` says."""
    return subprocess.run(
        ["sh", "-c", f'exec "$0" "$@" {redirected}', *PROGRAM, *arguments],
        capture_output=True,
        env=os.environ | environment,
        check=False,
    )


def test_closed_streams_are_no_error(small: list[str], tmp_path: Path) -> None:
    done = program(*small, "--out", str(tmp_path / "run"), redirected="<&- >&- 2>&-")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert json.loads((tmp_path / "run" / "result.json").read_text())["events"] == 3


def test_what_is_closed_is_given_to_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = os.dup(0)
    os.close(0)
    try:
        monkeypatch.setattr(sys, "stdin", None)
        streams.open_closed()
        assert os.path.sameopenfile(0, os.open(os.devnull, os.O_RDONLY))
        assert os.get_inheritable(0)
        assert sys.stdin.read() == ""
    finally:
        os.dup2(kept, 0)
        os.close(kept)


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_stdout_is_one_line(unbuffered: str) -> None:
    done = program("speedups", "--json", redirected="> /dev/full", PYTHONUNBUFFERED=unbuffered)
    assert done.returncode == 4
    assert done.stderr == (
        b"simkit: stdout or a temporary file cannot be written (No space left on device); make room\n"
    )


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(("arguments", "code"), [(("speedups", "x"), 4), (("history",), 0)])
def test_a_message_that_stderr_cannot_take_changes_nothing(
    arguments: tuple[str, ...],
    code: int,
    unbuffered: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_run(tmp_path / "results", 1, 0.02)
    (tmp_path / "results" / "campaign.json").write_text("{")  # said on stderr, and left out
    monkeypatch.chdir(tmp_path)
    done = program(*arguments, redirected="2> /dev/full", PYTHONUNBUFFERED=unbuffered)
    heard = program(*arguments, PYTHONUNBUFFERED=unbuffered)
    assert heard.stderr != b""
    assert (done.returncode, done.stdout) == (heard.returncode, heard.stdout)
    assert done.returncode == code


def test_the_end_of_some_file_is_no_interruption(simkit, monkeypatch: pytest.MonkeyPatch) -> None:
    """typer takes any EOFError for the user's, a damaged file's too."""

    def ends(*_: object, **__: object) -> None:
        raise EOFError("ran out of input")

    monkeypatch.setattr("simkit.scenario.load_scenario", ends)
    done = simkit("run", "testem3")
    assert (done.code, done.err.lstrip()) == (
        4,
        "simkit: internal error, EOFError: ran out of input; SIMKIT_DEBUG=1 shows where\n",
    )


def test_other_errors_of_the_disk_are_not_stdouts(simkit, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "some.file")

    monkeypatch.setattr("simkit.scenario.load_scenario", fails)
    done = simkit("run", "testem3")
    assert "internal error" in done.err
    assert "some.file" in done.err


def test_python_m_is_the_program() -> None:
    assert program("--version").stdout.startswith(b"simkit ")


def test_ctrl_c_while_the_program_is_imported(capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(streams, "open_closed", interrupted)
    assert main(["speedups"]) == 130
    assert capsys.readouterr().err == "simkit: interrupted; nothing half-written is kept\n"


START = """
import os, signal, sys, time
from simkit.cli import main
from simkit import scenario

class Dies:
    def __del__(self):  # Python reports what is raised here, and goes on
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)

def dropped(*arguments, **options):
    Dies()
    time.sleep(60.0)

def dropped_and_in_vain(*arguments, **options):
    Dies()
    raise RuntimeError("the compiler's state is broken")

def compiling(*arguments, **options):
    import hashlib, threading
    from simkit.kernel_cache import COMPILING
    COMPILING.on_start(None)
    threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    hashlib.pbkdf2_hmac("sha256", b"", b"", 200_000_000)  # a minute without looking up, as LLVM

scenario.load_scenario = {}
sys.exit(main(["run", "testem3"]))
"""


@pytest.mark.parametrize("where", ["dropped", "dropped_and_in_vain", "compiling"])
@pytest.mark.parametrize("full", [False, True])
def test_a_ctrl_c_that_python_drops_or_the_compiler_sleeps_over_is_heard(where: str, full: bool) -> None:
    message = "" if full else "simkit: interrupted; nothing half-written is kept\n"
    done = subprocess.run(
        [
            "sh",
            "-c",
            f'exec "$0" "$@" {"2> /dev/full" * full}',
            sys.executable,
            "-c",
            START.replace("{}", where),
        ],
        capture_output=True,
        text=True,
        timeout=30.0,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert (done.returncode, done.stderr) == (130, message)
