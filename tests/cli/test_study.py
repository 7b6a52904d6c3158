"""`simkit study steppers`: a tiny one from the command line, its record, its page, and bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import simkit
from simkit.cli import main

TINY = ["study", "steppers", "--stepper", "rk4", "--stepper", "qss3", "--field", "uniform", "--planes", "0,5"]


def test_a_record_a_page_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*TINY, "--no-scan", "--budget", "1s", "--out", str(tmp_path), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["schema"] == "simkit.stepper-study/1"
    assert "simkit study steppers" in record["provenance"]["command"]
    page = (tmp_path / "report.html").read_text("utf-8")
    assert record["sentences"][0].split(":")[0] in page
    for title in (
        "Where QSS wins and loses",
        "Time and counts by stepper",
        "What Geant4 does at the same error",
    ):
        assert title in page
    found = simkit.load(tmp_path)
    assert found.record.cells[0].times[0].stepper == "rk4"
    assert set(found.times["stepper"]) == {"rk4", "qss3"}
    assert "gain-0.01" in found.figures()
    assert record["sentences"][0][:30] in found.markdown()
    assert 'failures="0"' in found.junit()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["study", "stepers"], "did you mean 'steppers'?"),
        (["study", "steppers", "--stepper", "rk5"], "did you mean 'rk4'?"),
        (["study", "steppers", "--planes", "1,x"], "write whole numbers"),
        (["study", "steppers", "--energy", "1"], "10 to 50 MeV"),
        (["study", "steppers", "--budget", "soon"], "budget"),
    ],
)
def test_bad_input_is_a_line(options: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(options) == 4
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


def test_geant4_at_the_same_error() -> None:
    """QSS2: 3.48 mm in 33.6 us and 0.0353 mm in 245.2 us make 313 us at 0.02 mm; QSS3 reaches it nowhere."""
    from simkit.bench.steppers.study import geant4_circles
    from simkit.report.geant4_circles import time_at

    runs = {
        name: [g for g in geant4_circles() if (g.stepper, g.crossings) == (name, 0)]
        for name in ("qss2", "qss3")
    }
    assert time_at(runs["qss2"], 0.02) == pytest.approx(313.0, rel=0.01)
    assert time_at(runs["qss3"], 0.02) is None
