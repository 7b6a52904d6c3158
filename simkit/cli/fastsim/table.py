"""`simkit fastsim table`: all models in one table, published ones beside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simkit.cli.gating import Junit, Markdown, write_reports
from simkit.cli.options import Json, Out
from simkit.cli.show import console, number, plain, table

if TYPE_CHECKING:
    from simkit.record.evaluation import MetricValue
    from simkit.record.interval import Interval
    from simkit.record.model_table import ModelRow, ModelTable


def command(
    models: Annotated[
        list[Path],
        typer.Argument(
            metavar="DIR...",
            help="Folders, one a model: evaluation.json (or evaluation/evaluation.json), generation.json.",
        ),
    ],
    out: Out = None,
    as_json: Json = False,
    markdown: Markdown = None,
    junit: Junit = None,
) -> None:
    """Put models into one table: how fast, how right, against the frozen library and published models.

    Example: simkit fastsim table frozen splice flow -o models
    """
    from simkit.api.fastsim.table import table as table_of

    result = table_of(*models, out=out)
    write_reports(result, markdown, junit)
    if as_json:
        print(result.to_json())
        return
    show(result.record)
    if result.page is not None:
        console().print(f"page: {result.page}", markup=False)


def show(record: ModelTable) -> None:
    """Print the table for people: speed, what was judged, what is published."""
    from simkit.bench.words import amount, duration
    from simkit.record.evaluation import published_showers
    from simkit.record.model_table import FIGURES

    out = console()
    rows = [
        (
            _marked(of),
            "-" if of.parameters is None else amount(of.parameters),
            number(of.file_MB, 3),
            "-" if of.training_s is None else duration(of.training_s),
            _ms(of.ms_1),
            _ms(of.ms_100),
            "-" if of.transport is None else f"{of.transport:.3g} x",
        )
        for of in record.rows
    ]
    columns = ("", "parameters", "MB", "training", "ms, batch 1", "ms, batch 100", "in\ntransport")
    out.print(table("ms a shower on one thread, with 95 %", columns, rows))
    judged = [(plain(of.name), of.figures, of.showers) for of in record.rows]
    judged.append(("truth against truth", record.truth, record.showers))
    figures = [
        (name, *(_value(key, by_key.get(key)) for key in FIGURES), f"{showers:,}")
        for name, by_key, showers in judged
        if showers is not None
    ]
    if figures:
        heads = (words.replace(", ", ",\n").replace("\N{SOFT HYPHEN}", "-\n") for words in FIGURES.values())
        names = ("", *heads, "N a\nclass")
        out.print(table("judged against full simulation", names, figures))
    if record.published:
        shown = [
            (
                one.model,
                "-" if one.parameters is None else amount(one.parameters),
                *(number(value, 3) for value in (one.cpu_ms_1, one.cpu_ms_100)),
                *(number(value, 3) for value in (one.auc_low, one.auc_high, one.fpd, one.kpd)),
            )
            for one in sorted(record.published, key=lambda one: one.worse_auc)
        ]
        showers = f"{published_showers(record.dataset or ''):,} showers a class"
        title = f"published for dataset {record.dataset}, {showers} ({record.published_source})"
        names = ("", "parameters", "CPU ms, batch 1", "batch 100", "AUC, cells", "high-level", "FPD", "KPD")
        out.print(table(plain(title), names, shown))
    for note in record.notes:
        out.print(f"note: {note}", markup=False)


def _ms(of: Interval | None) -> str:
    return "-" if of is None else f"{number(of.value, 3)} \\[{number(of.lo, 3)}, {number(of.hi, 3)}]"


def _value(key: str, of: MetricValue | None) -> str:
    if of is None:
        return "-"
    if not key.startswith("auc") or of.error is None:
        return number(of.value, 2 if key == "kpd" else 3)
    return f"{of.value:.3f} +- {of.error:.3f}"


def _marked(row: ModelRow) -> str:
    colour = {"loses": "red", "beats": "green"}.get(row.standing, "bright_black")
    words = f"\n  [{colour}]{plain(row.standing_words)}[/]" if row.standing_words else ""
    return f"{plain(row.name)}{words}"
