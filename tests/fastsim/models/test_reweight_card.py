"""Cards of range-cut-reweight that cannot be: told before anything is simulated."""

import pytest

from simkit.engines.reweighting import EventWeigher
from simkit.errors import BadInput
from simkit.fastsim.models.model_file import read_model, write_model
from simkit.fastsim.models.weights import model_path
from simkit.scenario import load_scenario


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"scenario": "gone.toml"},
            "was trained in scenario 'gone.toml', which must be there: gone.toml",
        ),
        ({"scenario": ""}, r"x\.safetensors: was trained in scenario '', which must be there"),
        ({"cut_mm": 1e9}, r"x\.safetensors: was trained in scenario 'segmented'"),
        ({"most_weight": 1e30}, r"x\.safetensors\.most_weight: found 1e\+30"),
        ({"hidden": 17}, r"x\.safetensors: 'w1' is float32 of .*; must be float32 of .* x 17"),
    ],
)
def test_what_cannot_be_is_one_line(tmp_path, settings, said):
    file, path = read_model(model_path("range-cut-reweight")), tmp_path / "x.safetensors"
    card = file.card.model_copy(update={"settings": file.card.settings | settings})
    write_model(path, card, file.tensors)
    keys = {"physics.production_cut_mm": 7.0, "reweight.file": str(path)}
    with pytest.raises(BadInput, match=said):
        EventWeigher(load_scenario("segmented", overrides=keys, events=1))
