"""Programs that do less than asked for, or are measured unlike each other: no speedup is declared."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simkit.bench.programs.doubts import doubts
from simkit.bench.programs.growth import check_growth
from simkit.bench.programs.pace import Pace, _confirmed_growth
from simkit.bench.programs.timing import ProgramMeasurement
from simkit.cli import main
from simkit.engines import ProgramRun
from simkit.engines.figures import Figures
from simkit.errors import BadInput

ROUNDS = ["--scenario", "testem3", "--rounds", "6", "--budget", "0.1s", "--threads", "1"]


def compare(a: str, b: str, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, dict[str, Any]]:
    """Return the exit code and the record of a short comparison."""
    code = main(["compare", a, b, *ROUNDS, *options, "--json"])
    return code, json.loads(capsys.readouterr().out)


def edited(program: str, folder: Path, *changes: tuple[str, str]) -> str:
    """Return the program with parts of its text replaced."""
    path = Path(program.split()[-3])
    text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    changed = folder / "edited.py"
    changed.write_text(text)
    return program.replace(str(path), str(changed))


HALF = (("float(sys.argv[4])\n", "float(sys.argv[4])\nn = max(n // 2, 1)\n"), ('print("events:", n)\n', ""))


@pytest.mark.parametrize("wish", [[], ["--min-speedup", "1.5"]])
def test_half_of_the_events_without_a_word(
    wish: list[str], program: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    b = edited(program, tmp_path, *HALF)
    code, record = compare(f"{program} 4e-4 1", f"{b} 4e-4 1", capsys, *wish)
    assert record["speedup"]["value"] == pytest.approx(2.0, rel=0.3)
    assert record["verdict"] == "inconclusive"
    assert code == record["exit_code"] == 3
    assert "let it print `events: N`" in record["doubts"][0]
    assert record["doubts"][0] in record["summary"]


def test_half_of_the_events_beside_recorded_output(
    program: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "output"
    file.write_text(
        "events: 400\ndeposit.gap.mean_MeV: 2000\ndeposit.gap.sd_MeV: 20\ncpu_s_per_event: 1 ms\n"
    )
    b = edited(program, tmp_path, *HALF)
    code, record = compare(f"engine:command={file}", f"{b} 4e-4 1", capsys)
    assert code == 3
    assert record["b"]["time"].endswith("not believed: it does not report how many events it simulated")


def test_physics_that_differs_beats_events_not_reported(
    program: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    b = edited(program, tmp_path, *HALF)
    assert compare(f"{program} 4e-4 1", f"{b} 4e-4 1.05", capsys)[0] == 2


def test_a_fixed_number_beside_events_is_timed_alike(
    program: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same program: 100 events a run of some 40 ms beside Python's start-up of some 10 ms in both."""
    a = f"{program} 4e-4 1"
    code, record = compare(a, a.replace("{events}", "200"), capsys)
    assert record["speedup"]["value"] == pytest.approx(1.0, abs=0.15)
    assert record["verdict"] != "faster"
    assert record["doubts"] == []
    assert code in (0, 3)
    whys = ("as of the other side", "which cannot be measured without {events} in its command line")
    for side, why in zip("ab", whys):
        process = record[side]["engine"]["process"]
        assert process == f"a fresh process for each run of 200 events, in its time its start-up, {why}"


def test_two_fixed_numbers_that_differ(program: str, capsys: pytest.CaptureFixture[str]) -> None:
    a = f"{program} 2e-4 1"
    code, record = compare(a.replace("{events}", "400"), a.replace("{events}", "200"), capsys)
    assert code == 3
    assert "simulates 400 events a run" in record["doubts"][0]
    assert "200; put {events} into both command lines" in record["doubts"][0]


def test_a_fixed_number_beside_simkits_own_engine(
    program: str, fake, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("simkit.bench.programs.compare.find_engine", lambda name: fake)
    a = f"{program} 4e-4 1".replace("{events}", "300")
    code, record = compare(a, "engine:native", capsys)
    assert code in (2, 3)
    assert record["verdict"] == "inconclusive"
    wanted = "has its start-up in it, the other side's has none; put {events}"
    assert any(wanted in doubt for doubt in record["doubts"])


def test_a_stored_answer(program: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`cat` of what another run left takes no time whatever the number of events."""
    stored = tmp_path / "stored"
    stored.write_text("events: 200\ndeposit.gap.mean_MeV: 2000\ndeposit.gap.sd_MeV: 20\n")
    a = f"{program} 4e-4 1"
    code, record = compare(a.replace("{events}", "200"), f"engine:command=cat {stored}", capsys)
    assert code == 3
    assert any("which may be start-up alone; put {events}" in doubt for doubt in record["doubts"])
    assert "whatever the seed, it reports the same figures" in record["physics"]["not_compared"]
    assert main(["compare", a, f"engine:command=sh -c 'cat {stored}' {{events}}", *ROUNDS]) == 4
    assert "it simulated 200 events, not the 1 it was asked for" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            [("draw =", "n = 100\ndraw ="), ('"events:", n', '"events:", sys.argv[1]')],
            "does it use the number of events it is given?",
        ),
        (
            [("draw =", "n = min(n, 200)\ndraw ="), ('"events:", n', '"events:", sys.argv[1]')],
            "does it use the number of events it is given?",
        ),
        ([("1000 * factor", "1000 * factor * n")], "it gives sums of a run; means per event were expected"),
        ([('"events:", n', '"events:", n // 2')], "events, not the"),
        ([("mean_MeV:", "mean_MeV: 1000")], "line 2: deposit.gap.mean_MeV: the unit '"),
        ([("2000.0 *", "2e6 *")], "but an event brings 10000 MeV"),
    ],
    ids=["fixed work", "capped", "sums of a run", "half, and says so", "two numbers", "keV for MeV"],
)
def test_a_program_is_refused(
    changes: list[tuple[str, str]],
    words: str,
    program: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("simkit.bench.programs.pace.TARGET_S", 0.4)
    b = edited(program, tmp_path, *changes)
    assert main(["compare", f"{program} 2e-4 1", f"{b} 2e-4 1", *ROUNDS]) == 4
    assert words in capsys.readouterr().err


def run(events: int, cpu_s: float, **figures: float) -> ProgramRun:
    return ProgramRun(Figures(events, steps=figures), cpu_s, cpu_s)


def test_time_that_does_not_grow_as_the_events_do() -> None:
    assert check_growth(run(2, 0.1), run(10, 0.2), run(100, 1.3)) == ""
    few = "takes 12.5 ms an event up to 10 events and 2.22 ms for those up to 100"
    assert check_growth(run(2, 0.1), run(10, 0.2), run(100, 0.4)).startswith(few)
    assert "and 111 ms for those" in check_growth(run(2, 0.1), run(10, 0.2), run(100, 10.2))
    # 0.1 s more after 5 s of start-up may be 0.5 s as well
    assert check_growth(run(2, 5.0), run(10, 5.1), run(100, 10.2)) == ""
    assert check_growth(run(2, 5.0), run(10, 5.1), run(100, 5.2)) == ""
    with pytest.raises(BadInput, match=r"takes 0\.21 s for 100 events and 0\.2 s for 10"):
        check_growth(run(2, 0.1), run(10, 0.2), run(100, 0.21))
    with pytest.raises(BadInput, match="total is 50 for 10 events and 480 for 100: it gives sums"):
        check_growth(run(2, 0.1, total=9), run(10, 0.2, total=50), run(100, 1.3, total=480))
    # what happens to have grown once is not a sum
    assert check_growth(run(2, 0.1, total=9), run(10, 0.2, total=50), run(100, 1.3, total=52)) == ""


def test_a_busy_machine_is_no_doubt() -> None:
    """The second of three runs took 0.3 s longer than it does; what is slow every time stays a doubt."""
    times = {2: 0.1, 10: 0.2, 100: 1.3}
    asked: list[int] = []

    def again(events: int) -> ProgramRun:
        asked.append(events)
        return run(events, times[events])

    noisy = [run(2, 0.1), run(10, 0.5), run(100, 1.3)]
    assert check_growth(*noisy) != ""
    soon = time.perf_counter() + 3.0
    assert "does it simulate as many" in _confirmed_growth(noisy, again, soon)
    assert asked == []  # again they would take 1.9 s, or twice that on a busy machine
    assert _confirmed_growth(noisy, again, math.inf) == ""
    assert asked == [2, 10, 100]
    times[100] = 0.21
    with pytest.raises(BadInput, match="does it use the number of events"):
        _confirmed_growth([run(n, s) for n, s in times.items()], again, math.inf)


def test_uneven_times_are_a_doubt() -> None:
    m = ProgramMeasurement([], 1, None, [Pace(10, 1e-3, 0.0, 1.0, True, "takes less and less")] * 2)
    m.told = [[Figures(10)], [Figures(10)]]
    assert doubts(m, ("A", "B")) == ["A takes less and less", "B takes less and less"]


def scattering(rng: np.random.Generator, events: int, simulated: int) -> list[Figures]:
    """Return 200 runs of a program that tells `events` and simulates `simulated` of them."""
    runs = []
    for _ in range(200):
        deposits = rng.exponential(100.0, simulated)
        mean, sd = float(deposits.mean()), float(deposits.std(ddof=1))
        runs.append(Figures(events, {"gap": mean}, {"gap": sd}))
    return runs


def test_fewer_events_than_it_reports_scatter_more() -> None:
    """Half of 40 exponential deposits: the variance over runs is twice what it should be, an F of 2."""
    m = ProgramMeasurement([], 1, None, [Pace(40, 1e-3, 0.0, 1.0, True)] * 2)
    rng = np.random.default_rng(1)
    m.told = [scattering(rng, 40, 40), scattering(rng, 40, 20)]
    (doubt,) = doubts(m, ("A", "B"))
    assert doubt.startswith("B: its runs' mean deposits in gap scatter 1.")
    assert "does it simulate as many events as it reports" in doubt


def test_few_digits_are_no_scatter() -> None:
    """Means that scatter by 9 MeV about 100 MeV, rounded to 80 or 120: five times their variance."""
    m = ProgramMeasurement([], 1, None, [Pace(40, 1e-3, 0.0, 1.0, True)] * 2)
    runs = scattering(np.random.default_rng(2), 120, 120)
    rounded = [Figures(120, {"gap": 40.0 * round(r.deposits["gap"] / 40.0)}, r.spreads) for r in runs]
    m.told = [rounded, rounded]
    assert doubts(m, ("A", "B")) == []


def test_the_error_of_a_mean_is_not_the_spread() -> None:
    m = ProgramMeasurement([], 1, None, [Pace(40, 1e-3, 0.0, 1.0, True)] * 2)
    runs = scattering(np.random.default_rng(2), 120, 120)
    m.told = [runs, [Figures(r.events, r.deposits, {"gap": r.spreads["gap"] / 11.0}) for r in runs]]
    assert "is that the spread over events?" in doubts(m, ("A", "B"))[0]
