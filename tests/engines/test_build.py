"""Which Woodcock envelopes a scenario enables."""

from __future__ import annotations

import pytest

from simkit.engines.build import build_detector, woodcock_envelopes
from simkit.errors import BadInput
from simkit.scenario import load_scenario


def enabled(preset: str, *speedups: str) -> list[int] | None:
    scenario = load_scenario(preset, with_speedups=speedups)
    found = woodcock_envelopes(scenario, build_detector(scenario))
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
