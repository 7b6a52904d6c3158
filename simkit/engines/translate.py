"""What a scenario asks for, in the terms of other programs, and a refusal of all that they cannot do."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from simkit.engines.figures import brought
from simkit.errors import BadInput
from simkit.events import Gun
from simkit.fastsim.models.reweight import Reweight
from simkit.field.maps.fields import NoField
from simkit.geometry.slab_stack import SlabStack
from simkit.materials import Material, find_material
from simkit.readout.schemes import OfShape
from simkit.scenario import Scenario
from simkit.scenario.schema import TRACKING, EngineOptions, Physics

ELECTROMAGNETIC = ("gamma", "e-", "e+")


class Problem(NamedTuple):
    """A gun at the front face of a slab stack: all that the other programs here know of.

    materials: one for each slab of a layer.
    """

    stack: SlabStack
    particle: str
    energy_MeV: float
    cut_mm: float
    materials: tuple[Material, ...]

    @property
    def brought_MeV(self) -> float | None:
        """Return the energy that an event can leave in the detector, None where it is not known."""
        return brought(self.particle, self.energy_MeV)


def translate(
    scenario: Scenario,
    engine: str,
    allowed: Collection[str] = (),
    particles: Sequence[str] = ELECTROMAGNETIC,
) -> Problem:
    """Return the scenario as a problem for `engine`. Errors: BadInput naming the first key it cannot do.

    It takes a slab stack, a gun at its front face along +x, and one production cut. Everything else must have
    its default value, but for the keys in `allowed`: an engine never simulates a silently different problem.
    `particles` are those whose physics the engine has.
    """
    where = f"engine:{engine}"
    if scenario.speedups:
        raise BadInput(
            f"{where}: {', '.join(scenario.speedups)} changes simkit's own engine and cannot be given to "
            "another; leave it out on this side"
        )
    stack = scenario.geometry
    if not isinstance(stack, SlabStack):
        raise BadInput(f"{where}: geometry.kind = {stack.kind!r} is beyond it; it simulates a 'slab_stack'")
    gun = scenario.events
    if not isinstance(gun, Gun):
        raise BadInput(f"{where}: events.source = {gun.source!r} is beyond it; it simulates a 'gun'")
    if gun.energy_MeV is None:
        raise BadInput(f"{where}: events.spectrum is beyond it; give events.energy_MeV")
    if gun.particle not in particles:
        raise BadInput(
            f"{where}: events.particle = {gun.particle!r} is beyond it; it simulates {', '.join(particles)}"
        )
    plain = Gun(source="gun", particle=gun.particle, energy_MeV=gun.energy_MeV, count=gun.count)
    given, default = gun.model_dump(mode="json"), plain.model_dump(mode="json")
    if given["direction"] is not None and _along_x(given["direction"]):
        given["direction"] = None
    differences = list(_differences("events", given, default))
    for name, default_part in (
        ("readout", OfShape()),
        ("physics", Physics()),
        ("engine", EngineOptions()),
        ("tracking", TRACKING.validate({})),
        ("field", NoField()),
        ("reweight", Reweight()),
    ):
        found = getattr(scenario, name).model_dump(mode="json")
        differences += _differences(name, found, default_part.model_dump(mode="json"))
    if scenario.fastsim:
        differences.append(("fastsim", [rule.model for rule in scenario.fastsim], "none"))
    if scenario.region:
        differences.append(("region", [r.name for r in scenario.region], "none"))
    for key, value, wanted in differences:
        if key not in {"physics.production_cut_mm", *allowed}:
            raise BadInput(f"{where}: {key} = {value!r} is beyond it; it simulates {wanted!r}")
    materials = tuple(find_material(slab.material, scenario.own_materials) for slab in stack.slab)
    return Problem(stack, gun.particle, gun.energy_MeV, scenario.physics.production_cut_mm, materials)


def _along_x(direction: Any) -> bool:
    return direction != "isotropic" and direction[0] > 0.0 and not any(direction[1:])


def _differences(
    key: str, found: Mapping[str, Any], default: Mapping[str, Any]
) -> Iterator[tuple[str, Any, Any]]:
    for name, value in found.items():
        path, usual = f"{key}.{name}", default.get(name)
        if isinstance(value, Mapping) and isinstance(usual, Mapping):
            yield from _differences(path, value, usual)
        elif value != usual:
            yield path, value, usual
