"""AdePT: the CSV of its integration test (https://github.com/apt-sim/AdePT, test/regression/IntegrationTest).

A header of numbers that name volumes, then a line for each thread (or event): first how many particles it
simulated, then the energy deposited in every volume, MeV, summed over them. The volumes of TestEm3 come
layer by layer, slab by slab; those after the last layer hold nothing. A file NAME_global.csv beside NAME.csv
has the wall time.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path

from simkit.engines import Program, Recording, given_path
from simkit.engines.figures import Figures, checked_time
from simkit.engines.process import read_text
from simkit.engines.translate import Problem, translate
from simkit.errors import BadInput
from simkit.scenario import Scenario

NAME = "adept"
USAGE = "OUTPUT.csv (of AdePT's integration test)"
ALLOWED = ("physics.rayleigh", "physics.apply_cuts")
UNCHECKED = ("beam", "geometry", "materials", "production cuts", "physics (nuclear processes may be on)")


def read_csv(text: str, problem: Problem, where: str) -> tuple[Figures, ...]:
    """Return the deposits by region and layer of every line with particles. Errors: BadInput."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    rows = list(csv.reader(lines, skipinitialspace=True))
    slabs = problem.stack.slab
    cells = problem.stack.layers * len(slabs)
    if len(rows) < 2:
        raise BadInput(f"{where}: there is no line of deposits below the header; it is not AdePT's CSV")
    parts = []
    for place, row in enumerate(rows[1:], start=2):
        if len(row) != len(rows[0]):
            raise BadInput(
                f"{where}: data line {place} has {len(row)} numbers, the header {len(rows[0])}; it is cut off"
            )
        try:
            count, *deposits = (float(x) for x in row)
        except ValueError as error:
            raise BadInput(f"{where}: data line {place}: {error}; numbers were expected") from None
        if len(deposits) < cells or any(deposits[cells:]):
            raise BadInput(
                f"{where}: data line {place} has deposits for other volumes than the scenario's "
                f"{problem.stack.layers} layers of {len(slabs)} slabs"
            )
        if not 0.0 <= count < math.inf:
            raise BadInput(f"{where}: data line {place} is of {count:g} particles; 0 or more were expected")
        if count > 0.0:
            parts.append(_figures(count, deposits[:cells], problem).checked(where, problem.brought_MeV))
    if not parts:
        raise BadInput(f"{where}: no line of it has a particle")
    return tuple(parts)


def _figures(count: float, deposits: list[float], problem: Problem) -> Figures:
    slabs = problem.stack.slab
    layers = {region: [0.0] * problem.stack.layers for region in problem.stack.regions()}
    for i, value in enumerate(deposits):
        layers[slabs[i % len(slabs)].region][i // len(slabs)] += value / count
    return Figures(
        events=count,
        deposits={region: sum(row) for region, row in layers.items()},
        layers={region: tuple(row) for region, row in layers.items()},
    )


def read_wall_time(path: Path) -> float | None:
    """Return the wall seconds per particle of the file NAME_global.csv; None when it is not there.

    Errors: BadInput when they are not in it, or impossible.
    """
    beside = path.with_name(f"{path.stem}_global.csv")
    if not beside.is_file():
        return None
    where = f"engine:{NAME}: {beside}"
    rows = list(csv.reader(read_text(beside, where).splitlines(), skipinitialspace=True))
    try:
        values = dict(zip((name.strip() for name in rows[0]), map(float, rows[-1])))
        seconds, particles = values["Totaltime"], values["NumParticles"]
    except (KeyError, IndexError, ValueError):
        raise BadInput(f"{where}: no Totaltime and NumParticles in it") from None
    if not 0.0 < particles < math.inf:
        raise BadInput(f"{where}: NumParticles is {particles:g}; a number above 0 was expected")
    return checked_time(seconds / particles, where)


class AdeptEngine:
    """See simkit.engines.ForeignEngine."""

    name = NAME
    usage = USAGE

    def prepare(self, scenario: Scenario, given: str) -> Program | Recording:
        """Return what a file of AdePT's CSV tells. Errors: BadInput."""
        path = Path(given_path(NAME, given))
        problem = translate(scenario, NAME, ALLOWED)
        where = f"engine:{NAME}: {path}"
        parts = read_csv(read_text(path, where), problem, where)
        seconds = read_wall_time(path)
        return Recording(parts, seconds, "wall, all threads and GPU" if seconds else "", {}, UNCHECKED)


ENGINE = AdeptEngine()
