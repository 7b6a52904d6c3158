"""A model in the kernel that does what a test asks for, right or wrong, and rules that share its kernels."""

from __future__ import annotations

from typing import Literal, NamedTuple

from simkit.engines.native import ENGINE
from simkit.fastsim.models.absorb import Absorb
from simkit.fastsim.models.in_kernel import SHOWER, blank, hide, put
from simkit.fastsim.models.rule import Rule
from simkit.rng import uniform
from simkit.scenario import load_scenario
from tests.plugin_package.simkit_example.own_tracking import Straight

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


def prepare(absorb=NEVER, trial=NEVER, straight=NEVER, **keys):
    """Return a testem3 of twelve layers with these models, whose kernels are the same in all tests."""
    rules = (
        Absorb(model="absorb", priority=3, **absorb),
        Trial(priority=2, **trial),
        Straight(model="straight", priority=1, **straight),
    )
    gun = {"events.energy_MeV": 2000.0, "events.count": 6, "geometry.layers": 12}
    overrides = gun | {key.replace("__", "."): value for key, value in keys.items()}
    return ENGINE.prepare(load_scenario("testem3", overrides=overrides | {"fastsim": rules}))
