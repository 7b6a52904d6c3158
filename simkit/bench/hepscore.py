"""Reports of HEPscore and of the HEP benchmark suite: a score recomputed from its parts.

D. Giordano et al., "HEPScore: A new CPU benchmark for the WLCG", EPJ Web Conf. 295 (2024) 07024. The value of
a benchmark is the median over its runs of (score / reference), rounded to four digits as HEPscore does; the
score is the weighted geometric mean of the values, scaled.
"""

from __future__ import annotations

import json
import math
import statistics
from pathlib import Path
from typing import Any

from simkit.bench.geometric import relative_error, weighted_geometric_mean
from simkit.bench.schema import Score, Workload
from simkit.errors import BadInput

DIGITS = 4
AGREEMENT = 1e-6  # relative, between the score stated and that recomputed
REFERENCE_SUFFIX = "_ref"


def read_hepscore(path: Path) -> Score:
    """Return the score of a report, recomputed from its parts.

    `path`: a report of the HEP benchmark suite (which tells the number of processors), or of HEPscore alone.
    Errors: BadInput for a file that is no such report, lacks parts, or does not add up to its score.
    """
    report = _load(path)
    suite = report.get("profiles", {})
    hepscore = suite.get("hepscore", {}) if isinstance(suite, dict) else {}
    if not hepscore and "benchmarks" in report:
        hepscore = report
    try:
        measured = [
            _workload(name, entry, hepscore["wl-scores"][name])
            for name, entry in hepscore["benchmarks"].items()
        ]
        settings, stated = hepscore["settings"], float(hepscore["score"])
        scaling, threads = float(settings["scaling"]), _threads(report, settings)
    except (KeyError, TypeError, ValueError, AttributeError, ZeroDivisionError) as error:
        raise BadInput(
            f"{path}: not a complete HEPscore report ({type(error).__name__}: {error}); give the JSON "
            "of hep-benchmark-suite or hepscore"
        ) from None
    if not measured or not math.isfinite(stated):
        raise BadInput(f"{path}: the HEPscore report holds no finished benchmark; run it again")
    score = round(
        scaling * weighted_geometric_mean([w.ratio for w in measured], [w.weight for w in measured]), DIGITS
    )
    if abs(score - stated) > AGREEMENT * abs(stated):
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
        configuration_hash=str(hepscore.get("app_info", {}).get("config_hash", "")),
        workloads=measured,
        machine=_machine(report, threads),
        created=str(report.get("_timestamp_end") or report.get("_timestamp") or ""),
        versions={"hepscore": str(hepscore.get("app_info", {}).get("hepscore_ver", ""))},
    )


def _machine(report: dict[str, Any], threads: int) -> dict[str, Any]:
    cpu = report.get("host", {}).get("HW", {}).get("CPU", {}).get("CPU_Model", "")
    return {"cpu": " ".join(str(cpu).split()), "logical_threads": threads}


def _load(path: Path) -> dict[str, Any]:
    try:
        report = json.loads(Path(path).read_text("utf-8"))
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); give a HEPscore report") from None
    except ValueError as error:
        raise BadInput(f"{path}: not JSON ({error}); give a HEPscore report") from None
    if not isinstance(report, dict):
        raise BadInput(f"{path}: not a HEPscore report; give the JSON of hep-benchmark-suite or hepscore")
    return report


def _workload(name: str, entry: dict[str, Any], scores: dict[str, Any]) -> Workload:
    references = {
        key.removesuffix(REFERENCE_SUFFIX): float(value)
        for key, value in scores.items()
        if key.endswith(REFERENCE_SUFFIX)
    }
    if not references:
        raise KeyError(f"{name}: reference")
    runs = [value["report"]["wl-scores"] for key, value in sorted(entry.items()) if _is_run(key)]
    # A workload with several scores counts with the geometric mean of their ratios.
    values = [
        math.exp(statistics.fmean(math.log(float(run[part]) / ref) for part, ref in references.items()))
        for run in runs
    ]
    ratio = round(statistics.median(values), DIGITS)
    return Workload(
        name=name,
        unit="ratio to the reference machine",
        weight=float(entry["weight"]),
        values=values,
        median=statistics.median(values),
        reference=1.0,
        ratio=ratio,
    )


def _is_run(key: str) -> bool:
    return key.startswith("run") and key[3:].isdigit()


def _threads(report: dict[str, Any], settings: dict[str, Any]) -> int:
    host = report.get("host", {}).get("HW", {}).get("CPU", {}).get("CPU_num")
    flags = report.get("suite", {}).get("flags", {}).get("ncores")
    count = int(host or flags or settings.get("ncores") or 0)
    if count < 1:
        raise KeyError("the number of processors (host.HW.CPU.CPU_num)")
    return count
