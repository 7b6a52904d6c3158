"""Throughput of a whole machine: layouts, forked processes, curves whose law is known, the command."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import numpy as np
import pytest

import simkit
from simkit.bench.scale.curves import fit_amdahl, make_curves, saturation
from simkit.bench.scale.layouts import layouts_of, run_scale
from simkit.bench.scale.words import curve_words
from simkit.bench.scale.work import Done, Layout, digest, measure, work_of
from simkit.cli import main
from simkit.cli.scale import show
from simkit.errors import BadInput
from simkit.events import load_events
from simkit.record import machine
from simkit.record.interval import Interval
from simkit.record.scale import Memory, Point, Scale
from simkit.record.tallies import empty_tallies
from simkit.scenario import load_scenario

from .fake_engine import FakeEngine, FakePrepared


class Steady(FakePrepared):
    """Every event has tallies of its own, whatever is simulated with it; on `loses` threads, others."""

    loses = 0

    def run(self, primaries, seed, threads=1, progress=None):
        events = np.unique(primaries.event)
        tallies = empty_tallies(events, 3, self.cell_region)
        tallies.steps[:, 0, 0] = 1000 + events + (1 if threads == self.loses else 0)
        return tallies


class Dying(FakePrepared):
    def run(self, primaries, seed, threads=1, progress=None):
        os._exit(1)


def steady(kind=Steady):
    return kind(FakeEngine(), load_scenario("testem3"))


def test_layouts() -> None:
    assert layouts_of(1) == [Layout(1, 1)]
    assert layouts_of(2) == [Layout(1, 1), Layout(1, 2), Layout(2, 1)]
    assert {Layout(2, 3), Layout(3, 2), Layout(1, 6), Layout(6, 1), Layout(1, 4)} < set(layouts_of(6))
    assert all(one.processes * one.threads <= 6 for one in layouts_of(6))
    assert layouts_of(8, [3]) == [Layout(1, 1), Layout(1, 3)]
    assert layouts_of(8, [1, 2], [2]) == [Layout(1, 1), Layout(2, 1), Layout(2, 2)]


def test_every_process_does_the_same_work_and_tells_its_bits() -> None:
    gun = load_scenario("testem3").events
    primaries = load_events(gun, 3, 1).primaries
    work = work_of(primaries, 3, 7, 1)  # 3 events, 3 times
    assert (work.events, work.copies, work.each) == (3, 3, 9)
    assert list(np.unique(work.of(2).event)) == list(range(18))
    first, both = (measure(steady(), layout, work) for layout in (Layout(1, 1), Layout(2, 2)))
    assert len(both.digests) == 2
    assert set(both.digests) == set(first.digests)
    assert both.wall_s > 0.0
    if both.memory.shared_fairly_MB is not None:  # this system tells
        assert both.memory.own_MB < both.memory.shared_fairly_MB
    assert both.memory.peak_rss_MB > 10.0


def test_a_process_that_dies_is_one_line() -> None:
    primaries = load_events(load_scenario("testem3").events, 1, 1).primaries
    with pytest.raises(BadInput, match="a process was killed before its end"):
        measure(steady(Dying), Layout(2, 1), work_of(primaries, 1, 1, 1))


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch):
    """Measuring that takes no time: two cores of four processors; other work keeps `busy` of them busy."""

    class Engine:
        def prepare(self, scenario):
            return steady()

    busy = [0.0]
    rng = np.random.default_rng(5)

    def done(prepared, layout, work) -> Done:
        n = layout.processes * layout.threads
        speedup = {1: 1.0, 2: 1.9, 4: 2.3}[n]
        wall_s = work.each * n * 1e-3 / speedup * float(np.exp(rng.normal(0.0, 0.01)))
        tallies = prepared.run(work.of(layout.threads), work.seed, layout.threads)
        digests = [digest(tallies, work.events)] * layout.processes
        return Done(wall_s, n * wall_s, digests, Memory(shared_fairly_MB=50.0 * n), busy[0])

    monkeypatch.setattr("simkit.bench.scale.layouts.find_engine", lambda name: Engine())
    monkeypatch.setattr("simkit.bench.scale.layouts.measure", done)
    monkeypatch.setattr("simkit.bench.scale.layouts.usable_threads", lambda: 4)
    monkeypatch.setattr("simkit.bench.scale.layouts.physical_cores", lambda: 2)
    return busy


def test_a_machine_whose_threads_share_cores(measured, capsys: pytest.CaptureFixture[str]) -> None:
    scale = run_scale(load_scenario("testem3"), budget_s=0.3)
    by = {(p.processes, p.threads): p for p in scale.points}
    assert set(by) == {(1, 1), (1, 2), (2, 1), (1, 4), (4, 1), (2, 2)}
    for place, point in by.items():
        truth = {1: 1.0, 2: 1.9, 4: 2.3}[place[0] * place[1]]
        assert point.speedup.value == pytest.approx(truth, rel=0.02)
        assert point.efficiency.value == pytest.approx(truth / point.workers, rel=0.02)
        assert point.beyond_cores == (point.workers == 4)
        assert not point.beyond_processors
    assert (scale.verdict, scale.exit_code, scale.same_bits) == ("pass", 0, True)
    assert by[2, 2].memory.shared_fairly_MB == 200.0
    text = " ".join(curve_words(scale))
    assert re.search(r"threads: sharing cores, 4 gain \+(19|20|21|22|23) % over 2", text)  # 2.3 / 1.9
    assert "the bits of the first events are the same in all 6 layouts" in text
    show(scale)
    assert "threads share cores" in capsys.readouterr().out
    assert Scale.model_validate_json(scale.to_json()) == scale


def test_bits_that_depend_on_threads_fail(measured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Steady, "loses", 2)
    scale = run_scale(load_scenario("testem3"), threads=[1, 2], budget_s=0.1)
    assert (scale.verdict, scale.exit_code, scale.same_bits) == ("fail", 2, False)
    assert "DIFFER" in " ".join(curve_words(scale))


def test_a_busy_machine_is_inconclusive(measured) -> None:
    measured[0] = 1.7
    scale = run_scale(load_scenario("testem3"), threads=[1, 2], budget_s=0.1)
    assert (scale.verdict, scale.exit_code) == ("inconclusive", 3)
    assert "other work kept 1.7 of 4 processors busy" in " ".join(curve_words(scale))


def point(n: int, speedup: float, error: float = 0.005, **more: bool) -> Point:
    """Return a point of n threads with a standard error of its speedup."""
    ends = {"lo": speedup * (1.0 - 2.0 * error), "hi": speedup * (1.0 + 2.0 * error)}
    of = Interval(value=speedup, **ends)
    efficiency = Interval(value=speedup / n, lo=ends["lo"] / n, hi=ends["hi"] / n)
    where = {"beyond_cores": False, "beyond_processors": False} | more
    return Point(
        processes=1,
        threads=n,
        events=n,
        events_per_s=of,
        speedup=of,
        efficiency=efficiency,
        busy=n,
        others=0.0,
        memory=Memory(),
        **where,
    )


def test_amdahls_law() -> None:
    """A serial fraction of 5 %, with 0.5 % of noise, is found within its interval."""
    rng = np.random.default_rng(11)
    points = [point(n, n / (1.0 + 0.05 * (n - 1)) * (1.0 + 0.005 * rng.normal())) for n in (1, 2, 4, 8, 16)]
    fraction, why = fit_amdahl(points)
    assert why == ""
    assert fraction is not None
    assert fraction.lo < 0.05 < fraction.hi
    assert fraction.hi - fraction.lo < 0.01
    none, why = fit_amdahl([*points[:3], point(8, 4.0), point(16, 2.0)])  # it gets slower again
    assert none is None
    assert "does not fit" in why
    assert fit_amdahl(points[:2])[0] is None
    # where threads share cores it is another law
    shared = [*points, point(32, 6.0, beyond_cores=True)]
    (curve,) = make_curves(shared)
    assert curve.serial_fraction == fraction


def test_saturation() -> None:
    growing = [point(n, 0.95 * n) for n in (1, 2, 4, 8)]
    assert saturation(growing) is None
    assert saturation([*growing[:3], point(8, 3.85), point(16, 3.8)]) == 4
    assert saturation([*growing[:3], point(8, 3.85, error=0.1)]) is None  # too noisy to say


GROUP2 = {"/proc/self/cgroup": "0::/docker/abc", "/sys/fs/cgroup/cpu.max": "150000 100000"}
GROUP1 = {
    "/proc/self/cgroup": "4:memory:/a\n2:cpu,cpuacct:/jobs/one",
    "/sys/fs/cgroup/cpu/jobs/one/cpu.cfs_quota_us": "-1",
    "/sys/fs/cgroup/cpu/jobs/one/cpu.cfs_period_us": "100000",
    "/sys/fs/cgroup/cpu/jobs/cpu.cfs_quota_us": "300000",
    "/sys/fs/cgroup/cpu/jobs/cpu.cfs_period_us": "100000",
}


@pytest.mark.parametrize(
    ("files", "quota", "usable"),
    [
        (GROUP2, 1.5, 2),
        (GROUP2 | {"/sys/fs/cgroup/docker/abc/cpu.max": "50000 100000"}, 0.5, 1),
        (GROUP2 | {"/sys/fs/cgroup/cpu.max": "max 100000"}, None, 8),
        (GROUP1, 3.0, 3),
        ({}, None, 8),
    ],
)
def test_the_quota_of_a_control_group(
    files: dict[str, str], quota: float | None, usable: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "read_text", lambda path: files.get(path.replace("//", "/"), ""))
    monkeypatch.setattr(machine, "usable_processors", lambda: set(range(8)))
    assert machine.cpu_quota() == quota
    assert machine.usable_threads() == usable


def test_cores_of_the_usable_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processors 0 and 2 share a core, 1 and 3 another; 3 may not be used."""
    cores = {0: "0,2", 1: "1,3", 2: "0,2"}
    files = {f"/sys/devices/system/cpu/cpu{n}/topology/core_cpus_list": text for n, text in cores.items()}
    monkeypatch.setattr(machine, "read_text", lambda path: files.get(path, ""))
    monkeypatch.setattr(machine, "usable_processors", lambda: {0, 1, 2})
    assert machine.physical_cores() == 2
    monkeypatch.setattr(machine, "usable_processors", lambda: {0, 9})
    assert machine.physical_cores() is None


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """simkit's own engine: the bits of one thread are those of two and of two processes."""
    options = ["--set", "events.energy_MeV=100", "--budget", "3s", "--rounds", "6", "--threads", "1,2"]
    options += ["--processes", "1,2"]
    code = main(["scale", "testem3", *options, "--out", str(tmp_path / "s"), "--json"])
    record = json.loads(capsys.readouterr().out)
    assert code in (0, 3)  # 3: on a busy machine
    assert record["schema"] == "simkit.scale/1"
    assert record["same_bits"]
    assert [(p["processes"], p["threads"]) for p in record["points"]] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert record["rounds"] == 6
    kept = simkit.load(tmp_path / "s")
    assert json.loads(kept.to_json()) == record
    assert kept.exit_code == code
    assert "scaling" in kept.figures()
    assert main(["report", str(tmp_path / "s")]) == 0
    page = (tmp_path / "s" / "report.html").read_text()
    assert "How it scales" in page
    assert "events per second" in page


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--threads", "1,x"], "--threads: found '1,x'; write numbers from 1 to 4096"),
        (["--processes", "0"], "--processes: found '0'"),
        (["--set", "run.backend=cuda"], "it scales over processors"),
        (["--budget", "soon"], "--budget"),
        (["--rounds", "3"], "--rounds: found 3; at least 6"),
    ],
)
def test_bad_input(options: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scale", "testem3", *options]) == 4
    assert words in capsys.readouterr().err
