"""Geant4, through its extended example TestEm3 or a program with the same commands and output.

TestEm3 (examples/extended/electromagnetic/TestEm3 of https://github.com/Geant4/geant4) simulates layers of
slabs with a gun in front. It is told what to do by a macro, which is written from the scenario, and prints
means per event. Its physics is the constructor emstandard_opt0, which includes Rayleigh scattering.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from simkit.engines import Program, ProgramRun, Recording, given_path
from simkit.engines.figures import (
    ENERGY,
    Figures,
    checked_time,
    total_secondaries,
    total_steps,
    unbiased,
    whole_number,
)
from simkit.engines.geant4_materials import match_materials
from simkit.engines.identity import identify
from simkit.engines.process import read_text, recorded_output, run_program, split_command
from simkit.engines.translate import ELECTROMAGNETIC, Problem, translate
from simkit.errors import BadInput
from simkit.scenario import Scenario

NAME = "geant4"
USAGE = "'PATH/TestEm3' (the built example), or a file of its output"
LARGEST_SEED = 2**31 - 2
LENGTH = {"nm": 1e-6, "um": 1e-3, "mm": 1.0, "cm": 10.0, "m": 1000.0, "km": 1e6}
QUANTITY = r"([-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|nan|inf))\s+([a-zA-Z]+)"
TIME = r"(-?\d+\.?\d*|-?nan|-?inf)"
SLAB = rf"^\s*(\S+): +{QUANTITY} +: +{QUANTITY} .*%"
COUNT = r"\s+([-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|nan|inf))\s*$"
COUNTS = {
    "gamma": rf"Mean number of gamma{COUNT}",
    "e-": rf"Mean number of e-{COUNT}",
    "e+": rf"Mean number of e\+{COUNT}",
    "charged steps": rf"Mean number of charged steps{COUNT}",
    "gamma steps": rf"Mean number of neutral steps{COUNT}",
}
HEADER = "sqrt(E0(GeV))*rmsE/Emean"
REFUSED = r"COMMAND NOT FOUND <.+>|illegal application state|parameter out of (?:candidates|range)"
ALLOWED = ("physics.rayleigh", "physics.apply_cuts", "physics.step_function", "physics.range_factor")
PARTICLES = (*ELECTROMAGNETIC, "mu-", "mu+")


def write_macro(problem: Problem, scenario: Scenario, events: int, seed: int) -> str:
    """Return TestEm3's macro for `events` events of the scenario."""
    physics = scenario.physics
    fraction, final_range = physics.step_function
    slabs = problem.stack.slab
    lines = [
        "/control/verbose 0",
        "/run/verbose 1",
        f"/random/setSeeds {1 + seed % LARGEST_SEED} {1 + (seed // LARGEST_SEED) % LARGEST_SEED}",
        f"/testem/det/setSizeYZ {problem.stack.transverse_mm!r} mm",
        f"/testem/det/setNbOfLayers {problem.stack.layers}",
        f"/testem/det/setNbOfAbsor {len(slabs)}",
        *(f"/testem/det/setAbsor {i} {s.material} {s.thickness_mm!r} mm" for i, s in enumerate(slabs, 1)),
        "/testem/phys/addPhysics emstandard_opt0",
        f"/process/em/applyCuts {'true' if physics.apply_cuts else 'false'}",
        f"/process/eLoss/StepFunction {fraction!r} {final_range!r} mm",
        f"/process/msc/RangeFactor {physics.range_factor!r}",
        f"/run/setCut {problem.cut_mm!r} mm",
        "/run/initialize",
        f"/gun/particle {problem.particle}",
        f"/gun/energy {problem.energy_MeV!r} MeV",
        f"/run/beamOn {events}",
    ]
    return "\n".join([*lines, ""])


def read_output(text: str, problem: Problem, where: str, asked: int | None = None) -> Figures:
    """Return what TestEm3 printed of its first run, checked against the problem. Errors: BadInput."""
    begin = text.find(HEADER)
    if begin < 0:
        raise BadInput(f"{where}: no table of deposits in its output; it is not TestEm3's")
    end = text.find("Energy flow balance", begin)
    table = text[begin : end if end >= 0 else len(text)]
    slabs = problem.stack.slab
    rows = re.findall(SLAB, table, re.MULTILINE)
    match_materials([row[0] for row in rows], problem, text, where)
    beam = re.search(rf"Beam particle (\S+)\s+E = {QUANTITY}", table)
    if beam is None:
        raise BadInput(f"{where}: it does not report its beam; it is not TestEm3's output")
    energy = _value(beam[2], beam[3], ENERGY, where)
    if beam[1] != problem.particle or not abs(energy - problem.energy_MeV) <= 1e-3 * problem.energy_MeV:
        raise BadInput(
            f"{where}: its beam is {beam[1]} of {energy:g} MeV, the scenario's {problem.particle} of "
            f"{problem.energy_MeV:g} MeV"
        )
    number = re.findall(r"Number of events processed : (\d+)(?!\S)", text[:begin])
    if not number:
        raise BadInput(f"{where}: it does not report how many events it simulated; leave /run/verbose 1 on")
    events = whole_number(number[-1], "the number of events", where)
    if asked is not None and events != asked:
        raise BadInput(f"{where}: it simulated {events} events, not the {asked} it was asked for")
    found = {name: re.search(pattern, table, re.MULTILINE) for name, pattern in COUNTS.items()}
    missing = [name for name, match in found.items() if match is None]
    if missing and len(missing) < len(found):
        raise BadInput(f"{where}: no {', '.join(missing)} in its output; it is not TestEm3's")
    count = {name: float(match[1]) for name, match in found.items() if match}
    deposits: dict[str, float] = {}
    spreads: dict[str, float] = {}
    for slab, (_, mean, unit, rms, rms_unit) in zip(slabs, rows):
        deposits[slab.region] = deposits.get(slab.region, 0.0) + _value(mean, unit, ENERGY, where)
        spread = unbiased(_value(rms, rms_unit, ENERGY, where), events)
        # Slabs of one region share it; the spread of their sum is not printed.
        if spread is not None and [s.region for s in slabs].count(slab.region) == 1:
            spreads[slab.region] = spread
    leak = re.search(rf"Energy leakage = {QUANTITY}", table)
    return Figures(
        events=events,
        deposits=deposits,
        spreads=spreads,
        leaked=_value(leak[1], leak[2], ENERGY, where) if leak else None,
        # Versions before 9.5 print neither.
        steps=total_steps({n: count[f"{n} steps"] for n in ("gamma", "charged") if f"{n} steps" in count}),
        secondaries=total_secondaries({name: count[name] for name in ("gamma", "e-", "e+") if name in count}),
    ).checked(where, problem.brought_MeV)


def _value(number: str, unit: str, units: dict[str, float], where: str) -> float:
    if unit not in units:
        raise BadInput(f"{where}: {number} {unit}: the unit is not one of {', '.join(units)}")
    return float(number) * units[unit]


def check_set_up(text: str, problem: Problem, where: str) -> tuple[str, ...]:
    """Check layers, thicknesses and cuts; return what the output does not tell. Errors: BadInput."""
    unchecked = ["transverse size", "physics constructor and options"]
    layers = re.search(r"The calorimeter is (\d+) layers of:((?:\s+\S+: +\S+ \S+ ?)+)", text)
    if layers is None:
        unchecked.append("layers and thicknesses")
    else:
        slabs = re.findall(rf"(\S+): +{QUANTITY}", layers[2])
        printed = [(name, _value(number, unit, LENGTH, where)) for name, number, unit in slabs]
        wanted = [(slab.material, slab.thickness_mm) for slab in problem.stack.slab]
        same = len(printed) == len(wanted) and all(
            abs(x - y) <= 1e-3 * y for (_, x), (_, y) in zip(printed, wanted)
        )
        unchecked += match_materials([name for name, *_ in slabs], problem, text, where)
        if whole_number(layers[1], "the number of layers", where) != problem.stack.layers or not same:
            raise BadInput(
                f"{where}: it has {layers[1]} layers of {_words(printed)}, the scenario "
                f"{problem.stack.layers} of {_words(wanted)}"
            )
    cut = re.search(rf"Range cuts +: +gamma +{QUANTITY}", text)
    if cut is None:
        unchecked.append("production cuts")
    elif not abs(_value(cut[1], cut[2], LENGTH, where) - problem.cut_mm) <= 1e-3 * problem.cut_mm:
        raise BadInput(
            f"{where}: its production cut is {cut[1]} {cut[2]}, the scenario's {problem.cut_mm:g} mm; "
            f"add --set physics.production_cut_mm={_value(cut[1], cut[2], LENGTH, where):g}"
        )
    return tuple(unchecked)


def _words(slabs: list[tuple[str, float]]) -> str:
    return " + ".join(f"{thickness:g} mm {material}" for material, thickness in slabs)


def own_materials_refused(scenario: Scenario, problem: Problem, engine: str) -> None:
    """Check that all materials are known by name to a program of Geant4. Errors: BadInput."""
    own = {slab.material for slab in problem.stack.slab} & scenario.own_materials.keys()
    if own:
        raise BadInput(f"engine:{engine}: material {sorted(own)[0]} is the scenario's own; it knows NIST's")


def rayleigh_needed(scenario: Scenario, engine: str) -> None:
    """Check that Rayleigh scattering is on, as in the physics constructor. Errors: BadInput."""
    if not scenario.physics.rayleigh:
        raise BadInput(
            f"engine:{engine}: emstandard_opt0 includes Rayleigh scattering; add --set physics.rayleigh=true"
        )


class TestEm3:
    """TestEm3 on one problem; see simkit.engines.Program."""

    __test__ = False  # the name is Geant4's; pytest would take it for a test
    process = "fresh"
    counts_events = True

    def __init__(self, command: list[str], scenario: Scenario, problem: Problem) -> None:
        self.command = command
        self.scenario = scenario
        self.problem = problem
        self.about = {**identify(command), "physics": "emstandard_opt0"}

    def run(self, events: int, seed: int, timeout_s: float) -> ProgramRun:
        """See simkit.engines.Program."""
        where = f"engine:{NAME}"
        with tempfile.TemporaryDirectory() as folder:
            macro = Path(folder, "run.mac")
            macro.write_text(write_macro(self.problem, self.scenario, events, seed), "utf-8")
            done = run_program([*self.command, str(macro)], Path(folder), timeout_s, where)
        refused = re.search(REFUSED, done.output)
        if refused:
            raise BadInput(f"{where}: it did not take the macro ({' '.join(refused[0].split())})")
        version = re.search(r"Geant4 version Name: (\S+)", done.output)
        if version:
            self.about["version"] = version[1]
        check_set_up(done.output, self.problem, where)
        figures = read_output(done.output, self.problem, where, events)
        return ProgramRun(figures, *done.times)


class Geant4Engine:
    """See simkit.engines.ForeignEngine."""

    name = NAME
    usage = USAGE

    def prepare(self, scenario: Scenario, given: str) -> Program | Recording:
        """Return TestEm3 on the scenario, or what a file of its output tells. Errors: BadInput."""
        where = f"engine:{NAME}"
        given = given_path(NAME, given)
        problem = translate(scenario, NAME, ALLOWED, PARTICLES)
        path = recorded_output(given, where)
        if path is not None:
            return self.read(path, problem)
        own_materials_refused(scenario, problem, NAME)
        rayleigh_needed(scenario, NAME)
        return TestEm3(split_command(given, where), scenario, problem)

    def read(self, path: Path, problem: Problem) -> Recording:
        """Return what the first run in a file of TestEm3's output tells. Errors: BadInput."""
        where = f"engine:{NAME}: {path}"
        text = read_text(path, where)
        unchecked = check_set_up(text, problem, where)
        figures = read_output(text, problem, where)
        if not figures.steps:
            unchecked += ("steps and secondaries",)
        more = text.count(HEADER) - 1
        if more:
            unchecked += (f"the {more} further runs in it, the first is compared",)
        user = re.search(rf"User={TIME}s Real={TIME}s Sys={TIME}s", text)
        total = float(user[1]) + float(user[3]) if user else 0.0
        # Geant4 counts in hundredths of a second: nothing of a short run.
        seconds = checked_time(total / figures.events, where) if total else None
        version = re.search(r"Geant4 version Name: (\S+)", text)
        about = {"version": version[1]} if version else {}
        return Recording(
            (figures,), seconds, "CPU, as Geant4 reports it" if seconds else "", about, unchecked
        )


ENGINE = Geant4Engine()
