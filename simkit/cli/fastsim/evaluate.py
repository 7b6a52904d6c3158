"""`simkit fastsim evaluate`: how right generated showers are, beside truth against truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simkit.cli.options import Json, Out
from simkit.cli.show import coloured, console, number, plain, table
from simkit.record.evaluation import PARTS

if TYPE_CHECKING:
    from simkit.record.evaluation import Evaluation, Metric, MetricValue


def command(
    generated: Annotated[
        Path, typer.Argument(metavar="GENERATED", help="A file of generated showers (HDF5).")
    ],
    truth: Annotated[Path, typer.Argument(metavar="TRUTH", help="A file of true showers (HDF5).")],
    second_truth: Annotated[
        Path | None,
        typer.Option("--truth", metavar="FILE", show_default=False, help="A second file of true showers."),
    ] = None,
    training: Annotated[
        Path | None,
        typer.Option(
            "--train", metavar="FILE", show_default=False, help="What the generator was trained on: copies?"
        ),
    ] = None,
    binning: Annotated[
        Path | None,
        typer.Option("--binning", metavar="XML", show_default=False, help="Of files that carry none."),
    ] = None,
    particle: Annotated[
        str | None, typer.Option("--particle", show_default=False, help="Which of several in the XML file.")
    ] = None,
    threshold_MeV: Annotated[
        float | None,
        typer.Option(
            "--threshold-MeV",
            show_default=False,
            help="Below it a cell is zero; without it, 15.15 keV (dataset 1: 1 MeV).",
        ),
    ] = None,
    showers: Annotated[
        int | None, typer.Option("-n", "--showers", show_default=False, help="At most so many a sample.")
    ] = None,
    seeds: Annotated[int, typer.Option("--seeds", help="How often each classifier is trained.")] = 3,
    seed: Annotated[int, typer.Option("--seed", help="The first of the seeds.")] = 1,
    quick: Annotated[bool, typer.Option("--quick", help="2,000 showers, one seed, a small network.")] = False,
    bfloat16: Annotated[
        bool, typer.Option("--bfloat16", help="Networks' matrix products in it: a third of the time.")
    ] = False,
    threads: Annotated[
        int, typer.Option("--threads", help="Threads of all metrics; their number shows in the last bits.")
    ] = 1,
    only: Annotated[
        str | None,
        typer.Option("--only", metavar="LIST", show_default=False, help="Some of " + ", ".join(PARTS)),
    ] = None,
    max_auc: Annotated[
        float | None,
        typer.Option("--max-auc", show_default=False, help="Exit with 2 where an AUC is above this."),
    ] = None,
    truth_from: Annotated[
        Path | None,
        typer.Option(
            "--truth-from",
            metavar="DIR",
            show_default=False,
            help="An evaluation of the same truth: its AUC of truth and of the same showers are taken over.",
        ),
    ] = None,
    out: Out = None,
    as_json: Json = False,
) -> int:
    """Compare generated showers with true ones by all metrics of the CaloChallenge, and truth with truth.

    The verdict (exit code 0, 2 or 3) is that of an equivalence test of the response (margin 0.5 %), its width
    (10 %) and the layers (2 % of the largest), decade by decade of energy.

    Example: simkit fastsim evaluate generated.h5 truth.h5 --train train.h5 -o evaluation
    """
    from simkit.api.fastsim.evaluate import evaluate

    result = evaluate(
        generated,
        truth,
        second_truth=second_truth,
        training=training,
        binning=binning,
        particle=particle,
        threshold_MeV=threshold_MeV,
        showers=showers,
        seeds=seeds,
        seed=seed,
        quick=quick,
        bfloat16=bfloat16,
        threads=threads,
        only=[] if only is None else [name.strip() for name in only.split(",")],
        max_auc=max_auc,
        truth_from=truth_from,
        out=out,
        progress=True,
    )
    if as_json:
        print(result.to_json())
    else:
        show(result.record)
        if result.page is not None:
            console().print(f"page: {result.page}", markup=False)
    return result.exit_code


def show(record: Evaluation) -> None:
    """Print an evaluation for people."""
    from simkit.bench.words import physics_words
    from simkit.record.evaluation import published_showers

    out = console()
    rows = [
        (
            one.name,
            _value(one.generated, one),
            _value(one.truth, one),
            "-" if one.best is None else f"{one.best:g}",
            f"{one.showers:,}",
            f"{one.seconds:,.1f}" if one.seconds else "",
        )
        for one in record.metrics
    ]
    columns = ("", "generated", "truth", "best", "showers", "seconds")
    out.print(table(f"{plain(record.generated.file)} against {plain(record.truth.file)}", columns, rows))
    if record.published:
        shown = [
            (one.model, *(number(value, 3) for value in (one.auc_low, one.auc_high, one.fpd, one.cpu_ms_100)))
            for one in sorted(record.published, key=lambda one: one.worse_auc)
        ]
        showers = f"{published_showers(record.dataset or ''):,} showers a class"
        title = f"Published for dataset {record.dataset} ({showers}; {record.published_source})"
        names = ("", "AUC, cells", "AUC, high-level", "FPD", "CPU ms, batch 100")
        out.print(table(plain(title), names, shown))
    for note in record.notes:
        out.print(f"note: {note}", markup=False)
    if record.quick:
        out.print("quick: a small network and few showers; no AUC to quote", markup=False)
    if record.bfloat16:
        out.print("the networks' matrix products are in bfloat16", markup=False)
    out.print(f"the physics {physics_words(record.physics)}", markup=False)
    if record.auc_too_large:
        out.print(f"an AUC is above {record.max_auc:g}", markup=False)
    out.print(f"evaluation: {coloured(record.verdict)}")


def _value(of: MetricValue, metric: Metric) -> str:
    digits = 4 if metric.key.startswith(("auc", "jsd")) else None
    text = number(of.value) if digits is None else f"{of.value:.{digits}f}"
    return text if of.error is None else f"{text} +- {of.error:.2g}"
