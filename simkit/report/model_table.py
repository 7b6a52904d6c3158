"""The page of the table of models: speed against AUC, then every figure, published models beside."""

from __future__ import annotations

from simkit.bench.words import amount
from simkit.record.evaluation import PublishedModel, published_showers
from simkit.record.interval import Interval
from simkit.record.model_table import BASELINE, FIGURES, ModelRow, ModelTable
from simkit.report.evaluation import metric_cell
from simkit.report.figures.models import models_figure, speed_figure
from simkit.report.numbers import count, duration, measured, plain, typeset
from simkit.report.page_parts import Cell, Download, Facts, Mark, Page, PageSection, Row, Table
from simkit.report.provenance import machine_facts

MARKS: dict[str, Mark] = {"loses": "bad", "beats": "good", "level": "even", "not comparable": "open"}
COLUMNS = (
    *("model", "parameters", "training", "ms, batch 1", "ms, batch 100", "in transport"),
    *(*FIGURES.values(), "N a class"),
)
"""Of the table: the page's and Markdown's."""


def model_table_page(record: ModelTable, download: Download) -> Page:
    """Return the page of the table of models."""
    truth = (record.truth["auc_low"], record.truth["auc_high"]) if _both(record.truth) else None
    here = {
        row.name: (row.figures["auc_low"], row.figures["auc_high"])
        for row in record.rows
        if _both(row.figures)
    }
    detector = f", dataset {record.dataset} of the CaloChallenge" if record.dataset else ""
    return Page(
        title="Models of fast simulation",
        subtitle=f"{len(record.rows)} models of {record.cells:,} cells{detector}",
        headline=typeset(headline(record)),
        headline_mark="",
        remarks=[typeset(f"{note[:1].upper()}{note[1:]}.".replace("+-", "±")) for note in record.notes],
        sections=[
            PageSection("speed", "Speed and AUC", "How fast, and how right", [speed_figure(record)]),
            PageSection("table", "Table", "All models", [_table(record)]),
            PageSection(
                "auc",
                "AUC",
                "By cells, and by high-level features",
                [models_figure(record.published, here, truth)],
            ),
            _provenance(record, download),
        ],
        created=record.provenance.created,
    )


def headline(record: ModelTable) -> str:
    """Return in one sentence which model is the hardest to tell from full simulation, and how fast it is."""
    fair = [row for row in record.rows if row.auc is not None and not row.differs and not row.flattered]
    best = fair[0] if fair else None
    if best is None or best.auc is None:
        return "No model was judged by both networks."
    time = "" if best.ms_100 is None else f" in {plain(best.ms_100.value, 3)} ms a shower"
    lost = f"; {len(record.losing)} of {len(record.rows)} models lose to {BASELINE}" * bool(record.losing)
    return f"{best.name} comes nearest to full simulation, AUC {best.auc.value:.3f}{time}{lost}."


def _both(figures: dict) -> bool:
    return {"auc_low", "auc_high"} <= figures.keys()


def cells_of(row: ModelRow) -> list[Cell]:
    """Return the cells of a model's row, as COLUMNS names them."""
    held = "" if not row.whole_showers else f"holds {row.whole_showers:,}"
    size = "" if row.file_MB is None else f"{plain(row.file_MB, 3)} MB"
    return [
        Cell(row.name, row.standing_words, MARKS.get(row.standing, ""), strong=row.standing == "baseline"),
        Cell("–" if row.parameters is None else amount(row.parameters), size, detail=held),
        Cell("–" if row.training_s is None else duration(row.training_s)),
        _ms(row.ms_1),
        _ms(row.ms_100),
        Cell("–" if row.transport is None else f"{plain(row.transport, 3)} ×", row.transport_scenario),
        *(metric_cell(row.figures[key]) if key in row.figures else Cell("–") for key in FIGURES),
        Cell(count(row.showers)),
    ]


def truth_cells(record: ModelTable) -> list[Cell]:
    """Return the cells of the row of truth against truth."""
    figures = [metric_cell(record.truth[key]) if key in record.truth else Cell("–") for key in FIGURES]
    return [Cell("truth against truth"), *[Cell("")] * 5, *figures, Cell(count(record.showers))]


def published_cells(one: PublishedModel, dataset: str | None) -> list[Cell]:
    """Return the cells of a published model."""
    figures = {key: getattr(one, key, None) for key in FIGURES}
    return [
        Cell(one.model, "published"),
        Cell("–" if one.parameters is None else amount(one.parameters)),
        Cell(""),
        *(Cell(plain(ms, 3)) for ms in (one.cpu_ms_1, one.cpu_ms_100)),
        Cell(""),
        *(Cell("" if not hasattr(one, key) else plain(value, 3)) for key, value in figures.items()),
        Cell(count(published_showers(dataset or ""))),
    ]


def table_rows(record: ModelTable) -> list[list[Cell]]:
    """Return the table: models, truth against truth, published models by their worse AUC."""
    published = sorted(record.published, key=lambda one: one.worse_auc)
    return [
        *map(cells_of, record.rows),
        *([truth_cells(record)] if record.truth else []),
        *(published_cells(one, record.dataset) for one in published),
    ]


def _ms(of: Interval | None) -> Cell:
    return Cell("–") if of is None else Cell(*measured(of.value, of.lo, of.hi))


def _table(record: ModelTable) -> Table:
    published = (
        f" Published: {record.published_source}; their detectors' Geant4, and their own CPUs."
        if record.published
        else ""
    )
    caption = (
        "Milliseconds a shower on one thread, half of the 95 % interval below. In transport: how many times "
        "as fast the same showers are with the model, placement included. AUC: scatter over seeds below; a "
        f"model loses to {BASELINE} where its worse AUC (cells, high-level) is the larger by more than both "
        "scatters, added in quadrature. Memorisation: distance to the nearest training shower over truth's."
        f"{published}"
    )
    return Table(caption, COLUMNS, table_rows(record), wide=True)


def _provenance(record: ModelTable, download: Download) -> PageSection:
    origin, truth = record.provenance, record.truth_file
    made = [("command", origin.command), ("created", origin.created)]
    if truth is not None:
        made.append(("truth", f"{truth.file}, {truth.showers:,} showers, sha256 {truth.sha256[:16]}"))
    records = Table(
        "The records of each model, and on which processor it was timed.",
        ["model", "records", "timed on"],
        [
            [
                Cell(row.name),
                Cell(", ".join(f"{file} (sha256 {digest[:16]})" for file, digest in row.records.items())),
                Cell(row.cpu or "–"),
            ]
            for row in record.rows
        ],
        words=[1, 2],
        wide=True,
    )
    versions = [(name, of or "unknown") for name, of in origin.versions.items()]
    blocks = [
        records,
        Row([Facts("How it was made", made), machine_facts(origin.machine, origin.versions)]),
        Facts("Versions", versions),
        download,
    ]
    return PageSection("provenance", "Provenance", "Where the numbers come from", blocks)
