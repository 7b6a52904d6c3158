"""Every observable that is named is honoured or refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simkit.errors import BadInput
from simkit.speedups import CATALOGUE, find_speedup
from simkit.speedups.observables import check_regions, named, parse_observable


@pytest.mark.parametrize(
    ("key", "means"),
    [
        ("edep_MeV.gap", ("deposit", "gap")),
        ("edep_MeV.*", ("deposit", "*")),
        ("edep_MeV.gap.width", ("width", "gap")),
        ("edep_MeV.*.width", ("width", "*")),
        ("layers_MeV.gap", ("layers", "gap")),
        ("energy_balance_MeV.leaked", ("leaked", "")),
        ("energy_balance_MeV.killed", ("leaked", "")),
    ],
)
def test_keys(key, means):
    assert parse_observable(key) == means


@pytest.mark.parametrize(
    "key",
    [
        "",
        "edep_MeV",
        "edep_MeV.",
        "edep_MeV..width",
        "steps_per_event.gamma",
        "energy_balance_MeV.in",
        "leakage",
    ],
)
def test_what_no_verdict_knows_is_refused(key):
    with pytest.raises(BadInput, match=r"must be edep_MeV\.REGION"):
        parse_observable(key)


def test_a_speedup_cannot_name_what_no_verdict_knows():
    """Here, in the catalogue and in plug-ins alike: a speedup that does cannot be made."""
    woodcock = find_speedup("woodcock")
    with pytest.raises(BadInput, match=r"speedup woodcock: observable 'steps\.gamma'"):
        replace(woodcock, observables=("steps.gamma",))
    with pytest.raises(BadInput, match="it has no parameter 'region'"):
        replace(woodcock, observables=("edep_MeV.{region}",))


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_the_catalogue(name):
    speedup = CATALOGUE[name]
    for key in named(speedup.observables, speedup.defaults()):
        parse_observable(key)
    neutral = speedup.touches.startswith("nothing")
    assert neutral == (not speedup.observables)


def test_parameters_stand_for_regions():
    assert named(["edep_MeV.{region}.width"], {"region": "gap"}) == ["edep_MeV.gap.width"]
    assert named(["edep_MeV.{regions}"], {"regions": "gap/absorber"}) == ["edep_MeV.gap", "edep_MeV.absorber"]
    assert named(["edep_MeV.{regions}"], {"regions": "all"}) == ["edep_MeV.*"]


def test_regions_are_those_of_the_scenario():
    check_regions(["edep_MeV.*", "edep_MeV.gap", "energy_balance_MeV.killed"], ["gap", "world"], "here")
    with pytest.raises(BadInput, match=r"here: observable 'edep_MeV\.gapp'.*did you mean 'gap'"):
        check_regions(["edep_MeV.gapp"], ["gap", "world"], "here")
