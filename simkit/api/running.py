"""`simkit.run`: what `simkit run` does, from Python.

Arguments are called as the command line's options (`--with` is `speedups`, as `with` is a word of Python's);
`--json` is the result's `to_json()`. Times are texts such as "2m", or seconds. Nothing is printed; with
`progress=True` a bar is shown on a terminal, and a function is called with the fraction done and what is
being done. Errors: simkit.BadInput, one line, where the command line would exit with 4.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simkit.api.arguments import Rules, Settings, builtin, path_of, settings_of, texts, with_rules
from simkit.api.gating import MAX_SLOWDOWN, hold, stored_record
from simkit.api.keeping import held, place, tabulate
from simkit.api.progress import Progress, Tell, shown
from simkit.errors import BadInput, Interrupted
from simkit.record.command_line import assignments, command_line

# What takes long to import comes after what may be wrong with the input.
if TYPE_CHECKING:
    from simkit.api.results import RunResult


def run(
    scenario: str | Path,
    *,
    events: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    backend: str | None = None,
    speedups: Sequence[str] | str = (),
    set: Settings = (),
    fastsim: Rules = (),
    executor: str = "local",
    profile: bool = False,
    instructions: bool = False,
    baseline: str | Path | None = None,
    max_slowdown: float = MAX_SLOWDOWN,
    out: str | Path | None = None,
    keep: bool = False,
    progress: Progress = False,
) -> RunResult:
    """Simulate a scenario: deposits, steps, secondaries, time per event, energy balance.

    scenario: a preset ("testem3", "hepemshow", "par04", "segmented", "atlas_like") or a TOML file. events,
    seed, threads, backend ("cpu", "cuda"): instead of the scenario's. speedups: those on, such as
    "gamma-roulette:threshold_MeV=2". set: keys of the scenario. fastsim: rules of fast simulation, tables of
    `[[fastsim]]` whose `model` may be a generator (simkit.fastsim.models.generating). executor: where events
    are simulated, see simkit.executors. profile: count cycles, too. instructions: count them, too. baseline:
    the folder of a run stored before, to hold this one against; max_slowdown: how much slower (relative) is
    fine. out: the folder to write the run to, where finished shards of one that was interrupted are taken
    up (never where a model is an object). keep: write it below results/MACHINE/SCENARIO.
    """
    from simkit.scenario import load_scenario

    stored = stored_record(path_of(baseline), max_slowdown, "result.json")
    speedups, settings = texts(speedups), with_rules(settings_of(set), fastsim)
    chosen = load_scenario(
        scenario,
        with_speedups=speedups,
        overrides=settings,
        events=builtin(events),
        seed=builtin(seed),
        threads=builtin(threads),
        backend=backend,
    )
    folder = place(path_of(out), keep, "run", chosen.name)
    counts = ""
    if instructions:
        from simkit.bench.instructions.count import check_backend, find_source

        check_backend(chosen.run.backend)
        counts = find_source()
    from simkit.api.results import RunResult
    from simkit.engines.sharded import finished_shards, forget
    from simkit.engines.simulation import run_scenario

    # an object of Python is known by its name alone: what another one made must not be taken up
    kept = None if any(getattr(rule, "name", "") for rule in chosen.fastsim) else folder
    with held(folder):
        try:
            with shown(progress, chosen.name) as tell:
                record, tallies, prepared = run_scenario(
                    chosen,
                    progress=None if tell is None else _counter(tell, chosen.name, chosen.count),
                    executor=executor,
                    keep_in=kept,
                    profile=profile,
                )
        except KeyboardInterrupt:
            if kept is None or not (shards := finished_shards(kept)):
                raise
            raise Interrupted(
                f"interrupted; {shards} finished shards are kept: the same command with --out {folder}"
                f"{' in place of --keep' if keep else ''} goes on"
            ) from None
        result = RunResult(record, folder, tallies, prepared.regions)
        if counts:
            from simkit.bench.instructions.count import of_scenario, why_not_counted
            from simkit.bench.instructions.task import CountedSide

            timing, side = record.timing, CountedSide(record.engine.name, chosen)
            try:
                counted = of_scenario(side, timing.cpu_s_per_event, chosen.seed, counts, [prepared])
                timing.instructions = counted.record()
            except (BadInput, KeyboardInterrupt) as error:  # the record of the run is kept all the same
                result.remarks.append(f"instructions not counted: {why_not_counted(error)}")
        # Where it ran changes nothing.
        record.timing.command = command_line(
            "run",
            [str(scenario)],
            with_=list(speedups),
            set=assignments(settings),
            events=record.events,
            seed=record.seed,
            threads=threads,
            backend=backend,
            profile=profile,
            instructions=instructions,
        )
        if folder is not None:
            result.save(folder)
            forget(folder)
            tabulate(keep)
        hold(result, stored, max_slowdown, path_of(baseline))
    return result


def _counter(tell: Tell, what: str, total: int | None) -> Callable[[int], None]:
    """Return what adds up the events just done and tells the fraction of all, 0 where nobody knows it."""
    done = 0

    def count(new: int) -> None:
        nonlocal done
        done += new
        tell(done / total if total else 0.0, what)

    return count
