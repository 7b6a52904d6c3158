"""A few slabs before the engine: what the checks shoot particles at."""

from __future__ import annotations

from typing import Any

from simkit.engines.build import World, build_world
from simkit.scenario import load_scenario


def build_target(
    *slabs: tuple[str, float], transverse_mm: float = 1e4, cut_mm: float = 0.7, **keys: Any
) -> World:
    """Return the world of slabs (material, thickness in mm) behind each other, each its own region.

    keys: further keys of the scenario, with "__" for the dot ("physics__rayleigh").
    """
    overrides = {key.replace("__", "."): value for key, value in keys.items()}
    overrides |= {
        "geometry.layers": 1,
        "geometry.transverse_mm": transverse_mm,
        "physics.production_cut_mm": cut_mm,
        "geometry.slab": tuple(
            {"region": f"slab{number}", "material": material, "thickness_mm": thickness}
            for number, (material, thickness) in enumerate(slabs, start=1)
        ),
    }
    return build_world(load_scenario("testem3", overrides=overrides))
