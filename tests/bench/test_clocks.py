"""Which time judges: programs that wait, offload or have threads are not called fast for it, nor noise."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from simkit.bench.campaign.speedup_ladder import run_campaign
from simkit.bench.compare import run_compare
from simkit.bench.named_sides import parse_side, same_events
from simkit.bench.pairs.beginning import begin
from simkit.bench.pairs.clocks import SHORTEST_S, Timed, judge_in_process, judge_programs, time_ratios
from simkit.bench.programs.timing import ProgramMeasurement
from simkit.bench.statistics.samples import Floats
from simkit.cli import main
from simkit.cli.compare import show, show_conditions
from simkit.errors import BadInput
from simkit.record.comparison import Comparison
from simkit.record.conditions import Conditions
from simkit.record.interval import Clock
from simkit.record.side_by_side import SideBySide

from .fake_engine import FakeEngine
from .test_pairing import OnGpu

QUICK = {"scenario": "testem3", "rounds": 8, "budget_s": 0.1, "threads": 1}
ROUNDS = 12


def timed(
    cpu: tuple[float, float],
    wall: tuple[float, float],
    queued: tuple[float, float] = (0.0, 0.0),
    unclear: tuple[float, float] = (0.0, 0.0),
) -> Timed:
    """Return rounds of two programs with 2 % of noise; the seconds of A and B."""
    factor = np.exp(np.random.default_rng(3).normal(0.0, 0.02, (5, ROUNDS, 2, 2)))
    parts = (cpu, wall, (math.nan, math.nan), queued, unclear)
    return Timed(*(f * np.array(seconds) for f, seconds in zip(factor, parts)))


@pytest.mark.parametrize(
    ("cpu", "wall", "queued", "clock", "words"),
    [
        (
            (1.0, 0.5),
            (1.0, 0.5),
            (0.0, 0.0),
            "cpu",
            "A computes for 100 % of its time and B computes for 100 %",
        ),
        # on a machine that others use, too: both are ready for twice as long
        ((1.0, 0.5), (2.0, 1.0), (1.0, 0.5), "cpu", "A computes for "),
        ((1.0, 0.5), (2.0, 0.6), (1.0, 0.1), "cpu", "B computes for "),
        ((1.0, 0.05), (1.0, 1.0), (0.0, 0.0), "wall", "B computes for 5 % of its time; the rest is waiting"),
        ((0.5, 0.25), (1.0, 0.5), (0.0, 0.0), "wall", "A computes for 50 %"),
        ((1.0, 1.1), (1.0, 0.55), (0.0, 0.0), "wall", "B keeps 2 processors busy; CPU time is the sum over"),
        ((2.0, 1.0), (1.0, 0.5), (0.0, 0.0), "cpu", "CPU time is the sum over threads"),
    ],
)
def test_the_judge_of_two_programs(
    cpu: tuple[float, float],
    wall: tuple[float, float],
    queued: tuple[float, float],
    clock: str,
    words: str,
) -> None:
    judge = judge_programs(timed(cpu, wall, queued), None)
    assert (judge.clock, judge.decided) == (clock, True)
    assert words in judge.why


def test_clocks_that_disagree_for_no_known_reason_decide_nothing() -> None:
    """Of B others had the processor for 95 % of the time, or it waited for a child of theirs: not known."""
    found = timed((1.0, 0.05), (1.0, 1.0), unclear=(0.0, 0.95))
    judge = judge_programs(found, None)
    assert not judge.decided
    assert "choose --clock cpu or --clock wall" in judge.why
    for asked in ("cpu", "wall"):
        assert judge_programs(found, asked)[0::2] == (asked, True)  # type: ignore[arg-type]
    ratios = time_ratios(found, 0, 1)
    assert list(ratios) == ["cpu", "wall"]
    assert ratios["cpu"].value == pytest.approx(20.0, rel=0.1)
    assert ratios["wall"].value == pytest.approx(1.0, rel=0.1)
    assert ratios["cpu"].lo < 20.0 < ratios["cpu"].hi


def test_wall_time_that_other_work_lengthens_on_one_side_decides_nothing() -> None:
    """A computes and B sleeps, as long as each other; other work doubles the wall time of A alone."""
    found = timed((1.0, 0.1), (2.0, 1.0), (1.0, 0.0))
    judge = judge_programs(found, None)
    assert (judge.clock, judge.decided) == ("wall", False)
    assert "B computes for 10 % of its time; the rest is waiting" in judge.why
    assert "other work took 50 % of A's time and 0 % of B's time, which wall time counts" in judge.why
    asked = judge_programs(found, "wall")
    assert asked.decided
    assert "other work took 50 % of A's time" in asked.why
    both = judge_programs(timed((0.1, 0.2), (1.0, 2.0), (0.1, 0.2)), None)  # of both alike
    assert (both.clock, both.decided) == ("wall", True)


def test_a_half_of_a_round_too_short_for_a_clock_takes_no_ratio_away() -> None:
    found = timed((1.0, 0.05), (1.0, 1.0))
    found.cpu[3, 0, 1] = SHORTEST_S
    assert time_ratios(found, 0, 1)["cpu"].value == pytest.approx(20.0, rel=0.15)
    found.cpu[3, 1, 1] = SHORTEST_S
    assert list(time_ratios(found, 0, 1)) == ["wall"]


def test_a_gpu_is_judged_by_the_wall_or_by_its_kernels() -> None:
    assert judge_in_process(["cpu", "cuda"], None).clock == "wall"
    assert judge_in_process(["cpu", "cpu"], None).clock == "cpu"
    source = parse_side("testem3")
    sides = [OnGpu(FakeEngine(), source.scenario) for _ in range(2)]
    sides[1].cost *= 0.5
    for asked, s_per_MeV in (("gpu", 0.4), ("wall", 1.0), ("cpu", None)):
        m = begin(sides, same_events([source]), 7, clock=asked)  # type: ignore[arg-type]
        for _ in range(20):
            m.timed_round()
        times = np.stack(m.times).sum(axis=(0, 1))
        if s_per_MeV is None:
            assert times == pytest.approx(1e-6 * 40)  # the host sleeps
        else:
            assert times[0] / times[1] == pytest.approx(2.0, rel=0.1)
            wall = sum(t.wall.sum(axis=0) for t in m.timed)
            assert times == pytest.approx(s_per_MeV * wall)


# Computes for a part of its time, waits for the rest of it as told: asleep, for another process that does the
# work, or not at all.
PROGRAM = """
import random, socket, sys, time
n, seed = int(sys.argv[1]), int(sys.argv[2])
computes, waits, how = float(sys.argv[3]), float(sys.argv[4]), sys.argv[5]
draw = random.Random(seed)
gap = [2000.0 * (1.0 + 0.01 * draw.gauss(0.0, 1.0)) for _ in range(n)]
print("events:", n)
print("deposit.gap.mean_MeV:", sum(gap) / n)
begin = time.process_time()
while time.process_time() - begin < computes * n:
    pass
if how == "asleep":
    time.sleep(waits * n)
else:
    with socket.socket(socket.AF_UNIX) as to:
        to.connect(how)
        to.sendall(b"%.9f" % (waits * n))
        to.recv(1)
"""
SERVER = """
import os, socket, sys, time
with socket.socket(socket.AF_UNIX) as server:
    server.bind(sys.argv[1])
    server.listen()
    print("ready", flush=True)
    while True:
        with server.accept()[0] as one:
            seconds, begin = float(one.recv(100)), time.process_time()
            while time.process_time() - begin < seconds:
                pass
            one.sendall(b".")
"""


@pytest.fixture
def side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The side without its three options; runs are short."""
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    for name, seconds in (("TARGET_S", 0.1), ("CALIBRATION_S", 0.03)):
        monkeypatch.setattr(f"simkit.bench.programs.pace.{name}", seconds)
    return f"engine:command={sys.executable} -S -E {path} {{events}} {{seed}}"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The socket of a process that computes for others."""
    address = str(tmp_path / "socket")
    words = [sys.executable, "-S", "-E", "-c", SERVER, address]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield address
        process.kill()


def compared(a: str, b: str, **more: object) -> Comparison:
    c = run_compare(a, b, **(QUICK | more))  # type: ignore[arg-type]
    assert isinstance(c, Comparison)
    return c


def test_a_program_that_sleeps_is_not_five_times_as_fast(
    side: str, capsys: pytest.CaptureFixture[str]
) -> None:
    c = compared(f"{side} 2e-4 0 asleep", f"{side} 4e-5 1.6e-4 asleep")
    assert c.clock == "wall"
    assert "the rest is waiting, which CPU time leaves out" in (c.clock_why or c.doubts[0])
    assert c.verdict not in ("faster", "slower")  # on a busy machine either
    assert c.time_ratios["cpu"].value > 3.0
    assert c.speedup.value == c.time_ratios["wall"].value < c.time_ratios["cpu"].value
    assert c.b.times["wall"].value > 1.6e-4
    assert c.b.times["cpu"].value < 0.5 * c.b.times["wall"].value
    show(c)
    told = capsys.readouterr().out
    assert "judged by    wall time" in told
    assert f"A / B {c.time_ratios['cpu'].value:.4f}" in told
    assert f"A / B {c.time_ratios['wall'].value:.4f}" in told
    assert "of its processor" not in told


def test_a_program_that_lets_another_process_work(side: str, server: str) -> None:
    c = compared(f"{side} 2e-4 0 asleep", f"{side} 4e-5 1.6e-4 {server}")
    assert c.clock == "wall"
    assert c.time_ratios["cpu"].value > 3.0
    assert c.verdict != "faster"


def test_two_programs_that_wait_alike(side: str) -> None:
    """B sleeps for half as long: CPU time, which is the same, knows nothing of it."""
    c = compared(f"{side} 5e-5 4e-4 asleep", f"{side} 5e-5 2e-4 asleep", rounds=12)
    assert c.clock == "wall"
    assert c.verdict in ("faster", "inconclusive")  # the second on a busy machine
    assert 1.2 < c.speedup.value < 2.4
    assert c.time_ratios["cpu"].lo < 1.1
    by_cpu = compared(f"{side} 5e-5 4e-4 asleep", f"{side} 5e-5 2e-4 asleep", clock="cpu")
    assert by_cpu.clock == "cpu"
    assert by_cpu.speedup.value == by_cpu.time_ratios["cpu"].value
    assert "CPU time leaves out what is waited for: A computes for" in by_cpu.clock_why
    assert "--clock cpu" in by_cpu.provenance.command


@pytest.fixture
def load() -> Iterator[None]:
    """Two other programs that compute on every processor."""
    words = [sys.executable, "-S", "-E", "-c", "while True: pass"]
    busy = [subprocess.Popen(words) for _ in range(4)]
    yield
    for one in busy:
        one.kill()
        one.wait()


@pytest.mark.usefixtures("load")
def test_two_programs_that_compute_on_a_loaded_machine(side: str, capsys: pytest.CaptureFixture[str]) -> None:
    c = compared(f"{side} 2e-4 0 asleep", f"{side} 2e-4 0 asleep")
    assert c.clock == "cpu"
    assert c.verdict not in ("faster", "slower")
    assert c.conditions is not None
    assert c.conditions.queued is not None
    assert c.conditions.queued > 0.0  # how much is up to the system's scheduler: short programs go first
    show_conditions(c.conditions.model_copy(update={"queued": 0.35}))
    assert "other work had the processor for 35 % of the time" in capsys.readouterr().out


def test_waiting_is_no_noise(side: str, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--scenario", "testem3", "--rounds", "6", "--budget", "0.1s", "--threads", "1", "--json"]
    code = main(["compare", f"{side} 1e-4 1e-4 asleep", f"{side} 1e-4 1e-4 asleep", *options])
    record = json.loads(capsys.readouterr().out)
    seen = record["conditions"]
    assert code in (0, 3)
    assert record["clock"] == "wall"
    assert seen["processor_share"] < 0.8
    assert seen["queued"] < 1.0 - seen["processor_share"]
    show_conditions(Conditions.model_validate(seen | {"queued": 0.02, "stolen": None, "clock_MHz": None}))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            ["testem3", "testem3+woodcock", "--clock", "sun"],
            "--clock: found 'sun'; must be one of cpu, wall, gpu",
        ),
        (
            ["testem3", "testem3+woodcock", "--clock", "gpu"],
            "there is no time in a GPU's kernels of testem3, run on",
        ),
        (
            ["engine:command=true", "engine:native", "--scenario", "testem3", "--clock", "gpu"],
            "another program",
        ),
    ],
)
def test_clocks_that_are_none(options: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *options]) == 4
    assert words in capsys.readouterr().err


def test_a_record_of_an_earlier_version_is_read() -> None:
    path = Path(__file__).parents[2] / "results/comparisons/testem3-woodcock/comparison.json"
    record = Comparison.model_validate_json(path.read_text())
    assert (record.clock, record.clock_why, record.time_ratios, record.a.times) == ("cpu", "", {}, {})
    show(record)


THREADS = """
import random, sys, threading, time
n, seed, cost, threads = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
import hashlib
block = bytes(1 << 20)
def work():
    while time.thread_time() < cost * n / threads:
        hashlib.sha256(block)  # without the interpreter's lock
print("events:", n)
print("deposit.gap.mean_MeV:", 2000.0 + random.Random(seed).random())
every = [threading.Thread(target=work) for _ in range(threads)]
for one in every:
    one.start()
for one in every:
    one.join()
"""


def test_threads(side: str, tmp_path: Path) -> None:
    """Both compute as much, one of them on two threads: the CPU times are the same, and are sums."""
    path = tmp_path / "threads.py"
    path.write_text(THREADS)
    program = f"engine:command={sys.executable} -S -E {path} {{events}} {{seed}} 1e-3"
    c = compared(f"{program} 1", f"{program} 2")
    assert c.time_ratios["cpu"].value == pytest.approx(1.0, rel=0.3)
    if c.clock == "wall":  # as far as this machine had a second processor to give
        assert "CPU time is the sum over threads" in c.clock_why
        assert c.speedup.value == c.time_ratios["wall"].value > 1.0
    else:
        assert c.verdict not in ("faster", "slower")


def test_recorded_wall_time_stands_beside_wall_time(side: str, tmp_path: Path) -> None:
    """A program that sleeps: by CPU time, it would stand beside a recorded wall time as a fast one."""
    file = tmp_path / "output"
    told = "events: 400\ndeposit.gap.mean_MeV: 2000\ndeposit.gap.sd_MeV: 20\n"
    program = f"{side} 4e-5 1.6e-4 asleep"
    options = {"scenario": "testem3", "budget_s": 2.0, "threads": 1}
    file.write_text(f"{told}wall_s_per_event: 1 ms\n")
    c = run_compare(f"engine:command={file}", program, **options)
    assert isinstance(c, SideBySide)
    assert c.b.time.startswith("wall time, here")
    assert c.b.s_per_event == c.b.times["wall"] > 1.6e-4
    assert c.b.times["cpu"] < 1.6e-4
    assert c.times_ratio == pytest.approx(1e-3 / c.b.times["wall"])
    by_cpu = run_compare(f"engine:command={file}", program, clock="cpu", **options)
    assert isinstance(by_cpu, SideBySide)
    assert by_cpu.b.time.startswith("CPU time, here")
    assert by_cpu.times_ratio is None  # by another clock


def test_one_half_of_a_round_too_short_for_a_clock_hides_no_time(
    side: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = ProgramMeasurement.s_per_event

    def s_per_event(m: ProgramMeasurement, i: int, clock: Clock = "cpu") -> Floats:
        seconds = measured(m, i, clock)
        seconds[0] = SHORTEST_S if clock == "cpu" else seconds[0]
        return seconds

    monkeypatch.setattr(ProgramMeasurement, "s_per_event", s_per_event)
    file = tmp_path / "output"
    file.write_text("events: 400\ndeposit.gap.mean_MeV: 2000\ndeposit.gap.sd_MeV: 20\n")
    program = f"{side} 2e-4 0 asleep"
    beside = run_compare(f"engine:command={file}", program, scenario="testem3", budget_s=1.0, threads=1)
    assert isinstance(beside, SideBySide)
    assert list(beside.b.times) == ["cpu", "wall"]
    assert list(compared(program, program).a.times) == ["cpu", "wall"]


def test_a_campaign_has_a_clock(
    fake, instant_score, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "ladder.toml"
    path.write_text(
        '[ladder]\nname = "one"\nscenario = "testem3"\n[[rung]]\nname = "w"\nwith = ["woodcock"]\n'
    )
    record, folder = run_campaign(path, rounds=8, events=8, out=tmp_path / "c", threads=1, clock="wall")
    own = record.rungs[0].against_baseline
    assert (own.clock, own.clock_why) == ("wall", "asked for")
    assert set(own.time_ratios) == {"cpu", "wall"}
    assert "--clock wall" in record.provenance.command
    resumed = run_campaign(resume=folder, threads=1).record
    assert resumed.rungs[0].against_baseline.clock == "wall"
    with pytest.raises(BadInput, match="--clock: belongs to a campaign's beginning"):
        run_campaign(resume=folder, clock="cpu")
    with pytest.raises(BadInput, match="--clock gpu: there is no time in a GPU's kernels"):
        run_campaign(path, rounds=8, events=8, out=tmp_path / "d", clock="gpu")
