"""Scores: the mean of known ratios, this machine's own, and times normalised with them."""

import math

import pytest

from simkit.bench.score import workloads
from simkit.bench.score.geometric import relative_error, weighted_geometric_mean
from simkit.bench.score.hepscore import read_hepscore
from simkit.bench.score.hepscore_report import hepscore_report
from simkit.bench.score.machine_score import (
    KIND,
    PER_PROCESSOR,
    configuration_hash,
    make_workload,
    normalised,
    run_score,
)
from simkit.errors import BadInput
from simkit.record.interval import Interval
from simkit.record.machine import cpu_model
from simkit.record.score import Score
from tests.bench.test_hepscore import report, set_at


def test_weighted_geometric_mean_of_known_numbers():
    assert weighted_geometric_mean([2.0, 8.0], [1.0, 1.0]) == pytest.approx(4.0)
    assert weighted_geometric_mean([2.0, 16.0], [2.0, 1.0]) == pytest.approx(4.0)


def test_error_of_the_score_is_that_of_medians():
    workload = workloads.WORKLOADS[0]
    measured = [make_workload(workload, [100.0, 101.0, 99.0, 100.0, 100.0], 2)]
    assert measured[0].median == 200.0  # of both processors together
    spread = math.sqrt((math.log(1.01) ** 2 + math.log(0.99) ** 2) / 4.0)
    assert relative_error(measured) == pytest.approx(1.2533 * spread / math.sqrt(5.0), rel=0.01)


def test_another_machines_score_is_said_to_be_that(tmp_path, capsys):
    run_score(report(tmp_path))
    assert capsys.readouterr().err.startswith("simkit: the score is of a machine not named, the times are of")
    run_score(report(tmp_path, set_at("host", "HW", "CPU", "CPU_Model", value=cpu_model())))
    assert capsys.readouterr().err == ""


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
    assert again.relative_error == pytest.approx(score.relative_error, rel=0.01)  # of rounded ratios
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
