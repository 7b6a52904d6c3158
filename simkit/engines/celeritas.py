"""Celeritas: the JSON output of its program celer-sim (https://github.com/celeritas-project/celeritas).

It tells steps and tracks (not by particle), wall time, and the deposits in the volumes that its option
`simple_calo` names; a volume belongs to the region whose name its label begins with. Volumes with a number at
their end, such as gap_lv_3@world, are layers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simkit.engines import Program, Recording, given_path
from simkit.engines.figures import Figures
from simkit.engines.process import read_text
from simkit.engines.translate import Problem, translate
from simkit.errors import BadInput
from simkit.materials import find_material
from simkit.scenario import Scenario

NAME = "celeritas"
USAGE = "OUTPUT.json (of celer-sim)"
PDG = {"gamma": 22, "e-": 11, "e+": -11}
ALLOWED = ("physics.rayleigh", "physics.apply_cuts", "physics.processes.msc")
PROCESSES = ("annihilation", "compton_scattering", "gamma_conversion", "ionization", "photoelectric")
UNCHECKED = ("geometry", "step function", "tracking cut")
DENSITY_TOLERANCE = 0.005


class Output:
    """The tree of celer-sim's output, looked into with checks; paths are dotted."""

    def __init__(self, tree: Any, where: str) -> None:
        self.tree = tree
        self.where = where

    def get(self, path: str, default: Any = None) -> Any:
        """Return what stands at `path`, or `default`."""
        node = self.tree
        for name in path.split("."):
            if not isinstance(node, Mapping) or name not in node:
                return default
            node = node[name]
        return node

    def number(self, path: str) -> float:
        """Return the number at `path`. Errors: BadInput."""
        value = self.get(path)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise BadInput(
                f"{self.where}: {path} is {value!r}; a number was expected, as celer-sim writes it"
            )
        return float(value)

    def total(self, path: str) -> float:
        """Return the sum of the numbers at `path`, one an event or stream. Errors: BadInput."""
        value = self.get(path)
        if not isinstance(value, list) or not value or not all(isinstance(x, (int, float)) for x in value):
            raise BadInput(f"{self.where}: {path} is no list of numbers, as celer-sim writes it")
        return float(sum(value))

    def must_be(self, path: str, wanted: Any, what: str) -> None:
        """Check a setting, when it is told. Errors: BadInput."""
        found = self.get(path)
        if found is not None and found != wanted:
            raise BadInput(f"{self.where}: {path} is {found!r}, but {what} is {wanted!r} in the scenario")


def read_output(text: str, scenario: Scenario, problem: Problem, where: str) -> Recording:
    """Return what celer-sim wrote, checked against the scenario. Errors: BadInput."""
    try:
        out = Output(json.loads(text), where)
    except json.JSONDecodeError as error:
        raise BadInput(f"{where}: line {error.lineno}: not valid JSON ({error.msg})") from None
    failed = out.get("result.exception")
    if failed is not None:
        said = failed.get("what", "") if isinstance(failed, Mapping) else failed
        raise BadInput(f"{where}: the run failed: {' '.join(str(said).split())[:200]}")
    if out.get("result.runner") is None:
        raise BadInput(f"{where}: there is no result.runner; it is not the output of celer-sim")
    _check(out, scenario, problem)
    events = out.number("input.primary_options.num_events")
    events *= out.number("input.primary_options.primaries_per_event")
    if events < 1:
        raise BadInput(f"{where}: there is no primary in input.primary_options")
    aborted = out.get("result.runner.num_aborted")
    if isinstance(aborted, list) and any(aborted):
        raise BadInput(f"{where}: {sum(aborted)} tracks were given up (num_aborted); its figures are too low")
    deposits, layers = _deposits(out, problem, events)
    figures = Figures(
        events=events,
        deposits=deposits,
        layers=layers,
        steps={"total": out.total("result.runner.num_steps") / events},
        secondaries={"total": out.total("result.runner.num_tracks") / events - 1.0},
    ).checked(where, problem.energy_MeV)
    device = out.get("system.device.name") if out.get("input.use_device") else "CPU"
    seconds = out.number("result.runner.time.total") / events
    version = out.get("system.build.version")
    about = {"version": str(version)} if version else {}
    return Recording((figures,), seconds, f"wall, on {device or 'an unknown device'}", about, UNCHECKED)


def _check(out: Output, scenario: Scenario, problem: Problem) -> None:
    physics = scenario.physics
    out.must_be("input.primary_options.pdg", [PDG[problem.particle]], "the beam's PDG code")
    out.must_be("input.primary_options.energy.params", [problem.energy_MeV], "the beam's energy in MeV")
    out.must_be("input.primary_options.direction.params", [1.0, 0.0, 0.0], "the beam's direction")
    out.must_be("input.physics_options.rayleigh_scattering", physics.rayleigh, "physics.rayleigh")
    out.must_be("input.physics_options.apply_cuts", physics.apply_cuts, "physics.apply_cuts")
    out.must_be("input.physics_options.eloss_fluctuation", True, "physics.fluctuation")
    for name in PROCESSES:
        out.must_be(f"input.physics_options.{name}", True, "that process")
    msc = out.get("input.physics_options.msc")
    if msc is not None and (msc != "none") != physics.processes.msc:
        raise BadInput(
            f"{out.where}: multiple scattering is {msc!r} in it; the scenario has physics.processes.msc = "
            f"{str(physics.processes.msc).lower()}"
        )
    field = out.get("input.field")
    if isinstance(field, list) and any(field):
        raise BadInput(f"{out.where}: input.field is {field}; the scenario has no field")
    cut = out.get("input.physics_options.default_cutoff")
    if isinstance(cut, (int, float)) and abs(10.0 * cut - problem.cut_mm) > 1e-3 * problem.cut_mm:
        raise BadInput(
            f"{out.where}: its production cut is {10.0 * cut:g} mm, the scenario's {problem.cut_mm:g} mm; "
            f"add --set physics.production_cut_mm={10.0 * cut:g}"
        )
    densities = out.get("internal.material.materials.density")
    if isinstance(densities, list):
        for slab in problem.stack.slab:
            wanted = find_material(slab.material, scenario.own_materials).density_g_cm3
            if not any(abs(d - wanted) < DENSITY_TOLERANCE * wanted for d in densities):
                held = ", ".join(f"{d:.4g}" for d in densities)
                raise BadInput(
                    f"{out.where}: it has no material of {wanted:g} g/cm3 ({slab.material}); it has {held}"
                )


def _deposits(
    out: Output, problem: Problem, events: float
) -> tuple[dict[str, float], dict[str, tuple[float, ...]]]:
    """Return the mean deposits by region and by layer that simple_calo gives, if it was asked for."""
    names, values = (out.get(f"result.simple_calo.{key}") for key in ("volume_labels", "energy_deposition"))
    if names is None and values is None:
        return {}, {}
    if not isinstance(names, list) or not isinstance(values, list) or len(names) != len(values):
        raise BadInput(f"{out.where}: result.simple_calo has not one energy_deposition a volume label")
    rows: dict[str, dict[int, float]] = {}
    sums: dict[str, float] = {}
    for label, value in zip(names, values):
        name = str(label).partition("@")[0]
        region = next((r for r in problem.stack.regions() if name.startswith(r)), None)
        if region is None:
            raise BadInput(
                f"{out.where}: volume {label!r} is of no region; the scenario's regions are "
                f"{', '.join(problem.stack.regions())}"
            )
        sums[region] = sums.get(region, 0.0) + float(value) / events
        number = re.search(r"(\d+)$", name)
        if number:
            layer = rows.setdefault(region, {})
            layer[int(number[1])] = layer.get(int(number[1]), 0.0) + float(value) / events
    whole = {
        r: tuple(row[i] for i in sorted(row)) for r, row in rows.items() if len(row) == problem.stack.layers
    }
    return sums, whole


class Engine:
    """See simkit.engines.ForeignEngine."""

    name = NAME
    usage = USAGE

    def prepare(self, scenario: Scenario, given: str) -> Program | Recording:
        """Return what a file of celer-sim's output tells. Errors: BadInput."""
        path = Path(given_path(NAME, given))
        problem = translate(scenario, NAME, ALLOWED)
        where = f"engine:{NAME}: {path}"
        return read_output(read_text(path, where), scenario, problem, where)


ENGINE = Engine()
