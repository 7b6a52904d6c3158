"""Showers of hadrons in stacks of two materials: the toy of simkit.physics.hadronic against Geant4 and beams.

A row passes within its tolerance or within three standard errors of both values, whichever is more. Test
beams bind in shape: they had other detectors than the stacks here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from simkit.engines import Prepared
from simkit.engines.simulation import run_scenario
from simkit.record.machine import usable_threads
from simkit.record.tallies import BALANCE, ENERGY_UNIT, PARTICLES, Tallies
from simkit.record.validation import ValidationRow
from simkit.scenario import Scenario, load_scenario
from simkit.validation.judgement import judge
from simkit.validation.reference import Reference, load_figures, scaled_events

STACKS: dict[str, tuple[str, float, str, float, int]] = {
    "Cu/LAr": ("G4_Cu", 25.0, "G4_lAr", 8.5, 50),
    "Fe/polystyrene": ("G4_Fe", 14.0, "G4_POLYSTYRENE", 3.0, 300),
    "Fe/polystyrene, read out": ("G4_Fe", 14.0, "G4_POLYSTYRENE", 3.0, 300),
    "Pb/polystyrene, read out": ("G4_Pb", 10.0, "G4_POLYSTYRENE", 2.5, 200),
}
"""{stack: (absorber, mm, active material, mm, layers)}, 3 m across."""
READOUT: dict[str, Any] = {"birks_mm_per_MeV": 0.126, "window_ns": (0.0, 150.0)}
"""What the readout of the active material sees where it is "read out": keys of its region."""
NEUTRON_TIME_NS = 10_000.0  # as in Geant4's figures
ENERGY_MEV = 1e4
EVENTS = 1000  # fewer above it: the error of a visible energy is then 0.6 %, of a spread 3 %
# Layers of Cu/LAr where the depths of the Hadronic Endcap end, in interaction lengths: it has 8 and 16 gaps,
# then 8 behind plates of 50 mm.
DEPTHS = (0, 8, 24, 40)
STANDARD_ERRORS = 3.0
_PARTS = 20  # of the events, from whose scatter errors are taken


class HadronShowers(NamedTuple):
    """By event (MeV): seen in the layers of the active material; deposited in the absorber; what left.

    electrons: how many were set free.
    """

    layers: np.ndarray
    absorber: np.ndarray
    left: np.ndarray
    electrons: np.ndarray

    @classmethod
    def of(cls, tallies: Tallies, prepared: Prepared) -> HadronShowers:
        """Return what the events of a stack left."""
        layers, absorber = (
            np.stack([energy[:, list(cells)].sum(axis=1) for cells in prepared.layers[region]], axis=1)
            for energy, region in ((tallies.visible, "gap"), (tallies.deposits, "absorber"))
        )
        gone = [BALANCE.index(name) for name in ("leaked", "neutrinos")]
        return cls(
            layers * ENERGY_UNIT,
            absorber.sum(axis=1) * ENERGY_UNIT,
            tallies.balance[:, gone].sum(axis=1) * ENERGY_UNIT,
            tallies.secondaries[:, PARTICLES.index("e-")].astype(float),
        )

    @property
    def visible(self) -> np.ndarray:
        return self.layers.sum(axis=1)

    @property
    def depth(self) -> np.ndarray:
        """The mean layer, weighted with the deposits."""
        return self.layers @ (np.arange(self.layers.shape[1]) + 0.5) / np.maximum(self.visible, 1e-9)

    def parts(self) -> list[HadronShowers]:
        """Return the events in _PARTS parts."""
        return [HadronShowers(*(values[number::_PARTS] for values in self)) for number in range(_PARTS)]


def check(progress: Callable[[int], None] | None = None) -> list[ValidationRow]:
    """Return the rows of all figures; SIMKIT_STATISTICS scales the events."""
    rows = []
    for figure in load_figures("hadrons"):
        ours, error = _ours(figure, progress)
        error = float(np.hypot(error, figure.parameters.get("error", 0.0)))
        tolerance = max(figure.parameters["tolerance"], STANDARD_ERRORS * error / figure.value)
        rows += judge([figure._replace(parameters={})], [ours], tolerance, [error])
    return rows


def stack(material: str, keys: dict[str, Any], events: int = 1) -> Scenario:
    """Return the scenario of one of STACKS; keys: further ones, of the beam at least."""
    absorber, thick, active, thin, layers = STACKS[material]
    overrides = {
        "geometry.layers": layers,
        "geometry.transverse_mm": 3000.0,
        "geometry.slab": (
            {"region": "absorber", "material": absorber, "thickness_mm": thick},
            {"region": "gap", "material": active, "thickness_mm": thin},
        ),
        "tracking.neutron_time_cut.after_ns": NEUTRON_TIME_NS,
        **keys,
    }
    if material.endswith("read out"):
        overrides["region"] = ({"name": "gap", **READOUT},)
    return load_scenario("testem3", overrides=overrides, events=events, threads=min(usable_threads(), events))


def _ours(figure: Reference, progress: Callable[[int], None] | None) -> tuple[float, float]:
    """Return our value of a figure and its standard error."""
    energy = figure.energy_MeV or 0.0
    own = _shoot(figure.material, figure.particle, energy, progress)
    own_parts = own.parts()
    if figure.quantity in STATISTICS:
        statistic = STATISTICS[figure.quantity]
        value, parts = statistic(own), [statistic(part) for part in own_parts]
    else:
        function, beams = COMPARED[figure.quantity]
        others = [_shoot(figure.material, particle, at or energy, progress) for particle, at in beams]
        value = function(own, *others)
        parts = [function(*each) for each in zip(own_parts, *(other.parts() for other in others))]
    return value, float(np.std(parts, ddof=1)) / _PARTS**0.5


_shot: dict[tuple[str, str, float, int], HadronShowers] = {}


def _shoot(
    material: str, particle: str, energy: float, progress: Callable[[int], None] | None
) -> HadronShowers:
    events = scaled_events(round(EVENTS * min(ENERGY_MEV / energy, 1.0)))
    beam = material, particle, energy, events
    if beam not in _shot:
        scenario = stack(material, {"events.particle": particle, "events.energy_MeV": energy}, events)
        _, tallies, prepared = run_scenario(scenario, progress=progress)
        _shot[beam] = HadronShowers.of(tallies, prepared)
    return _shot[beam]


def _depth_share(number: int) -> Callable[[HadronShowers], float]:
    layers = slice(DEPTHS[number - 1], DEPTHS[number])
    return lambda showers: float(showers.layers[:, layers].sum() / showers.layers.sum())


def _visible_ratio(one: HadronShowers, other: HadronShowers) -> float:
    return float(one.visible.mean() / other.visible.mean())


def _growth(own: HadronShowers, other: HadronShowers, electrons: HadronShowers) -> float:
    """Return k of 1 - f = (E / E0)^(k - 1), f the electromagnetic part: own is of 100 GeV, other of 20.

    A shower's electrons over those of one by an electron of the same energy stand for f.
    """
    rest = [
        1.0 - float(shower.electrons.mean() / electrons.electrons.mean()) * ENERGY_MEV / energy
        for shower, energy in ((own, 1e5), (other, 2e4))
    ]
    return 1.0 + float(np.log(rest[0] / rest[1]) / np.log(5.0))


STATISTICS: dict[str, Callable[[HadronShowers], float]] = {
    "visible energy": lambda showers: float(showers.visible.mean()),
    "spread of the visible energy": lambda showers: float(showers.visible.std(ddof=1)),
    "energy in the absorber": lambda showers: float(showers.absorber.mean()),
    "energy that leaves": lambda showers: float(showers.left.mean()),
    "mean layer": lambda showers: float(showers.depth.mean()),
    **{f"share of depth {number}": _depth_share(number) for number in range(1, len(DEPTHS))},
}
COMPARED: dict[str, tuple[Callable[..., float], tuple[tuple[str, float | None], ...]]] = {
    "e/pi": (lambda own, electrons: _visible_ratio(electrons, own), (("e-", None),)),
    "p/pi": (_visible_ratio, (("pi+", None),)),
    "visible energy over that at 20 GeV": (_visible_ratio, (("pi+", 2e4),)),
    "mean layer over that at 20 GeV": (
        lambda own, other: float(own.depth.mean() / other.depth.mean()),
        (("pi+", 2e4),),
    ),
    "k from 20 GeV": (_growth, (("pi+", 2e4), ("e-", 1e4))),
}
"""{quantity: (its value, of showers and those they are compared with; of each of these the particle, and the
energy (MeV) where it is another)}."""
