"""run, compare, campaign, validate, score and history: what the commands of these names do, from Python.

Arguments are called as the command line's options (`--with` is `speedups`, as `with` is a word of Python's);
`--json` is the result's `to_json()`. Times are texts such as "2m", or seconds. Nothing is printed; with
`progress=True` a bar is shown on a terminal, and a function is called with the fraction done and what is
being done. Errors: simkit.BadInput, one line, where the command line would exit with 4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simkit.api.keeping import held, place, record_folders, tabulate
from simkit.api.progress import Progress, Tell, shown
from simkit.errors import BadInput
from simkit.record.command import assignments, command_line, seconds

# What takes long to import comes after what may be wrong with the input, and only where it is needed.
if TYPE_CHECKING:
    from simkit.api.comparisons import CampaignResult, ComparisonResult, SideBySideResult
    from simkit.api.results import HistoryResult, RunResult, ScoreResult, ValidationResult

Settings = Mapping[str, Any] | Sequence[str] | str
"""Keys of a scenario: {"physics.production_cut_mm": 1.0}, or texts as `--set` takes them."""

METRIC = "cpu_s_per_event"


def run(
    scenario: str | Path,
    *,
    events: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    backend: str | None = None,
    speedups: Sequence[str] | str = (),
    set: Settings = (),
    executor: str = "local",
    profile: bool = False,
    instructions: bool = False,
    out: str | Path | None = None,
    keep: bool = False,
    progress: Progress = False,
) -> RunResult:
    """Simulate a scenario: deposits, steps, secondaries, time per event, energy balance.

    scenario: a preset ("testem3", "hepemshow", "atlas_like") or a TOML file. events, seed, threads, backend
    ("cpu", "cuda"): instead of the scenario's. speedups: those on, such as "gamma-roulette:threshold_MeV=2".
    set: keys of the scenario. executor: where events are simulated, see simkit.executors. profile: count
    cycles, too. instructions: count them, too. out: the folder to write the run to, where finished shards of
    one that was interrupted are taken up. keep: write it below results/MACHINE/SCENARIO.
    """
    from simkit.scenario import load_scenario

    speedups, settings = texts(speedups), _settings(set)
    chosen = load_scenario(
        scenario,
        with_speedups=speedups,
        overrides=settings,
        events=builtin(events),
        seed=builtin(seed),
        threads=builtin(threads),
        backend=backend,
    )
    folder = place(_path(out), keep, "run", chosen.name)
    counts = ""
    if instructions:
        from simkit.bench.instructions.count import check_backend, find_source

        check_backend(chosen.run.backend)
        counts = find_source()
    from simkit.api.results import RunResult
    from simkit.engines.run import run_scenario
    from simkit.engines.sharded import finished_shards, forget

    with held(folder):
        try:
            with shown(progress, chosen.name) as tell:
                record, tallies, prepared = run_scenario(
                    chosen,
                    progress=None if tell is None else _counter(tell, chosen.name, chosen.count),
                    executor=executor,
                    keep_in=folder,
                    profile=profile,
                )
        except KeyboardInterrupt:
            if folder is None or not (shards := finished_shards(folder)):
                raise
            raise BadInput(
                f"interrupted; {shards} finished shards are kept: the same command with --out {folder}"
                f"{' in place of --keep' if keep else ''} goes on"
            ) from None
        result = RunResult(record, folder, tallies, prepared.regions)
        if counts:
            from simkit.bench.instructions.count import of_scenario, why_not_counted
            from simkit.bench.instructions.task import Side

            timing, side = record.timing, Side(record.engine.name, chosen)
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
    return result


def compare(
    a: str | Path,
    b: str | Path,
    *,
    scenario: str | Path | None = None,
    rounds: int | None = None,
    budget: str | float = "6m",
    min_speedup: float | None = None,
    precision: float | None = None,
    seed: int | None = None,
    threads: int | None = None,
    set: Settings = (),
    profile: bool = False,
    instructions: bool = False,
    out: str | Path | None = None,
    keep: bool = False,
    progress: Progress = False,
) -> ComparisonResult | SideBySideResult:
    """Compare two configurations: speedup with its interval, step ratios, and a verdict on the physics.

    a, b: "SCENARIO[+SPEEDUP...]" or "engine:NAME[=PROGRAM]". The other arguments are those of
    simkit.bench.compare.run_compare and, for `out` and `keep`, of `run`. Where a side is output that was
    recorded elsewhere there is no speedup (SideBySideResult).
    """
    budget_s = seconds(budget)
    place(_path(out), keep, "comparison", "any")  # what cannot be written is said before it is measured
    from simkit.api.comparisons import ComparisonResult, SideBySideResult
    from simkit.bench.compare import run_compare
    from simkit.bench.programs.side_by_side import SideBySide

    with held(_path(out)):
        with shown(progress, "comparing") as tell:
            record = run_compare(
                str(a),
                str(b),
                scenario=None if scenario is None else str(scenario),
                overrides=_settings(set),
                rounds=builtin(rounds),
                budget_s=budget_s,
                min_speedup=min_speedup,
                precision=precision,
                seed=builtin(seed),
                threads=builtin(threads),
                progress=tell,
                profile=profile,
                instructions=instructions,
            )
        of = record.scenario if isinstance(record, SideBySide) else record.a.scenario
        folder = place(_path(out), keep, "comparison", of)
        result: ComparisonResult | SideBySideResult = (
            SideBySideResult(record, folder)
            if isinstance(record, SideBySide)
            else ComparisonResult(record, folder)
        )
        if folder is not None:
            result.save(folder)
            tabulate(keep)
    return result


def campaign(
    ladder: str | Path | None = None,
    *,
    budget: str | float | None = None,
    resume: str | Path | None = None,
    rounds: int | None = None,
    events: int | None = None,
    executor: str = "local",
    seed: int | None = None,
    threads: int | None = None,
    hepscore: str | Path | None = None,
    profile: bool = False,
    out: str | Path | None = None,
    keep: bool = False,
    progress: Progress = False,
) -> CampaignResult:
    """Measure a ladder of speedups, step by step; it is kept in a folder of its own, with its report.

    ladder: a packaged ladder or a TOML file; the default one. The other arguments are those of
    simkit.bench.campaign.run.run_campaign and, for `out` and `keep`, of `run`.
    """
    budget_s = None if budget is None else seconds(budget)
    if keep and resume is not None:
        raise BadInput("--keep: a resumed campaign stays in its folder; leave out --keep")
    folder = _path(out)
    if keep:
        from simkit.bench.campaign.ladder import load_ladder

        folder = place(folder, keep, "campaign", Path(load_ladder(ladder).ladder.scenario).stem)
    from simkit.api.comparisons import CampaignResult
    from simkit.bench.campaign.run import run_campaign

    with shown(progress, "campaign") as tell:
        record, folder = run_campaign(
            ladder,
            budget_s=budget_s,
            rounds=builtin(rounds),
            events=builtin(events),
            resume=_path(resume),
            out=folder,
            executor=executor,
            seed=builtin(seed),
            threads=builtin(threads),
            hepscore=_path(hepscore),
            progress=tell,
            profile=profile,
        )
    result = CampaignResult(record, folder)
    from simkit.report.page import write_report

    result.page = write_report(folder)
    tabulate(keep)
    return result


def validate(
    names: Sequence[str] | str = (),
    *,
    quick: bool = False,
    out: str | Path | None = None,
    keep: bool = False,
    progress: Progress = False,
) -> ValidationResult:
    """Compare cross sections, losses, ranges, samples and showers with figures from outside.

    names: of checks, or of processes as Geant4 calls them; all of them. quick: leave out the showers, which
    take longest. out, keep: as for `run`; the page is written beside the record.
    """
    folder = place(_path(out), keep, "validation", "validation")
    from simkit.api.results import ValidationResult
    from simkit.validation.run import run_validation

    with held(folder):
        with shown(progress, "checks") as tell:
            record = run_validation(list(texts(names)) or None, quick, tell)
        result = ValidationResult(record, folder)
        if folder is not None:
            from simkit.report.page import write_report
            from simkit.report.sources import find_record

            file = result.save(folder)
            # Beside the record of something else it has a page of its own.
            result.page = write_report(folder if find_record(folder) == file else file)
    tabulate(keep)
    return result


def score(
    scenarios: Sequence[str] | str = (),
    *,
    hepscore: str | Path | None = None,
    out: str | Path | None = None,
    keep: bool = False,
    progress: Progress = False,
) -> ScoreResult:
    """Score this machine: weighted geometric mean of workloads over a reference machine.

    scenarios: "SCENARIO[+SPEEDUP...]", also timed and given in normalised seconds. hepscore: a report of
    HEPscore to read instead. out, keep: as for `run`; beside the record lies a report of HEPscore's shape.
    """
    from simkit.bench.sources import parse_source

    sources = [parse_source(text) for text in texts(scenarios)]
    folder = place(_path(out), keep, "score", "score")
    from simkit.api.results import ScoreResult
    from simkit.bench.score.event_time import time_scenarios
    from simkit.bench.score.hepscore import read_hepscore
    from simkit.bench.score.hepscore_report import hepscore_report
    from simkit.bench.score.run import run_score, warn_of_other_machine
    from simkit.record.run_folder import write_text

    with held(folder):
        with shown(progress, "scoring") as tell:
            record = run_score(progress=tell) if hepscore is None else read_hepscore(Path(hepscore))
            if sources:
                warn_of_other_machine(record)
            record.throughputs = time_scenarios(sources, record, progress=tell)
        result = ScoreResult(record, folder)
        if folder is not None:
            if hepscore is None:
                write_text(folder / "hepscore.json", hepscore_report(record) + "\n")
            result.save(folder)
            tabulate(keep)
    return result


def history(metric: str | None = None, *, results: str | Path | None = None) -> HistoryResult:
    """Return one metric of all records kept below a folder, with its changes of level.

    metric: a number of the records, such as "steps_per_event.gamma"; the CPU seconds per event. results: the
    folder; results/ and simkit-results/ here.
    """
    from simkit.api.results import HistoryResult
    from simkit.bench.history import change_points
    from simkit.bench.history.exports import check_metric
    from simkit.bench.history.table import need_history, series

    entries, faults = need_history(record_folders(results))
    name = metric or METRIC
    if metric is not None:
        check_metric(metric, entries)
    groups = series(entry for entry in entries if name in entry.figures)
    changes = {
        of: change_points.find_changes([entry.figures[name].value for entry in group])
        for of, group in (groups if change_points.available() else {}).items()
    }
    return HistoryResult(
        name, groups, changes if change_points.available() else None, entries, faults, every=metric is None
    )


def _counter(tell: Tell, what: str, total: int | None) -> Callable[[int], None]:
    """Return what adds up the events just done and tells the fraction of all, 0 where nobody knows it."""
    done = 0

    def count(new: int) -> None:
        nonlocal done
        done += new
        tell(done / total if total else 0.0, what)

    return count


def texts(given: Sequence[str] | str | None) -> tuple[str, ...]:
    """Return names that may be given as one text."""
    return (given,) if isinstance(given, str) else tuple(given or ())


def builtin(value: Any) -> Any:
    """Return a number of numpy's as one of Python's, which records and scenarios hold."""
    return value.item() if hasattr(value, "item") and getattr(value, "ndim", 0) == 0 else value


def _settings(given: Settings | None) -> Mapping[str, Any] | Sequence[str]:
    if isinstance(given, Mapping):
        return {key: builtin(value) for key, value in given.items()}
    return texts(given)


def _path(given: str | Path | None) -> Path | None:
    return None if given is None else Path(given)
