"""What fast simulation did in a run, for its record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from simkit.record.part import Part
from simkit.record.tallies import ENERGY_UNIT, WEIGHT_UNIT, Tallies

if TYPE_CHECKING:
    from simkit.scenario import Scenario


class Hits(Part):
    """Deposits in a region per event: of the full simulation and of models, and the energy (MeV) of these."""

    full: float
    fast: float
    fast_MeV: float


class FastTimes(Part):
    """Seconds of a run.

    trigger_accepted_s, trigger_refused_s: asking whether a rule takes a track, by what a question costs in a
    loop of its own. On the host: prepare_s, of batches; infer_s, in generators; decode_s, checks of what they
    give; place_s, of deposits; all 0 where models are in the kernels, whose time is that of the transport.
    """

    trigger_accepted_s: float = 0.0
    trigger_refused_s: float = 0.0
    prepare_s: float = 0.0
    infer_s: float = 0.0
    decode_s: float = 0.0
    place_s: float = 0.0


class FastUse(Part):
    """Fast simulation in a run: its rules' models, sums over the run, and hits by region.

    accepted, refused: tracks asked about in a rule's region. returned: tracks given back to the full
    simulation; retries: showers asked for again. batches, largest_batch: of models on the host.
    """

    models: list[str]
    accepted: int
    refused: int
    showers: int
    retries: int
    returned: int
    batches: int = 0
    largest_batch: int = 0
    hits: dict[str, Hits]
    times: FastTimes = Field(default_factory=FastTimes)

    def told(self, events: int, plain: Callable[[float], str]) -> list[tuple[str, str]]:
        """Return what people read of it, (what, in words); plain: writes a number."""
        by_region = [f"{plain(of.fast_MeV)} MeV in {name}" for name, of in self.hits.items() if of.fast]
        words = [
            ("models", ", ".join(self.models)),
            ("showers", f"{plain(self.showers / events)} an event"),
            ("deposits of models", f"{', '.join(by_region) or 'none'}, an event"),
            ("triggers", f"{self.accepted:,} accepted, {self.refused:,} refused"),
            ("followed in full", f"{self.returned:,} given back, {self.retries:,} showers asked for again"),
        ]
        if self.batches:
            times = {name[:-2]: value for name, value in self.times if not name.startswith("trigger")}
            words += [
                ("batches", f"{self.batches:,}, the largest of {self.largest_batch:,} tracks"),
                ("time on the host", ", ".join(f"{name} {plain(s)} s" for name, s in times.items())),
            ]
        return words


def fast_use(
    scenario: Scenario, tallies: Tallies, regions: Sequence[str], asking_s: tuple[float, float]
) -> FastUse | None:
    """Return what fast simulation did; None without rules. asking_s: of a question, accepted and refused."""
    if not tallies.fast.shape[1]:
        return None
    energy, hits = np.split(tallies.fast.mean(axis=0), 2)
    all_hits = tallies.weight_sum.mean(axis=0) * WEIGHT_UNIT
    host: Mapping[str, Any] = vars(tallies.host) if tallies.host else {}
    accepted, refused = tallies.counter("fast_accepted"), tallies.counter("fast_refused")
    return FastUse(
        models=[rule.model for rule in scenario.fastsim],
        accepted=accepted,
        refused=refused,
        showers=tallies.counter("fast_showers"),
        retries=tallies.counter("fast_retries"),
        returned=tallies.counter("fast_returned"),
        batches=host.get("batches", 0),
        largest_batch=host.get("largest", 0),
        hits={
            name: Hits(
                full=float(all_hits[r] - hits[r]),
                fast=float(hits[r]),
                fast_MeV=float(energy[r] * ENERGY_UNIT),
            )
            for r, name in enumerate(regions)
        },
        times=FastTimes(
            trigger_accepted_s=accepted * asking_s[0],
            trigger_refused_s=refused * asking_s[1],
            **{name: host[name] for name in FastTimes.model_fields if name in host},
        ),
    )
