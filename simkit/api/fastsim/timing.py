"""Timing a trained model: milliseconds a shower by batch, and beside transport of the same showers."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkit.api.fastsim.card import add_to_card, check_card_of, timings_of
from simkit.api.progress import Progress, shown
from simkit.bench.named_sides import check_seed
from simkit.bench.statistics.intervals import FEWEST_BLOCKS, exp_interval, trimmed_mean
from simkit.engines import find_engine
from simkit.engines.shower_samples import binning_of
from simkit.errors import BadInput
from simkit.events import load_events
from simkit.fastsim.models.asked import ask_for_showers, energies_in
from simkit.fastsim.models.draws import log_uniform, shower_keys
from simkit.fastsim.models.generating import Generator
from simkit.fastsim.models.trainers import load_generator
from simkit.fastsim.models.weights import model_path
from simkit.record.command_line import command_line, seconds
from simkit.record.generation import BatchTime, Generation, TransportTime
from simkit.record.interval import Interval
from simkit.record.provenance import make_provenance
from simkit.scenario import Scenario, load_scenario

BATCHES = (1, 10, 100, 10_000)
SHOWERS = 200  # of a round, where batches are smaller
MOST_ROUNDS = 30
MOST_BATCH = 10_000_000


def time_model(
    model: Path | str,
    batches: Sequence[int] = BATCHES,
    threads: int = 1,
    budget: str | float = "1m",
    scenario: Path | str = "par04",
    events: int = 20,
    seed: int = 1,
    keep: bool = False,
    progress: Progress = False,
) -> Generation:
    """Time a trained model's file, at energies log-uniform over those it was trained on.

    threads: over which a batch is shared. budget: of the batches' timing. events: how many showers of the
    scenario are followed in full, and made by the model in the same transport; 0: none. keep: put the times
    into the card of the file, whose hash the record then has. Errors: BadInput.
    """
    check_seed(seed)
    if threads < 1 or not batches or not 1 <= min(batches) <= max(batches) <= MOST_BATCH or events < 0:
        raise BadInput(f"time: batches must be 1 to {MOST_BATCH:,}, threads 1 or more, events 0 or more")
    budget_s, path = seconds(budget), model_path(model)
    if keep:
        check_card_of(model)
    generator, file = load_generator(path)
    chosen = load_scenario(scenario, events=events, seed=seed) if events else None
    if chosen is not None and binning_of(chosen).cells != generator.binning.cells:
        raise BadInput(
            f"{model}: makes showers of {generator.binning.cells} cells, {chosen.name} has "
            f"{binning_of(chosen).cells}; give its own scenario with --scenario, or --events 0"
        )
    clock = time.process_time if threads == 1 else time.perf_counter
    least, most = file.card.data.least_MeV, file.card.data.most_MeV
    keys = shower_keys(seed, max(batches) + SHOWERS)
    incident = log_uniform(seed, len(keys), least, most)
    given = ask_for_showers(generator, str(model), incident[:1], keys[:1])
    energies_in(generator, str(model), given, 1)
    found = []
    with shown(progress, f"timing {file.card.model}") as tell, ThreadPoolExecutor(threads) as pool:
        for i, batch in enumerate(batches):
            run = _round(generator, str(model), batch, threads, pool, incident, keys)
            found.append(_batch_time(batch, threads, run, clock, budget_s / len(batches)))
            if tell:
                tell((i + 1) / (len(batches) + 2 * bool(events)), f"batches of {batch}")
        beside = None
        if chosen is not None:
            rules = {"fastsim": [rule_of(chosen, path)]}
            fast = load_scenario(scenario, events=events, seed=seed, overrides=rules)
            beside = _in_transport(chosen, fast)
    if keep:
        add_to_card(path, {}, timings_of(found))
    return Generation(
        file=str(path),
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        model=file.card.model,
        model_id=file.card.model_id,
        parameters=file.card.parameters,
        file_MB=path.stat().st_size / 1e6,
        cells=generator.binning.cells,
        training_s=file.card.training_s,
        whole_showers=getattr(generator, "whole_showers", 0),
        energy_MeV=(least, most),
        clock="cpu" if threads == 1 else "wall",
        batches=found,
        transport=beside,
        provenance=make_provenance(
            command_line(
                "fastsim",
                ["time", str(path)],
                batches=",".join(map(str, batches)),
                threads=threads,
                budget=str(budget),
                scenario=str(scenario),
                events=events,
                seed=seed,
                keep=keep,
            ),
            seed,
        ),
    )


def _round(
    generator: Generator,
    name: str,
    batch: int,
    threads: int,
    pool: ThreadPoolExecutor,
    incident: NDArray[np.float64],
    keys: NDArray[np.uint64],
) -> Callable[[int], None]:
    """Return what makes so many showers in batches, each shared out to the threads."""

    def make(rows: NDArray[np.int64]) -> Any:
        return ask_for_showers(generator, name, incident[rows], keys[rows])

    def run(showers: int) -> None:
        for first in range(0, showers, batch):
            rows = np.arange(first, min(first + batch, showers))
            parts = [part for part in np.array_split(rows, threads) if len(part)]
            if len(parts) == 1:
                make(rows)
            else:
                list(pool.map(make, parts))

    return run


def _batch_time(
    batch: int, threads: int, run: Callable[[int], None], clock: Callable[[], float], budget_s: float
) -> BatchTime:
    run(batch)  # compiled, and caches filled
    begin = time.perf_counter()
    run(batch)
    one_s = max(time.perf_counter() - begin, 1e-7)
    # Whole batches alone, as many as make SHOWERS, fewer where those take too long.
    showers = batch * min(-(-SHOWERS // batch), max(1, int(budget_s / FEWEST_BLOCKS / one_s)))
    times = list[float]()
    begin = time.perf_counter()
    while len(times) < FEWEST_BLOCKS or (
        time.perf_counter() - begin < 0.9 * budget_s and len(times) < MOST_ROUNDS
    ):
        before = clock()
        run(showers)
        times.append(max(clock() - before, 1e-9))
    ms = _interval(times, showers)
    return BatchTime(batch=batch, threads=threads, ms=ms, showers=showers, rounds=len(times))


def _interval(times: Sequence[float], showers: int) -> Interval:
    """Return milliseconds a shower, with the interval of the rounds."""
    return exp_interval(trimmed_mean(np.log(np.array(times))), 1e3 / showers)


def _in_transport(chosen: Scenario, fast: Scenario) -> TransportTime:
    primaries = load_events(chosen.events, chosen.count, chosen.seed).primaries
    n = len(primaries.energy)
    (full_ms, _), (fast_ms, tallies) = (
        _rounds_of(lambda world=world: world.run(primaries, chosen.seed, 1), n)  # type: ignore[misc]
        for world in map(find_engine("native").prepare, (chosen, fast))
    )
    host = tallies.host
    return TransportTime(
        scenario=chosen.name,
        hash=chosen.hash,
        showers=n,
        batch=host.largest,
        full_ms=full_ms,
        fast_ms=fast_ms,
        infer_ms=1e3 * host.infer_s / n,
        place_ms=1e3 * host.place_s / n,
        ratio=full_ms.value / fast_ms.value,
    )


def _rounds_of(run: Callable[[], Any], showers: int) -> tuple[Interval, Any]:
    """Return CPU milliseconds a shower of several rounds, and what the last one gave."""
    run()
    times = []
    for _ in range(FEWEST_BLOCKS):
        begin = time.process_time()
        last = run()
        times.append(max(time.process_time() - begin, 1e-9))
    return _interval(times, showers), last


def rule_of(scenario: Scenario, path: Path) -> dict[str, Any]:
    """Return the rule by which a model's file takes the gun's particles of a scenario with a shower mesh."""
    mesh: Any = scenario.readout
    return {
        "model": "generator",
        "file": str(path),
        "particles": [getattr(scenario.events, "particle", "")],
        "visible_region": mesh.region,
        "layer_mm": mesh.layer_mm,
        "sampling_fraction": mesh.sampling_fraction,
    }
