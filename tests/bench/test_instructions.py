"""Counting instructions: which source, what is made of the counts, and real counts where valgrind is."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

from simkit.bench.compare import run_compare
from simkit.bench.instructions import callgrind, hardware_counter
from simkit.bench.instructions.count import (
    Counted,
    count_program,
    find_source,
    instructions_ratio,
    of_scenario,
)
from simkit.bench.instructions.task import CountedSide
from simkit.cli.compare import show_instructions
from simkit.engines import Program
from simkit.engines.command import CommandEngine
from simkit.errors import BadInput
from simkit.record.comparison import Attribution, Comparison, InstructionsOfSides
from simkit.record.instructions import Instructions
from simkit.record.interval import Interval
from simkit.report.why import instructions_cell
from simkit.scenario import load_scenario

needs_valgrind = pytest.mark.skipif(
    bool(callgrind.why_not()), reason=f"nothing to count with: {callgrind.why_not()}"
)
# Works in steps, so that its instructions grow with the events and nothing else.
SCRIPT = """
n=$(($1 * $2)); i=0
while [ $i -lt $n ]; do i=$((i + 1)); done
echo "events: $1"
echo "deposit.gap.mean_MeV: 2000.$(($3 % 10))"
"""


def test_the_processors_counters_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware_counter, "why_not", lambda: "")
    assert find_source() == "hardware counters"
    monkeypatch.setattr(hardware_counter, "why_not", lambda: "not here")
    monkeypatch.setattr(callgrind, "why_not", lambda: "")
    assert find_source() == "valgrind's callgrind"


def test_without_any_the_mends_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refused() -> int:
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(hardware_counter, "open_counter", refused)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadInput, match=r"sysctl kernel\.perf_event_paranoid=2.*apt install valgrind") as word:
        run_compare("testem3", "testem3+woodcock", instructions=True)
    assert "\n" not in str(word.value)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOENT, "does not show the processor's counters"),
        (errno.EOPNOTSUPP, "does not show the processor's counters"),
        (errno.EPERM, "forbids the processor's counters"),
        (errno.ENOSYS, "no perf_event_open"),
        (errno.EMFILE, os.strerror(errno.EMFILE)),
    ],
)
def test_why_there_is_no_counter(monkeypatch: pytest.MonkeyPatch, number: int, words: str) -> None:
    def refused() -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(hardware_counter, "open_counter", refused)
    assert words in hardware_counter.why_not()


def test_a_counter_sees_threads_and_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's own clock of a task (1, 1) in place of instructions: it needs no processor's counter."""
    monkeypatch.setattr(hardware_counter, "HARDWARE", 1)
    monkeypatch.setattr(hardware_counter, "INSTRUCTIONS", 1)
    if why := hardware_counter.why_not():
        pytest.skip(f"no counters of any kind: {why}")
    work = "sum(range(1_000_000))"
    with hardware_counter.hardware_counter() as read:
        counts = [read()]
        exec(work)
        counts.append(read())
        thread = threading.Thread(target=exec, args=(work,))
        thread.start()
        thread.join()
        counts.append(read())
        subprocess.run([sys.executable, "-S", "-E", "-c", work], check=True)
        counts.append(read())
    assert np.diff(counts).min() > 1e6  # ns; it takes some 10 ms


def test_what_callgrind_tells(tmp_path: Path) -> None:
    dump = tmp_path / "dump.1"
    dump.write_text("events: Ir\nfn=(1) main\n10 12345\n\ntotals: 987654321\n")
    assert callgrind.read_total(dump) == 987654321
    dump.write_text("events: Ir\n")
    with pytest.raises(BadInput, match=r"no total in dump\.1"):
        callgrind.read_total(dump)
    log = "==12== Events    : Ir\n==12== Collected : 174021\n==12== \n==12== I   refs:      174,021\n"
    assert callgrind.collected(log) == 174021
    assert callgrind.collected("") == 0


def test_the_ratio_of_two_sides() -> None:
    events = np.full(20, 3.0)
    spread = 1.0 + 0.02 * np.random.default_rng(5).standard_normal((2, 20))
    a, b = (Counted(cost * events * x, events, "x") for cost, x in zip((1.2e8, 1e8), spread))
    ratio = instructions_ratio(a, b)
    assert ratio is not None
    assert ratio.lo < 1.2 < ratio.hi
    # 2 % a block on both sides, 20 blocks, t of 2.1: +- 1.3 %
    assert 0.007 < 0.5 * (ratio.hi / ratio.lo - 1.0) < 0.02
    few = Counted(np.array([4e8, 4.04e8, 3.96e8]), np.full(3, 4.0), "x")
    apart = instructions_ratio(few, b)
    assert apart is not None
    assert apart.lo < 1.0 < apart.hi
    assert a.record().per_event == pytest.approx(1.2e8, rel=0.02)
    assert a.record().standard_error == pytest.approx(1.2e8 * 0.02 / 20**0.5, rel=0.5)
    assert instructions_ratio(a, Counted(np.zeros(3), np.ones(3), "x")) is None


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A counter for which side A takes 110, side B 100 million instructions an event, and a run 1 million."""

    def counts(task, prepared, count):
        costs = np.array([1e8 if side.scenario.speedups else 1.1e8 for side in task.sides])
        noise = 1.0 + 0.001 * np.random.default_rng(task.seed).standard_normal((len(costs), len(task.events)))
        return 1e6 + np.column_stack([np.zeros(len(costs)), np.outer(costs, task.events) * noise])

    monkeypatch.setattr("simkit.bench.instructions.count.count_blocks", counts)
    monkeypatch.setattr(hardware_counter, "hardware_counter", lambda: nullcontext(lambda: 0))
    monkeypatch.setattr("simkit.bench.compare.find_source", lambda: hardware_counter.SOURCE)


def test_a_comparison_tells_instructions(fake, counted) -> None:
    c = run_compare("testem3", "testem3+woodcock", rounds=6, budget_s=1e-3, threads=1, instructions=True)
    found = c.attribution.instructions
    assert found is not None
    assert found.a.per_event == pytest.approx(1.1e8, rel=1e-3)
    assert found.a.source == found.b.source == "hardware counters"
    assert found.ratio.lo < 1.1 < found.ratio.hi
    assert found.not_counted == ""
    assert Comparison.model_validate_json(c.to_json()) == c


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (BadInput("--instructions: valgrind hangs"), "testem3+woodcock: valgrind hangs"),
        (KeyboardInterrupt(), "testem3+woodcock: interrupted"),
    ],
)
def test_a_side_that_is_not_counted_loses_nothing(fake, counted, monkeypatch, error, told) -> None:
    from simkit.bench.instructions import count

    counts = count.count_blocks

    def fails(task, prepared, count):
        if task.sides[0].scenario.speedups:
            raise error
        return counts(task, prepared, count)

    monkeypatch.setattr(count, "count_blocks", fails)
    c = run_compare("testem3", "testem3+woodcock", rounds=6, budget_s=1e-3, threads=1, instructions=True)
    found = c.attribution.instructions
    assert found is not None
    assert found.a is not None
    assert (found.b, found.ratio, found.not_counted) == (None, None, told)


def test_terminal_and_page_show_instructions(capsys: pytest.CaptureFixture[str]) -> None:
    a = Instructions(per_event=1.1e8, standard_error=1e5, events=24, source=callgrind.SOURCE)
    b = a.model_copy(update={"per_event": 1e8})
    ratio = Interval(value=1.1, lo=1.09, hi=1.11)
    both = InstructionsOfSides(a=a, b=b, ratio=ratio)
    show_instructions(both)
    one = InstructionsOfSides(a=None, b=b, ratio=None, not_counted="engine:x: it hangs")
    show_instructions(one)
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("instructions 110 -> 100 million an event, A / B 1.1000 [1.0900, 1.1100] (valg")
    assert told[1].startswith("instructions not counted -> 100 million an event (valgrind's callgrind)")
    assert told[2].strip() == "engine:x: it hangs"
    why = Attribution(
        steps_ratio=1.0, time_per_step_ratio=1.0, ns_per_step_a=1.0, ns_per_step_b=1.0, instructions=both
    )
    cell = instructions_cell(why)
    assert (cell.text, cell.detail) == ("× 1.100", callgrind.SOURCE)
    assert "110.0 → 100.0" in cell.note
    cell = instructions_cell(why.model_copy(update={"instructions": one}))
    assert cell.text.startswith("not counted → 100.0")
    assert cell.detail == f"{callgrind.SOURCE}; engine:x: it hangs"


def test_only_the_cpus_instructions_are_counted() -> None:
    with pytest.raises(BadInput, match="--instructions: counted on the CPU only"):
        run_compare("testem3", "testem3", overrides={"run.backend": "cuda"}, instructions=True)


def test_recorded_output_has_no_instructions(tmp_path: Path, fake, counted, monkeypatch) -> None:
    monkeypatch.setattr("simkit.bench.compare.prepare", lambda *side: pytest.fail("refused too late"))
    (tmp_path / "told").write_text("events: 10\ndeposit.gap.mean_MeV: 2000\n")
    side = f"engine:command={tmp_path / 'told'}"
    with pytest.raises(BadInput, match="recorded output cannot be counted"):
        run_compare(side, "engine:native", scenario="testem3", instructions=True)


def loop(folder: Path, work: int) -> Program:
    """Return a program that does `work` things an event."""
    script = folder / "loop.sh"
    script.write_text(SCRIPT)
    program = CommandEngine().prepare(
        load_scenario("testem3"), f"/bin/sh {script} {{events}} {work} {{seed}}"
    )
    assert not isinstance(program, str)
    return program


@needs_valgrind
def test_a_program_under_callgrind(tmp_path: Path) -> None:
    once, twice = (
        count_program(loop(tmp_path, work), 1, 1e-3, 0.1, callgrind.SOURCE).record() for work in (500, 1000)
    )
    assert twice.per_event / once.per_event == pytest.approx(2.0, rel=0.05)
    assert once.per_event > 500 * 50  # a shell takes hundreds of instructions for such a thing
    assert once.standard_error < 0.01 * once.per_event
    assert once.events == 6.0


def test_a_program_without_a_number_of_events(tmp_path: Path) -> None:
    program = CommandEngine().prepare(load_scenario("testem3"), "/bin/true")
    with pytest.raises(BadInput, match="cannot be told how many events"):
        count_program(program, 1, 1e-3, 0.1, callgrind.SOURCE)


@needs_valgrind
@pytest.mark.slow
def test_simkit_under_callgrind() -> None:
    """A step takes about 1400 instructions (10 GeV in testem3: 100 million for 73,000 steps)."""
    scenario = load_scenario("testem3", overrides={"events.energy_MeV": 200.0})
    counted = of_scenario(CountedSide("native", scenario), 4e-4, 1, callgrind.SOURCE).record()
    assert counted.source == callgrind.SOURCE
    steps = 7.3 * 200.0
    assert 700 < counted.per_event / steps < 2800
    assert counted.standard_error < 0.1 * counted.per_event
