"""simkit's own engine: condensed-history EM transport, on the CPU's threads or on CUDA."""

from __future__ import annotations

import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from simkit.compile_errors import blamed_on_plugins
from simkit.counting import Serial
from simkit.engines.build import build_world, lives_of, start_volumes
from simkit.engines.reweighting import EventWeigher
from simkit.errors import BadInput
from simkit.events import Primaries
from simkit.fastsim.hook.batches import Waiting, names_on_host
from simkit.fastsim.hook.trigger_cost import cost_of_asking
from simkit.particles import PARTICLES, kind_of_pdg
from simkit.record.balance import check_balance
from simkit.record.gpu_times import GpuTimes
from simkit.record.machine import package_version
from simkit.record.tallies import ENERGY_UNIT, Tallies
from simkit.rng import MOST_DRAWS
from simkit.scenario import Scenario
from simkit.tally import ENDLESS_TRACKS, HANDED_OVER, IN, Tally, make_tally, tally_columns
from simkit.tracks import MOST_STEPS, Track, pack_tracks, unpack_tracks
from simkit.transport.cpu import Start, compile_cpu, load_copy, run_cpu
from simkit.transport.lives import LIVES, all_lives, highest_MeV
from simkit.transport.response import Response


class NativePrepared:
    """A scenario with its tables built and its kernels compiled; see simkit.engines.Prepared."""

    def __init__(self, scenario: Scenario) -> None:
        if scenario.run.backend == "cuda":
            # imported only when asked for: it needs the extra simkit[cuda]
            from simkit.transport.cuda import CudaTransport, check_device

            check_device()
        begin = time.perf_counter()
        world = build_world(scenario)
        if world.hosts and scenario.run.backend == "cuda":
            raise BadInput(
                f"fastsim: {names_on_host(world.hosts)} makes showers on the host, for kernels on the CPU "
                "only; use --backend cpu, or a model inside the kernels"
            )
        self.scenario = scenario
        self.world = world
        detector = world.detector
        self.regions = detector.regions
        self.calorimeter = detector.calorimeter
        self.sensitive = detector.sensitive
        self.seeing_less = scenario.seeing_less()
        self.layers = detector.layer_cells
        self.cell_region = detector.cell_region
        self.cuts_MeV = world.cuts_MeV
        self.highest_MeV = highest_MeV(lives_of(scenario))
        self.backend = scenario.run.backend
        self.weigher = EventWeigher(scenario) if scenario.reweight.file else None
        self.setup_s = time.perf_counter() - begin
        begin = time.perf_counter()
        nothing = self._tally(1)
        with blamed_on_plugins():
            if self.backend == "cuda":
                self.cuda = CudaTransport(world.setup)
                self.cuda.compile(nothing)
            else:
                compile_cpu(world.setup, nothing)
                if waiting := self._waiting(nothing):
                    waiting.warm_up()
        self.compile_s = time.perf_counter() - begin

    def run(
        self,
        primaries: Primaries,
        seed: int,
        threads: int = 1,
        progress: Callable[[int], None] | None = None,
    ) -> Tallies:
        """Follow the primaries; same seed, same tallies. progress gets the number of events just done."""
        return self.run_on(Serial(1), primaries, seed, threads, progress)

    def run_on(
        self,
        mode: Any,
        primaries: Primaries,
        seed: int,
        threads: int = 1,
        progress: Callable[[int], None] | None = None,
        identities: np.ndarray | None = None,
    ) -> Tallies:
        """Do so with the tally in `mode`; another one than Serial compiles the kernels anew.

        identities: uint64[n], on which alone the random numbers of the primaries depend beside the seed, in
        place of event and number.
        """
        if self.weigher is not None:
            self.weigher.check(primaries)
        start, events = self._start(primaries)
        if identities is not None:
            tracks = unpack_tracks(start.words)._replace(identity=identities)
            start = start._replace(words=pack_tracks(tracks), event=np.zeros_like(start.event))
        tally = self._tally(len(events), mode)
        energy = np.floor(primaries.energy / ENERGY_UNIT + 0.5).astype(np.int64)
        # before they are followed: models in the kernels look at it
        np.add.at(tally.counts[:, tally.first.balance + IN], start.slot, energy)
        begin = time.perf_counter()
        if self.backend == "cuda":
            cpu_s = self.cuda.run(start, tally, seed, progress)
        else:
            waiting = self._waiting(tally)
            cpu_s = run_cpu(self.world.setup, start, tally, seed, threads, progress, waiting)
        tallies = tallies_of(tally, events, self.cell_region, *self._blocks())
        tallies.wall_s = time.perf_counter() - begin
        tallies.cpu_s = cpu_s
        tallies.threads = threads
        if self.backend != "cuda" and waiting is not None:
            tallies.host = waiting.times
        if self.backend == "cuda":
            tallies.gpu = GpuTimes(**asdict(self.cuda.timing))
        if tallies.counter("endless_tracks"):
            raise BadInput(
                f"{tallies.counter('endless_tracks')} tracks ({self._endless(tallies)}) had not ended after "
                f"{MOST_STEPS:,} steps, or {MOST_DRAWS:,} draws of one random number; give larger steps "
                "(physics.step_function, physics.range_factor), or correct the plug-in whose particle it is"
            )
        if tallies.counter("fast_faults"):
            raise BadInput(
                f"fastsim: the energy of {tallies.counter('fast_faults'):,} showers does not add up (in = "
                "deposited + leaked + invisible + returned); correct the model "
                f"({', '.join(rule.model for rule in self.scenario.fastsim)})"
            )
        if tallies.balance[:, HANDED_OVER].any():
            raise RuntimeError("tracks handed over to models on the host were neither placed nor given back")
        if tallies.counter("outside_field"):
            field = self.scenario.field
            raise BadInput(
                f"field {getattr(field, 'path', field.kind)!r} has no value where "
                f"{tallies.counter('outside_field')} steps of tracks went; give a table of the "
                'whole detector, or field.outside = "zero" for no field beyond it'
            )
        if tallies.counter("lost_secondaries"):
            made = dict(zip(PARTICLES, tallies.secondaries.sum(axis=0)))
            lost = [name for kind, name in enumerate(PARTICLES) if made[name] and not self._follows(kind)]
            if lost:
                raise BadInput(
                    f"{made[lost[0]]:,} secondaries are {lost[0]}, which no life follows; use a plug-in "
                    "with a life for it, or deposit its energy instead"
                )
            raise BadInput("more secondaries at once than the stack holds; run fewer events at a time")
        check_balance(tallies)
        if self.weigher is not None:
            self._weigh(tallies, self.weigher)
        return tallies

    def _weigh(self, tallies: Tallies, weigher: EventWeigher) -> None:
        """Give the events their weights, the time of which is that of the run."""
        wall, cpu = time.perf_counter(), time.thread_time()
        weigher.weigh(tallies)
        wall = time.perf_counter() - wall
        tallies.wall_s += wall
        tallies.cpu_s += time.thread_time() - cpu
        if tallies.gpu is not None:
            tallies.gpu = tallies.gpu.model_copy(update={"total_s": tallies.gpu.total_s + wall})

    def cost_of_asking(self) -> tuple[float, float]:
        """Return seconds of a question to the rules of fast simulation, accepted and refused; 0 for none."""
        return (0.0, 0.0) if self.world.hook is None else cost_of_asking(self.world.hook.domains)

    def place(self, copy: int) -> None:
        """Go on with copy `copy` of code and tables; see simkit.engines.Prepared. On the CPU only."""
        load_copy(copy)
        self.world = replace(self.world, setup=deepcopy(self.world.setup))
        compile_cpu(self.world.setup, self._tally(1))

    def _tally(self, slots: int, mode: Any = Serial(1)) -> Tally:  # noqa: B008
        """Return a zeroed tally for `slots` events, one CPU thread an event."""
        return make_tally(slots, len(self.regions), len(self.cell_region), mode, *self._blocks())

    def _waiting(self, tally: Tally) -> Waiting | None:
        """Return who takes tracks for models on the host; None where there are none."""
        hook, hosts = self.world.hook, self.world.hosts
        return Waiting(hook, hosts, tally) if hook and hosts else None

    def _blocks(self) -> tuple[bool, bool]:
        """Return which blocks of the tally are there: what a readout does not see, what models deposit."""
        return isinstance(self.world.detector.readout, Response), self.world.hook is not None

    def _endless(self, tallies: Tallies) -> str:
        """Return the particles that endless tracks may be of: those with so many steps, or of plug-ins."""
        steps = tallies.steps[tallies.counters[:, ENDLESS_TRACKS] > 0].sum(axis=2).max(axis=0)
        kinds = [k for k in range(len(PARTICLES)) if steps[k] >= MOST_STEPS]
        kinds = kinds or [kind for life in list(all_lives())[len(LIVES) :] for kind in life.kinds]
        return ", ".join(PARTICLES[kind] for kind in kinds or range(len(PARTICLES)) if kinds or steps[kind])

    def _follows(self, kind: int) -> bool:
        """Return whether a life follows a kind; one that was added later has none here."""
        life_of = self.world.setup.life_of
        return kind < len(life_of) and bool(life_of[kind] >= 0)

    def _start(self, primaries: Primaries) -> tuple[Start, np.ndarray]:
        """Return the primaries as the kernels want them, and the event number of each slot."""
        volume = start_volumes(self.world.detector, primaries)
        events, slot = np.unique(primaries.event, return_inverse=True)
        kind = np.full(len(slot), -1, dtype=np.int64)
        known = {pdg: number for pdg, number in kind_of_pdg().items() if self._follows(number)}
        for pdg, number in known.items():
            kind[primaries.pdg == pdg] = number
        if (kind < 0).any():
            code = primaries.pdg[kind < 0][0]
            raise BadInput(f"primaries: no life follows PDG code {code}; allowed: {list(known)}")
        if (high := np.flatnonzero(primaries.energy > self.highest_MeV[kind])).size:
            name, most = PARTICLES[kind[high[0]]], self.highest_MeV[kind[high[0]]]
            raise BadInput(
                f"primaries: {name} of {primaries.energy[high[0]]:g} MeV, followed up to {most:g} MeV"
            )
        words = pack_tracks(
            Track(
                kind=kind,
                energy=primaries.energy,
                x=primaries.x,
                y=primaries.y,
                z=primaries.z,
                u=primaries.u,
                v=primaries.v,
                w=primaries.w,
                time=primaries.time,
                weight=1.0,
                volume=volume,
                identity=(primaries.number + 1).astype(np.uint64),
                slot=slot,
            )
        )
        start = Start(primaries.event, slot.astype(np.int64), words)
        return start, events.astype(np.int64)


def tallies_of(
    tally: Tally, events: np.ndarray, cell_region: np.ndarray, responds: bool = False, fast: bool = False
) -> Tallies:
    """Return what a tally holds, one row an event; responds, fast: as it was made with."""
    columns = tally_columns(tally.regions, len(cell_region), responds, fast)
    by_name: dict[str, Any] = {name: tally.counts[:, place] for name, place in columns.items()}
    by_name["escaped"] = by_name["escaped"].reshape(len(events), len(PARTICLES), 2)
    by_name["steps"] = by_name["steps"].reshape(len(events), len(PARTICLES), tally.regions)
    return Tallies(events=events, cell_region=cell_region, **by_name)


class NativeEngine:
    """See simkit.engines.Engine."""

    name = "native"
    version = package_version("simkit")

    def prepare(self, scenario: Scenario) -> NativePrepared:
        """Build the tables and compile the kernels of `scenario`."""
        return NativePrepared(scenario)


ENGINE = NativeEngine()
