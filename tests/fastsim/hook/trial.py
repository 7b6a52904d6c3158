"""A model in the kernel that does what a test asks for, right or wrong, and rules that share its kernels."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from simkit.engines.native import ENGINE
from simkit.events import load_events
from simkit.fastsim.models.absorb import Absorb
from simkit.fastsim.models.draws import uniforms
from simkit.fastsim.models.gflash import Gflash
from simkit.fastsim.models.in_kernel import SHOWER, blank, hide, put
from simkit.fastsim.models.on_host import OfGenerator, _given, give_generator
from simkit.fastsim.models.rule import Rule
from simkit.fastsim.showers.binning import regular_binning
from simkit.rng import uniform
from simkit.scenario import load_scenario
from tests.plugin_package.simkit_example.own_tracking import Straight

E_MEV = 2000.0
NAN, HALF, LIE, SOMETIMES, OUT, INVISIBLE = range(6)
DRAWN = 4  # numbers that the model SOMETIMES draws a try
NEVER = {"particles": ("gamma", "e-"), "min_MeV": 1e6}  # a domain in which nothing is


class Trial(Rule):
    """A model in one of the modes above."""

    model: Literal["trial"] = "trial"
    mode: int = NAN

    def build(self, surroundings):
        return TrialParams(self.mode)


class TrialParams(NamedTuple):
    """The mode."""

    mode: int


def _try(model, place, tally, stacks, rng, track, energy):
    ledger = blank()
    amount = energy
    if model.mode == NAN:
        amount = float("nan")
    if model.mode == SOMETIMES:
        for _ in range(DRAWN):
            if uniform(rng) < 0.4:
                amount = -1.0
    if model.mode == HALF:
        ledger = put(place, tally, track, ledger, track.x, track.y, track.z, 0.25 * energy)
        amount = -1.0
    if model.mode == LIE:
        amount = 0.5 * energy
    if model.mode == INVISIBLE:
        ledger = hide(tally, track, ledger, 0.25 * energy)
        amount = 0.75 * energy
    x = track.x - 10.0 if model.mode == OUT else track.x
    return track, put(place, tally, track, ledger, x, track.y, track.z, amount)


SHOWER[TrialParams] = _try


class Generator:
    """Half of a track's energy in 60 cells of five layers, at random by its key; or as `spoil` makes it.

    spoil(energies, keys) -> energies. calls: how many showers were asked for in each call.
    """

    binning = regular_binning("electron", 11, layers=5, angles=4, radii=3, step_mm=20.0)

    def __init__(self):
        self.spoil = lambda energies, keys: energies
        self.calls = []

    def generate(self, incident_MeV, keys):
        self.calls.append(len(keys))
        shares = uniforms(keys, self.binning.cells)
        energies = 0.5 * incident_MeV[:, None] * shares / shares.sum(axis=1)[:, None]
        return self.spoil(energies.astype(np.float32), keys)


def given(spoil=None):
    """Return the generator "trial" of the rule of that name, new."""
    generator = Generator()
    if spoil:
        generator.spoil = spoil
    give_generator("trial", generator)
    return generator


def prepare(absorb=NEVER, trial=NEVER, straight=NEVER, gflash=NEVER, generator=NEVER, **keys):
    """Return a testem3 of twelve layers with these models, whose kernels are the same in all tests."""
    if "trial" not in _given:
        given()
    rules = (
        Absorb(model="absorb", priority=3, **absorb),
        Trial(priority=2, **trial),
        Straight(model="straight", priority=1, **straight),
        Gflash(model="gflash", priority=0, **gflash),
        OfGenerator(model="generator", priority=-1, name="trial", layer_mm=16.0, **generator),
    )
    gun = {"events.energy_MeV": E_MEV, "events.count": 6, "geometry.layers": 12}
    overrides = gun | {key.replace("__", "."): value for key, value in keys.items()}
    return ENGINE.prepare(load_scenario("testem3", overrides=overrides | {"fastsim": rules}))


def run(prepared, threads=1, seed=1):
    """Return the tallies of the scenario's events."""
    scenario = prepared.scenario
    return prepared.run(load_events(scenario.events, scenario.count, seed).primaries, seed, threads)
