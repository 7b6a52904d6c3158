"""Ctrl-C while another program runs: it and all it started are ended, within two seconds."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from simkit.bench.compare import run_compare
from simkit.bench.programs.pace import Pace
from simkit.bench.programs.timing import ProgramMeasurement
from simkit.cli import main
from simkit.engines import find_foreign
from simkit.scenario import load_scenario
from tests.engines.test_process import script

INTERRUPTED = 130
# A child of its own, which outlives it, and so many seconds of an event; it tells which processes there are.
SLOW = """echo $$ >> pids; sleep 60 & echo $! >> pids
echo "events: $1"; echo "deposit.gap.mean_MeV: 2000"; sleep $2"""


@pytest.fixture
def interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Do something, press Ctrl-C when programs run, and see that all ends soon and nothing stays behind."""
    monkeypatch.chdir(tmp_path)

    def press() -> None:
        for _ in range(400):
            if (tmp_path / "pids").exists():
                break
            time.sleep(0.05)
        time.sleep(0.3)
        pressed.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    pressed: list[float] = []

    def do(work: Callable[[], object]) -> None:
        thread = threading.Thread(target=press)
        thread.start()
        with suppress(KeyboardInterrupt):
            assert work() == INTERRUPTED
        assert time.perf_counter() - pressed[0] < 2.0
        thread.join()
        pids = [int(line) for line in (tmp_path / "pids").read_text().split()]
        assert len(pids) >= 2
        for _ in range(40):
            if not any(map(lives, pids)):
                return
            time.sleep(0.05)
        raise AssertionError("a program goes on")

    return do


def lives(pid: int) -> bool:
    """Return whether a process runs; a zombie has ended."""
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_while_it_is_found_out_what_a_program_needs(tmp_path: Path, interrupted) -> None:
    side = f"engine:command={script(tmp_path, SLOW)} {{events}} 60"
    interrupted(lambda: run_compare(side, side, scenario="testem3", budget_s=300.0))


def test_while_physics_runs_on_threads(tmp_path: Path, interrupted) -> None:
    program = find_foreign("command").prepare(
        load_scenario("testem3"), f"{script(tmp_path, SLOW)} {{events}} 60"
    )
    m = ProgramMeasurement([program, program], 1, None, [Pace(10, 1.0, 0.0, 1.0)] * 2, told=[[], []])
    interrupted(lambda: m.untimed_chunk(60.0, 2))


def test_while_pairs_are_timed(program: str, tmp_path: Path, interrupted) -> None:
    path = Path(program.split()[-3])
    hang = """
import os, subprocess
with open('runs', 'a') as file:
    file.write('x')
if os.path.getsize('runs') > 40:  # to find out what both sides need takes less
    child = subprocess.Popen(['sleep', '60'])
    with open('pids', 'a') as file:
        file.write(f'{os.getpid()}\\n{child.pid}\\n')
    time.sleep(60)
"""
    path.write_text(path.read_text() + hang)
    side = f"{program} 2e-4 1"
    interrupted(lambda: run_compare(side, side, scenario="testem3", rounds=50, budget_s=60.0, threads=1))


def test_the_exit_code(tmp_path: Path, interrupted, capsys: pytest.CaptureFixture[str]) -> None:
    side = f"engine:command={script(tmp_path, SLOW)} {{events}} 60"
    out = tmp_path / "out"
    interrupted(
        lambda: main(["compare", side, side, "--scenario", "testem3", "--budget", "5m", "--out", str(out)])
    )
    assert "interrupted" in capsys.readouterr().err
    assert not any(out.glob("*.json"))
