"""The history: records of every kind become figures and one table, and a change of level is found."""

from __future__ import annotations

import json
import math
import re

import numpy as np
import pyarrow.parquet
import pytest

from simkit.bench.history import keeping
from simkit.bench.history.exports.tables import COLUMNS
from simkit.bench.history.metrics import more_is_better, unit_of
from simkit.bench.history.table import Number, need_history, read_history, series
from simkit.errors import BadInput
from simkit.record.campaign import Interaction, LeftOut
from simkit.record.electricity import Electricity, ElectricityPart
from simkit.record.interval import Interval
from tests.bench.kept_records import commit, write_run, write_runs
from tests.report.records import make_campaign, make_comparison


def test_runs_become_one_series(tmp_path):
    write_runs(tmp_path)
    entries, faults = read_history([tmp_path, tmp_path])
    assert faults == []
    assert len(entries) == 12
    assert [e.commit for e in entries] == [commit(i) for i in range(1, 13)]
    groups = series(entries)
    (of,) = groups
    assert of.machine == "example-2.00ghz-8"
    assert str(of) == "testem3 (run)"
    assert entries[0].figures["cpu_s_per_event"] == Number(0.02)
    assert entries[0].figures["steps_per_event.gamma"] == Number(36000.0)
    assert not any("cuts" in name or "settings" in name for name in entries[0].figures)


def test_every_kind_of_record(tmp_path):
    campaign, comparison = make_campaign(), make_comparison()
    write_run(tmp_path, 1, 0.02)
    for name, record in (("comparison", comparison), ("campaign", campaign)):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.json").write_text(record.to_json())
    entries, faults = read_history([tmp_path])
    assert faults == []
    kinds = [e.configuration.kind for e in entries]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "run": 1,
        "comparison": 2,
        "campaign": 1 + len(campaign.rungs),
    }
    b = next(e for e in entries if e.configuration.kind == "comparison" and e.configuration.against)
    assert b.figures["speedup"] == Number(*(getattr(comparison.speedup, k) for k in ("value", "lo", "hi")))
    assert all("cpu_s_per_event" in e.figures for e in entries)


def test_times_that_are_doubted_are_no_figures(tmp_path):
    doubts = ["B does not report how many events it simulated; let it print `events: N`"]
    comparison = make_comparison().model_copy(update={"doubts": doubts})
    campaign = make_campaign()
    rung = campaign.rungs[0]
    contrast = rung.against_baseline.model_copy(update={"doubts": doubts})
    rungs = [rung.model_copy(update={"against_baseline": contrast}), *campaign.rungs[1:]]
    (tmp_path / "comparison.json").write_text(comparison.to_json())
    (tmp_path / "campaign.json").write_text(campaign.model_copy(update={"rungs": rungs}).to_json())
    entries, _ = read_history([tmp_path])
    doubted = [e for e in entries if e.configuration.kind == "comparison"]
    doubted += [e for e in entries if e.configuration.kind == "campaign" and e.configuration.against][:1]
    assert len(doubted) == 3
    for entry in doubted:
        assert not {"speedup", "cpu_s_per_event", "ns_per_step"} & entry.figures.keys()
        assert "steps_per_event.gamma" in entry.figures


def test_what_a_campaign_tells_besides_its_rungs(tmp_path):
    """Energy, what is left out, interactions; times normalised with another score are another metric."""
    campaign = make_campaign(1)
    (rung,) = campaign.rungs
    part = ElectricityPart(source="RAPL", covers="package-0", joules=6.0, joules_per_event=1.5)
    rung.side = rung.side.model_copy(update={"energy_used": Electricity(parts=[part])})
    rung.left_out = LeftOut(name="woodcock", with_=["woodcock"], contrast=rung.against_baseline)
    rung.throughput = rung.throughput.model_copy(update={"unit": "HS23 s"})
    ratio = Interval(value=0.9, lo=0.8, hi=1.0)
    about = {"expected": ratio, "found": ratio, "ratio": ratio, "verdict": "inconclusive"}
    campaign.interactions = [
        Interaction(name=name, kind=kind, smallest_detectable=0.1, **about)
        for name, kind in (("woodcock", "one"), ("all", "each alone"))
    ]
    (tmp_path / "campaign.json").write_text(campaign.to_json())
    (base, other), faults = read_history([tmp_path])
    assert faults == []
    assert base.figures["interaction.woodcock"] == base.figures["interaction.each alone"]
    assert base.figures["interaction.woodcock"] == Number(0.9, 0.8, 1.0)
    assert "normalised_s_per_event" in base.figures
    assert other.figures["energy_J_per_event.RAPL"] == Number(1.5)
    assert other.figures["left_out.woodcock.speedup"] == other.figures["speedup"]
    assert "normalised_s_per_event" not in other.figures
    assert other.figures["normalised_s_per_event.HS23"].value == rung.throughput.normalised_s_per_event.value


def test_scores_and_validations(tmp_path):
    interval = {"value": 0.02, "lo": 0.019, "hi": 0.021, "level": 0.95}
    score = {
        "schema": "simkit.score/1",
        "score": 20.0,
        "score_per_thread": 10.0,
        "relative_error": 0.01,
        "configuration_hash": "c0",
        "workloads": [{"name": "photons", "median": 5.0}],
        "machine": {"name": "mine"},
        "versions": {"simkit": "0.1.0"},
        "created": "2026-01-01T00:00:00+00:00",
        "throughputs": [
            {
                "label": "testem3+woodcock",
                "scenario": "testem3",
                "speedups": ["woodcock"],
                "scenario_hash": "h",
                "throughput": {
                    "cpu_s_per_event": interval,
                    "normalised_s_per_event": interval,
                    "unit": "HS23-style s",
                },
            }
        ],
    }
    validation = {
        "schema": "simkit.validation/1",
        "version": "0.1.0",
        "created": "2026-01-02T00:00:00+00:00",
        "checks": [{"name": "compton", "rows": 30, "failed": 1, "disputed": 0, "worst": 0.5}],
    }
    (tmp_path / "score.json").write_text(json.dumps(score))
    (tmp_path / "validation.json").write_text(json.dumps(validation))
    (own, timed, checked), faults = read_history([tmp_path])
    assert faults == []
    assert own.figures["score"] == Number(20.0, pytest.approx(19.608), pytest.approx(20.392))
    assert str(timed.configuration) == "testem3+woodcock (score)"
    assert timed.figures["normalised_s_per_event"] == Number(0.02, 0.019, 0.021)
    assert checked.figures["failed"] == Number(1)
    assert checked.figures["compton.worst"] == Number(0.5)


def test_damaged_records_are_named_and_others_passed_over(tmp_path):
    folder = write_run(tmp_path, 1, 0.02)
    (tmp_path / "campaign.json").write_text("{")
    (tmp_path / "result.json").write_text('{"schema": "another"}')
    (tmp_path / "score.json").write_text('{"schema": "simkit.score/1"}')
    (tmp_path / "comparison.json").write_text("[]")
    entries, faults = read_history([tmp_path])
    assert [e.record for e in entries] == [folder / "result.json"]
    assert [fault.partition(": ")[0] for fault in faults] == [
        str(tmp_path / name) for name in ("campaign.json", "comparison.json", "score.json")
    ]
    with pytest.raises(BadInput, match=r"no result\.json"):
        need_history([tmp_path / "nothing"])


@pytest.mark.parametrize(
    ("place", "text", "told"),
    [
        (("timing", "created"), 5, "created: found 5, no text"),
        (("timing", "created"), "yesterday", "Invalid isoformat"),
        (("engine", "commit"), None, "commit: found None, no text"),
        (("engine", "version"), [], r"version: found \[\], no text"),
        (("scenario", "name"), {}, "scenario: found {}, no text"),
        (("scenario", "name"), "\ud800", "surrogates not allowed"),
    ],
)
def test_a_record_with_a_wrong_text_is_named(tmp_path, place, text, told):
    good = write_run(tmp_path, 1, 0.02)
    path = write_run(tmp_path, 2, 0.02) / "result.json"
    record = json.loads(path.read_text())
    record[place[0]][place[1]] = text
    path.write_text(json.dumps(record))
    entries, (fault,) = read_history([tmp_path])
    assert [e.record for e in entries] == [good / "result.json"]
    assert re.match(rf"{re.escape(str(path))}: damaged .*{told}", fault)


def test_deep_json_is_named(tmp_path):
    write_run(tmp_path, 1, 0.02)
    (tmp_path / "score.json").write_text("[" * 100_000)
    entries, faults = read_history([tmp_path])
    assert len(entries) == 1
    assert "nested too deep" in faults[0]


def test_numbers_that_are_none_are_no_figures(tmp_path):
    path = write_run(tmp_path, 1, 0.02) / "result.json"
    record = json.loads(path.read_text())
    record["timing"] |= {"cpu_s_per_event": None, "wall_s": "1"}
    record["edep_MeV"] = {"gap": {"value": 2.0, "lo": None, "hi": "3"}, "lead": {"value": None}}
    path.write_text(json.dumps(record))
    ((entry,), faults) = read_history([tmp_path])
    assert faults == []
    assert set(entry.figures) == {"events", "events_per_s", "steps_per_event.gamma", "edep_MeV.gap"}
    assert entry.figures["edep_MeV.gap"] == Number(2.0)


@pytest.mark.parametrize("number", [math.nan, -math.inf])
def test_a_record_with_a_number_that_is_none_of_json_is_named(tmp_path, number):
    good = write_run(tmp_path, 1, 0.02)
    path = write_run(tmp_path, 2, 0.02) / "result.json"
    record = json.loads(path.read_text())
    record["timing"]["wall_s"] = number
    path.write_text(json.dumps(record))
    entries, (fault,) = read_history([tmp_path])
    assert [e.record for e in entries] == [good / "result.json"]
    assert re.match(rf"{re.escape(str(path))}: wall_s: found {number}, which is no number of JSON", fault)


def test_units_and_directions():
    units = {
        "cpu_s_per_event": "s",
        "events_per_s": "1/s",
        "edep_MeV.gap.mean": "MeV",
        "steps_per_event.gamma": "",
    }
    units |= {"s_per_event": "s", "a.ns_per_step": "ns", "speedup": ""}
    assert {name: unit_of(name) for name in units} == units
    assert [name for name in units if more_is_better(name)] == ["events_per_s", "speedup"]
    assert unit_of("normalised_s_per_event") == "HS23-style s"
    assert unit_of("normalised_s_per_event.HS23") == "HS23 s"
    assert unit_of("energy_J_per_event.RAPL") == "J"
    assert not more_is_better("energy_J_per_event.RAPL")
    assert more_is_better("left_out.woodcock.speedup")
    assert not more_is_better("left_out.woodcock.speedup.standard_error")
    assert more_is_better("interaction.woodcock")


def test_ratios_rise_with_what_is_saved():
    """They are A over B, see simkit.record.comparison."""
    gains = {
        *("steps_ratio.total", "steps_ratio.by.gamma.gap", "secondaries_ratio.gamma", "figure_of_merit.gap"),
        *("attribution.steps_ratio", "attribution.time_per_step_ratio", "attribution.share_by.e-.gap"),
        *("attribution.time_saved_by.e-.gap", "attribution.time_per_step_by.e-.gap", "workload.photons"),
        *("attribution.instructions.ratio", "score", "score_per_thread"),
    }
    losses = {
        *("speedup.smallest_detectable", "speedup.standard_error", "steps_ratio.relative_error.total"),
        *("attribution.ns_per_step_a", "attribution.instructions.b.per_event", "normalised_s_per_event"),
        *("steps_per_event.gamma", "wall_s", "score_s"),
    }
    assert {name for name in gains | losses if more_is_better(name)} == gains


def test_the_table_is_made_of_the_records(tmp_path):
    write_runs(tmp_path)
    path = keeping.write_table(tmp_path)
    table = pyarrow.parquet.read_table(path)
    assert table.column_names == list(COLUMNS)
    path.write_text("damaged")
    write_run(tmp_path, 20, 0.018)
    frame = pyarrow.parquet.read_table(keeping.write_table(tmp_path)).to_pydict()
    times = [value for name, value in zip(frame["metric"], frame["value"]) if name == "cpu_s_per_event"]
    assert len(times) == 13
    assert times[-1] == 0.018
    assert [p.name for p in tmp_path.iterdir()] != []
    assert not list(tmp_path.rglob(".*"))


def test_folders_of_one_machine(tmp_path, monkeypatch):
    folder = keeping.new_folder("run", "my calorimeter/2", tmp_path)
    assert folder.parent.name == "my-calorimeter-2"
    assert folder.name.endswith("-run")
    folder.mkdir(parents=True)
    assert keeping.new_folder("run", "my calorimeter/2", tmp_path) != folder


def test_change_points():
    find_changes = pytest.importorskip("simkit.bench.history.change_points").find_changes
    pytest.importorskip("ruptures")
    rng = np.random.default_rng(7)
    noise = rng.normal(0.0, 0.1, 30)
    (change,) = find_changes(20.0 + noise - (np.arange(30) >= 18))
    assert abs(change.place - 18) <= 1
    assert change.relative == pytest.approx(-0.05, abs=0.006)
    # counts are exact: any change is one
    assert [c[0] for c in find_changes([5.0] * 4 + [5.001] * 3 + [5.0] * 3)] == [4, 7]
    assert find_changes([3.0] * 20) == find_changes([0.0] * 20) == find_changes([1.0, 2.0, 3.0]) == []
    assert find_changes([*[1.0] * 8, 9.0, *[1.0] * 8]) == []  # an outlier is no level


def test_steady_series_have_no_change_points():
    """400 series at 1 % each: more than 12 false alarms come once in a thousand times (Poisson)."""
    find_changes = pytest.importorskip("simkit.bench.history.change_points").find_changes
    pytest.importorskip("ruptures")
    rng = np.random.default_rng(11)
    assert sum(bool(find_changes(rng.normal(10.0, 1.0, 12))) for _ in range(400)) <= 12
