"""Reports of HEPscore and of the HEP benchmark suite: a score recomputed from its parts.

D. Giordano et al., "HEPScore: A new CPU benchmark for the WLCG", EPJ Web Conf. 295 (2024) 07024. As in
HEPscore, three things are rounded to four digits: of each run the ratios (score / reference), then their
geometric mean, and at the end the score. The value of a benchmark is the median over its runs, not rounded
again; the score is the weighted geometric mean of the values, scaled.
"""

from __future__ import annotations

import math
import statistics
from pathlib import Path
from typing import Any

from simkit.bench.score.geometric import relative_error, rounded, weighted_geometric_mean
from simkit.errors import BadInput
from simkit.reading import read_json
from simkit.record.score import Score, Workload

AGREEMENT = 1e-6, 1e-4  # relative and of the last digit, between the score stated and that recomputed
REFERENCE_SUFFIX = "_ref"
METHOD = "geometric_mean"
MOST_PROCESSORS = 1_000_000  # beyond it, a report is damaged


def read_hepscore(path: Path) -> Score:
    """Return the score of a report, recomputed from its parts.

    `path`: a report of the HEP benchmark suite, or of HEPscore alone.
    Errors: BadInput for a file that is no such report, tells of a failure, lacks parts, or does not add up to
    its score.
    """
    report = _load(path)
    hepscore = _part(report, "profiles", "hepscore") or (report if "benchmarks" in report else {})
    _check_success(path, hepscore)
    try:
        benchmarks, scores = hepscore["benchmarks"], hepscore["wl-scores"]
        settings, stated = hepscore["settings"], float(hepscore["score"])
        if not benchmarks:
            raise BadInput(f"{path}: the HEPscore report holds no finished benchmark; run it again")
        _check_names(path, benchmarks, scores)
        _check_method(path, settings)
        measured = [_workload(name, entry, scores[name]) for name, entry in benchmarks.items()]
        scaling = _positive("scaling", settings.get("scaling", 1.0))
        threads = _threads(report, hepscore)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise BadInput(
            f"{path}: not a complete HEPscore report ({type(error).__name__}: {error}); give the JSON "
            "of hep-benchmark-suite or hepscore"
        ) from None
    if not math.isfinite(stated):
        raise BadInput(f"{path}: states a score of {stated}; give the report of a finished benchmark")
    if not any(w.weight for w in measured):
        raise BadInput(f"{path}: all weights of the HEPscore report are 0; give an undamaged report")
    score = rounded(
        scaling * weighted_geometric_mean([w.ratio for w in measured], [w.weight for w in measured])
    )
    if abs(score - stated) > AGREEMENT[0] * abs(stated) + AGREEMENT[1]:
        raise BadInput(
            f"{path}: states a score of {stated}, but its parts give {score}; give an undamaged report"
        )
    return Score(
        kind=str(settings.get("name", "HEPscore")),
        score=score,
        relative_error=relative_error(measured),
        logical_threads=threads,
        score_per_thread=score / threads,
        scaling=scaling,
        reference_machine=str(settings.get("reference_machine", "")),
        configuration_hash=str(_part(hepscore, "app_info", "config_hash") or ""),
        workloads=measured,
        machine=_machine(report, threads),
        created=str(report.get("_timestamp_end") or report.get("_timestamp") or ""),
        versions={"hepscore": str(_part(hepscore, "app_info", "hepscore_ver") or "")},
    )


def _check_success(path: Path, hepscore: Any) -> None:
    """Raise BadInput for a report of a benchmark that failed, naming the workloads."""
    if _part(hepscore, "status") in (None, "success") and _part(hepscore, "score") != -1:
        return
    benchmarks = _part(hepscore, "benchmarks")
    names = [name for name, entry in benchmarks.items() if not _runs(entry)] if benchmarks else []
    named = _part(hepscore, "error")  # the first that failed
    if named and named not in names:
        names.insert(0, named)
    raise BadInput(
        f"{path}: HEPscore failed: {', '.join(map(str, names)) or 'no workload is named'}; "
        "give the report of a finished benchmark"
    )


def _part(tree: Any, *keys: str) -> Any:
    """Return what stands at a place of a report, None where there is nothing."""
    for key in keys:
        tree = tree.get(key) if isinstance(tree, dict) else None
    return tree


def _check_names(path: Path, benchmarks: dict[str, Any], scores: dict[str, Any]) -> None:
    """Raise BadInput unless the runs and the results are of the same workloads."""
    for name in sorted(benchmarks.keys() ^ scores.keys()):
        here, there = ("benchmarks", "wl-scores") if name in benchmarks else ("wl-scores", "benchmarks")
        raise BadInput(f"{path}: has {name!r} in {here}, but not in {there}; give an undamaged report")


def _check_method(path: Path, settings: dict[str, Any]) -> None:
    """Raise BadInput for a score that is another mean than the one it is recomputed with."""
    found = settings.get("method", METHOD)
    if found != METHOD:
        raise BadInput(f"{path}: settings.method: found {found!r}; only {METHOD!r} can be recomputed")


def _positive(what: str, value: Any, least: float = 1e-12) -> float:
    """Return a figure of a report. Errors: ValueError, TypeError."""
    number = float(value)
    if not least <= number < math.inf:
        raise ValueError(f"{what}: found {value!r}, must be greater than 0")
    return number


def _machine(report: dict[str, Any], threads: int) -> dict[str, Any]:
    cpu = _part(report, "host", "HW", "CPU", "CPU_Model") or ""
    return {
        "cpu": " ".join(str(cpu).split()),
        "logical_threads": _count(_part(report, "host", "HW", "CPU", "CPU_num")) or threads,
    }


def _load(path: Path) -> dict[str, Any]:
    report = read_json(Path(path), "give a HEPscore report")
    if not isinstance(report, dict):
        raise BadInput(f"{path}: not a HEPscore report; give the JSON of hep-benchmark-suite or hepscore")
    return report


def _workload(name: str, entry: dict[str, Any], scores: dict[str, Any]) -> Workload:
    references = {
        key.removesuffix(REFERENCE_SUFFIX): _positive(f"{name}: {key}", value)
        for key, value in scores.items()
        if key.endswith(REFERENCE_SUFFIX)
    }
    if not references:
        raise KeyError(f"{name}: reference")
    # A workload with several scores counts with the geometric mean of their ratios.
    values = [
        rounded(
            weighted_geometric_mean(
                [rounded(_positive(f"{name}: {part}", run[part]) / ref) for part, ref in references.items()],
                [1.0] * len(references),
            )
        )
        for run in _runs(entry)
        if references.keys() <= run.keys()
    ]
    if not values:
        raise ValueError(f"{name}: no run has a result")
    weight = float(entry.get("weight", 1.0))
    if not 0.0 <= weight < math.inf:
        raise ValueError(f"{name}: weight: found {weight}, must not be less than 0")
    median = statistics.median(values)
    return Workload(
        name=name,
        unit="ratio to the reference machine",
        weight=weight,
        values=values,
        median=median,
        reference=1.0,
        ratio=_positive(f"{name}: ratio", median),
    )


def _runs(entry: Any) -> list[dict[str, Any]]:
    """Return the scores of the runs that have some; those that failed and were tried again have none."""
    runs = entry.items() if isinstance(entry, dict) else ()
    found = [_part(run, "report", "wl-scores") for key, run in runs if _is_run(key)]
    return [scores for scores in found if isinstance(scores, dict)]


def _is_run(key: str) -> bool:
    return key.startswith("run") and key[3:].isdigit()


def _threads(report: dict[str, Any], hepscore: dict[str, Any]) -> int:
    """Return how many processors the score is of.

    Those HEPscore was told to fill, at most those that were available to it; else those that its copies
    filled; else all of the host.
    """
    told = (
        _part(report, "suite", "flags", "ncores"),
        _part(hepscore, "settings", "ncores"),
        _part(hepscore, "environment", "available_cores"),
    )
    filled = (
        _count(_part(entry, "run_info", "copies")) * _count(_part(entry, "run_info", "threads_per_copy"))
        for entry in hepscore["benchmarks"].values()
    )
    found = (
        min(filter(None, map(_count, told)), default=0)
        or max(filled)
        or _count(_part(report, "host", "HW", "CPU", "CPU_num"))
    )
    if not found:
        raise KeyError("the number of processors (suite.flags.ncores or host.HW.CPU.CPU_num)")
    return found


def _count(value: Any) -> int:
    """Return a number of processors, 0 where there is none (the suite writes -1 for "all")."""
    try:
        count = int(value)
    except (TypeError, ValueError, OverflowError):
        return 0
    return count if 1 <= count < MOST_PROCESSORS else 0
