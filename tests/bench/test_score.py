"""Scores: the mean of known ratios, the report of HEPscore, and times normalised with them."""

import json
import math

import pytest

from simkit.bench.schema import Interval, Score
from simkit.bench.score import workloads
from simkit.bench.score.geometric import relative_error, weighted_geometric_mean
from simkit.bench.score.hepscore import read_hepscore
from simkit.bench.score.hepscore_report import hepscore_report
from simkit.bench.score.run import (
    KIND,
    PER_PROCESSOR,
    configuration_hash,
    make_workload,
    normalised,
    run_score,
)
from simkit.errors import BadInput
from simkit.record.machine import cpu_model


def test_weighted_geometric_mean_of_known_numbers():
    assert weighted_geometric_mean([2.0, 8.0], [1.0, 1.0]) == pytest.approx(4.0)
    assert weighted_geometric_mean([2.0, 16.0], [2.0, 1.0]) == pytest.approx(4.0)


def test_error_of_the_score_is_that_of_medians():
    workload = workloads.WORKLOADS[0]
    measured = [make_workload(workload, [100.0, 101.0, 99.0, 100.0, 100.0], 2)]
    assert measured[0].median == 200.0  # of both processors together
    spread = math.sqrt((math.log(1.01) ** 2 + math.log(0.99) ** 2) / 4.0)
    assert relative_error(measured) == pytest.approx(1.2533 * spread / math.sqrt(5.0), rel=0.01)


def report(tmp_path, change=None):
    """A made-up report: ratios 0.5, 2 (median of three) and sqrt(0.8 * 1.25) = 1, the weights 1, 1, 2."""
    hepscore = {
        "benchmarks": {
            "one-bmk": {"weight": 1.0, "run0": {"report": {"wl-scores": {"gen": 5.0}}}},
            "two-bmk": {
                "weight": 1.0,
                "app": {"version": "v1"},
                "run0": {"report": {"wl-scores": {"sim": 30.0}}},
                "run1": {"report": {"wl-scores": {"sim": 10.0, "other": 3.0}}},
                "run2": {"report": {"wl-scores": {"sim": 20.0}}},
            },
            "three-bmk": {"weight": 2.0, "run0": {"report": {"wl-scores": {"a": 8.0, "b": 12.5}}}},
        },
        "settings": {"name": "HEPscore23", "scaling": 1018, "reference_machine": "some machine"},
        "app_info": {"config_hash": "abc", "hepscore_ver": "2.0"},
        "wl-scores": {
            "one-bmk": {"gen": 5.0, "gen_ref": 10.0},
            "two-bmk": {"sim": 20.0, "sim_ref": 10.0},
            "three-bmk": {"a": 8.0, "a_ref": 10.0, "b": 12.5, "b_ref": 10.0},
        },
        "score": 1018.0,
    }
    whole = {"host": {"HW": {"CPU": {"CPU_num": 8}}}, "profiles": {"hepscore": hepscore}}
    if change is not None:
        change(whole)
    path = tmp_path / "report.json"
    path.write_text(json.dumps(whole))
    return path


def test_a_hepscore_report_recomputes(tmp_path):
    score = read_hepscore(report(tmp_path))
    assert score.score == 1018.0
    assert score.logical_threads == 8
    assert score.score_per_thread == pytest.approx(127.25)
    assert score.kind == "HEPscore23"
    assert [w.ratio for w in score.workloads] == [0.5, 2.0, 1.0]
    assert Score.model_validate_json(score.to_json()) == score


# Medians of a published report of HEPscore23Beta and the figures of its reference machine, in own units.
PUBLISHED = {
    "atlas-gen_sherpa": (32.131, 38.58),
    "atlas-reco_mt": (6.051255, 9.062),
    "cms-gen-sim-run3": (2.0732, 2.665),
    "cms-reco-run3": (3.8486, 4.814),
    "lhcb-sim-run3": (1687.9348, 1950.0),
    "belle2-gen-sim-reco": (12.278987942208603, 15.4),
    "alice-digi-reco-core-run3": (0.5708, 0.762),
}


def test_a_published_score_recomputes(tmp_path):
    """796.0658, scaling 1018, all seven weights 1."""

    def published(whole):
        hepscore = whole["profiles"]["hepscore"]
        hepscore["benchmarks"] = {
            name: {"weight": 1.0, "run0": {"report": {"wl-scores": {"x": median}}}}
            for name, (median, _) in PUBLISHED.items()
        }
        hepscore["wl-scores"] = {name: {"x": m, "x_ref": r} for name, (m, r) in PUBLISHED.items()}
        hepscore["score"] = 796.0658

    assert read_hepscore(report(tmp_path, published)).score == 796.0658


def test_ratios_are_rounded_to_four_digits_as_hepscore_does(tmp_path):
    """32.131 / 38.58 = 0.83284: rounded 0.8328, so that 1018 x 0.8328 = 847.7904, not 847.83."""

    def one(whole):
        hepscore = whole["profiles"]["hepscore"]
        hepscore["benchmarks"] = {"g": {"weight": 1.0, "run0": {"report": {"wl-scores": {"gen": 32.131}}}}}
        hepscore["wl-scores"] = {"g": {"gen": 32.131, "gen_ref": 38.58}}
        hepscore["score"] = 847.7904

    assert read_hepscore(report(tmp_path, one)).score == 847.7904


def _set(*path, value):
    def change(whole):
        here = whole
        for key in path[:-1]:
            here = here[key]
        here[path[-1]] = value

    return change


def _without_a_workload(whole):
    """The rest adds up: 0.5 and 1, the weights 1 and 2."""
    del whole["profiles"]["hepscore"]["benchmarks"]["two-bmk"]
    whole["profiles"]["hepscore"]["score"] = round(1018.0 * 0.5 ** (1.0 / 3.0), 4)


def _no_weights(whole):
    for benchmark in whole["profiles"]["hepscore"]["benchmarks"].values():
        benchmark["weight"] = 0.0


RUN = ("profiles", "hepscore", "benchmarks", "one-bmk", "run0", "report", "wl-scores", "gen")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_set("profiles", "hepscore", "score", value=1100.0), "parts give 1018.0"),
        (
            _set("profiles", "hepscore", "wl-scores", value={}),
            "'one-bmk' in benchmarks, but not in wl-scores",
        ),
        (_without_a_workload, "'two-bmk' in wl-scores, but not in benchmarks"),
        (
            _set("profiles", "hepscore", "settings", "method", value="arithmetic_mean"),
            "only 'geometric_mean'",
        ),
        (_set("profiles", "hepscore", "settings", "scaling", value=0), "scaling: found 0, must be greater"),
        (_set("profiles", "hepscore", "settings", "scaling", value=math.nan), "scaling: found nan"),
        (_set(*RUN, value=math.nan), "gen: found nan"),
        (_set(*RUN, value=1e-300), "gen: found 1e-300"),
        (_set(*RUN, value=1e-8), "one-bmk: ratio: found 0.0"),
        (_set(*RUN, value=10**400), "OverflowError"),
        (_set("profiles", "hepscore", "wl-scores", "one-bmk", "gen_ref", value=0), "gen_ref: found 0"),
        (_set("profiles", "hepscore", "benchmarks", "one-bmk", "weight", value=-1.0), "weight: found -1.0"),
        (_no_weights, "all weights"),
        (_set("profiles", "hepscore", "score", value=math.nan), "states a score of nan"),
        (_set("host", "HW", "CPU", "CPU_num", value=math.inf), "number of processors"),
        (_set("profiles", "hepscore", "benchmarks", value={}), "no finished benchmark"),
        (_set("profiles", value={}), "not a complete HEPscore report"),
        (_set("host", value={}), "number of processors"),
    ],
)
def test_reports_that_do_not_add_up(tmp_path, change, message):
    with pytest.raises(BadInput, match=message) as caught:
        read_hepscore(report(tmp_path, change))
    assert "report.json" in str(caught.value)


def test_the_score_is_of_the_processors_that_were_filled(tmp_path):
    """Of 8 processors a suite that was told to fill 4 has the score of these 4; -1 stands for all."""
    for told, used in ((4, 4), (-1, 8), (None, 8)):
        score = read_hepscore(report(tmp_path, _set("suite", value={"flags": {"ncores": told}})))
        assert (score.logical_threads, score.machine["logical_threads"]) == (used, 8)
        assert score.score_per_thread == pytest.approx(1018.0 / used)


def test_parts_that_do_not_matter_may_be_missing(tmp_path):
    score = read_hepscore(report(tmp_path, _set("profiles", "hepscore", "app_info", value=None)))
    assert (score.configuration_hash, score.versions) == ("", {"hepscore": ""})
    with pytest.raises(BadInput, match="number of processors"):
        read_hepscore(report(tmp_path, _set("host", value=None)))


def test_another_machines_score_is_said_to_be_that(tmp_path, capsys):
    run_score(report(tmp_path))
    assert capsys.readouterr().err.startswith("simkit: the score is of a machine not named, the times are of")
    run_score(report(tmp_path, _set("host", "HW", "CPU", "CPU_Model", value=cpu_model())))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("text", ["", "{", "[1]", "7", "[" * 100_000])
def test_files_that_are_no_reports(tmp_path, text):
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(BadInput, match=r"x\.json: not"):
        read_hepscore(path)
    with pytest.raises(BadInput, match="cannot be read"):
        read_hepscore(tmp_path / "absent.json")


def test_normalised_seconds():
    """2 CPU seconds on a machine of score 20 with 2 processors are 20 seconds."""
    score = Score(
        kind=KIND,
        score=20.0,
        relative_error=0.0,
        logical_threads=2,
        score_per_thread=10.0,
        scaling=10.0,
        reference_machine="",
        configuration_hash="",
        workloads=[],
    )
    throughput = normalised(Interval(value=2.0, lo=1.9, hi=2.1), score)
    assert throughput.normalised_s_per_event.value == pytest.approx(20.0)
    assert throughput.normalised_s_per_event.lo == pytest.approx(19.0)
    assert throughput.unit == "HS23-style s"
    unsure = score.model_copy(update={"relative_error": 0.05, "kind": "HEPscore23"})
    throughput = normalised(Interval(value=2.0, lo=1.9, hi=2.1), unsure)
    assert throughput.normalised_s_per_event.lo == pytest.approx(20.0 - math.hypot(1.0, 1.96))
    assert throughput.unit == "HS23 s"
    beta = score.model_copy(update={"kind": "HEPscore23Beta"})
    assert normalised(Interval(value=2.0, lo=1.9, hi=2.1), beta).unit == "HEPscore23Beta s"


def test_this_machine_gets_a_score(monkeypatch, tmp_path):
    small = tuple(w._replace(size=w.size // 50) for w in workloads.WORKLOADS)
    monkeypatch.setattr(workloads, "WORKLOADS", small)
    told = []
    score = run_score(repetitions=2, progress=lambda done, what: told.append(what))
    assert score.kind == KIND
    assert 0.05 < score.score_per_thread / PER_PROCESSOR < 20.0  # no machine in use is further off
    assert score.score == pytest.approx(score.score_per_thread * score.logical_threads)
    whole = weighted_geometric_mean([w.ratio for w in score.workloads], [w.weight for w in score.workloads])
    assert score.score == round(score.scaling * whole, 4)
    assert [len(w.values) for w in score.workloads] == [2, 2, 2]
    assert score.configuration_hash == configuration_hash()
    assert told[0] == "scoring: photons"
    path = tmp_path / "own.json"
    path.write_text(hepscore_report(score))
    again = read_hepscore(path)
    assert (again.score, again.kind, again.scaling) == (score.score, KIND, score.scaling)
    assert again.relative_error == pytest.approx(score.relative_error)
    with pytest.raises(BadInput, match="comes from a report already"):
        hepscore_report(again.model_copy(update={"kind": "HEPscore23"}))
    with pytest.raises(BadInput):
        run_score(repetitions=0)


def test_workloads_do_what_they_did():
    """Frozen: the results of 1000 units, the same on any machine but for rounding."""
    table = workloads.make_table()
    results = [w.run(workloads.make_state(0), table, 1000) for w in workloads.WORKLOADS]
    assert results == pytest.approx(EXPECTED, rel=0.01)


EXPECTED = [24629, 491, 495]
