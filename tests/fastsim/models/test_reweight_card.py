"""Cards of range-cut-reweight that cannot be: told before anything is simulated."""

import pytest

from simkit.engines.reweighting import EventWeigher
from simkit.errors import BadInput
from simkit.events import load_events
from simkit.fastsim.models.model_file import read_model, write_model
from simkit.fastsim.models.weights import model_path
from simkit.scenario import load_scenario

KEYS = {"physics.production_cut_mm": 7.0, "reweight.file": "range-cut-reweight"}


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"events.direction": [1, 1, 0]}, r"event 0 flies along \(0.707107, 0.707107, 0\)"),
        ({"events.position_mm": [0, 3, 0]}, "events.position_mm differ"),
        ({"events.position_mm": [9, 0, 0]}, "events.position_mm differ"),
        ({"events.spread_mm": [0, 3, 0]}, "mm beside it"),
        ({"events.energy_MeV": 2000.0}, "was trained on .* and the events have 2000 to 2000"),
        ({"fastsim": [{"model": "absorb", "regions": ["gap"]}]}, "fastsim differ"),
    ],
)
def test_events_of_another_kind_are_told_before_they_are_followed(keys, said):
    chosen = load_scenario("segmented", overrides=KEYS | keys, events=2)
    with pytest.raises(BadInput, match=said):
        EventWeigher(chosen).check(load_events(chosen.events, 2, 1).primaries)


def test_the_length_of_a_direction_means_nothing():
    chosen = load_scenario("segmented", overrides=KEYS | {"events.direction": [3, 0, 0]}, events=2)
    EventWeigher(chosen).check(load_events(chosen.events, 2, 1).primaries)


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
    keys = KEYS | {"reweight.file": str(path)}
    with pytest.raises(BadInput, match=said):
        EventWeigher(load_scenario("segmented", overrides=keys, events=1))
