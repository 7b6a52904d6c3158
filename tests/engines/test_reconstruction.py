"""Recipes of docs/programs.md: times of ACTS and traccc through `engine:command`.

The tables are written here in the form that the programs write: ACTS' Sequencer (Examples/Framework), before
and after it changed from tabs to commas; traccc's performance::throughput and the log file of its
throughput programs.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from simkit.cli import main
from simkit.engines import find_foreign
from simkit.scenario import load_scenario

from .recorded import FOLDER

LINES = FOLDER / "reconstruction_lines.py"
ACTS = """identifier\ttime_total_s\ttime_perevent_s
Reader:EventGenerator\t13.37\t0.1337
Algorithm:ParticleSelector\t0.0765\t0.000765
Algorithm:SeedingAlgorithm\t4.107\t0.04107
Algorithm:TrackFindingAlgorithm\t1033\t10.33
Writer:TrackSummary\t0\t0

"""
TRACCC = """Running Single-threaded host-only throughput tests
>>> Throughput Measurement Options <<<
  Cold run event(s) : 10
  Processed event(s): 100
  Log file          :
Reconstructed track parameters: 164307
Time totals:
                  File reading  5838 ms
            Warm-up processing  2202 ms
              Event processing  22024 ms
Throughput:
            Warm-up processing  220.246 ms/event, 4.54038 events/s
              Event processing  220.246 ms/event, 4.54038 events/s
"""
LOG = '"odd/ttbar_mu200/",8,10,10,100,2202460000,22024600000\n'
OLDER_LOG = '"tml_full/ttbar_mu200/",8,10,10,100,1024,2202460000,22024600000\n'


def lines(folder: Path, text: str, *names: str) -> dict[str, float]:
    """Return what the script prints of a file with `text`."""
    file = folder / "table"
    file.write_text(text)
    done = subprocess.run([sys.executable, LINES, file, *names], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {key: float(value) for key, value in (line.split(": ") for line in done.stdout.splitlines())}


@pytest.mark.parametrize(
    ("text", "names", "events", "seconds"),
    [
        (ACTS, [], 100, 10.371835),
        (ACTS, ["SeedingAlgorithm"], 100, 0.04107),
        (ACTS.replace("\t", ","), ["SeedingAlgorithm", "TrackFindingAlgorithm"], 100, 10.37107),
        (TRACCC, [], 100, 0.220246),
        (LOG, [], 100, 0.220246),
        (OLDER_LOG, [], 100, 0.220246),
        (LOG + LOG.replace("22024600000", "44049200000"), [], 200, 0.330369),
    ],
)
def test_tables(text: str, names: list[str], events: int, seconds: float, tmp_path: Path) -> None:
    assert lines(tmp_path, text, *names) == {"events": events, "wall_s_per_event": pytest.approx(seconds)}


@pytest.mark.parametrize(
    ("text", "names", "words"),
    [
        (ACTS, ["Seeding"], "there is no algorithm Seeding in the table"),
        (2 * TRACCC, [], "neither a timing table of ACTS nor one run of traccc"),
        ("nothing\n", [], "neither"),
        (LOG + LOG.replace(",8,", ",4,"), [], "several inputs or numbers of threads"),
    ],
)
def test_what_is_no_table(text: str, names: list[str], words: str, tmp_path: Path) -> None:
    file = tmp_path / "table"
    file.write_text(text)
    done = subprocess.run([sys.executable, LINES, file, *names], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert words in done.stderr
    assert done.stdout == ""


def test_recorded_tables_side_by_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in (("before", ACTS), ("after", ACTS.replace("10.33", "9.33").replace("1033", "933"))):
        told = lines(tmp_path, text)
        (tmp_path / name).write_text("".join(f"{key}: {value!r}\n" for key, value in told.items()))
    sides = [f"engine:command={tmp_path / name}" for name in ("before", "after")]
    assert main(["compare", *sides, "--scenario", "testem3", "--json"]) == 3
    record = json.loads(capsys.readouterr().out)
    assert record["times_ratio"] == pytest.approx(10.371835 / 9.371835)
    assert record["speedup"] is None
    assert record["a"]["time"] == "wall"


def test_a_reconstruction_that_runs_here(tmp_path: Path) -> None:
    """The script of docs/programs.md around a stand-in for ACTS' full chain."""
    page = (FOLDER.parents[1] / "docs" / "programs.md").read_text()
    (recipe,) = re.findall(r"```sh\n(#!/bin/sh\n.*?)```", page, re.DOTALL)
    chain = tmp_path / "full_chain_odd.py"
    chain.write_text(
        "import sys\nn, folder = int(sys.argv[2]), sys.argv[4]\nprint('event 1')\n"
        "head, row = 'identifier,time_total_s,time_perevent_s', f'Algorithm:Seeding,{0.25 * n:g},0.25'\n"
        "open(folder + '/timing.csv', 'w').write(head + '\\n' + row + '\\n\\n')\n"
    )
    wrapper = tmp_path / "acts.sh"
    wrapper.write_text(
        recipe.replace("full_chain_odd.py", str(chain))
        .replace("reconstruction_lines.py", str(LINES))
        .replace("python3", sys.executable)
    )
    program = find_foreign("command").prepare(load_scenario("testem3"), f"sh {wrapper} {{events}}")
    run = program.run(40, 1, 30.0)  # type: ignore[union-attr]
    assert run.figures.events == 40
    assert run.counted
