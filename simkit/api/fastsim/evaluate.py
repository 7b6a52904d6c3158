"""`simkit fastsim evaluate`: generated showers against true ones; see simkit.bench.evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simkit.api.arguments import path_of, texts
from simkit.api.keeping import held, place
from simkit.api.progress import Progress, shown
from simkit.errors import BadInput, unknown
from simkit.record.command_line import command_line
from simkit.record.evaluation import PARTS

if TYPE_CHECKING:
    from simkit.api.fastsim.results import EvaluationResult

MOST_SEEDS, MOST_THREADS = 100, 1024


def evaluate(
    generated: str | Path,
    truth: str | Path,
    *,
    second_truth: str | Path | None = None,
    training: str | Path | None = None,
    binning: str | Path | None = None,
    particle: str | None = None,
    threshold_MeV: float | None = None,
    showers: int | None = None,
    seeds: int = 3,
    seed: int = 1,
    quick: bool = False,
    bfloat16: bool = False,
    threads: int = 1,
    only: Sequence[str] | str = (),
    max_auc: float | None = None,
    truth_from: str | Path | None = None,
    out: str | Path | None = None,
    progress: Progress = False,
) -> EvaluationResult:
    """Compare a file of generated showers with a file of true ones, and truth with truth at the same number.

    second_truth: a second file of true showers; without it both truths come from one file, half of it each.
    training: the showers the generator was trained on, to see whether it repeats them. binning, particle: an
    XML file for files that carry no binning. threshold_MeV: below it a cell is zero. showers: at most so many
    of each sample. seeds: of the classifiers. quick: few showers, a small network. bfloat16: the
    networks' matrix products in it, three times as fast where the processor knows it. only: "low", "high",
    "boosting", "distances", "manifold", "memorisation", "anomalies", "map"; all of them without it. max_auc:
    an AUC above which the verdict is fail. truth_from: an earlier evaluation of the same truth, whose AUC of
    truth against truth is taken over, and its others where it is of the same generated showers. out: a folder
    for the record and its page. Errors: BadInput.
    """
    from simkit.api.fastsim.results import EvaluationResult
    from simkit.bench.evaluation.evaluate import run_evaluation
    from simkit.bench.evaluation.samples import EvaluationPlan

    check_parts(texts(only))
    if particle is not None and binning is None:
        raise BadInput(f"--particle {particle}: names one of several in a --binning XML file; give that, too")
    check_sizes(showers, seeds)
    _check("--threads", threads, 1, MOST_THREADS)
    _check("--seed", seed, 0, 2**32 - 1 - MOST_SEEDS)
    if threshold_MeV is not None and not 0.0 <= threshold_MeV < float("inf"):
        raise BadInput(f"--threshold-MeV: found {threshold_MeV}; must be an energy in MeV, 0 for none")
    if max_auc is not None and not 0.5 <= max_auc <= 1.0:
        raise BadInput(f"--max-auc: found {max_auc}; must be between 0.5 (no difference) and 1")
    if max_auc is not None and only and not {"low", "high", "boosting"} & set(texts(only)):
        raise BadInput("--max-auc: no AUC is measured; add low, high or boosting to --only, or leave it out")
    plan = EvaluationPlan(
        generated=Path(generated),
        truth=Path(truth),
        second_truth=path_of(second_truth),
        training=path_of(training),
        binning=path_of(binning),
        particle=particle,
        threshold_MeV=threshold_MeV,
        showers=showers,
        seeds=seeds,
        seed=seed,
        quick=quick,
        bfloat16=bfloat16,
        threads=threads,
        only=tuple(texts(only)),
        max_auc=max_auc,
        truth_from=path_of(truth_from),
    )
    folder = place(path_of(out), False, "evaluation", "evaluation")
    default = EvaluationPlan._field_defaults
    options = {
        {"second_truth": "truth", "training": "train"}.get(name, name): value
        for name, value in plan._asdict().items()
        if name in default and value != default[name]
    }
    options["only"] = ",".join(plan.only)
    command = command_line("fastsim", ["evaluate", str(generated), str(truth)], **options)
    with held(folder):
        with shown(progress, "evaluating") as tell:
            record = run_evaluation(plan, command, tell)
        result = EvaluationResult(record, folder)
        if folder is not None:
            from simkit.report.page import write_report

            result.page = write_report(result.save(folder), folder / "report.html")
    return result


def check_parts(only: Sequence[str], where: str = "--only") -> None:
    """Check that there are such parts of an evaluation. Errors: BadInput."""
    for name in only:
        if name not in PARTS:
            raise unknown("part", name, PARTS, where)


def check_sizes(showers: int | None, seeds: int, where: str = "--") -> None:
    """Check numbers of showers and of seeds; where: what stands before their names. Errors: BadInput."""
    from simkit.bench.evaluation.samples import FEWEST

    _check(f"{where}seeds", seeds, 1, MOST_SEEDS)
    if showers is not None:
        _check(f"{where}showers", showers, FEWEST, 10**9)


def _check(option: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise BadInput(f"{option}: found {value}; must be between {least:,} and {most:,}")
