"""An engine that puts an electron's energy along its axis, by the mean longitudinal profile of showers.

E. Longo and I. Sestili, Nucl. Instrum. Meth. 128 (1975) 283, with the numbers of Particle Data Group, Passage
of particles through matter: dE/dt is a gamma distribution of the depth t in radiation lengths, with b = 0.5
and its maximum at ln(E / Ec) - 0.5. There are no steps and no fluctuations.
"""

import time

import numpy as np
from scipy.stats import gamma

from simkit.errors import BadInput
from simkit.materials import find_material
from simkit.record.tallies import BALANCE, ENERGY_UNIT, empty_tallies

CRITICAL_MEV = 7.4  # lead


class Prepared:
    """See simkit.engines.Prepared."""

    backend = "cpu"
    setup_s = compile_s = 0.0

    def __init__(self, scenario):
        if scenario.geometry.kind != "slab_stack":
            raise BadInput("engine:longitudinal: geometry.kind must be 'slab_stack'")
        detector = scenario.detector
        self.scenario = scenario
        self.regions, self.calorimeter = detector.regions, detector.calorimeter
        self.sensitive, self.layers = detector.sensitive, detector.layer_cells
        self.cell_region, self.cuts_MeV = detector.cell_region, {}
        lengths = [find_material(name, {}).radiation_length_mm for name, _ in detector.couples]
        thickness = np.diff(detector.params.surfaces)
        per_slab = thickness / np.array(lengths)[detector.params.volume_couple]
        self.depth = np.concatenate([[0.0], np.cumsum(per_slab)])

    def run(self, primaries, seed, threads=1, progress=None):
        """See simkit.engines.Prepared."""
        begin = time.perf_counter(), time.process_time()
        numbers, slot = np.unique(primaries.event, return_inverse=True)
        tallies = empty_tallies(numbers, len(self.regions), self.cell_region)
        energy = np.zeros(len(numbers))
        np.add.at(energy, slot, primaries.energy)
        maximum = np.log(energy / CRITICAL_MEV) - 0.5
        inside = gamma.cdf(self.depth, (0.5 * maximum + 1.0)[:, None], scale=2.0)
        tallies.deposits[:] = np.diff(inside, axis=1) * energy[:, None] / ENERGY_UNIT
        balance = dict(zip(BALANCE, tallies.balance.T))
        balance["in"][:] = energy / ENERGY_UNIT
        balance["leaked"][:] = balance["in"] - tallies.deposits.sum(axis=1)
        tallies.wall_s = time.perf_counter() - begin[0]
        tallies.cpu_s = time.process_time() - begin[1]
        if progress:
            progress(len(numbers))
        return tallies


class Engine:
    """See simkit.engines.Engine."""

    name = "longitudinal"
    version = "0.1"

    def prepare(self, scenario):
        """See simkit.engines.Engine."""
        return Prepared(scenario)


ENGINE = Engine()
