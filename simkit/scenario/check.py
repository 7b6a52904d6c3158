"""What the schema alone cannot see: names that must exist, readable files, places within the world."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from simkit.errors import BadInput, shown, unknown
from simkit.events.pipes import regular_file
from simkit.scenario.schema import Scenario
from simkit.scenario.shapes import MOST_CELLS, MOST_REGIONS, SlabStack
from simkit.scenario.sources import Gun, HepMC3File
from simkit.speedups.observables import check_regions

if TYPE_CHECKING:
    from simkit.materials import Material


def check_scenario(scenario: Scenario, where: Callable[..., str]) -> None:
    """Raise BadInput for the first name or place in `scenario` that does not exist.

    `where(*path)` names the file or option that set a key.
    """
    _check_materials(scenario, where)
    _check_regions(scenario, where)
    events = scenario.events
    if isinstance(events, Gun) and isinstance(scenario.geometry, SlabStack):
        _check_gun(events, scenario.geometry, where)
    if isinstance(events, HepMC3File) and events.path:
        place = f"{where('events', 'path')}: events.path"
        _check_file(Path(events.path), place, "a HepMC3 file (.hepmc3, .gz)")
    tables = scenario.physics.g4hepem_file
    if tables:
        _check_file(tables, f"{where('physics', 'tables')}: physics.tables", "a G4HepEm table file (.json)")


def _check_materials(scenario: Scenario, where: Callable[..., str]) -> None:
    from simkit.materials import find_material

    names = Counter(material.name for material in scenario.material)
    for i, material in enumerate(scenario.material):
        place = f"{where('material', i, 'elements')}: [[material]] {material.name!r}"
        total = sum(material.elements.values())
        if abs(total - 1.0) > 0.01:
            raise BadInput(f"{place}: the mass fractions add up to {total:g}; they must add up to 1")
        if names[material.name] > 1:
            raise BadInput(f"{place}: the name is used twice; give each material its own")
    try:
        own = scenario.own_materials
    except BadInput as error:
        raise BadInput(f"{where('material')}: [[material]] {error}") from None
    for i, material in enumerate(scenario.material):
        _check_elements(own[material.name], f"{where('material', i, 'elements')}: material.{i}.elements")
    if isinstance(scenario.geometry, SlabStack):
        for i, slab in enumerate(scenario.geometry.slab):
            path = f"geometry.slab.{i}.material"
            try:
                found = find_material(slab.material, own)
            except BadInput as error:
                raise BadInput(f"{where('geometry', 'slab', i, 'material')}: {path}: {error}") from None
            _check_elements(found, f"{where('geometry', 'slab', i, 'material')}: {path}")


def _check_elements(material: Material, place: str) -> None:
    """Raise BadInput for an element that the cross sections do not know."""
    from simkit.materials.elements import HIGHEST_Z

    for element in material.elements:
        if element.z > HIGHEST_Z:
            raise BadInput(
                f"{place}: {material.name!r} holds {element.symbol} (Z = {element.z}), which the cross "
                f"sections do not cover; allowed: elements up to uranium (Z = {HIGHEST_Z})"
            )


def _check_regions(scenario: Scenario, where: Callable[..., str]) -> None:
    regions = scenario.regions()
    if len(regions) > MOST_REGIONS:
        raise BadInput(
            f"{where('geometry')}: geometry has {len(regions)} regions, allowed up to {MOST_REGIONS}; "
            "give slabs the same region"
        )
    if isinstance(scenario.geometry, SlabStack) and "world" in regions:
        raise BadInput(
            f"{where('geometry')}: 'world' is the name of what lies around the detector; choose another"
        )
    if isinstance(scenario.geometry, SlabStack):
        cells = scenario.geometry.layers * len(scenario.geometry.slab)
        if cells > MOST_CELLS:
            raise BadInput(
                f"{where('geometry', 'layers')}: geometry.layers: the layers have {cells} slabs together, "
                f"allowed up to {MOST_CELLS}; take fewer"
            )
    names = Counter(override.name for override in scenario.region)
    for i, name in enumerate(override.name for override in scenario.region):
        if name not in regions:
            raise unknown("region", name, regions, f"{where('region', i, 'name')}: region.{i}.name")
        if names[name] > 1:
            raise BadInput(
                f"{where('region', i, 'name')}: [[region]] {name!r} stands there twice; merge the two"
            )
    for name in scenario.tracking.gamma_roulette.regions:
        if name not in regions:
            path = ("tracking", "gamma_roulette", "regions")
            raise unknown("region", name, regions, f"{where(*path)}: {'.'.join(path)}")
    place = f"{where('scenario', 'observables')}: scenario.observables"
    check_regions(scenario.scenario.observables, regions, place)


def _check_gun(gun: Gun, stack: SlabStack, where: Callable[..., str]) -> None:
    """Raise BadInput when a primary could start outside the stack, or leave it without entering."""
    depth = stack.layers * sum(slab.thickness_mm for slab in stack.slab)
    half = stack.transverse_mm / 2
    # A Gaussian spread has no end; where it leaves the world is seen once the primaries are drawn.
    spreads = gun.spread_mm if gun.spread == "uniform" else (0.0, 0.0, 0.0)
    for axis, low, high, centre, spread in zip(
        "xyz", (0.0, -half, -half), (depth, half, half), gun.position_mm, spreads
    ):
        if centre - spread < low or centre + spread > high:
            raise BadInput(
                f"{where('events', 'position_mm')}: events.position_mm: it starts outside the world "
                f"at {axis} = {centre:g} +- {spread:g} mm; allowed: {low:g} to {high:g} mm"
            )


def _check_file(path: Path, place: str, wanted: str) -> None:
    if not os.path.exists(path):  # also of a name too long for one
        raise BadInput(f"{place}: there is no file {shown(str(path))}; give the path of {wanted}")
    try:
        with regular_file(path).open("rb") as file:
            if not file.read(1):
                raise BadInput(f"{place}: the file {str(path)!r} is empty; give {wanted}")
    except OSError as error:
        raise BadInput(f"{place}: cannot read {str(path)!r} ({error.strerror}); give {wanted}") from None
