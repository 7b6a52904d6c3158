"""Geant4 through the Python package geant4-pybind (https://github.com/HaarigerHarald/geant4_pybind).

The simulation is simkit.engines.geant4_slab_stack, in a process of its own: physics constructor
emstandard_opt0, Rayleigh scattering included. The package is imported there alone; it needs Geant4's data
files, which it offers to download when a person imports it, and never when it is run from here.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from simkit.engines import Program, ProgramRun, Recording
from simkit.engines.geant4 import ALLOWED, REFUSED, own_materials_refused, rayleigh_needed
from simkit.engines.key_values import read_key_values
from simkit.engines.process import run_program
from simkit.engines.translate import Problem, translate
from simkit.errors import BadInput
from simkit.scenario import Scenario

NAME = "geant4-pybind"
USAGE = "DATA_FOLDER (Geant4's data files; not needed where GEANT4_DATA_DIR or G4LEDATA is set)"
PACKAGE = "geant4_pybind"


class PybindProgram:
    """Geant4 on one problem; see simkit.engines.Program."""

    process = "fresh"
    counts_events = True

    def __init__(self, scenario: Scenario, problem: Problem, environment: dict[str, str]) -> None:
        self.problem = problem
        self.environment = environment
        self.regions = scenario.regions()
        self.settings = {
            "layers": problem.stack.layers,
            "transverse_mm": problem.stack.transverse_mm,
            "slabs": [slab.model_dump() for slab in problem.stack.slab],
            "particle": problem.particle,
            "energy_MeV": problem.energy_MeV,
            "cut_mm": problem.cut_mm,
            "apply_cuts": scenario.physics.apply_cuts,
            "step_function": list(scenario.physics.step_function),
            "range_factor": scenario.physics.range_factor,
        }
        self.about = {"version": version("geant4-pybind"), "physics": "emstandard_opt0"}

    def run(self, events: int, seed: int, timeout_s: float) -> ProgramRun:
        """See simkit.engines.Program."""
        where = f"engine:{NAME}"
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "settings.json")
            file.write_text(json.dumps(self.settings), "utf-8")
            command = [sys.executable, "-m", "simkit.engines.geant4_slab_stack", str(file), str(events)]
            done = run_program([*command, str(seed)], Path(folder), timeout_s, where, self.environment)
        refused = re.search(REFUSED, done.output)
        if refused:
            raise BadInput(f"{where}: it did not take a setting ({' '.join(refused[0].split())})")
        told = read_key_values(done.output, self.regions, where, events)
        return ProgramRun(told.figures.checked(where, self.problem.brought_MeV), *done.times)


def data_environment(given: str, environment: dict[str, str]) -> dict[str, str]:
    """Return the child's environment, with Geant4's data files. Errors: BadInput when they are missing.

    GEANT4_DATA_DIR is always in it: without, the package asks whether to download, unless the variables of
    all its dozen data sets are set.
    """
    # With CI=true the package downloads gigabytes without asking.
    found = {name: value for name, value in environment.items() if name != "CI"}
    if given:
        if not Path(given).is_dir():
            raise BadInput(f"engine:{NAME}: there is no folder {given}; give that of Geant4's data files")
        # A data set's own variable would come first.
        found = {n: v for n, v in found.items() if not (n.startswith("G4") and n.endswith("DATA"))}
        return {**found, "GEANT4_DATA_DIR": str(Path(given).absolute())}
    if Path(found.get("GEANT4_DATA_DIR") or os.devnull).is_dir():
        return found
    data, own = Path(found.get("G4LEDATA") or os.devnull), Path.home() / ".geant4_pybind"
    if data.is_dir():
        return {**found, "GEANT4_DATA_DIR": str(data.absolute().parent)}
    if any(own.glob("G4EMLOW*")):
        return {**found, "GEANT4_DATA_DIR": str(own)}
    raise BadInput(
        f"engine:{NAME}: Geant4's data files are missing; write engine:{NAME}=DATA_FOLDER, set "
        f"GEANT4_DATA_DIR, or download them once with: python -c 'import {PACKAGE}'"
    )


class PybindEngine:
    """See simkit.engines.ForeignEngine."""

    name = NAME
    usage = USAGE

    def prepare(self, scenario: Scenario, given: str) -> Program | Recording:
        """Return Geant4 on the scenario. Errors: BadInput when the package or its data are missing."""
        problem = translate(scenario, NAME, ALLOWED)
        own_materials_refused(scenario, problem, NAME)
        for slab in problem.stack.slab:
            if not slab.material.startswith("G4_"):
                raise BadInput(f"engine:{NAME}: material {slab.material} is TestEm3's own; it knows NIST's")
        rayleigh_needed(scenario, NAME)
        if find_spec(PACKAGE) is None:
            raise BadInput(f"engine:{NAME}: the package is not installed; pip install geant4-pybind")
        return PybindProgram(scenario, problem, data_environment(given.strip(), dict(os.environ)))


ENGINE = PybindEngine()
