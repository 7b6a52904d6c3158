"""`simkit run`: the record, the folder, the table, and that threads change nothing."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from simkit.cli.show import number
from simkit.engines.native import NativePrepared
from simkit.errors import BadInput


def test_json_is_one_object_and_nothing_else(simkit, small) -> None:
    done = simkit(*small, "--json")
    assert (done.code, done.err) == (0, "")
    record = done.record
    assert record["schema"] == "simkit.result/1"
    assert record["events"] == 3
    balance = record["energy_balance_MeV"]
    assert balance["in"] == 200.0
    assert abs(balance["residual"]) < 1e-6 * balance["in"]
    assert record["counters"]["lost_secondaries"] == 0


def test_threads_change_nothing_but_the_timing(simkit, small) -> None:
    one, two = (simkit(*small, "--json", "--threads", n).record for n in "12")
    assert (one["timing"].pop("threads"), two["timing"].pop("threads")) == (1, 2)
    del one["timing"], two["timing"]
    assert one == two


def test_the_record_tells_the_command_that_does_it_again(simkit, small) -> None:
    record = simkit(*small, "--json", "--with", "woodcock:min_MeV=0.5", "--executor", "processes:1").record
    _, *arguments = shlex.split(record["timing"].pop("command"))
    assert arguments[:4] == ["run", "testem3", "--with", "woodcock:min_MeV=0.5"]
    assert arguments[-4:] == ["--events", "3", "--seed", "1"]
    again = simkit(*arguments, "--json").record
    del record["timing"], again["timing"]
    assert again == record


def test_the_seed_changes_the_showers(simkit, small) -> None:
    a, b = (simkit(*small, "--json", "--seed", seed).record for seed in "12")
    assert (a["seed"], b["seed"]) == (1, 2)
    assert a["edep_MeV"] != b["edep_MeV"]
    assert a["scenario"]["hash"] == b["scenario"]["hash"]


def test_what_is_set_is_in_the_record(simkit, small) -> None:
    record = simkit(
        *small, "--json", "--with", "woodcock:min_MeV=0.5", "--set", "geometry.slab.0.material=G4_W"
    ).record
    assert record["scenario"]["speedups"] == ["woodcock:min_MeV=0.5"]
    settings = record["scenario"]["settings"]
    assert settings["tracking"]["woodcock_min_MeV"] == 0.5
    assert settings["geometry"]["slab"][0]["material"] == "G4_W"
    assert record["counters"]["majorant_violations"] == 0
    assert set(record["cuts_MeV"]) == {"G4_W", "G4_lAr"}


def test_the_folder_of_a_run(simkit, small, tmp_path: Path) -> None:
    done = simkit(*small, "--out", "a/b", "--json")
    folder = tmp_path / "a" / "b"
    assert sorted(p.name for p in folder.iterdir()) == ["events.parquet", "result.json", "tallies.npz"]
    assert json.loads((folder / "result.json").read_text()) == done.record


def test_ctrl_c_tells_what_is_kept_and_the_same_command_goes_on(
    simkit, small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small[small.index("-n") + 1] = "24"
    run, done = NativePrepared.run, []

    def interrupted(self, *arguments):  # type: ignore[no-untyped-def]
        done.append(self)
        if len(done) == 3:
            raise KeyboardInterrupt
        return run(self, *arguments)

    monkeypatch.setattr(NativePrepared, "run", interrupted)
    said = simkit(*small, "--out", "a")
    assert said.code == 130
    assert said.err == (
        "simkit: interrupted; 2 finished shards are kept: the same command with --out a goes on\n"
    )
    assert simkit(*small, "--out", "a").code == 0
    assert sorted(p.name for p in (tmp_path / "a").iterdir()) == [
        "events.parquet",
        "result.json",
        "tallies.npz",
    ]
    done[:] = [None, None]
    said = simkit(*small)
    assert (said.code, said.err) == (130, "simkit: interrupted; nothing half-written is kept\n")


def test_the_table_for_people(simkit, small) -> None:
    out = simkit(*small).out
    for word in ("absorber", "gap", "secondaries", "virtual collisions", "ms CPU an event", "residual"):
        assert word in out


def test_a_narrow_terminal_breaks_no_number(simkit, small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "dumb")
    record = simkit(*small, "--json").record
    steps = number(record["steps_by"]["gamma"]["absorber"])
    out = simkit(*small).out
    assert steps in out
    assert "\x1b" not in out


def test_the_profile_tells_where_the_time_goes(simkit, small) -> None:
    timing = simkit(*small, "--profile", "--json").record["timing"]
    shares = timing["by"]
    assert set(shares) == {"gamma", "e-", "e+"}
    assert sum(x for by in shares.values() for x in by.values()) == pytest.approx(1.0)
    assert shares["e-"]["absorber"] == max(x for by in shares.values() for x in by.values())
    assert timing["ns_per_step"]["e-"]["absorber"] > timing["ns_per_step"]["gamma"]["absorber"] > 0.0
    assert timing["profile"]["events"] == 3
    out = simkit(*small, "--profile").out
    assert "CPU time" in out
    assert "ns a step" in out


@pytest.mark.parametrize(
    ("error", "told"),
    [(BadInput("--instructions: valgrind hangs"), "valgrind hangs"), (KeyboardInterrupt(), "interrupted")],
)
def test_instructions_that_cannot_be_counted_lose_no_run(
    simkit, small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, told: str
) -> None:
    from simkit.bench.instructions import count

    def fails(*arguments: object) -> None:
        raise error

    monkeypatch.setattr(count, "find_source", lambda: "hardware counters")
    monkeypatch.setattr(count, "of_scenario", fails)
    done = simkit(*small, "--instructions", "--out", "a", "--json")
    assert done.code == 0
    assert done.err == f"simkit: instructions not counted: {told}\n"
    assert done.record["timing"]["instructions"] is None
    assert (tmp_path / "a" / "result.json").is_file()


def test_a_run_without_a_profile_says_nothing_of_it(simkit, small) -> None:
    timing = simkit(*small, "--json").record["timing"]
    assert (timing["by"], timing["ns_per_step"], timing["profile"]) == ({}, {}, None)


def test_no_progress_bar_in_a_pipe(small) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from simkit.cli import main; sys.exit(main())", *small],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("arguments", [["speedups"], ["speedups", "--json"], ["--help"]])
def test_a_reader_that_leaves_is_no_error(arguments: list[str]) -> None:
    code = "import sys; from simkit.cli import main; sys.exit(main())"
    with subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_a_run_imports_no_statistics(small: list[str]) -> None:
    """They take half a second, and a run has nothing to compare."""
    code = (
        "import sys; from simkit.cli import main; main(); "
        "sys.exit(next((m for m in ('scipy.stats', 'pandas', 'plotly') if m in sys.modules), None))"
    )
    done = subprocess.run([sys.executable, "-c", code, *small], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_start_up_is_quick() -> None:
    """Help within 0.5 s, and a warm run within 3 s, of processor time: other work must not fail it."""

    def cpu_seconds(*arguments: str) -> float:
        code = "import sys; from simkit.cli import main; sys.exit(main())"
        before = os.times()
        subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, check=True)
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system

    assert min(cpu_seconds("--help") for _ in range(3)) < 0.5
    cpu_seconds("run", "testem3", "-n", "1")
    assert min(cpu_seconds("run", "testem3", "-n", "1") for _ in range(2)) < 3.0
