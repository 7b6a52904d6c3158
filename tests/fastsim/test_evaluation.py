"""`simkit fastsim evaluate`: record, table, page and exit codes, with networks as small as can be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import simkit
from simkit.api.fastsim.evaluate import evaluate
from simkit.api.fastsim.results import EvaluationResult
from simkit.bench.evaluation import metrics
from simkit.bench.evaluation.evaluate import _numbers
from simkit.cli import main
from simkit.errors import BadInput
from simkit.fastsim.judge import anomalies
from simkit.fastsim.judge.classifier import Recipe
from simkit.fastsim.showers.files import Showers, read_showers, write_showers
from simkit.record.evaluation import Metric, MetricValue

Toy = Callable[..., Showers]


@pytest.fixture(scope="module")
def files(toy: Toy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("showers")
    write_showers(folder / "generated.h5", toy(250, 1))
    write_showers(folder / "wide.h5", toy(250, 1, scale=1.5))
    write_showers(folder / "truth.h5", toy(500, 2))
    write_showers(folder / "train.h5", toy(200, 3))
    return folder


@pytest.fixture(scope="module")
def small() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metrics, "QUICK", Recipe(width=16, epochs=2, batch=100))
        patch.setattr(anomalies, "TREES", 20)
        yield


@pytest.fixture(scope="module")
def result(files: Path, small: None) -> EvaluationResult:
    names = {"generated": "generated.h5", "truth": "truth.h5", "training": "train.h5"}
    given = {key: files / name for key, name in names.items()}
    return evaluate(**given, quick=True, out=files / "out")


def test_every_metric_stands_beside_truth_against_truth(result: EvaluationResult) -> None:
    record = result.record
    keys = [one.key for one in record.metrics]
    assert keys == [
        *("chi2_ndf", "separation", "separation_cells", "correlations", "auc_low", "jsd_low", "auc_high"),
        *("jsd_high", "auc_boosting", "fpd", "kpd", "precision", "recall", "density", "coverage"),
        *("memorisation", "memorisation_near", "copies", "odd"),
    ]
    assert {one.showers for one in record.metrics} == {250}
    for key in ("auc_low", "auc_high", "auc_boosting"):
        one = record.metric(key)
        assert abs(one.generated.value - 0.5) < 4.0 * one.generated.error
        assert abs(one.truth.value - 0.5) < 4.0 * one.truth.error
    assert record.metric("memorisation").generated.value == pytest.approx(1.0, abs=0.1)
    assert (record.dataset, record.published, record.showers) == (None, [], 250)
    assert record.training.used == 200
    assert record.notes == [
        "networks find less in 250 showers a class than in many; see the boosted trees, or give 20,000 or "
        "more"
    ]
    assert record.provenance.command.startswith("simkit fastsim evaluate ")
    assert "--quick" in record.provenance.command
    assert record.provenance.versions["torch"].startswith("2.")
    assert record.exit_code == {"pass": 0, "fail": 2, "inconclusive": 3}[record.verdict]


def test_pictures_and_histograms_hold_what_they_say(result: EvaluationResult) -> None:
    record = result.record
    assert {sum(one.generated) for one in record.histograms[1:]} == {250}
    assert len(record.histograms) == 1 + 3 + 8 * 6
    assert [len(record.pictures), len(record.odd_showers)] == [2, 8]
    total = sum(energy for layer in record.pictures[1].energies for energy in layer)
    response = next(one for one in record.histograms if one.name == "response")
    assert response.low < total / 1e3 < response.high
    odd, beside = record.odd_showers[:2]
    assert (odd.name, beside.name) == ("generated", "truth")
    assert beside.incident_MeV == pytest.approx(odd.incident_MeV, rel=0.1)
    assert len(record.map.truth) == len(record.map.generated) == 250


def test_it_is_kept_loaded_and_shown(result: EvaluationResult, files: Path) -> None:
    loaded = simkit.load(files / "out")
    assert loaded.record == result.record
    assert "truth" in loaded.line()
    assert loaded.metrics.loc["fpd", "showers"] == 250
    page = (files / "out" / "report.html").read_text()
    for words in ("All metrics", "The oddest generated showers", "Map of showers", "Cell energy"):
        assert words in page
    assert set(loaded.figures()) >= {"map", "correlations", "odd-showers", "response", "cell-energy"}
    assert "AUC, cells" in loaded.markdown()
    assert "simkit.fastsim.evaluate" in loaded.junit()


def test_the_command_exits_with_two_where_showers_differ(
    files: Path, small: None, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["fastsim", "evaluate", str(files / "wide.h5"), str(files / "truth.h5"), "--quick"]
    assert main([*words, "--only", "boosting", "--json"]) == 2
    record = json.loads(capsys.readouterr().out)
    assert record["schema"] == "simkit.evaluation/1"
    assert record["physics"]["verdict"] == "fail"
    assert [one["key"] for one in record["metrics"]][-1] == "auc_boosting"
    assert record["map"] is None
    assert main([*words, "--only", "distances"]) == 2
    assert "FPD" in capsys.readouterr().out


def test_an_auc_above_what_was_asked_for_fails(files: Path, small: None) -> None:
    asked = {"only": "boosting", "quick": True}
    record = evaluate(files / "generated.h5", files / "truth.h5", max_auc=1.0, **asked).record
    assert record.verdict == record.physics.verdict != "fail"
    assert not record.auc_too_large
    record.max_auc = record.metric("auc_boosting").generated.value - 1e-3
    assert record.auc_too_large
    same = evaluate(files / "wide.h5", files / "truth.h5", max_auc=0.51, showers=200, **asked).record
    assert (same.verdict, same.exit_code) == ("fail", 2)


def test_truth_against_truth_is_taken_from_an_earlier_evaluation(
    result: EvaluationResult, files: Path, small: None
) -> None:
    asked = {"only": "high", "quick": True, "truth_from": files / "out"}
    record = evaluate(files / "wide.h5", files / "truth.h5", **asked).record
    one, before = record.metric("auc_high"), result.record.metric("auc_high")
    assert one.truth == before.truth
    assert one.generated != before.generated
    assert f"truth from {files / 'out'}" in one.note
    again = evaluate(files / "generated.h5", files / "truth.h5", **asked).record
    assert again.metric("auc_high") == before  # the same showers: their own too
    fresh = evaluate(files / "wide.h5", files / "truth.h5", only="high", quick=True).record
    assert fresh.metric("auc_high").truth == before.truth
    assert fresh.metric("jsd_high").truth == record.metric("jsd_high").truth
    with pytest.raises(BadInput, match="its number of showers is 250, here 200; leave --truth-from out"):
        evaluate(files / "wide.h5", files / "truth.h5", showers=200, **asked)


def test_copies_are_told_beside_the_figures(files: Path, toy: Toy, tmp_path: Path) -> None:
    generated = files / "generated.h5"
    record = evaluate(generated, files / "truth.h5", training=generated, only="memorisation").record
    assert record.notes == ["100 % of the generated showers are copies of training showers"]
    assert record.metric("copies").generated.value == 1.0
    training, one = toy(200, 3), read_showers(generated).take(slice(1))
    training.incident_MeV[0], training.energies_MeV[0] = one.incident_MeV[0], one.energies_MeV[0]
    write_showers(tmp_path / "train.h5", training)
    few = evaluate(generated, files / "truth.h5", training=tmp_path / "train.h5", only="memorisation").record
    assert few.notes == ["0.40 % of the generated showers are copies of training showers"]


def test_unseen_truth_is_the_first_even_where_the_second_was_trained_on(files: Path) -> None:
    asked = {"second_truth": files / "train.h5", "training": files / "train.h5", "only": "memorisation"}
    record = evaluate(files / "generated.h5", files / "truth.h5", **asked).record
    assert record.metric("copies").truth.value == 0.0


def test_truth_that_was_trained_on_is_told(files: Path) -> None:
    record = evaluate(
        files / "generated.h5", files / "truth.h5", training=files / "truth.h5", only="memorisation"
    ).record
    one = record.metric("memorisation")
    assert one.generated.value < 100.0
    assert record.metric("copies").truth.value == 1.0
    assert record.notes[0].startswith("100 % of the true showers are training showers")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"only": "lo"}, "--only: unknown part 'lo'; did you mean 'low'"),
        ({"seeds": 0}, "--seeds: found 0; must be between 1 and 100"),
        ({"threads": 0}, "--threads: found 0"),
        ({"showers": 5}, "--showers: found 5; must be between 100"),
        ({"threshold_MeV": -1.0}, "--threshold-MeV: found -1.0"),
        ({"max_auc": 0.3}, "--max-auc: found 0.3; must be between 0.5"),
        ({"max_auc": 0.6, "only": "distances"}, "--max-auc: no AUC is measured; add low, high or boosting"),
        ({"particle": "pion"}, "--particle pion: names one of several in a --binning XML file"),
        ({"only": "memorisation"}, "needs the showers that the generator was trained on"),
    ],
)
def test_wrong_options_are_one_line(files: Path, options: dict, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        evaluate(files / "generated.h5", files / "truth.h5", **options)


def test_a_missing_file_is_one_line(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fastsim", "evaluate", str(files / "no.h5"), str(files / "truth.h5")]) == 4
    assert "cannot be read as HDF5 (No such file" in capsys.readouterr().err


def test_a_metric_that_is_no_number_is_said_and_left_out() -> None:
    def metric(key: str, value: float, error: float | None) -> Metric:
        one = MetricValue(value=value, error=error)
        return Metric(name=key, key=key, generated=one, truth=MetricValue(value=1.0), showers=9, seconds=0.0)

    found = [metric("a", 1.0, 0.1), metric("b", float("nan"), None), metric("c", 2.0, float("inf"))]
    kept, lost = _numbers(found)
    assert [(one.key, one.generated.error) for one in kept] == [("a", 0.1), ("c", None)]
    assert lost == ["b is left out: it is no number in these samples"]


def test_an_earlier_evaluation_without_a_figure_is_not_taken_over(
    files: Path, small: None, tmp_path: Path
) -> None:
    asked = {"only": "high", "quick": True, "showers": 100}
    evaluate(files / "generated.h5", files / "truth.h5", out=tmp_path, **asked)
    path = tmp_path / "evaluation.json"
    path.write_text(path.read_text().replace('"jsd_high"', '"jsd_other"'))
    record = evaluate(files / "generated.h5", files / "truth.h5", truth_from=tmp_path, **asked).record
    assert "truth from" not in record.metric("auc_high").note
