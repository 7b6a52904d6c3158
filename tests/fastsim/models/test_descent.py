import time

import numpy as np
import pytest
import torch

from simkit.errors import BadInput
from simkit.fastsim.models import descent
from simkit.fastsim.models.descent import DescentSettings, descend, put_state, threads_of_torch
from simkit.fastsim.models.model_file import Card, ModelFile, TrainingData
from simkit.fastsim.models.training import Training

SETTINGS = DescentSettings(steps=40, batch=16, learning_rate=0.05, averaging=0.8)
CARD = Card(model="line", binning="", data=TrainingData(sha256="", showers=1, least_MeV=1.0, most_MeV=2.0))


def fit_line(folder, settings=SETTINGS, stop_at=None, **more):
    """Fit y = 3 x + 1, and stop as Ctrl-C does."""
    torch.manual_seed(1)
    line = torch.nn.Linear(1, 1)
    x = torch.linspace(-1.0, 1.0, 100)[:, None]
    calls = 0

    def loss_of(rows, noise):
        nonlocal calls
        calls += 1
        if calls == stop_at:
            raise KeyboardInterrupt
        y = 3.0 * x[rows] + 1.0 + 0.01 * torch.randn(len(rows), 1, generator=noise)
        return torch.mean((line(x[rows]) - y) ** 2)

    return descend(line, loss_of, 100, settings, Training(folder, seed=3), **more), line


def test_it_descends(tmp_path):
    long = SETTINGS.model_copy(update={"steps": 400})
    weights, line = fit_line(tmp_path, long, quality=lambda module: {"slope": float(module.weight)})
    assert weights["weight"] == pytest.approx(3.0, abs=0.02)
    assert weights["bias"] == pytest.approx(1.0, abs=0.02)
    assert line.weight.item() != weights["weight"]
    names, *rows = (tmp_path / "curves.csv").read_text().splitlines()
    assert names == "seconds,step,loss,slope"
    assert float(rows[-1].split(",")[3]) == pytest.approx(weights["weight"].item(), rel=1e-5)


def test_what_was_interrupted_goes_on_as_if_it_had_not_been(tmp_path, monkeypatch):
    through, _ = fit_line(tmp_path / "through")
    monkeypatch.setattr(descent, "KEEP_EVERY_S", -1.0)
    with pytest.raises(KeyboardInterrupt):
        fit_line(tmp_path / "stopped", stop_at=20)
    monkeypatch.setattr(descent, "KEEP_EVERY_S", 60.0)
    resumed, _ = fit_line(tmp_path / "stopped")
    for name, weights in through.items():
        np.testing.assert_array_equal(resumed[name], weights)


def test_a_budget_ends_it(tmp_path):
    torch.manual_seed(1)
    line = torch.nn.Linear(1, 1)

    def slow(rows, noise):
        time.sleep(0.02)
        return line.weight.sum() ** 2

    run = Training(tmp_path, budget_s=0.3)
    descend(line, slow, 100, SETTINGS.model_copy(update={"steps": 10_000}), run)
    assert 0.3 <= run.seconds < 3.0
    assert 2 <= run.curves[-1]["step"] < 40


def test_a_budget_without_a_step_leaves_no_model(tmp_path):
    """What comes before the descent, such as showers to be simulated, may take all of it."""
    line = torch.nn.Linear(1, 1)
    run = Training(tmp_path, budget_s=1e-9)
    with pytest.raises(BadInput, match="--budget: ended before the first step"):
        descend(line, lambda rows, noise: line.weight.sum(), 100, SETTINGS, run)
    assert list(tmp_path.iterdir()) == []


def test_what_runs_off_is_told(tmp_path):
    line = torch.nn.Linear(1, 1)
    with pytest.raises(BadInput, match="ran off at step 1; set a lower learning_rate"):
        descend(line, lambda rows, noise: line.weight.sum() * torch.nan, 10, SETTINGS, Training(tmp_path))


def test_a_checkpoint_of_another_network_is_told(tmp_path):
    fit_line(tmp_path)
    other = torch.nn.Linear(2, 1)
    with pytest.raises(BadInput, match="of another network"):
        descend(other, lambda rows, noise: other.weight.sum(), 10, SETTINGS, Training(tmp_path))


def test_no_cuda_is_told(tmp_path):
    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    with pytest.raises(BadInput, match="sees no CUDA device"):
        fit_line(tmp_path, SETTINGS.model_copy(update={"device": "cuda"}))


def test_weights_go_back_into_a_module():
    line = torch.nn.Linear(2, 1)
    arrays = {"weight": np.ones((1, 2), np.float32), "bias": np.zeros(1, np.float32)}
    put_state(line, ModelFile("here", CARD, arrays))
    assert line.weight.tolist() == [[1.0, 1.0]]
    assert not line.weight.requires_grad
    with pytest.raises(BadInput, match="here: holds 'more', which line has not"):
        put_state(line, ModelFile("here", CARD, arrays | {"more": np.zeros(1, np.float32)}))
    with pytest.raises(BadInput, match="here: holds no array 'bias'"):
        put_state(line, ModelFile("here", CARD, {"weight": arrays["weight"]}))


def test_threads_are_given_back():
    before = torch.get_num_threads()
    with threads_of_torch(before + 1):
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before


@pytest.mark.parametrize("numbers", [{}, {"step": float("nan")}, {"step": float("inf")}])
def test_a_checkpoint_that_was_changed_is_told(tmp_path, numbers):
    arrays = {}
    for name, shape in (("weight", (1, 1)), ("bias", (1,))):
        arrays |= {f"{kept} {name}": np.ones(shape, dtype=np.float32) for kept in descent.KEPT}
    Training(tmp_path).keep(arrays, **numbers)
    with pytest.raises(BadInput, match="its checkpoint is of another network"):
        fit_line(tmp_path)
