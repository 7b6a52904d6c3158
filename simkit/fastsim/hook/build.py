"""From the rules of a scenario to the hook that kernels ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from simkit.errors import BadInput
from simkit.fastsim.hook.asking import Hook
from simkit.fastsim.hook.domains import build_domains, in_order
from simkit.fastsim.models.in_kernel import SHOWER, Site, shower
from simkit.fastsim.models.on_host import HostModel, on_host
from simkit.fastsim.models.rule import Rule, Surroundings
from simkit.geometry.detector import Detector
from simkit.jit import check_implementation
from simkit.materials import Material
from simkit.plugins import building
from simkit.sections import Vector


def check_woodcock(rules: Sequence[Rule], detector: Detector, envelopes: Any) -> None:
    """Raise BadInput where photons fly across a rule's region without looking at its boundaries.

    envelopes: int64[envelopes], of simkit.tracking.flight.woodcock_envelopes, or None.
    """
    if envelopes is None:
        return
    params = detector.params
    flown = {
        detector.regions[region]
        for i in np.flatnonzero(envelopes)
        for region in np.unique(params.volume_region[params.volume_envelope == i])
    }
    for i, rule in enumerate(rules):
        if inside := [name for name in rule.regions or detector.calorimeter if name in flown]:
            raise BadInput(
                f"fastsim.{i} ({rule.model}): region {inside[0]!r} lies in an envelope that photons fly "
                "through Woodcock's way, past its boundaries; leave Woodcock tracking or the rule out there"
            )


def build_hook(
    rules: Sequence[Rule],
    detector: Detector,
    materials: Sequence[Material],
    column: int,
    annihilation: float,
    start: Vector,
    direction: Vector,
) -> tuple[Hook | None, dict[int, HostModel]]:
    """Return the hook, None for no rules, and the models on the host by the number of their rule.

    materials: of each couple. column: the tally's first of "fast". annihilation: MeV, as in Hook. start,
    direction: as in Surroundings. Errors: BadInput, also for what is wrong in a plug-in's model.
    """
    if not rules:
        return None, {}
    ordered = in_order(rules)
    regions = [
        tuple(detector.regions.index(name) for name in rule.regions or detector.calorimeter)
        for rule in ordered
    ]
    models: list[Any] = []
    hosts: dict[int, HostModel] = {}
    for i, (rule, numbers) in enumerate(zip(ordered, regions)):
        with building("fastsim", rule.model):
            model = rule.build(Surroundings(detector, tuple(materials), numbers, start, direction))
        if isinstance(model, HostModel):
            low, high = model.energy_MeV
            ordered[i] = rule.model_copy(update={"min_MeV": low, "max_MeV": high})
            hosts[i] = model
            model = on_host(i)
        if type(model) not in SHOWER:
            raise BadInput(
                f"fast-simulation model {rule.model!r}: SHOWER of {shower.__module__} has no "
                f"{type(model).__name__}; register one"
            )
        check_implementation(f"fast-simulation model {rule.model!r}", shower, SHOWER[type(model)])
        models.append(model)
    hook = Hook(
        build_domains(ordered, regions, len(detector.regions)),
        tuple(models),
        Site(detector.params, detector.readout, column),
        np.array([rule.retries for rule in ordered], dtype=np.int64),
        annihilation,
    )
    return hook, hosts
