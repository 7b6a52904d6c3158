"""Which Woodcock envelopes a scenario enables; what a run builds."""

from __future__ import annotations

import pytest

from simkit.engines.build import build_world
from simkit.engines.simulation import run_scenario
from simkit.errors import BadInput
from simkit.geometry.atlas_like import AtlasLike
from simkit.scenario import load_scenario
from simkit.tracking.flight import woodcock_envelopes
from simkit.tracking.roulette import build_roulette


def enabled(preset: str, *speedups: str) -> list[int] | None:
    scenario = load_scenario(preset, with_speedups=speedups)
    asked = {of.name for of in scenario.region_settings() if of.gamma_tracking == "woodcock"}
    found = woodcock_envelopes(asked, scenario.detector)
    return None if found is None else found.tolist()


def test_an_envelope_is_enabled_by_all_its_regions() -> None:
    assert enabled("testem3") is None
    assert enabled("testem3", "woodcock") == [1]
    assert enabled("atlas_like", "woodcock") == [1, 1, 1]
    assert enabled("atlas_like", "woodcock:regions=em_barrel_absorber/em_barrel_gap") == [1, 0, 0]


@pytest.mark.parametrize(("preset", "region"), [("testem3", "absorber"), ("atlas_like", "trt_xenon")])
def test_regions_that_enable_nothing_are_refused(preset: str, region: str) -> None:
    with pytest.raises(BadInput, match=f"Woodcock is asked for in {region}") as refused:
        enabled(preset, f"woodcock:regions={region}")
    assert "\n" not in str(refused.value)


def test_cuts_of_protons_are_told_where_protons_are_followed():
    cut = {"region.gap.production_cut_mm": 2.0}
    hadrons = build_world(load_scenario("testem3", overrides={"events.particle": "pi+", **cut}))
    assert {m: cuts["p"] for m, cuts in hadrons.cuts_MeV.items()} == pytest.approx(
        {"G4_Pb": 0.07, "G4_lAr": 0.2}
    )
    for gun in ({}, {"events.particle": "n", "events.energy_MeV": 2.0}):
        world = build_world(load_scenario("testem3", overrides=gun))
        assert all(list(cuts) == ["gamma", "e-"] for cuts in world.cuts_MeV.values())


def test_a_run_builds_its_detector_once(monkeypatch):
    built = []
    build = AtlasLike.build
    monkeypatch.setattr(AtlasLike, "build", lambda shape: built.append(shape) or build(shape))
    gun = {"source": "gun", "particle": "gamma", "energy_MeV": 0.01}
    run_scenario(load_scenario("atlas_like", events=1, overrides={"events": gun}))
    assert len(built) == 1


def test_roulette_is_played_everywhere_unless_regions_are_named():
    """Also in the air of atlas_like, whose region is called world."""
    scenario = load_scenario("atlas_like", with_speedups=["gamma-roulette"])
    regions = scenario.detector.regions
    everywhere = scenario.tracking.gamma_roulette
    assert build_roulette(everywhere, regions).enabled.all()
    named = everywhere.model_copy(update={"regions": ("silicon",)})
    assert [regions[i] for i in build_roulette(named, regions).enabled.nonzero()[0]] == ["silicon"]
