"""The catalogue: names, parameters, patches, and conflicts between them."""

from __future__ import annotations

import pytest

from simkit.errors import BadInput
from simkit.scenario import load_scenario
from simkit.speedups import CATALOGUE, all_off, merge_patches, parse_speedup

NAMES = {
    "woodcock",
    "gamma-general",
    "em-range-cuts",
    "gamma-roulette",
    "no-loss-fluctuation",
    "high-eta-killer",
    "region-range-cut",
}


def test_the_catalogue_has_the_speedups_of_the_contract() -> None:
    assert set(CATALOGUE) == NAMES
    assert all(name == speedup.name for name, speedup in CATALOGUE.items())


@pytest.mark.parametrize("name", sorted(NAMES))
def test_off_and_on_are_scenarios_and_differ(name: str) -> None:
    text = f"{name}:region=gap" if name == "region-range-cut" else name
    speedup, values = parse_speedup(text)
    off = load_scenario("testem3", overrides=speedup.off(values))
    on = load_scenario("testem3", with_speedups=[text])
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
    assert len(keys) == len(set(keys)) >= len(CATALOGUE)
