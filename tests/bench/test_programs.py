"""Comparisons with other programs: tiny scripts that draw deposits and use processor time as told."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from simkit.bench.compare import run_compare
from simkit.bench.statistics.means import not_compared
from simkit.cli import main
from simkit.engines.figures import Figures
from simkit.errors import BadInput
from simkit.record.side_by_side import SideBySide
from tests.engines import recorded


def test_a_program_that_takes_four_times_as_long(program: str) -> None:
    c = run_compare(
        f"{program} 8e-4 1", f"{program} 2e-4 1", scenario="testem3", rounds=30, budget_s=1.0, threads=1
    )
    assert not isinstance(c, SideBySide)
    assert c.verdict == "faster"
    assert c.speedup.value == pytest.approx(4.0, rel=0.2)
    assert c.a.cpu_s_per_event.value == pytest.approx(8e-4, rel=0.2)
    assert c.a.engine["process"].startswith("a fresh process for each run")
    assert c.a.setup_s > 0.003  # Python needs as much to start
    assert c.attribution.steps_ratio == pytest.approx(1.0)
    name = f"engine:command={Path(sys.executable).name}"
    assert [side.label for side in (c.a, c.b)] == [f"{name} 8e-4", f"{name} 2e-4"]
    assert "/" not in c.provenance.command


def test_equal_physics_passes_and_a_shift_fails(program: str) -> None:
    """Spread 1 %, 12 runs of some 200 events: 0.04 % on the difference, so 0.5 % is met and 2 % is not."""
    both = {"scenario": "testem3", "rounds": 6, "budget_s": 0.1, "threads": 1}
    same = run_compare(f"{program} 2e-4 1", f"{program} 2e-4 1", **both)
    assert {row.observable: row.verdict for row in same.physics.rows}["deposit"] == "pass"
    assert same.physics.not_compared == ""
    shifted = run_compare(f"{program} 2e-4 1", f"{program} 2e-4 1.02", **both)
    assert shifted.physics.verdict == "fail"
    assert shifted.exit_code == 2
    assert shifted.steps_ratio.total == pytest.approx(1 / 1.02)


def test_beside_simkits_own_engine(program: str, fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simkit.bench.programs.compare.find_engine", lambda name: fake)
    c = run_compare(
        f"{program} 2e-4 1", "engine:native", scenario="testem3", rounds=6, budget_s=0.1, threads=1
    )
    assert not isinstance(c, SideBySide)
    assert {row.observable for row in c.physics.rows} == {"deposit", "width"}
    assert {row.region for row in c.physics.rows} == {"gap"}
    assert "engine:command=" in c.physics.not_compared
    assert "does not give deposit absorber, layers gap, leakage, width absorber" in c.physics.not_compared
    assert c.b.engine["process"].startswith("warm in this process")


def test_simkits_own_side_names_its_models(program: str, fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simkit.bench.programs.compare.find_engine", lambda name: fake)
    pions = {"events.particle": "pi+"}
    both = {"scenario": "testem3", "overrides": pions, "rounds": 6, "budget_s": 0.1, "threads": 1}
    c = run_compare(f"{program} 2e-4 1", "engine:native", **both)
    assert "toy hadron model" in [model.name for model in c.b.models]
    assert c.a.models == []


def test_layers_that_one_side_gives_joined_are_in_both_records(program: str, tmp_path: Path) -> None:
    path = Path(program.split()[-3])
    joined = tmp_path / "joined.py"
    joined.write_text(path.read_text() + "print('layer.absorber+gap.1.mean_MeV: 3000')\n")
    apart = "print('layer.absorber.1.mean_MeV:', 3000 - mean)\nprint('layer.gap.1.mean_MeV:', mean)\n"
    path.write_text(path.read_text() + apart)
    c = run_compare(
        f"{program} 2e-4 1".replace(str(path), str(joined)),
        f"{program} 2e-4 1",
        scenario="testem3",
        overrides={"geometry.layers": 1},
        rounds=6,
        budget_s=0.1,
        threads=1,
    )
    assert c.a.layers_MeV == {"absorber+gap": [3000.0]}
    assert c.b.layers_MeV["gap"] == [pytest.approx(2000.0, rel=0.01)]
    assert c.b.layers_MeV["absorber+gap"] == [pytest.approx(3000.0)]
    assert c.b.layers_sem_MeV["absorber+gap"] == [pytest.approx(0.0, abs=1e-6)]


def test_recorded_output_has_no_speedup(program: str, tmp_path: Path) -> None:
    file = tmp_path / "output"
    file.write_text(
        "events: 400\ndeposit.gap.mean_MeV: 2000\ndeposit.gap.sd_MeV: 20\ncpu_s_per_event: 1 ms\n"
    )
    c = run_compare(
        f"engine:command={file}", f"{program} 2e-4 1", scenario="testem3", budget_s=2.0, threads=1
    )
    assert isinstance(c, SideBySide)
    assert c.speedup is None
    assert not c.paired
    assert c.verdict == "inconclusive"
    assert c.exit_code == 3
    assert c.a.s_per_event == 1e-3
    assert c.conditions is not None
    assert c.conditions.processor_share > 0.0
    assert c.times_ratio == pytest.approx(1e-3 / c.b.s_per_event)
    deposit = c.physics.rows[0]
    # 20 MeV over the square root of 400 events, on 2000 MeV: 0.05 %, and the other side's error
    assert 0.05 <= deposit.standard_error < 0.2
    assert json.loads(c.to_json())["schema"] == "simkit.side-by-side/1"


def test_two_recorded_outputs(tmp_path: Path) -> None:
    for name, mean in (("a", 2000), ("b", 2050)):
        (tmp_path / name).write_text(f"events: 400\ndeposit.gap.mean_MeV: {mean}\ndeposit.gap.sd_MeV: 20\n")
    sides = [f"engine:command={tmp_path / name}" for name in "ab"]
    c = run_compare(*sides, scenario="testem3", budget_s=1.0)
    assert isinstance(c, SideBySide)
    assert (c.physics.verdict, c.exit_code) == ("fail", 2)
    assert c.times_ratio is None
    assert c.conditions is None
    assert c.a.engine["output"] != c.b.engine["output"]


def test_what_has_no_error_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two outputs without a spread: the deposit of the absorber, the layers and the leakage have no error."""
    text = "deposit.absorber.mean_MeV: 7700\nleakage.mean_MeV: 120\ndeposit.gap.mean_MeV: 2000\n"
    text += "".join(f"layer.gap.{i}.mean_MeV: 40\n" for i in range(1, 51))
    for name, more in (("a", "deposit.gap.sd_MeV: 20\n"), ("b", "")):
        (tmp_path / name).write_text(f"events: 400\n{text}{more}")
    sides = [f"engine:command={tmp_path / name}" for name in "ab"]
    assert main(["compare", *sides, "--scenario", "testem3", "--budget", "1s"]) == 3
    printed = " ".join(capsys.readouterr().out.split())
    unknown = "no error known of deposit absorber, layers gap, leakage"
    assert f"engine:command=b does not give width gap; {unknown}" in printed
    assert "leakage (MeV) 120 120" in printed.replace("120.000", "120")
    c = run_compare(sides[1], sides[1], scenario="testem3", budget_s=1.0)
    assert c.physics.rows == []
    assert c.physics.not_compared.startswith(
        "not compared: no error known of deposit absorber, deposit gap, layers gap, leakage;"
    )


def test_leakage_of_a_spectrum_is_named() -> None:
    units = [Figures(10, {"gap": 1.0 + i}, leaked=0.1) for i in range(3)]
    assert not_compared(units, units, 10.0, ("A", "B")) == ""
    assert not_compared(units, units, None, ("A", "B")) == (
        "not compared: no energy of an event known, so not leakage"
    )


def test_a_deposit_without_any_spread_has_no_known_error(tmp_path: Path) -> None:
    for name, mean in (("a", 2000), ("b", 2050)):
        (tmp_path / name).write_text(f"events: 400\ndeposit.gap.mean_MeV: {mean}\ndeposit.gap.sd_MeV: 0\n")
    sides = [f"engine:command={tmp_path / name}" for name in "ab"]
    c = run_compare(*sides, scenario="testem3", budget_s=1.0)
    assert isinstance(c, SideBySide)
    assert c.physics.verdict == "inconclusive"
    assert "no error known of deposit gap, width gap" in c.physics.not_compared


def test_one_line_of_adept_on_both_sides(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both tell deposits and layers, and neither an error: that is said, not that they share nothing."""
    file = tmp_path / "one.csv"
    file.write_text("".join(line + "\n" for line in recorded.ADEPT.splitlines()[:2]))
    options = ["--scenario", "testem3", "--set", "geometry.layers=5", "--budget", "1s"]
    assert main(["compare", f"engine:adept={file}", f"engine:adept={file}", *options]) == 3
    printed = " ".join(capsys.readouterr().out.split())
    assert "no error known of deposit absorber, deposit gap, layers absorber, layers gap" in printed


def test_sides_that_tell_steps_only() -> None:
    units = [Figures(10, steps={"total": 5.0})]
    assert not_compared(units, units, 10.0, ("A", "B")) == (
        "not compared: neither side gives deposits, layers or leakage"
    )


FAULTS = {
    "crash": ("import sys; sys.exit('no memory left')", "exit code 1; it printed: no memory left"),
    "rubbish": ("print('hello')", "nothing in its output is known"),
    "nan": (
        "import sys; print('events:', sys.argv[1]); print('deposit.gap.mean_MeV: nan')",
        "line 2: deposit.gap.mean_MeV is nan; a finite number, 0 or more, was expected",
    ),
    "hang": ("import time; time.sleep(60)", "had not ended after"),
    "other count": ("print('events: 17')", "simulated 17 events, not the 1"),
    "late crash": (
        "import sys; print('events:', sys.argv[1]); sys.exit(int(sys.argv[1]) > 2)",
        "exit code 1",
    ),
    "no work": ("import sys; print('events:', sys.argv[1])", "does it use the number of events"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_one_line_and_exit_code_4(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text, words = FAULTS[fault]
    path = tmp_path / "program.py"
    path.write_text(text)
    monkeypatch.delenv("SIMKIT_DEBUG", raising=False)
    side = f"engine:command={sys.executable} -S -E {path} {{events}}"
    folder = tmp_path / "out"
    code = main(["compare", side, side, "--scenario", "testem3", "--budget", "1s", "--out", str(folder)])
    out, err = capsys.readouterr()
    assert code == 4
    assert out == ""
    assert words in err
    # of two programs, which one
    assert fault in ("late crash", "no work") or ("engine:command='" in err and "program.py {events}'" in err)
    assert err.count("\n") == 1
    assert not folder.exists() or not any(folder.iterdir())


@pytest.mark.parametrize(
    ("side", "words"),
    [
        ("engine:hepemshw", "did you mean 'hepemshow'?"),
        ("engine:hepemshow", "set SIMKIT_HEPEMSHOW"),
        ("engine:native=/bin/true", "takes no program"),
        ("engine:hepemshow=/no+where/HepEmShow", "there is no program '/no+where/HepEmShow'"),
        ("engine:celeritas=nowhere.json", "there is no file nowhere.json"),
        ("engine:adept+wodcock", "did you mean 'woodcock'?"),
    ],
)
def test_sides_that_are_none(side: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIMKIT_HEPEMSHOW", raising=False)
    with pytest.raises(BadInput) as error:
        run_compare(side, "engine:native", scenario="hepemshow", budget_s=1.0)
    assert words in str(error.value)


def test_a_budget_too_short_for_the_programs(program: str) -> None:
    with pytest.raises(BadInput, match=r"--budget: found 0\.5 s, but 6 rounds"):
        run_compare(f"{program} 1e-2 1", f"{program} 1e-2 1", scenario="testem3", budget_s=0.5)
