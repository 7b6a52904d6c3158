"""`simkit speedups`, `history`, `doctor` and the program's own help."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow.parquet
import pytest

import simkit as package
from simkit.cli.noise import timing_spread
from simkit.cli.show import number
from simkit.cli.speedups import measured_speedups
from simkit.engines import ENGINES, FOREIGN
from simkit.errors import BadInput
from simkit.record.campaign import Campaign, LeftOut
from simkit.record.command_line import seconds
from simkit.speedups import CATALOGUE
from tests.bench.kept_records import commit, write_runs
from tests.report.records import make_campaign

COMMANDS = ("run", "compare", "campaign", "speedups", "validate", "report", "score", "history", "doctor")


def test_help_lists_every_command(simkit) -> None:
    for arguments in ([], ["--help"], ["-h"]):
        done = simkit(*arguments)
        assert done.code == 0
        for name in COMMANDS:
            assert f" {name} " in done.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(simkit, name: str) -> None:
    done = simkit(name, "--help")
    assert done.code == 0
    assert "Usage" in done.out


def test_version(simkit) -> None:
    assert simkit("--version").out == f"simkit {package.__version__}\n"


def test_the_catalogue(simkit) -> None:
    out = simkit("speedups").out
    for name in CATALOGUE:
        assert name in out
    record = simkit("speedups", "--json").record
    assert list(record) == list(CATALOGUE)
    assert record["gamma-general"]["published"]["cpu_percent"] == [4.3, 4.3]
    assert record["gamma-general"]["on"] == {"engine.gamma": "general"}


def test_one_speedup(simkit) -> None:
    out = simkit("speedups", "gamma-roulette").out
    for word in ("10 %", "Catania", "threshold_MeV", "MeV", "figure of merit", "not yet"):
        assert word in out


def _kept(campaign: Campaign, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "campaign.json").write_text(campaign.to_json())


def test_a_gain_is_that_of_what_two_sides_differ_in(tmp_path) -> None:
    """All but one of two is the other alone; left out of three, what all gain over the rest."""
    two = make_campaign(2, "one-at-a-time")
    general, woodcock = two.rungs
    contrasts = [rung.against_baseline for rung in two.rungs]
    rungs = [
        woodcock.model_copy(
            update={"left_out": LeftOut(name="g", with_=general.with_, contrast=contrasts[0])}
        ),
        general.model_copy(
            update={"left_out": LeftOut(name="w", with_=woodcock.with_, contrast=contrasts[1])}
        ),
    ]
    for rung, wrong in zip(rungs, contrasts):
        rung.against_previous = wrong  # what older records have there: all against this rung
    two = two.model_copy(update={"mode": "all-but-one", "rungs": rungs, "finished": True})
    _kept(two, tmp_path / "two")
    found = measured_speedups([tmp_path])
    for name, contrast in zip(("gamma-general", "woodcock"), contrasts):
        assert [(m["speedup"], m["beside"]) for m in found[name]] == [(contrast.speedup.value, [])]
    three = [rungs[0].model_copy(update={"with_": ["woodcock", "em-range-cuts"]})]
    _kept(two.model_copy(update={"rungs": three}), tmp_path / "three" / "of")
    ((alone, on_top),) = [measured_speedups([tmp_path])["gamma-general"][::-1]]
    assert on_top["beside"] == ["woodcock", "em-range-cuts"]
    assert on_top["speedup"] == alone["speedup"] == contrasts[0].speedup.value


def test_cumulative_rungs_and_unfinished_campaigns(tmp_path) -> None:
    _kept(make_campaign(2), tmp_path / "unfinished")
    assert measured_speedups([tmp_path]) == {}
    campaign = make_campaign(2).model_copy(update={"finished": True})
    campaign.rungs[1].with_ = ["gamma-general:x=2"]  # that gain is of the parameter
    _kept(campaign, tmp_path / "again")
    assert [m["with"] for m in measured_speedups([tmp_path])["gamma-general"]] == ["gamma-general"]


def test_history_of_runs(simkit, small) -> None:
    simkit(*small, "--out", "results/a")
    simkit(*small, "--out", "results/b", "--with", "woodcock")
    record = simkit("history", "steps_per_event.gamma", "--json").record
    assert [row["speedups"] for row in record["records"]] == [[], ["woodcock"]]
    assert record["records"][0]["value"] > record["records"][1]["value"] > 0.0
    assert "cpu_s_per_event" in simkit("history").out
    done = simkit("history", "steps_per_event.gama")
    assert done.code == 4
    assert "did you mean 'steps_per_event.gamma'?" in done.err


def test_kept_runs_have_a_place_and_a_table(simkit, small, tmp_path) -> None:
    pytest.importorskip("ruptures")
    for _ in range(2):
        done = simkit(*small, "--keep")
        folder = tmp_path / done.out.rpartition("kept in ")[2].strip()
        assert (folder / "result.json").is_file()
        assert folder.parts[-2] == "testem3"
    rows = pyarrow.parquet.read_table("results/history.parquet", columns=["metric", "value"]).to_pylist()
    times = [row["value"] for row in rows if row["metric"] == "cpu_s_per_event"]
    record = simkit("history", "--json").record
    assert times == [row["value"] for row in record["records"]]
    assert record["changes"] == []
    path = simkit("history", "cpu_s_per_event", "--export", "csv", "-o", "new/times.csv").out.strip()
    assert len((tmp_path / path).read_text().splitlines()) == 3
    assert simkit("history", "--export", "root").out == "history.root\n"
    # Into a link, and into what is open as if it were stdout: nothing else may be printed there.
    Path("link.csv").symlink_to("new/times.csv")
    Path("new/times.csv").write_text("")
    assert simkit("history", "--export", "csv", "-o", "link.csv").out == "link.csv\n"
    assert Path("link.csv").is_symlink()
    content = Path("new/times.csv").read_text()
    with open("redirected.csv", "wb") as stream:
        name = f"/dev/fd/{stream.fileno()}"
        assert simkit("history", "--export", "csv", "-o", name) == (0, "", "")
    assert Path("redirected.csv").read_text() == content != ""


def test_change_points_in_the_table(simkit, tmp_path) -> None:
    pytest.importorskip("ruptures")
    write_runs(tmp_path / "results")
    done = simkit("history")
    assert "0.02000 -> 0.01900, -5.00 %" in done.out
    assert done.err == ""
    (change,) = simkit("history", "--json").record["changes"]
    assert change["commit"] == commit(7)


def test_history_without_ruptures_and_with_a_damaged_record(simkit, tmp_path, monkeypatch) -> None:
    write_runs(tmp_path / "results")
    (tmp_path / "results" / "campaign.json").write_text("{")
    monkeypatch.setattr("simkit.bench.history.change_points.available", lambda: False)
    done = simkit("history")
    assert done.code == 0
    assert "pip install 'simkit[history]'" in done.out
    assert done.err.startswith("simkit: left out: results/campaign.json: damaged")
    assert simkit("history", "--json").record["changes"] is None


def test_doctor(simkit) -> None:
    done = simkit("doctor", "--json")
    assert done.code == 0
    groups = done.record
    assert list(groups) == [
        "installed",
        "backends",
        "engines",
        "plug-ins",
        "instructions and energy",
        "compile cache",
        "timing",
    ]
    checks = {check["what"]: check for checks in groups.values() for check in checks}
    assert checks["simkit"]["found"].startswith(package.__version__)
    assert checks["cpu"]["verdict"] == "ok"
    assert "cuda" in checks
    assert "%" in checks["repeatability"]["found"]


def test_doctor_tells_what_counts_instructions_and_energy(simkit, monkeypatch, tmp_path) -> None:
    from simkit.bench.instructions import hardware_counter

    monkeypatch.setattr(hardware_counter, "why_not", lambda: "no counters here")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("simkit.record.electricity.POWERCAP", tmp_path / "powercap")
    monkeypatch.setitem(sys.modules, "pynvml", None)
    checks = {c["what"]: c for c in simkit("doctor", "--json").record["instructions and energy"]}
    assert checks["instructions"]["found"] == "cannot be counted: no counters here"
    assert "apt install valgrind" in checks["instructions"]["mend"]
    of_processor, of_gpu = checks["energy of the processor"], checks["energy of a GPU"]
    assert of_processor["verdict"] == of_gpu["verdict"] == "info"
    assert of_processor["found"].startswith(f"not available: {tmp_path / 'powercap'} is not there")
    assert of_gpu["found"] == "not available: the package nvidia-ml-py is not installed"
    assert of_gpu["mend"] == "pip install 'simkit[energy]'"


def test_doctor_tells_where_other_programs_are(simkit, monkeypatch, tmp_path) -> None:
    program = tmp_path / "HepEmShow"
    program.touch()
    monkeypatch.setenv("SIMKIT_HEPEMSHOW", f"{program} -d tables.json")
    monkeypatch.setenv("SIMKIT_GEANT4", "/nowhere/TestEm3")
    monkeypatch.delenv("SIMKIT_ADEPT", raising=False)
    checks = {check["what"]: check for check in simkit("doctor", "--json").record["engines"]}
    assert list(checks) == [*ENGINES, *FOREIGN]
    assert checks["hepemshow"]["verdict"] == "ok"
    assert checks["geant4"]["verdict"] == "warn"
    assert "no such file" in checks["geant4"]["found"]
    assert "set SIMKIT_ADEPT" in checks["adept"]["mend"]


def test_equal_work_takes_about_equal_time() -> None:
    assert 0.0 <= timing_spread(0.05) < 10.0


@pytest.mark.parametrize(
    ("text", "value"), [("90", 90), ("90s", 90), ("2m", 120), ("1.5h", 5400), ("3min", 180)]
)
def test_durations(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["", "s", "-3s", "3 days", "nan", "0"])
def test_wrong_durations(text: str) -> None:
    with pytest.raises(BadInput, match="--budget"):
        seconds(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (None, "-"),
        (7726.31, "7,726"),
        (12.3456, "12.35"),
        (0.012345, "0.01235"),
        (1.2345e-5, "1.234e-05"),
        (1.5e12, "1.500e+12"),
        (-0.5, "-0.5000"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
    ],
)
def test_numbers(value: float | None, text: str) -> None:
    assert number(value) == text
