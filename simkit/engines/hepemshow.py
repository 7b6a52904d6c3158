"""HepEmShow: M. Novak's stand-alone simulation with G4HepEm (https://github.com/mnovak42/hepemshow).

It simulates a stack of layers of two slabs, an absorber and a gap, with a gun at its front face, and prints
means per event; the profile by layer, of both slabs together, goes to a file. What it knows of materials and
production cuts is in a table file: couple 1 of the file is the absorber, couple 2 the gap.
"""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path

from simkit.engines import Program, ProgramRun, Recording, given_path
from simkit.engines.build import build_couples
from simkit.engines.figures import Figures, checked_time, total_secondaries, total_steps, unbiased
from simkit.engines.process import Finished, digest, read_text, recorded_output, run_program, split_command
from simkit.engines.translate import Problem, translate
from simkit.errors import BadInput
from simkit.physics.g4hepem.couples import G4HepEmCouple, couples_of_file
from simkit.physics.g4hepem.layout import read_couples
from simkit.scenario import Scenario

NAME = "hepemshow"
USAGE = (
    "'PATH/HepEmShow [-d TABLES.json]' (built from github.com/mnovak42/hepemshow), or a file of its output"
)
LARGEST_SEED = 2**31 - 1
NUMBER = r"([-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|nan|inf))"
# What stands before each figure in its output.
PRINTED = {
    "absorber_MeV": r"Absorber: mean Edep =",
    "absorber_sd_MeV": r"Absorber: mean Edep =.*Std-dev =",
    "gap_MeV": r"Gap\s+: mean Edep =",
    "gap_sd_MeV": r"Gap\s+: mean Edep =.*Std-dev =",
    "gamma": r"Mean number of gamma\s",
    "e-": r"Mean number of e-\s",
    "e+": r"Mean number of e\+\s",
    "steps_charged": r"Mean number of e-/e\+ steps",
    "steps_gamma": r"Mean number of gamma steps",
}
PROFILE = "hist_Edep_PerLayer"  # the file it leaves where it runs: bin, centre, MeV
# What it prints of its set-up, unless it is told -v 0.
SET_UP = {
    "number-of-layers": r"- number-of-layers\s+: (\S+)",
    "absorber-thickness": r"- absorber-thickness\s+: (\S+)",
    "gap-thickness": r"- gap-thickness\s+: (\S+)",
    "transverse-size": r"- transverse-size\s+: (\S+)",
    "primary-particle": r"- primary-particle\s+: (\S+)",
    "primary-energy": r"- primary-energy\s+: (\S+)",
}


def set_up(problem: Problem) -> dict[str, str]:
    """Return HepEmShow's settings for `problem`, by its options' long names."""
    absorber, gap = problem.stack.slab
    return {
        "number-of-layers": str(problem.stack.layers),
        "absorber-thickness": repr(absorber.thickness_mm),
        "gap-thickness": repr(gap.thickness_mm),
        "transverse-size": repr(problem.stack.transverse_mm),
        "primary-particle": problem.particle,
        "primary-energy": repr(problem.energy_MeV),
    }


OPTIONS = dict(zip(SET_UP, ("-l", "-a", "-g", "-t", "-p", "-e")))


def read_printed(text: str, where: str) -> dict[str, float]:
    """Return the figures that HepEmShow prints, by PRINTED; spreads are with n. Errors: BadInput."""
    runs = len(re.findall(PRINTED["absorber_MeV"], text))
    if runs > 1:
        raise BadInput(f"{where}: there are {runs} runs in it; give the output of one")
    found = {name: re.search(rf"{before}\s*{NUMBER}", text) for name, before in PRINTED.items()}
    missing = [name for name, match in found.items() if match is None]
    if missing:
        raise BadInput(f"{where}: no {', '.join(missing)} in its output; it is not HepEmShow's")
    return {name: float(match[1]) for name, match in found.items() if match}


def read_output(text: str, events: float, regions: tuple[str, str], where: str, profile: str = "") -> Figures:
    """Return what HepEmShow printed of `events` events; `profile` is its file of deposits by layer.

    `regions` are the names of absorber and gap. Errors: BadInput when something is missing.
    """
    value = read_printed(text, where)
    sd = [unbiased(value[name], events) for name in ("absorber_sd_MeV", "gap_sd_MeV")]
    try:
        rows = tuple(float(line.split()[2]) for line in profile.splitlines())
    except (IndexError, ValueError):
        raise BadInput(f"{where}: {PROFILE} is not three numbers a line") from None
    return Figures(
        events=events,
        deposits=dict(zip(regions, (value["absorber_MeV"], value["gap_MeV"]))),
        spreads={name: spread for name, spread in zip(regions, sd) if spread is not None},
        layers={"+".join(regions): rows} if rows else {},
        steps=total_steps({"gamma": value["steps_gamma"], "charged": value["steps_charged"]}),
        secondaries=total_secondaries({name: value[name] for name in ("gamma", "e-", "e+")}),
    )


class HepEmShow:
    """HepEmShow on one problem; see simkit.engines.Program."""

    process = "fresh"
    counts_events = True

    def __init__(self, command: list[str], tables: Path, problem: Problem) -> None:
        self.command = command
        self.tables = tables
        self.problem = problem
        self.regions = slab_regions(problem)
        self.about = {
            "program": digest(Path(command[0])),
            "tables": digest(tables),
        }

    def arguments(self, events: int, seed: int) -> list[str]:
        """Return the command line for `events` events."""
        settings = [x for name, value in set_up(self.problem).items() for x in (OPTIONS[name], value)]
        counts = ["-n", str(events), "-s", str(1 + seed % LARGEST_SEED), "-v", "0", "-d", str(self.tables)]
        return [*self.command, *settings, *counts]

    def run_in(self, folder: Path, events: int, seed: int, timeout_s: float) -> Finished:
        """Run it in `folder`, where it leaves its histograms. Errors: BadInput."""
        return run_program(self.arguments(events, seed), folder, timeout_s, f"engine:{NAME}")

    def run(self, events: int, seed: int, timeout_s: float) -> ProgramRun:
        """See simkit.engines.Program."""
        where = f"engine:{NAME}"
        with tempfile.TemporaryDirectory() as folder:
            done = self.run_in(Path(folder), events, seed, timeout_s)
            file = Path(folder, PROFILE)
            profile = file.read_text("utf-8", errors="replace") if file.is_file() else ""
        figures = read_output(done.output, events, self.regions, where, profile)
        rows = next(iter(figures.layers.values()), ())
        if len(rows) != self.problem.stack.layers:
            raise BadInput(f"{where}: {PROFILE} has {len(rows)} layers, not {self.problem.stack.layers}")
        return ProgramRun(figures.checked(where, self.problem.brought_MeV), *done.times)


def slab_regions(problem: Problem) -> tuple[str, str]:
    """Return the regions of absorber and gap. Errors: BadInput unless a layer is two slabs of two regions."""
    slabs = problem.stack.slab
    if len(slabs) != 2 or slabs[0].region == slabs[1].region:
        raise BadInput(
            f"engine:{NAME}: geometry.slab has {len(slabs)} slabs of "
            f"{len({slab.region for slab in slabs})} regions; it simulates layers of two slabs of two regions"
        )
    return slabs[0].region, slabs[1].region


def find_tables(command: list[str]) -> tuple[list[str], Path]:
    """Return the command without its option -d, and the table file: that option's, or the one delivered.

    HepEmShow has its tables in `data/` beside the folder it is built in.
    """
    words = list(command)
    if "-d" in words:
        place = words.index("-d")
        given = words[place + 1 : place + 2]
        del words[place : place + 2]
        path = Path(given[0] if given else "")
        tables = path if path.suffix == ".json" else Path(f"{path}.json")
    else:
        tables = Path(words[0]).resolve().parent.parent / "data" / "hepem_data.json"
    if not tables.is_file():
        raise BadInput(f"engine:{NAME}: there is no table file {tables}; add -d FILE.json after the program")
    if len(words) > 1:
        raise BadInput(f"engine:{NAME}: {words[1]!r} is not for the user: the scenario sets all but -d")
    return words, tables.absolute()


def check_tables(scenario: Scenario, tables: Path) -> None:
    """Check that the table file is for the scenario's materials, cuts and options. Errors: BadInput."""
    where = f"engine:{NAME}"
    detector = scenario.detector
    wanted = couples_of_file(tables, build_couples(scenario, detector))
    rows = read_couples(tables)
    for place, slab in enumerate(scenario.geometry.slab, start=1):  # type: ignore[attr-defined]
        couple = wanted[detector.couples.index((slab.material, slab.region))]
        row = rows[place] if place < len(rows) else None
        assert isinstance(couple, G4HepEmCouple)
        same = row is not None and (row.substance.z, row.gamma_cut, row.electron_cut) == (
            couple.tables.substance.z,
            couple.gamma_cut,
            couple.electron_cut,
        )
        if not same:
            raise BadInput(
                f"{where}: couple {place} of {tables.name} is not {slab.material} ({slab.region}); the "
                "tables must hold vacuum, absorber and gap in this order"
            )
    physics = scenario.physics
    if physics.g4hepem_file and digest(physics.g4hepem_file) != digest(tables):
        raise BadInput(f"{where}: physics.tables is another file than its own ({tables.name})")
    held = json.loads(tables.read_text("utf-8")).get("fParameters", {})
    options = {
        "fDRoverRange": physics.step_function[0],
        "fFinalRange": physics.step_function[1],
        "fMSCRangeFactor": physics.range_factor,
        "fElectronTrackingCut": physics.tracking_cut_keV * 1e-3,
    }
    for name, value in options.items():
        if name in held and not abs(held[name] - value) <= 1e-9 * value:
            raise BadInput(f"{where}: {name} is {held[name]:g} in {tables.name}, {value:g} in the scenario")


ALLOWED = ("physics.tables", "physics.step_function", "physics.range_factor", "physics.tracking_cut_keV")


class HepEmShowEngine:
    """See simkit.engines.ForeignEngine."""

    name = NAME
    usage = USAGE

    def prepare(self, scenario: Scenario, given: str) -> Program | Recording:
        """Return HepEmShow on the scenario, or what a file of its output tells. Errors: BadInput."""
        given = given_path(NAME, given)
        problem = translate(scenario, NAME, ALLOWED)
        regions = slab_regions(problem)
        path = recorded_output(given, f"engine:{NAME}")
        if path is not None:
            return self.read(path, problem, regions)
        command, tables = find_tables(split_command(given, f"engine:{NAME}"))
        check_tables(scenario, tables)
        return HepEmShow(command, tables, problem)

    def read(self, path: Path, problem: Problem, regions: tuple[str, str]) -> Recording:
        """Return what a file of HepEmShow's output tells; it must have been run without -v 0."""
        where = f"engine:{NAME}: {path}"
        text = read_text(path, where)
        for name, wanted in set_up(problem).items():
            found = re.search(SET_UP[name], text)
            if found is None:
                raise BadInput(f"{where}: no {name} in it; it is not HepEmShow's output, or one of -v 0")
            if found[1] != wanted and not _same_number(found[1], wanted):
                raise BadInput(f"{where}: its {name} is {found[1]}, the scenario's {wanted}")
        events = re.search(r"- number-of-events\s+: (\d+)(?!\S)", text)
        time = re.search(rf"completed simulation within t = {NUMBER} \[s\]", text)
        n = float(events[1]) if events else 0.0
        figures = read_output(text, n, regions, where).checked(where, problem.brought_MeV)
        seconds = checked_time(float(time[1]) / n, where) if time else None
        unchecked = ("materials", "production cuts", "physics")
        return Recording((figures,), seconds, "wall, one thread" if seconds else "", {}, unchecked)


def _same_number(a: str, b: str) -> bool:
    try:
        return abs(float(a) - float(b)) <= 1e-5 * abs(float(b))
    except ValueError:
        return False


ENGINE = HepEmShowEngine()
