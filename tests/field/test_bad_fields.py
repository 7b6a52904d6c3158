"""Every way a `[field]` can be wrong: one line that names the key, what was found and the mend."""

import pytest

from simkit.errors import BadInput
from simkit.scenario import load_scenario
from simkit.tracking.propagators import build_propagator

UNIFORM = {"field.kind": "uniform", "field.strength_T": 3.8}


def built(keys):
    scenario = load_scenario("testem3", overrides=keys)
    return build_propagator(scenario.field, scenario.detector.regions)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"field.kind": "unifrom"}, ["field.kind", "'unifrom'", "'uniform'"]),
        ({"field.kind": "uniform"}, ["field.strength_T", "missing"]),
        ({"field.kind": "none", "field.stepper": "rk4"}, ["[field]", "'stepper'"]),
        ({"field.kind": "table", "field.path": "nowhere.npz"}, ["field.path", "nowhere.npz"]),
        (UNIFORM | {"field.stepper": "rk5"}, ["field.stepper", "'rk5'", "'rk4'"]),
        (UNIFORM | {"field.stepper": ""}, ["field.stepper"]),
        (UNIFORM | {"field.driver": "sloppy"}, ["field.driver", "'sloppy'", "loose"]),
        (UNIFORM | {"field.boundary": "chord"}, ["field.boundary", "'chord'", "reintegrate"]),
        (
            UNIFORM | {"field.epsilon_min": 1e-2, "field.epsilon_max": 1e-3},
            ["field.epsilon_min", "0.01", "above epsilon_max, 0.001"],
        ),
        (UNIFORM | {"field.epsilon_min": 5e-3}, ["field.epsilon_min", "0.005", "epsilon_max, 0.001"]),
        (UNIFORM | {"field.epsilon_max": 0.5}, ["field.epsilon_max", "0.5", "0.1"]),
        (UNIFORM | {"field.delta_chord_mm": -1.0}, ["field.delta_chord_mm", "-1"]),
        (UNIFORM | {"field.delta_intersection_mm": 0.0}, ["field.delta_intersection_mm", "found 0"]),
        (UNIFORM | {"field.delta_one_step_mm": float("nan")}, ["field.delta_one_step_mm", "nan", "finite"]),
        (UNIFORM | {"field.largest_step_mm": -5.0}, ["field.largest_step_mm", "-5"]),
        (UNIFORM | {"field.most_substeps": 9}, ["field.most_substeps", "9", "10"]),
        (UNIFORM | {"field.most_substeps": 99.5}, ["field.most_substeps", "99.5"]),
        (UNIFORM | {"field.strength_T": float("inf")}, ["field.strength_T", "inf", "finite"]),
        (UNIFORM | {"field.off": [{"particles": ["mu"]}]}, ["field.off.0", "'mu'", "'mu-'"]),
        (UNIFORM | {"field.off": [{}, {"except_particles": ["electron"]}]}, ["field.off.1", "'electron'"]),
        (UNIFORM | {"field.off": [{"regions": ["gup"]}]}, ["field.off.0", "'gup'", "'gap'"]),
        (UNIFORM | {"field.off": [{"below_MeV": -1.0}]}, ["field.off.0.below_MeV", "-1"]),
        (UNIFORM | {"field.off": [{"below": 1.0}]}, ["[field.off.0]", "'below'", "'below_MeV'"]),
        (
            UNIFORM | {"field.off": [{"r_min_mm": 5.0, "r_max_mm": 2.0}]},
            ["field.off.0.r_max_mm", "above r_min_mm"],
        ),
        (UNIFORM | {"region.gap.field": "off"}, ["region.0.field", "'off'", "none"]),
    ],
)
def test_one_line_says_what_is_wrong(keys, words):
    with pytest.raises(BadInput) as caught:
        built(keys)
    text = str(caught.value)
    assert "\n" not in text
    for word in words:
        assert word in text
