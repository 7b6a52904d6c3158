"""The reference of all keys, and the commented scenario made of it."""

from __future__ import annotations

import re
import tomllib

import pytest

from simkit.scenario import load_scenario, preset_names
from simkit.scenario.commented import commented_scenario
from simkit.scenario.keys import scenario_keys
from simkit.scenario.schema import Physics


def leaves(value, path=""):
    """Yield the dotted keys of a scenario's data, lists of tables once."""
    if isinstance(value, dict) and path != "material[].elements":
        for name, below in value.items():
            yield from leaves(below, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        yield from leaves(value[0], f"{path}[]")
    else:
        yield path


@pytest.mark.parametrize("preset", ["testem3", "hepemshow", "par04", "segmented", "atlas_like"])
def test_every_key_of_a_scenario_is_listed(preset):
    known = {key.path for key in scenario_keys()} | {"material", "region", "fastsim", "events.spectrum"}
    assert set(leaves(load_scenario(preset).model_dump(mode="json"))) <= known


def test_every_key_has_a_meaning_and_says_what_is_allowed():
    keys = scenario_keys()
    assert len({(key.path, key.variant) for key in keys}) == len(keys) > 50
    assert [key.path for key in keys if not key.meaning or not key.allowed or "any" in key.allowed] == []


def test_bounds_defaults_and_variants_are_those_of_the_schema():
    keys = {(key.path, key.variant): key for key in scenario_keys()}
    cut = keys["physics.production_cut_mm", ""]
    assert (cut.allowed, cut.default, cut.required) == ("number >= 0, <= 100000", 0.7, False)
    assert keys["geometry.layers", 'kind = "slab_stack"'].required
    assert ("geometry.layers", 'kind = "atlas_like"') not in keys
    assert keys["events.particle", 'source = "gun"'].allowed.startswith(
        '"gamma", "e-", "e+", "mu-", "mu+", "n", "pi+"'
    )


@pytest.mark.parametrize("preset", preset_names())
def test_a_commented_scenario_is_the_preset(tmp_path, preset):
    path = tmp_path / "mine.toml"
    path.write_text(commented_scenario(load_scenario(preset), "mine"))
    read = load_scenario(path)
    assert read.name == "mine"
    assert read.hash == load_scenario(preset).hash


def test_taking_the_comments_away_changes_nothing(tmp_path):
    text = commented_scenario(load_scenario("testem3"), "mine")
    bare = re.sub(r"^# (?=\w+ = (?!\.\.\.))", "", text, flags=re.M)
    assert set(tomllib.loads(bare)["physics"]) == set(Physics.model_fields)
    path = tmp_path / "mine.toml"
    path.write_text(bare.replace('field = "same"', '# field = "same"'))  # of the example of a region
    assert load_scenario(path).hash == load_scenario("testem3").hash
