"""What the schema alone cannot see: names that must exist, readable files, places within the world."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext

from simkit.errors import BadInput, unknown
from simkit.events import Gun
from simkit.geometry.check import check_bounds, check_region_names
from simkit.geometry.shapes import SHAPES
from simkit.materials import Material, find_material
from simkit.materials.elements import HIGHEST_Z
from simkit.particles import PARTICLES
from simkit.plugins import building
from simkit.readout.shower_mesh import ShowerMesh
from simkit.scenario.schema import TRACKING, Scenario
from simkit.sections import KeyPath, Section
from simkit.speedups.observables import check_regions

MOST_REGIONS = 1000  # every region has tables of its own: a second for each 15, and 2 MB


def check_scenario(scenario: Scenario, where: Callable[..., str]) -> None:
    """Raise BadInput for the first name or place in `scenario` that does not exist.

    `where(*path)` names the file or option that set a key.
    """
    _check_materials(scenario, where)
    _check_regions(scenario, where)
    if isinstance(scenario.events, Gun):
        _check_gun(scenario, scenario.events, where)
    sections: list[tuple[str, str, KeyPath, Section]] = [
        ("shapes", scenario.geometry.kind, ("geometry",), scenario.geometry),
        ("readouts", scenario.readout.kind, ("readout",), scenario.readout),
        ("fields", scenario.field.kind, ("field",), scenario.field),
        *(("", "", (name,), getattr(scenario, name)) for name in ("events", "physics", "reweight")),
        *(("fastsim", rule.model, ("fastsim", i), rule) for i, rule in enumerate(scenario.fastsim)),
        *(
            ("policies", policy.name, ("tracking", policy.name), section)
            for policy, section in TRACKING.given(scenario.tracking)
        ),
    ]
    for kind, name, place, section in sections:
        with building(kind, name) if kind else nullcontext():
            problem = next(iter(section.problems()), None)
        if problem:
            key = ".".join(map(str, (*place, *problem[0])))
            raise BadInput(f"{where(*place, *problem[0])}: {key}: {problem[1]}")
    if scenario.reweight.file and not isinstance(scenario.readout, ShowerMesh):
        raise BadInput(
            f"{where('reweight', 'file')}: reweight.file: weighs events by the cells of a shower mesh, and "
            f'readout.kind is {scenario.readout.kind!r}; take "shower_mesh", as segmented has'
        )


def _check_materials(scenario: Scenario, where: Callable[..., str]) -> None:
    names = Counter(material.name for material in scenario.material)
    for i, material in enumerate(scenario.material):
        place = f"{where('material', i, 'elements')}: [[material]] {material.name!r}"
        if names[material.name] > 1:
            raise BadInput(f"{place}: the name is used twice; give each material its own")
        try:
            found = material.build()
        except BadInput as error:
            raise BadInput(f"{place}: {error}") from None
        _check_elements(found, f"{where('material', i, 'elements')}: material.{i}.elements")
    with building("shapes", scenario.geometry.kind):
        materials = list(scenario.geometry.materials().items())
    for path, name in materials:
        place = f"{where('geometry', *path)}: {'.'.join(map(str, ('geometry', *path)))}"
        try:
            found = find_material(name, scenario.own_materials)
        except BadInput as error:
            raise BadInput(f"{place}: {error}") from None
        _check_elements(found, place)


def _check_elements(material: Material, place: str) -> None:
    """Raise BadInput for an element that the cross sections do not know."""
    for element in material.elements:
        if element.z > HIGHEST_Z:
            raise BadInput(
                f"{place}: {material.name!r} holds {element.symbol} (Z = {element.z}), which the cross "
                f"sections do not cover; allowed: elements up to uranium (Z = {HIGHEST_Z})"
            )


def _check_regions(scenario: Scenario, where: Callable[..., str]) -> None:
    with building("shapes", scenario.geometry.kind):
        regions = scenario.regions()
        if type(scenario.geometry) not in SHAPES.own.values():
            check_region_names(f"shape {scenario.geometry.kind!r}", regions)
    if len(regions) > MOST_REGIONS:
        raise BadInput(
            f"{where('geometry')}: geometry has {len(regions)} regions, allowed up to {MOST_REGIONS}; "
            "give slabs the same region"
        )
    names = Counter(override.name for override in scenario.region)
    for i, name in enumerate(override.name for override in scenario.region):
        if name not in regions:
            raise unknown("region", name, regions, f"{where('region', i, 'name')}: region.{i}.name")
        if names[name] > 1:
            raise BadInput(
                f"{where('region', i, 'name')}: [[region]] {name!r} stands there twice; merge the two"
            )
    for policy, section in TRACKING.given(scenario.tracking):
        named = getattr(section, "regions", ())  # of a plug-in's section it may be anything
        for name in named if isinstance(named, tuple) else ():
            if isinstance(name, str) and name not in regions:
                path = ("tracking", policy.name, "regions")
                raise unknown("region", name, regions, f"{where(*path)}: {'.'.join(path)}")
    _check_rules(scenario, regions, where)
    place = f"{where('scenario', 'observables')}: scenario.observables"
    check_regions(scenario.scenario.observables, regions, place)


def _check_rules(scenario: Scenario, regions: tuple[str, ...], where: Callable[..., str]) -> None:
    """Raise BadInput for rules that name what is not there, or leave open which of them acts."""
    calorimeter = scenario.detector.calorimeter if scenario.fastsim else ()
    blind = scenario.seeing_less()
    for i, rule in enumerate(scenario.fastsim):
        for key, names, known in (
            ("particles", rule.particles, PARTICLES),
            ("regions", rule.regions, regions),
        ):
            for name in names:
                if name not in known:
                    place = f"{where('fastsim', i, key)}: fastsim.{i}.{key}"
                    raise unknown(key[:-1], name, known, place)
        here = rule.regions or calorimeter
        if seen := [name for name in here if name in blind]:
            raise BadInput(
                f"{where('fastsim', i)}: fastsim.{i} takes tracks in {seen[0]!r}, which has birks_mm_per_MeV "
                "or window_ns; a model's deposits are seen whole, so leave one of the two out"
            )
        for j, other in enumerate(scenario.fastsim[:i]):
            if rule.priority == other.priority and rule.overlaps(other, calorimeter):
                raise BadInput(
                    f"{where('fastsim', i)}: fastsim.{j} ({other.model}) and fastsim.{i} ({rule.model}) take "
                    "the same tracks; give them domains apart, or another priority each"
                )


def _check_gun(scenario: Scenario, gun: Gun, where: Callable[..., str]) -> None:
    """Raise BadInput when a primary could start outside the detector, or leave it without entering."""
    # A Gaussian spread has no end; where it leaves the world is seen once the primaries are drawn.
    spreads = gun.spread_mm if gun.spread == "uniform" else (0.0, 0.0, 0.0)
    with building("shapes", scenario.geometry.kind):
        bounds = scenario.geometry.bounds() or ()
        if type(scenario.geometry) not in SHAPES.own.values():
            check_bounds(f"shape {scenario.geometry.kind!r}", bounds)
    for axis, (low, high), centre, spread in zip("xyz", bounds, gun.position_mm, spreads):
        if centre - spread < low or centre + spread > high:
            raise BadInput(
                f"{where('events', 'position_mm')}: events.position_mm: it starts outside the world "
                f"at {axis} = {centre:g} +- {spread:g} mm; allowed: {low:g} to {high:g} mm"
            )
