"""Ctrl-C takes effect within two seconds, also in the middle of an event; the program ends with 130."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress

import psutil
import pytest

from simkit import interrupts
from simkit.bench.compare import run_compare
from simkit.cli import main
from simkit.errors import Interrupted
from simkit.events.gun import gun_primaries
from simkit.interrupts import Stopped, stop_flag, stop_request

# An event of 10 TeV in steps as short as may be takes many minutes.
LONG = {"events.energy_MeV": 1e7, "physics.step_function": (0.01, 1e-4), "physics.range_factor": 1e-3}
SET = [f"--set={key}={list(value) if isinstance(value, tuple) else value}" for key, value in LONG.items()]


@contextmanager
def pressed(after_s=0.3, again_s=None):
    """Press Ctrl-C when a kernel runs, and see that what is done here ends soon after."""
    times = []

    def press():
        end = time.monotonic() + 120.0
        while time.monotonic() < end and not (interrupts._watcher and interrupts._watcher.flags):
            time.sleep(0.01)
        time.sleep(after_s)
        times.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)
        if again_s is not None:
            time.sleep(again_s)
            os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    try:
        yield
    finally:
        ended = time.monotonic()
        thread.join()
    assert 0.0 < ended - times[0] < 2.0
    assert not interrupts._watcher.flags


@pytest.fixture(scope="module")
def long_event(prepare):
    keys = {key.replace(".", "__"): value for key, value in LONG.items()}
    return prepare(("G4_Pb", 2.3), ("G4_lAr", 5.7), layers=50, **keys)


@pytest.mark.parametrize("threads", [1, 2])
def test_in_the_middle_of_an_event(long_event, threads):
    primaries = gun_primaries(4, 1, particle="e-", energy_MeV=1e7)
    with pressed(), pytest.raises(KeyboardInterrupt):
        long_event.run(primaries, 1, threads=threads)
    # nothing stays set: the next run is whole
    short = gun_primaries(4, 1, particle="gamma", energy_MeV=0.1)
    assert long_event.run(short, 1, threads=threads).residual() == pytest.approx(0.0, abs=1e-8)


def test_a_second_one_does_not_wait(long_event):
    begin = time.monotonic()
    with pressed(again_s=0.05), pytest.raises(KeyboardInterrupt):
        long_event.run(gun_primaries(1, 1, particle="e-", energy_MeV=1e7), 1)
    assert time.monotonic() - begin < 0.3 + interrupts.GRACE_S


def test_a_request_is_asked_for_and_then_made(long_event):
    """What is short is finished; what is not is given up, and the handler is as before."""
    before = signal.getsignal(signal.SIGINT)
    with stop_request() as stop:
        assert not stop()
        os.kill(os.getpid(), signal.SIGINT)
        assert stop()  # and no exception
    assert signal.getsignal(signal.SIGINT) is before
    time.sleep(interrupts.GRACE_S + 0.2)  # the timer has been called off
    with pressed(), stop_request(), pytest.raises(Stopped):
        long_event.run(gun_primaries(1, 1, particle="e-", energy_MeV=1e7), 1)
    with stop_request():
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(Stopped):
            time.sleep(5.0)  # a wait is ended, too


def test_flags_belong_to_who_asks():
    with stop_flag() as outer, stop_flag() as inner:
        assert outer is not inner
        assert len(interrupts._watcher.flags) == 2
    assert not interrupts._watcher.flags


def test_other_threads_have_a_flag_that_the_main_one_can_raise():
    found = []

    def work():
        with stop_flag() as flag:
            while not flag[0]:
                time.sleep(0.01)
            found.append(True)

    thread = threading.Thread(target=work)
    with stop_flag():
        thread.start()
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt):
            time.sleep(5.0)
        thread.join(2.0)
    assert found


def test_a_comparison(long_event):
    with pressed(), pytest.raises((Interrupted, KeyboardInterrupt)):
        run_compare(
            "testem3", "testem3+woodcock", overrides=[s.removeprefix("--set=") for s in SET], budget_s=60.0
        )


@pytest.mark.parametrize(
    "command", [["run", "testem3", "-n", "2"], ["run", "testem3", "-n", "4", "--threads", "2"]]
)
def test_the_exit_code_is_130(capsys, monkeypatch, tmp_path, long_event, command):
    monkeypatch.chdir(tmp_path)
    with pressed():
        assert main([*command, *SET]) == 130
    assert capsys.readouterr().err.endswith("simkit: interrupted; nothing half-written is kept\n")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


FOR_EVER = """
import sys
import numba
from concurrent.futures import ThreadPoolExecutor
from simkit.cli import app, main
from simkit.interrupts import stop_flag
from simkit.transport.cpu import THREADS

@numba.njit(nogil=True)
def for_ever(flag):
    x = 0.0
    while x >= 0.0:
        x += 1.0 if x < 1000.0 else 0.0
    return x

def command():
    with stop_flag() as flag, ThreadPoolExecutor(2, THREADS) as pool:
        print("begins", flush=True)
        run = map if sys.argv[1] == "1" else pool.map
        list(run(for_ever, [flag]))

for_ever.compile("float64(int64[::1])")
app.app.command("for-ever")(command)
sys.exit(main(["for-ever"]))
"""


@pytest.mark.parametrize("threads", ["1", "2"])
def test_a_second_one_ends_a_step_that_does_not_end(threads):
    words = [sys.executable, "-c", FOR_EVER, threads]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout.readline() == "begins\n"
        time.sleep(0.2)
        program.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            program.wait(interrupts.GRACE_S + 1.5)
        program.send_signal(signal.SIGINT)
        begin = time.monotonic()
        try:
            _, said = program.communicate(timeout=20)
        finally:
            program.kill()
    assert program.returncode == 130
    assert time.monotonic() - begin < 3.0
    assert said == "simkit: interrupted; nothing half-written is kept\n"


def test_worker_processes(tmp_path):
    """They leave Ctrl-C to the parent, which ends them."""
    options = ["--executor", "processes:2", "-n", "4", "--out", str(tmp_path / "run"), *SET]
    start = "import sys; from simkit.cli import main; sys.exit(main())"
    words = [sys.executable, "-c", start, "run", "testem3", *options]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, start_new_session=True) as program:
        end = time.monotonic() + 60.0
        while time.monotonic() < end and program.poll() is None and busy_workers(program.pid) < 2:
            time.sleep(0.1)
        workers = psutil.Process(program.pid).children()
        program.send_signal(signal.SIGINT)
        begin = time.monotonic()
        _, said = program.communicate(timeout=60)
    assert program.returncode == 130
    assert time.monotonic() - begin < 4.0  # a busy machine takes its time to end a process
    assert "simkit: interrupted; nothing half-written is kept" in said
    assert psutil.wait_procs(workers, timeout=2.0)[1] == []


def busy_workers(pid):
    """Return how many children of a process have worked for longer than starting takes them."""
    times = []
    for child in psutil.Process(pid).children():
        with suppress(psutil.Error):
            times.append(child.cpu_times().user)
    return sum(seconds > 5.0 for seconds in times)
