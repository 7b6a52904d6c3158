"""Samples: as many of each, at random but by the seed, noise cut, and what cannot be compared is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simkit.bench.evaluation.samples import EvaluationPlan, load_samples
from simkit.errors import BadInput
from simkit.fastsim.showers.binning import regular_binning, write_binning
from simkit.fastsim.showers.files import Showers, read_showers, write_showers
from tests.fastsim.toy_showers import TOY, toy_showers


@pytest.fixture
def plan(tmp_path: Path) -> EvaluationPlan:
    write_showers(tmp_path / "generated.h5", toy_showers(150, 1))
    write_showers(tmp_path / "truth.h5", toy_showers(400, 2))
    return EvaluationPlan(tmp_path / "generated.h5", tmp_path / "truth.h5")


def test_both_truths_come_from_halves_of_one_file(plan: EvaluationPlan) -> None:
    samples = load_samples(plan)
    assert samples.number == 150
    assert not set(samples.truth.rows) & set(samples.second.rows)
    whole = read_showers(plan.truth)
    place = samples.truth.rows[7]
    assert samples.truth.features.incident_MeV[7] == whole.incident_MeV[place]
    assert samples.files["truth"].used == 300
    assert (samples.files["generated"].used, samples.files["generated"].showers) == (150, 150)
    assert len(samples.files["truth"].sha256) == 64
    np.testing.assert_array_equal(load_samples(plan).truth.rows, samples.truth.rows)
    assert load_samples(plan._replace(seed=2)).truth.rows.tolist() != samples.truth.rows.tolist()
    assert load_samples(plan._replace(showers=120)).number == 120
    assert samples.notes == []


def test_noise_is_cut_by_the_threshold(plan: EvaluationPlan) -> None:
    assert load_samples(plan).threshold_MeV == pytest.approx(0.01515, rel=1e-3)
    samples = load_samples(plan._replace(threshold_MeV=5.0))
    cells = samples.generated.showers.energies_MeV
    assert cells[cells > 0].min() >= 5.0
    assert samples.generated.features.sparsity.mean() > load_samples(plan).generated.features.sparsity.mean()


def test_a_second_truth_is_taken_from_its_file(plan: EvaluationPlan, tmp_path: Path) -> None:
    write_showers(tmp_path / "more.h5", toy_showers(130, 3))
    samples = load_samples(plan._replace(second_truth=tmp_path / "more.h5", training=plan.truth))
    assert samples.number == 130
    assert samples.second.features.incident_MeV.max() in toy_showers(130, 3).incident_MeV
    assert samples.training is not None
    assert samples.files["training"].used == 400


def test_what_cannot_be_compared_is_one_line(plan: EvaluationPlan, tmp_path: Path) -> None:
    small = regular_binning("electron", 11, layers=2, angles=4, radii=3, step_mm=5.0)
    write_showers(
        tmp_path / "small.h5", Showers(small, np.full(200, 1e3), np.ones((200, 24), dtype=np.float32))
    )
    with pytest.raises(BadInput, match="has 24 cells, the truth 72; give files of one detector"):
        load_samples(plan._replace(generated=tmp_path / "small.h5"))
    wide = regular_binning("electron", 11, layers=6, angles=4, radii=3, step_mm=6.0)
    write_showers(tmp_path / "wide.h5", toy_showers(150, 1)._replace(binning=wide))
    with pytest.raises(BadInput, match=r"wide\.h5: has cells of other edges; give files of one"):
        load_samples(plan._replace(generated=tmp_path / "wide.h5"))
    write_binning(tmp_path / "one.xml", TOY)
    assert load_samples(plan._replace(generated=tmp_path / "wide.h5", binning=tmp_path / "one.xml")).number
    with pytest.raises(BadInput, match="truth would be judged by itself"):
        load_samples(plan._replace(second_truth=plan.truth))
    write_showers(tmp_path / "few.h5", toy_showers(50, 1))
    with pytest.raises(BadInput, match=r"leave 50 showers of each sample .* at least 100"):
        load_samples(plan._replace(generated=tmp_path / "few.h5"))
    write_binning(tmp_path / "toy.xml", TOY, small._replace(particle="pion"))
    with pytest.raises(BadInput, match="name one"):
        load_samples(plan._replace(binning=tmp_path / "toy.xml"))
    with pytest.raises(BadInput, match="72 cells, its binning 24"):
        load_samples(plan._replace(binning=tmp_path / "toy.xml", particle="pion"))


def test_other_incident_energies_are_noted(plan: EvaluationPlan, tmp_path: Path) -> None:
    low = toy_showers(1000, 1)
    write_showers(tmp_path / "low.h5", low.take(low.incident_MeV < 2e4))
    (note,) = load_samples(plan._replace(generated=tmp_path / "low.h5")).notes
    assert "incident energies of the generated showers" in note


def test_truth_that_is_given_as_generated_is_noted(plan: EvaluationPlan) -> None:
    (note,) = load_samples(plan._replace(generated=plan.truth)).notes
    assert "some are compared with themselves" in note


def test_truth_that_a_model_made_is_noted(plan: EvaluationPlan, tmp_path: Path) -> None:
    write_showers(tmp_path / "made.h5", toy_showers(400, 2)._replace(model_id="12"))
    samples = load_samples(plan._replace(truth=tmp_path / "made.h5"))
    assert samples.notes == [f"{tmp_path / 'made.h5'} is taken for the truth, and a model made its showers"]
    assert (samples.files["truth"].model_id, samples.files["generated"].model_id) == ("12", "")


def test_truth_without_energy_judges_nothing(plan: EvaluationPlan, tmp_path: Path) -> None:
    """All would be the same: 0 % apart, and a pass."""
    dark = toy_showers(400, 2)
    write_showers(tmp_path / "dark.h5", dark._replace(energies_MeV=0.0 * dark.energies_MeV))
    for of in (plan._replace(truth=tmp_path / "dark.h5"), plan._replace(threshold_MeV=1e9)):
        with pytest.raises(BadInput, match=r"\.h5: no cell has .* MeV or more, nothing to judge by"):
            load_samples(of)
