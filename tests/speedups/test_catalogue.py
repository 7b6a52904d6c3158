"""The catalogue: names, parameters, patches, and conflicts between them."""

from __future__ import annotations

import pytest

from simkit.errors import BadInput
from simkit.fastsim.models.weights import shipped_weights
from simkit.scenario import load_scenario
from simkit.speedups import CATALOGUE, all_off, merge_patches, parse_speedup

NAMES = {
    "woodcock",
    "gamma-general",
    "specialised-em",
    "em-range-cuts",
    "gamma-roulette",
    "no-loss-fluctuation",
    "high-eta-killer",
    "neutron-roulette",
    "neutron-time-cut",
    "region-range-cut",
    "stepper-nystrom",
    "stepper-dormand-prince",
    "stepper-qss2",
    "stepper-qss3",
    "field-intermediate",
    "field-loose",
    "tailored-field-off",
    "fastsim-frozen-showers",
    "fastsim-gflash",
    "fastsim-frozen-library",
    "fastsim-splice",
    "fastsim-autoregressive",
    "fastsim-flow",
    "range-cut-reweight",
}
WITH = {"region-range-cut": "region=gap", "fastsim-flow": "file=splice"}
"""What speedups cannot do without."""
FIELD = {"field.kind": "uniform", "field.strength_T": 3.8}
IN_A_FIELD = {name for name in NAMES if name.startswith(("stepper-", "field-", "tailored-"))}


def test_the_catalogue_has_the_speedups_of_the_contract() -> None:
    assert set(CATALOGUE) == NAMES
    assert all(name == speedup.name for name, speedup in CATALOGUE.items())


@pytest.mark.parametrize("name", sorted(NAMES))
def test_off_and_on_are_scenarios_and_differ(name: str) -> None:
    text = f"{name}:{WITH[name]}" if name in WITH else name
    speedup, values = parse_speedup(text)
    field = FIELD if name in IN_A_FIELD else {}
    case = "segmented" if name == "range-cut-reweight" else "testem3"
    off = load_scenario(case, overrides={**field, **speedup.off(values)})
    on = load_scenario(case, with_speedups=[text], overrides=field)
    assert on.hash != off.hash
    assert set(speedup.parameters) == set(values)
    assert speedup.claim.source


def test_a_claim_in_percent_as_a_ratio() -> None:
    """10 % less CPU time is a ratio of 1 / 0.9."""
    assert CATALOGUE["gamma-roulette"].claim.speedup == pytest.approx((1 / 0.9, 1 / 0.9))
    assert CATALOGUE["high-eta-killer"].claim.speedup is None


def test_parameters() -> None:
    patch = {key: value for _, key, value in merge_patches(["gamma-roulette:threshold_MeV=0.5,weight=20"])}
    assert patch["tracking.gamma_roulette.threshold_MeV"] == 0.5
    assert patch["tracking.gamma_roulette.weight"] == 20.0
    patch = {
        key: value for _, key, value in merge_patches(["no-loss-fluctuation:positrons=false,regions=a/b"])
    }
    assert patch == {"region.a.fluctuation": ["e+"], "region.b.fluctuation": ["e+"]}
    patch = {key: value for _, key, value in merge_patches(["no-loss-fluctuation:muons=false,hadrons=false"])}
    assert patch == {"physics.fluctuation": ["mu-", "mu+", "pi+", "pi-", "K+", "K-", "p", "p~"]}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("woodcok", "did you mean 'woodcock'?"),
        ("woodcock:min_mev=1", "did you mean 'min_MeV'?"),
        ("woodcock:min_MeV=low", "must be a number"),
        ("woodcock:min_MeV", "PARAMETER=VALUE"),
        ("woodcock:", "nothing follows the colon"),
        ("gamma-general:x=1", "has none"),
        ("no-loss-fluctuation:electrons=1", "true or false"),
    ],
)
def test_wrong_words(text: str, words: str) -> None:
    with pytest.raises(BadInput, match="speedup") as caught:
        parse_speedup(text)
    assert words in str(caught.value)


def test_two_values_for_one_key_are_an_error_and_one_value_twice_is_not() -> None:
    merge_patches(["woodcock", "woodcock:min_MeV=0.2"])
    with pytest.raises(BadInput, match=r"both set tracking\.woodcock_min_MeV"):
        merge_patches(["woodcock", "woodcock:min_MeV=1"])


def test_all_off_sets_every_key_once() -> None:
    keys = [key for key, _ in all_off()]
    assert len(keys) == len(set(keys))
    always = [speedup for speedup in CATALOGUE.values() if not speedup.off_where_named]
    assert set(keys) == {key for speedup in always for key in speedup.off(speedup.defaults())}
    assert ("engine.em", "generic") not in all_off()
    assert ("engine.em", "generic") in all_off(["specialised-em"])


@pytest.mark.parametrize("name", sorted(IN_A_FIELD))
def test_without_a_field_they_are_an_error_in_one_line(name: str) -> None:
    with pytest.raises(BadInput, match=f"speedup {name}: the scenario has no field; give it one"):
        load_scenario("testem3", with_speedups=[name])


def test_a_baseline_switches_off_what_is_there() -> None:
    """Without a field nothing of it is set; with one, the stepper is the classical one."""
    assert load_scenario("testem3", baseline=True).canonical()["field"] == {"kind": "none"}
    assert (
        load_scenario("atlas_like", baseline=True).canonical()["tracking"]["neutron_time_cut"]["after_ns"]
        == 150.0
    )
    given = {**FIELD, "field.off.own.below_MeV": 1.0}
    field = load_scenario("testem3", baseline=True, overrides=given).field
    assert (field.stepper, field.driver) == ("rk4", "strict")
    assert [off.name for off in field.off] == ["own"]


def test_the_field_switched_off_where_atlas_does_beside_rules_of_the_scenarios_own() -> None:
    """1500 < r < 1900 mm, |z| < 2000 mm (CATANIA)."""
    given = {**FIELD, "field.off.own": {"below_MeV": 1.0}}
    texts = ["tailored-field-off:r_max_mm=1850", "stepper-nystrom", "field-loose"]
    field = load_scenario("testem3", with_speedups=texts, overrides=given).field
    tailored = next(off for off in field.off if off.name == "tailored")
    assert (tailored.r_min_mm, tailored.r_max_mm, tailored.z_max_mm) == (1500.0, 1850.0, 2000.0)
    assert len(field.off) == 2
    assert (field.stepper, field.driver) == ("nystrom", "loose")


def test_a_mistyped_rule_of_no_field_is_an_error() -> None:
    """With one key it would be a rule of its own, which switches the field off almost everywhere."""
    for name in ("tailred", "tailored-field-off"):
        keys = {**FIELD, f"field.off.{name}.r_max_mm": 1800.0}
        with pytest.raises(BadInput, match=r"unknown entry.*tailored"):
            load_scenario("atlas_like", with_speedups=["tailored-field-off"], overrides=keys)


def test_two_steppers_at_once_are_an_error() -> None:
    with pytest.raises(BadInput, match=r"both set field\.stepper"):
        merge_patches(["stepper-qss2", "stepper-qss3"])


def test_trained_generators() -> None:
    """Shipped ones are there by name, others by their file; gflash takes either kind of parameters."""
    patch = {key: value for _, key, value in merge_patches(["fastsim-splice:min_MeV=2000"])}
    (rule,) = patch["fastsim"]
    assert rule["file"] == "splice"
    assert (rule["model"], rule["min_MeV"], rule["particles"]) == ("generator", 2000.0, ["e-"])
    with pytest.raises(BadInput, match="found 'flow'; there is no such file"):
        load_scenario("par04", with_speedups=["fastsim-flow"])
    assert shipped_weights("flow") is None
    with pytest.raises(BadInput, match="there is no such file"):
        load_scenario("par04", with_speedups=["fastsim-splice:file=none.safetensors"])
    (rule,) = CATALOGUE["fastsim-gflash"].on(CATALOGUE["fastsim-gflash"].defaults() | {"file": "gflash"})[
        "fastsim"
    ]
    assert rule["file"] == "gflash"
    scenario = load_scenario("par04", with_speedups=["fastsim-gflash:file=gflash"])
    assert scenario.fastsim[0].visible_region == "silicon"


def test_larger_cuts_come_with_weights_or_alone() -> None:
    speedup = CATALOGUE["range-cut-reweight"]
    weighed, alone = (
        load_scenario("segmented", with_speedups=[f"range-cut-reweight{x}"]) for x in ("", ":weights=false")
    )
    assert weighed.reweight.file == "range-cut-reweight"
    assert alone.reweight.file == ""
    assert weighed.physics.production_cut_mm == alone.physics.production_cut_mm == 7.0
    assert speedup.claim.speedup == pytest.approx((1 / 0.85, 1 / 0.85))
