"""Any program that prints `key: value` lines or BMF JSON; see simkit.engines.key_values for the keys.

In its command line {events}, {seed}, {particle}, {energy_MeV} and {scenario} (a JSON file with all settings)
stand for what it is to simulate. What it makes of them is its own affair: simkit cannot check it. A program
that prints otherwise gets a wrapper of a few lines, such as tests/engines/hepemshow_lines.sh in the sources.
"""

from __future__ import annotations

import difflib
import json
import math
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from simkit.engines import Program, ProgramRun, Recording, given_path
from simkit.engines.figures import brought, checked_time
from simkit.engines.identity import identify
from simkit.engines.key_values import Reported, read_key_values
from simkit.engines.process import read_text, recorded_output, run_program, split_command
from simkit.errors import BadInput, shown
from simkit.events import Gun
from simkit.geometry.slab_stack import SlabStack
from simkit.scenario import Scenario

NAME = "command"
USAGE = "'PROGRAM --events {events} --seed {seed} ...', or a file of its output"
PLACES = ("events", "seed", "particle", "energy_MeV", "scenario")
UNCHECKED = ("what it simulates",)


class Command:
    """Somebody's program; see simkit.engines.Program."""

    process = "fresh"

    def __init__(self, command: list[str], scenario: Scenario, gun: Gun) -> None:
        self.command = command
        self.scenario = scenario
        self.gun = gun
        self.counts_events = any("{events}" in word for word in command)
        self.about = identify(command)

    def run(self, events: int, seed: int, timeout_s: float) -> ProgramRun:
        """See simkit.engines.Program."""
        where = f"engine:{NAME}={shown(' '.join(self.command))}"
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "scenario.json")
            file.write_text(json.dumps(self._settings(events, seed), indent=1), "utf-8")
            energy = self.gun.energy_MeV
            values = (str(events), str(seed), self.gun.particle, repr(energy) if energy else "", str(file))
            words = list(self.command)
            for name, value in zip(PLACES, values):
                words = [word.replace(f"{{{name}}}", value) for word in words]
            # It runs where the user is, so that files in its command line are found.
            done = run_program(words, Path.cwd(), timeout_s, where)
        asked = events if self.counts_events else None
        told = read_key_values(done.output, self.scenario.regions(), where, asked)
        check(told, self.scenario, self.gun, where)
        return ProgramRun(told.figures, *done.times, counted=told.counted)

    def _settings(self, events: int, seed: int) -> dict[str, Any]:
        """Return all settings; count and seed are those of the run where the command line has them, too."""
        settings = self.scenario.model_dump(mode="json")
        if self.counts_events:
            settings["events"]["count"] = events
        if any("{seed}" in word for word in self.command):
            settings["scenario"]["seed"] = seed
        return settings


def check_places(command: Sequence[str], where: str) -> None:
    """Check that the words in braces are none that are only nearly a place. Errors: BadInput."""
    for name in re.findall(r"(?<!\$)\{(\w+)\}", " ".join(command)):
        near = difflib.get_close_matches(name.lower(), PLACES, n=1, cutoff=0.7)
        if name not in PLACES and near:
            raise BadInput(f"{where}: there is no place {{{name}}}; did you mean {{{near[0]}}}?")


def check(told: Reported, scenario: Scenario, gun: Gun, where: str) -> None:
    """Check what was told against the scenario. Errors: BadInput when it is impossible, or of another one."""
    told.figures.checked(where, most_brought(gun))
    if told.particle not in (None, gun.particle):
        raise BadInput(f"{where}: its beam is {told.particle}, the scenario's {gun.particle}")
    energy = told.energy_MeV
    if (
        energy is not None
        and gun.energy_MeV is not None
        and not math.isclose(energy, gun.energy_MeV, rel_tol=1e-3)
    ):
        raise BadInput(f"{where}: its beam has {energy:g} MeV, the scenario's {gun.energy_MeV:g} MeV")
    if isinstance(scenario.geometry, SlabStack):
        layers = scenario.geometry.layers
        for region, row in told.figures.layers.items():
            if len(row) != layers:
                raise BadInput(f"{where}: {region} has {len(row)} layers in it, {layers} in the scenario")


def event_energy(gun: Gun) -> float | None:
    """Return the kinetic energy that an event brings (MeV), None for a spectrum."""
    return gun.energy_MeV * gun.per_event if gun.energy_MeV is not None else None


def most_brought(gun: Gun) -> float | None:
    """Return the most that an event can leave in the detector (MeV); None where it is not known."""
    spectrum = gun.spectrum
    if spectrum is None:
        return brought(gun.particle, gun.energy_MeV, gun.per_event)
    highest = spectrum.energies_MeV[-1] if spectrum.energies_MeV else spectrum.max_MeV
    return brought(gun.particle, highest, gun.per_event)


class CommandEngine:
    """See simkit.engines.ForeignEngine."""

    name = NAME
    usage = USAGE

    def prepare(self, scenario: Scenario, given: str) -> Program | Recording:
        """Return the program, or what a file of its output tells. Errors: BadInput."""
        where = f"engine:{NAME}"
        given = given_path(NAME, given)
        gun = scenario.events
        if not isinstance(gun, Gun):
            raise BadInput(f"{where}: events.source = {gun.source!r} is beyond it; give a 'gun'")
        if scenario.speedups:
            raise BadInput(
                f"{where}: {', '.join(scenario.speedups)} changes simkit's own engine; leave it out here"
            )
        path = recorded_output(given, where)
        if path is None:
            command = split_command(given, where)
            check_places(command, where)
            return Command(command, scenario, gun)
        where = f"{where}: {path}"
        told = read_key_values(read_text(path, where), scenario.regions(), where)
        check(told, scenario, gun, where)
        seconds = None if told.s_per_event is None else checked_time(told.s_per_event, where)
        return Recording((told.figures,), seconds, told.time, {}, UNCHECKED)


ENGINE = CommandEngine()
