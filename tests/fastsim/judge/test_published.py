"""The published figures: those that the challenge's tables give for dataset 2."""

from __future__ import annotations

from simkit.fastsim.judge.published import dataset_of, submissions
from simkit.fastsim.showers.binning import DATASET_2, DATASET_3, regular_binning
from simkit.record.evaluation import PublishedModel, published_showers


def test_dataset_2_has_its_eighteen_models() -> None:
    """CaloDREAM 0.531 / 0.521 low / high, FPD 0.0246; MDMA 20 ms at batch 100 (arXiv:2410.21611)."""
    by_name = {row["model"]: PublishedModel.model_validate(row) for row in submissions(dataset_of(DATASET_2))}
    assert len(by_name) == 18
    assert next(iter(by_name)) == "Geant4"
    dream = by_name["CaloDREAM"]
    assert (dream.auc_low, dream.auc_high, dream.fpd) == (0.53082, 0.52079, 0.024649)
    assert by_name["MDMA"].cpu_ms_100 == 19.866
    assert by_name["CaloDiffusion"].cpu_ms_10000 is None


def test_each_was_judged_with_its_own_number_of_showers() -> None:
    """As the challenge's evaluate.py (`ttv_split`) divides them."""
    numbers = [published_showers(name) for name in ("1-photons", "1-pions", "2", "3")]
    assert numbers == [80_000 + 20_000 + 21_000, 80_000 + 20_000 + 20_800, 100_000, 100_000]


def test_each_dataset_is_known_by_its_cells() -> None:
    assert (dataset_of(DATASET_2), dataset_of(DATASET_3)) == ("2", "3")
    other = regular_binning("electron", 11, layers=2, angles=3, radii=4, step_mm=1.0)
    assert dataset_of(other) is None
    assert submissions(None) == []
    assert {name: len(submissions(name)) for name in ("1-photons", "1-pions", "3")} == {
        "1-photons": 16,
        "1-pions": 13,
        "3": 16,
    }
