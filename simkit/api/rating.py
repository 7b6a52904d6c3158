"""`simkit.validate`, `score`, `scale`, `history`: what these commands do; see simkit.api.running."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simkit.api.arguments import Settings, builtin, path_of, settings_of, texts
from simkit.api.keeping import held, place, record_folders, tabulate
from simkit.api.progress import Progress, shown
from simkit.errors import BadInput
from simkit.record.command_line import assignments, command_line, duration, seconds

if TYPE_CHECKING:
    from simkit.api.machines import HistoryResult, ScaleResult, ScoreResult
    from simkit.api.results import ValidationResult

MOST = 4096  # threads or processes


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
    folder = place(path_of(out), keep, "validation", "validation")
    from simkit.api.results import ValidationResult
    from simkit.validation.checks import run_validation

    with held(folder):
        with shown(progress, "checks") as tell:
            record = run_validation(list(texts(names)) or None, quick, tell)
        result = ValidationResult(record, folder)
        if folder is not None:
            from simkit.report.page import write_report
            from simkit.report.paged import find_paged

            file = result.save(folder)
            # Beside the record of something else it has a page of its own.
            result.page = write_report(folder if find_paged(folder) == file else file)
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
    from simkit.bench.named_sides import parse_side

    sources = [parse_side(text) for text in texts(scenarios)]
    folder = place(path_of(out), keep, "score", "score")
    from simkit.api.machines import ScoreResult
    from simkit.bench.score.event_time import time_scenarios
    from simkit.bench.score.hepscore import read_hepscore
    from simkit.bench.score.hepscore_report import hepscore_report
    from simkit.bench.score.machine_score import run_score, warn_of_other_machine
    from simkit.writing import write_text

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


def scale(
    scenario: str | Path,
    *,
    threads: Sequence[int] | str | None = None,
    processes: Sequence[int] | str | None = None,
    budget: str | float = "2m",
    rounds: int | None = None,
    seed: int | None = None,
    speedups: Sequence[str] | str = (),
    set: Settings = (),
    out: str | Path | None = None,
    keep: bool = False,
    progress: Progress = False,
) -> ScaleResult:
    """Measure events per second on one thread, on all, on processes, and how that scales.

    scenario, seed, speedups, set, out, keep: as for `run`. threads, processes: numbers to measure, or a text
    such as "1,2,4"; without both, one, two, four ... and all processors that may be used, as threads, as
    processes and as both.
    """
    from simkit.scenario import load_scenario

    budget_s = seconds(budget)
    numbers = {"--threads": _numbers(threads, "--threads"), "--processes": _numbers(processes, "--processes")}
    settings = settings_of(set)
    chosen = load_scenario(scenario, with_speedups=texts(speedups), overrides=settings, seed=builtin(seed))
    folder = place(path_of(out), keep, "scale", chosen.name)
    from simkit.api.machines import ScaleResult
    from simkit.bench.scale.layouts import run_scale

    words = {name.strip("-"): n and ",".join(map(str, n)) for name, n in numbers.items()}
    command = command_line(
        "scale",
        [str(scenario)],
        with_=list(texts(speedups)),
        set=assignments(settings),
        budget=duration(budget_s),
        rounds=rounds,
        seed=chosen.seed,
        **words,
    )
    with held(folder):
        with shown(progress, "scaling") as tell:
            record = run_scale(
                chosen,
                threads=numbers["--threads"],
                processes=numbers["--processes"],
                budget_s=budget_s,
                rounds=builtin(rounds),
                command=command,
                progress=tell,
            )
        result = ScaleResult(record, folder)
        if folder is not None:
            result.save(folder)
    return result


def _numbers(given: Sequence[int] | str | None, option: str) -> list[int] | None:
    """Return the numbers of a list such as "1,2,4". Errors: BadInput."""
    if given is None:
        return None
    parts = given.split(",") if isinstance(given, str) else [str(builtin(n)) for n in given]
    if not parts or not all(part.strip().isdecimal() and 0 < int(part) <= MOST for part in parts):
        raise BadInput(f"{option}: found {given!r}; write numbers from 1 to {MOST}, such as 1,2,4")
    return sorted({int(part) for part in parts})


def history(metric: str | None = None, *, results: str | Path | None = None) -> HistoryResult:
    """Return one metric of all records kept below a folder, with its changes of level.

    metric: a number of the records, such as "steps_per_event.gamma"; the CPU seconds per event. results: the
    folder; results/ and simkit-results/ here.
    """
    from simkit.api.machines import HistoryResult
    from simkit.bench.history import change_points
    from simkit.bench.history.exports import check_metric
    from simkit.bench.history.metrics import CPU_PER_EVENT
    from simkit.bench.history.table import need_history, series

    entries, faults = need_history(record_folders(results))
    name = metric or CPU_PER_EVENT
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
