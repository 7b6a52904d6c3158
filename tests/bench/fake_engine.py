"""An engine that only pretends: tallies and CPU times drawn from known distributions, in no time.

Speedups change it: see CHANGES. Its events take 0.2 ms of pretended CPU per 10 GeV, with 2 % of noise and one
run in ten disturbed far more, as on a shared machine.
"""

import time
from types import SimpleNamespace

import numpy as np

from simkit.record.tallies import BALANCE, COUNTERS, ENERGY_UNIT, empty_tallies

LAYERS = 5
COST = 2e-8  # s per MeV
SHARES = np.array([0.1, 0.25, 0.3, 0.25, 0.1])
# speedup: (factor on the CPU time, on the gap's deposits, on gamma steps)
CHANGES = {
    "woodcock": (0.8, 1.0, 0.4),
    "gamma-general": (1.02, 1.0, 1.0),
    "em-range-cuts": (1.0, 1.0, 1.0),
    "gamma-roulette": (0.9, 1.01, 1.0),
}


class FakePrepared:
    regions = ("absorber", "gap", "world")
    calorimeter = ("absorber", "gap")
    sensitive = ("absorber", "gap")
    layers = {"gap": tuple((i,) for i in range(1, LAYERS + 1))}  # noqa: RUF012
    cell_region = np.array([0] + [1] * LAYERS)
    cuts_MeV = {"G4_Pb": {"gamma": 0.1, "e-": 1.0}}  # noqa: RUF012
    backend = "cpu"
    setup_s = 0.01
    compile_s = 0.0

    def __init__(self, engine, scenario):
        self.engine = engine
        self.scenario = scenario
        changes = [CHANGES[name.partition(":")[0]] for name in scenario.speedups]
        self.cost, self.scale, self.gamma = np.prod([(1.0, 1.0, 1.0), *changes], axis=0)

    def run(self, primaries, seed, threads=1, progress=None):
        self.engine.runs += 1
        if self.engine.on_run is not None:
            self.engine.on_run(self.engine.runs)
        time.sleep(self.engine.sleep_s)
        events, slot = np.unique(primaries.event, return_inverse=True)
        energy = np.bincount(slot, weights=primaries.energy)
        rng = np.random.default_rng([seed, *events[:3]])
        tallies = empty_tallies(events, 3, self.cell_region)
        n = len(events)
        gap = 0.2 * energy * self.scale * (1.0 + 0.01 * rng.standard_normal(n))
        shape = SHARES * (1.0 + 0.02 * rng.standard_normal((n, LAYERS)))
        deposits = np.empty((n, LAYERS + 1))
        deposits[:, 0] = 0.79 * energy * (1.0 + 0.005 * rng.standard_normal(n))
        deposits[:, 1:] = gap[:, None] * shape / shape.sum(axis=1, keepdims=True)
        tallies.deposits[:] = deposits / ENERGY_UNIT
        tallies.steps[:, 0, :2] = (energy * self.gamma)[:, None]
        tallies.steps[:, 1, :2] = energy[:, None]
        tallies.secondaries[:] = energy[:, None]
        tallies.balance[:, BALANCE.index("leaked")] = 0.01 * energy / ENERGY_UNIT
        tallies.counters[:, COUNTERS.index("random_draws")] = 10
        clock = np.random.default_rng([seed, self.engine.runs])  # the same showers never take the same time
        noise = clock.normal(0.0, 0.02) + (clock.random() < 0.1) * clock.normal(0.0, 0.1)
        tallies.cpu_s = COST * float(energy.sum()) * self.cost * np.exp(noise)
        tallies.wall_s = tallies.cpu_s
        return tallies


class FakeEngine:
    name = "fake"
    version = "0"

    def __init__(self):
        self.runs = 0
        self.sleep_s = 0.0
        self.on_run = None

    def prepare(self, scenario):
        return FakePrepared(self, scenario)


def install(monkeypatch):
    """Make "native" and "fake" this engine; return it."""
    import simkit.engines

    engine = FakeEngine()
    monkeypatch.setattr("simkit.bench.named_sides.find_engine", lambda name: engine)
    monkeypatch.setitem(simkit.engines.ENGINES, "fake", "tests")
    return SimpleNamespace(engine=engine)
