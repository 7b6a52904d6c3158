"""The programs that studies.peers runs: HepEmShow as a child process, simkit in this one."""

from __future__ import annotations

import dataclasses
import shlex
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Protocol

import numpy as np

import simkit
from simkit.engines import hepemshow
from simkit.engines.process import split_command
from simkit.engines.translate import translate
from simkit.errors import BadInput
from simkit.particles import ELECTRON, GAMMA, POSITRON, groups

# Its files of one row a layer.
HISTOGRAMS = {"deposit": hepemshow.PROFILE, "charged_track": "hist_ElPosTrackL_PerLayer"}
LONGEST_S = 3600.0  # of a run of HepEmShow: then it hangs
START_S = 1.0  # at most, for its start
SEED = 1  # of the runs whose instructions are counted


class Program(Protocol):
    """What can be timed."""

    def run(self, events: int, seed: int) -> tuple[float, dict[str, float]]:
        """Return CPU seconds and figures per event; the first events of a seed are always the same ones."""


class HepEmShow:
    """The program HepEmShow with its default set-up and a table file."""

    def __init__(self, program: Path, data: Path) -> None:
        from simkit.scenario import load_scenario

        command = split_command(shlex.quote(str(program.resolve())), "--hepemshow")
        if not data.is_file() or data.suffix != ".json":
            raise BadInput(f"--data {data}: there is no JSON file; give HepEmShow's data/hepem_data.json")
        problem = translate(load_scenario("hepemshow"), hepemshow.NAME)
        self.engine = hepemshow.HepEmShow(command, data.resolve(), problem)
        self.program_hash, self.data_hash = (
            self.engine.about[name].removeprefix("sha256 ") for name in ("program", "tables")
        )

    def command(self, events: int, seed: int) -> list[str]:
        """Return the command line for `events` events."""
        return self.engine.arguments(events, seed)

    def run(self, events: int, seed: int) -> tuple[float, dict[str, float]]:
        """Return the CPU seconds of the whole process, and what it printed per event. Errors: BadInput."""
        with tempfile.TemporaryDirectory() as folder:  # it writes its histograms to where it runs
            return self._run_in(folder, events, seed)

    def run_with_layers(self, events: int, seed: int) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """Return what it printed, and its histograms by layer: "deposit" (MeV), "charged_track" (mm).

        Both are means per event. Errors: BadInput.
        """
        with tempfile.TemporaryDirectory() as folder:
            _, printed = self._run_in(folder, events, seed)
            layers = {key: np.loadtxt(Path(folder) / name)[:, 2] for key, name in HISTOGRAMS.items()}
        return printed, layers

    def _run_in(self, folder: str, events: int, seed: int) -> tuple[float, dict[str, float]]:
        done = self.engine.run_in(Path(folder), events, seed, LONGEST_S)
        return done.cpu_s, hepemshow.read_printed(done.output, f"engine:{hepemshow.NAME}")


class Simkit:
    """simkit's preset `hepemshow` with speedups, prepared once."""

    def __init__(self, speedups: tuple[str, ...], tables: Path | None = None) -> None:
        from simkit.engines.native import ENGINE
        from simkit.scenario import load_scenario

        overrides = {"physics.tables": f"g4hepem:{tables}"} if tables else {}
        self.prepared = ENGINE.prepare(
            load_scenario("hepemshow", with_speedups=speedups, overrides=overrides)
        )
        self.version = f"{simkit.__version__}, commit {commit()}"

    def run(self, events: int, seed: int) -> tuple[float, dict[str, float]]:
        """Return the CPU seconds of this process for drawing and following the primaries, and figures."""
        from simkit.events import load_events

        begin = time.process_time()
        primaries = load_events(self.prepared.scenario.events, events, seed).primaries
        tallies = self.prepared.run(primaries, seed)
        used = time.process_time() - begin
        return used, figures(tallies)

    def run_with_layers(self, events: int, seed: int) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """Return figures, and means per event by layer as of HepEmShow, but the track length in one bin."""
        from simkit.events import load_events
        from simkit.record.tallies import ENERGY_UNIT, LENGTH_UNIT

        tallies = self.prepared.run(load_events(self.prepared.scenario.events, events, seed).primaries, seed)
        cells = tallies.deposits.mean(axis=0) * ENERGY_UNIT
        layers = sum(cells[np.array(groups)].sum(axis=1) for groups in self.prepared.layers.values())
        track = tallies.track_length[:, : len(self.prepared.layers)].sum(axis=1).mean(keepdims=True)
        return figures(tallies), {"deposit": np.asarray(layers), "charged_track": track * LENGTH_UNIT}

    def leave_one_shell(self) -> None:
        """Let photoelectrons come from the K shell alone: where it is closed, the photon stays as deposit."""
        world = self.prepared.world
        photoelectric = world.setup.lives[0].tables.photoelectric
        first = photoelectric.first_shell[:-1]
        one = photoelectric._replace(
            first_shell=np.arange(len(first) + 1), shells=photoelectric.shells[first].copy()
        )
        photon = world.setup.lives[0]
        photon = photon._replace(tables=photon.tables._replace(photoelectric=one))
        self.prepared.world = dataclasses.replace(
            world, setup=world.setup._replace(lives=(photon, *world.setup.lives[1:]))
        )


def count_instructions(
    hepemshow: HepEmShow, simkits: dict[str, Simkit], seconds: dict[str, float]
) -> dict[str, float]:
    """Return instructions per event by program; seconds: of CPU per event, likewise. Errors: BadInput."""
    from simkit.bench.instructions.count import count_program, find_source, of_scenario
    from simkit.bench.instructions.task import CountedSide

    source = find_source()
    counted = {"hepemshow": count_program(hepemshow.engine, SEED, seconds["hepemshow"], START_S, source)}
    for name, simkit_ in simkits.items():
        side = CountedSide("native", simkit_.prepared.scenario)
        counted[name] = of_scenario(side, seconds[name], SEED, source, [simkit_.prepared])
    return {name: of.record().per_event for name, of in counted.items()}


def figures(tallies: Any) -> dict[str, float]:
    """Return means per event, by the names of hepemshow.PRINTED, and what HepEmShow does not print."""
    from simkit.record.tallies import ENERGY_UNIT

    by_event = tallies.region_deposits * ENERGY_UNIT
    deposits, spread = by_event.mean(axis=0), by_event.std(axis=0)
    gamma, electron, positron = tallies.secondaries[:, [GAMMA, ELECTRON, POSITRON]].mean(axis=0)
    steps = tallies.steps[:, :, :2].sum(axis=2).mean(axis=0)
    return {
        "absorber_MeV": float(deposits[0]),
        "absorber_sd_MeV": float(spread[0]),
        "gap_MeV": float(deposits[1]),
        "gap_sd_MeV": float(spread[1]),
        "gamma": float(gamma),
        "e-": float(electron),
        "e+": float(positron),
        "steps_charged": float(steps[groups()["charged"]].sum()),
        "steps_gamma": float(steps[GAMMA]),
        "virtual_collisions": float(tallies.counter("virtual_collisions")) / len(tallies),
        "random_draws": float(tallies.counter("random_draws")) / len(tallies),
    }


def commit() -> str:
    """Return the commit of the sources, with a + when they were changed since; "unknown" outside git."""
    git = ["git", "-C", str(Path(simkit.__file__).parent)]
    try:
        name = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
        changes = subprocess.run([*git, "status", "--porcelain", "-uno", "."], capture_output=True, text=True)
    except OSError:
        return "unknown"
    if name.returncode:
        return "unknown"
    return name.stdout.strip() + ("+" if changes.stdout.strip() else "")
