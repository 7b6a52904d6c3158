"""Celeritas: the JSON output of its program celer-sim (https://github.com/celeritas-project/celeritas).

That of earlier versions, since 0.1 and its demo-loop, is read by simkit.engines.celeritas_versions.

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
from simkit.engines.celeritas_versions import modernised
from simkit.engines.figures import LARGEST, Figures, checked_time, whole_number
from simkit.engines.process import read_text
from simkit.engines.translate import Problem, translate
from simkit.errors import BadInput
from simkit.materials import find_material
from simkit.scenario import Scenario

NAME = "celeritas"
USAGE = "OUTPUT.json (of celer-sim, or demo-loop before it)"
PDG = {"gamma": 22, "e-": 11, "e+": -11}
ALLOWED = ("physics.rayleigh", "physics.fluctuation", "physics.apply_cuts", "physics.processes.msc")
THEIR_PROCESSES = ("annihilation", "compton_scattering", "gamma_conversion", "ionization", "photoelectric")
UNCHECKED = ("geometry", "step function", "tracking cut")
UNKNOWN = object()
CALO_DEPOSITS = "result.simple_calo.energy_deposition"
DENSITY_TOLERANCE = 0.005


class Output:
    """The tree of celer-sim's output, looked into with checks; paths are dotted."""

    def __init__(self, tree: Any, where: str) -> None:
        self.tree = tree
        self.where = where
        self.untold: list[str] = []  # settings that were looked for in vain

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
        if not _is_number(value):
            shown = repr(value)[:40]
            raise BadInput(f"{self.where}: {path} is {shown}; a number was expected, as celer-sim writes it")
        return float(value)

    def numbers(self, path: str) -> list[float]:
        """Return the numbers at `path`, none negative. Errors: BadInput."""
        value = self.get(path)
        if not isinstance(value, list) or not all(_is_number(x) and x >= 0 for x in value):
            raise BadInput(
                f"{self.where}: {path} is not a list of numbers that are 0 or more, as celer-sim writes it"
            )
        return [float(x) for x in value]

    def total(self, path: str) -> float:
        """Return the sum of the numbers at `path`, one an event or stream. Errors: BadInput."""
        found = self.numbers(path)
        if not found:
            raise BadInput(f"{self.where}: {path} is empty; celer-sim writes a number for each stream")
        return sum(found)

    def told(self, path: str, what: str) -> bool:
        """Return whether a setting is told; what is not is remembered by the name `what`."""
        if self.get(path) is not None:
            return True
        self.untold.append(what)
        return False

    def must_be(self, path: str, wanted: Any, what: str) -> None:
        """Check a setting, when it is told. Errors: BadInput."""
        found = self.get(path)
        if self.told(path, what) and found != wanted:
            raise BadInput(f"{self.where}: {path} is {found!r}, but {what} is {wanted!r} in the scenario")


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, (int, float)) and abs(value) <= LARGEST


def read_output(text: str, scenario: Scenario, problem: Problem, where: str) -> Recording:
    """Return what celer-sim wrote, checked against the scenario. Errors: BadInput."""
    try:
        out = Output(modernised(json.loads(text)), where)
    except json.JSONDecodeError as error:
        raise BadInput(f"{where}: line {error.lineno}: not valid JSON ({error.msg})") from None
    except (ValueError, RecursionError):
        raise BadInput(f"{where}: not valid JSON (numbers or nesting without bound)") from None
    failed = out.get("result.exception")
    if failed is not None:
        said = failed.get("what", "") if isinstance(failed, Mapping) else failed
        raise BadInput(f"{where}: the run failed: {' '.join(str(said).split())[:200]}")
    if out.get("result.runner") is None:
        raise BadInput(f"{where}: there is no result.runner; it is not the output of celer-sim")
    for name in ("event_file", "event_filename", "hepmc3_filename"):
        if out.get(f"input.{name}"):
            raise BadInput(f"{where}: input.{name} is {out.get(f'input.{name}')}; only guns are compared")
    _check(out, scenario, problem)
    events = out.number("input.primary_options.num_events")
    events *= out.number("input.primary_options.primaries_per_event")
    if events < 1:
        raise BadInput(f"{where}: there is no primary in input.primary_options")
    if out.told("result.runner.num_aborted", "tracks given up"):
        aborted = sum(out.numbers("result.runner.num_aborted"))
        if aborted:
            raise BadInput(
                f"{where}: {aborted:g} tracks were given up (num_aborted); its figures are too low"
            )
    elif out.get("result.runner.num_left") and sum(out.numbers("result.runner.num_left")):
        raise BadInput(f"{where}: tracks were left when it ended (max_steps); its figures are too low")
    deposits, layers = _deposits(out, problem, events)
    counts = {
        what: out.total(f"result.runner.{name}") / events
        for name, what in (("num_steps", "steps"), ("num_tracks", "tracks made"))
        if out.told(f"result.runner.{name}", what)
    }
    figures = Figures(
        events=events,
        deposits=deposits,
        layers=layers,
        steps={"total": counts["steps"]} if "steps" in counts else {},
        secondaries={"total": counts["tracks made"] - 1.0} if "tracks made" in counts else {},
    ).checked(where, problem.brought_MeV)
    device = out.get("system.device.name") if out.get("input.use_device") else "CPU"
    seconds = checked_time(out.number("result.runner.time.total") / events, where)
    version = out.get("system.build.version")
    about = {"version": str(version)} if version else {}
    return Recording(
        (figures,),
        seconds,
        f"wall, on {device or 'an unknown device'}",
        about,
        (*UNCHECKED, *dict.fromkeys(out.untold)),
    )


def _check(out: Output, scenario: Scenario, problem: Problem) -> None:
    physics = scenario.physics
    out.must_be("input.primary_options.pdg", [PDG[problem.particle]], "the beam's PDG code")
    for name in ("energy", "direction"):
        out.must_be(f"input.primary_options.{name}.distribution", "delta", f"the beam's {name}")
    out.must_be("input.primary_options.energy.params", [problem.energy_MeV], "the beam's energy")
    out.must_be("input.primary_options.direction.params", [1.0, 0.0, 0.0], "the beam's direction")
    out.must_be("input.physics_options.rayleigh_scattering", physics.rayleigh, "physics.rayleigh")
    out.must_be("input.physics_options.apply_cuts", physics.apply_cuts, "physics.apply_cuts")
    fluctuating = {"e-", "e+"}.intersection(physics.fluctuation)
    fluctuation = len(fluctuating) == 2
    if fluctuating and not fluctuation:
        raise BadInput(f"{out.where}: physics.fluctuation is for both, e- and e+, or for none in Celeritas")
    out.must_be("input.physics_options.eloss_fluctuation", fluctuation, "physics.fluctuation")
    for name in THEIR_PROCESSES:
        out.must_be(f"input.physics_options.{name}", True, f"the process {name}")
    msc = out.get("input.physics_options.msc")
    if out.told("input.physics_options.msc", "multiple scattering") and (
        not isinstance(msc, str) or (msc != "none") != physics.processes.msc
    ):
        raise BadInput(
            f"{out.where}: multiple scattering is {msc!r} in it; the scenario has physics.processes.msc = "
            f"{str(physics.processes.msc).lower()}"
        )
    field = out.get("input.field", UNKNOWN)  # null or zeros where there is none
    if field is UNKNOWN:
        out.untold.append("field")
    elif field and not (isinstance(field, list) and all(_is_number(x) and x == 0 for x in field)):
        raise BadInput(f"{out.where}: input.field is {str(field)[:60]}; the scenario has no field")
    if out.told("input.physics_options.default_cutoff", "production cuts"):
        cut = 10.0 * out.number("input.physics_options.default_cutoff")
        if abs(cut - problem.cut_mm) > 1e-3 * problem.cut_mm:
            raise BadInput(
                f"{out.where}: its production cut is {cut:g} mm, the scenario's {problem.cut_mm:g} mm; "
                f"add --set physics.production_cut_mm={cut:g}"
            )
    if out.told("internal.material.materials.density", "materials"):
        densities = out.numbers("internal.material.materials.density")
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
    if out.get("result.simple_calo") is None:
        return {}, {}
    names, values = out.get("result.simple_calo.volume_labels"), out.numbers(CALO_DEPOSITS)
    if not isinstance(names, list) or len(names) != len(values):
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
        sums[region] = sums.get(region, 0.0) + value / events
        number = re.search(r"(\d+)$", name)
        if number:
            layer, i = rows.setdefault(region, {}), whole_number(number[1], "a volume's number", out.where)
            layer[i] = layer.get(i, 0.0) + value / events
    whole = {
        r: tuple(row[i] for i in sorted(row)) for r, row in rows.items() if len(row) == problem.stack.layers
    }
    return sums, whole


class CeleritasEngine:
    """See simkit.engines.ForeignEngine."""

    name = NAME
    usage = USAGE

    def prepare(self, scenario: Scenario, given: str) -> Program | Recording:
        """Return what a file of celer-sim's output tells. Errors: BadInput."""
        path = Path(given_path(NAME, given))
        problem = translate(scenario, NAME, ALLOWED)
        where = f"engine:{NAME}: {path}"
        return read_output(read_text(path, where), scenario, problem, where)


ENGINE = CeleritasEngine()
