"""The calls give what the commands of their names give, as tables and figures."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

import simkit
from simkit.api.frames import sides
from simkit.cli import main
from tests.report.records import make_comparison

from .conftest import SMALL


def test_a_run_as_tables(small_run) -> None:
    record = small_run.record
    assert record.events == 4
    assert record.seed == 3
    assert record.scenario.speedups == ["woodcock"]
    assert small_run.deposits.loc["gap", "mean_MeV"] == record.edep_MeV["gap"].mean
    assert small_run.steps.loc["gap", "e-"] == record.steps_by["e-"]["gap"]
    assert small_run.layers.loc[("gap", 5), "mean_MeV"] == record.layers_MeV["gap"][4]
    events = small_run.events
    assert list(events["event"]) == [0, 1, 2, 3]
    assert events["edep_MeV.gap"].mean() == pytest.approx(record.edep_MeV["gap"].mean)


def test_a_run_is_that_of_the_command(small_run, nowhere, capsys) -> None:
    options = [part for key, value in SMALL.items() for part in ("--set", f"{key}={value}")]
    command = ["run", "testem3", "-n", "4", "--seed", "3", "--with", "woodcock", *options]
    assert main([*command, "--json", "--out", "kept"]) == 0
    capsys.readouterr()
    by_command = simkit.load("kept").record
    for part in ("edep_MeV", "steps_by", "counters", "scenario", "layers_MeV", "energy_balance_MeV"):
        assert getattr(by_command, part) == getattr(small_run.record, part)
    assert by_command.timing.command == small_run.record.timing.command


def test_a_run_is_read_again_and_written_again(small_run, tmp_path: Path) -> None:
    loaded = simkit.load(small_run.folder)
    assert type(loaded) is type(small_run)
    assert loaded.record == small_run.record
    pd.testing.assert_frame_equal(loaded.events, small_run.events)
    assert loaded.save(tmp_path / "copy") == tmp_path / "copy" / "result.json"
    pd.testing.assert_frame_equal(simkit.load(tmp_path / "copy").events, small_run.events)
    alone = simkit.load(loaded.save(tmp_path / "alone.json"))
    assert alone.record == small_run.record
    with pytest.raises(simkit.BadInput, match=r"without its events\.parquet"):
        _ = alone.events


def test_a_run_is_written_in_place_of_another(small_run, tmp_path: Path) -> None:
    simkit.run("testem3", events=2, set=SMALL, out=tmp_path / "other")
    simkit.load(small_run.folder).save(tmp_path / "other")
    written = simkit.load(tmp_path / "other")
    assert written.record == small_run.record
    pd.testing.assert_frame_equal(written.events, small_run.events)
    written.save(tmp_path / "other")
    assert simkit.load(tmp_path / "other").record == small_run.record


def test_a_comparison(small_comparison, tmp_path: Path) -> None:
    c = small_comparison
    assert c.speedup.lo <= c.speedup.value <= c.speedup.hi
    assert c.speedup.blocks == 6
    assert c.verdict == c.record.verdict
    assert c.physics.verdict == c.record.physics.verdict
    rows = c.physics.rows
    assert len(rows) == len(c.record.physics.rows)
    assert {"deposit", "layer", "leakage"} <= set(rows["observable"])
    assert rows["layer"].min() == 1
    assert rows["layer"].max() == 5
    assert c.sides.loc["steps.gamma", "A"] > 2.0 * c.sides.loc["steps.gamma", "B"]
    again = simkit.load(c.save(tmp_path / "kept"))
    assert again.record == c.record
    assert "<html" in c.report(tmp_path / "page.html").read_text()


def test_a_comparison_in_a_field() -> None:
    """Only there the table of its sides has what was counted in it."""
    record = make_comparison()
    assert not any("charged_step" in name for name in sides(record).index)
    record.b.counters_per_event |= {"field_evaluations": 3e6, "qss_events_u": 4e6}
    counts = record.b.field_counts
    assert counts is not None
    table = sides(record)
    assert table.loc["field_evaluations_per_charged_step", "B"] == counts.by_step["field_evaluations"]
    assert table.loc["qss_events_u_per_charged_step", "B"] == counts.by_step["qss_events_u"]
    assert np.isnan(table.loc["field_evaluations_per_charged_step", "A"])


def test_figures_stand_alone(small_comparison, small_run) -> None:
    """No colour is left to the style sheet of a page that is not there."""
    for result in (small_comparison, small_run):
        assert result.figures()
        for name in result.figures():
            figure = result.figure(name)
            assert isinstance(figure, go.Figure)
            assert figure.layout.title.text
            assert "var(--" not in figure.to_json()
    assert "speedups" in small_comparison.figures()
    with pytest.raises(simkit.BadInput, match="did you mean 'speedups'"):
        small_comparison.figure("speedup")


def test_results_show_themselves(small_comparison, small_run) -> None:
    for result in (small_comparison, small_comparison.physics, small_run):
        assert "<table" in result._repr_html_()
        assert "\n" not in repr(result)
        assert repr(result).startswith(f"<{type(result).__name__}: ")
    assert "testem3+woodcock against testem3" in repr(small_comparison)


def test_wrong_input_is_one_line_before_anything_runs(nowhere) -> None:
    for call, message in (
        (lambda: simkit.run("testem4"), "did you mean 'testem3'"),
        (lambda: simkit.run("testem3", speedups="woodcok"), "did you mean 'woodcock'"),
        (lambda: simkit.run("testem3", set={"physics.cut": 1}), "physics"),
        (lambda: simkit.compare("testem3", "testem3", budget="soon"), "found 'soon'"),
        (lambda: simkit.compare("testem3", "testem3", budget=-1.0), "found -1.0"),
        (lambda: simkit.campaign(resume="nowhere"), "nowhere"),
        (lambda: simkit.campaign(resume="x", keep=True), "--keep"),
        (lambda: simkit.validate("comptom"), "did you mean"),
        (lambda: simkit.score("testem4"), "testem3"),
        (lambda: simkit.history(), "there is no result.json"),
        (lambda: simkit.load("nowhere"), "nowhere"),
        (lambda: simkit.load("."), "holds none of"),
    ):
        with pytest.raises(simkit.BadInput, match=message) as caught:
            call()
        assert "\n" not in str(caught.value)
    assert not list(nowhere.iterdir())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "damaged or not complete"),
        ("[]", "no schema"),
        ('{"schema": "other/1"}', "the schema 'other/1'"),
        ('{"schema": "simkit.score/99"}', "newer than"),
        ('{"schema": "simkit.score/1"}', "damaged, or changed by hand"),
    ],
)
def test_what_cannot_be_loaded(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(simkit.BadInput, match=message):
        simkit.load(path)


def test_numbers_of_numpy_are_numbers() -> None:
    seen: list[float] = []
    r = simkit.run(
        "testem3",
        events=np.int64(2),
        seed=np.int64(5),
        set={**SMALL, "events.energy_MeV": np.float64(100.0)},
        progress=lambda done, what: seen.append(done),
    )
    assert r.record.events == 2
    assert '"seed":5' in r.to_json().replace(" ", "")
    assert seen
    assert seen[-1] == 1.0
    assert seen == sorted(seen)


def test_in_a_thread_as_a_notebook_may_do(capfd) -> None:
    found = []
    work = threading.Thread(
        target=lambda: found.append(
            simkit.compare("testem3", "testem3+woodcock", rounds=6, budget=1.0, set=SMALL)
        )
    )
    work.start()
    work.join()
    assert found[0].speedup.blocks == 6
    assert capfd.readouterr() == ("", "")


def test_validation_and_its_folder(tmp_path: Path) -> None:
    told = []
    v = simkit.validate(["thresholds", "annihil"], out=tmp_path, progress=lambda *x: told.append(x))
    assert v.verdict == "pass"
    assert list(v.checks.index) == ["thresholds", "annihilation"]
    assert len(v.rows) == v.checks["rows"].sum()
    assert v.page == tmp_path / "report.html"
    assert [what for _, what in told] == ["thresholds", "annihilation"]
    assert simkit.load(tmp_path).record == v.record


def test_a_history_of_runs(small_run, tmp_path: Path) -> None:
    for name in "ab":
        small_run.save(tmp_path / name)
    h = simkit.history("steps_per_event.gamma", results=tmp_path)
    assert list(h.records["value"]) == 2 * [small_run.record.steps_per_event["gamma"]]
    assert h.export("csv", tmp_path / "h.csv").read_text().count("\n") == 3
    with pytest.raises(simkit.BadInput, match="did you mean"):
        simkit.history("steps_per_event.gama", results=tmp_path)
