"""The sections of a validation: the verdicts, what is disputed and why, then the figures of every check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simkit.record.models import model_remarks
from simkit.record.validation import VERDICTS, CheckSummary, Histogram, Validation, ValidationRow, conditions
from simkit.report.check_titles import PLACES, SECTIONS, TITLES
from simkit.report.figures.agreement import agreement_figure
from simkit.report.figures.deviations import deviations_figure
from simkit.report.figures.histograms import histogram_figure
from simkit.report.numbers import count, duration, energy_words, percent, plain, signed, with_error
from simkit.report.page_parts import (
    Cell,
    Download,
    Facts,
    Filter,
    Fold,
    Page,
    PageSection,
    Row,
    Table,
    filter_key,
    verdict_cell,
)
from simkit.report.series import Panel, panels


def validation_page(record: Validation, download: Download) -> Page:
    """Return the page of a validation."""
    disputed = [row for row in record.rows if row.verdict == "disputed"]
    return Page(
        title="Physics validation",
        subtitle=f"simkit {record.version}: {len(record.checks)} checks against figures from "
        f"{len(record.sources)} sources",
        headline=_headline(record),
        headline_mark="bad" if record.verdict == "fail" else "good",
        sections=[
            PageSection(
                "answer",
                "Answer",
                "Is the physics right?",
                [summary_table(record), deviations_figure(_titles(record), record.rows)],
            ),
            *([_disputed(record, disputed)] if disputed else []),
            *_sections(record),
            _provenance(record, download),
        ],
        remarks=model_remarks(record.models),
        created=record.created,
        filters=[Filter("check", "Checks", list(_titles(record).values()))],
    )


def validation_section(record: Validation, file: str) -> PageSection:
    """Return what a page of something else says of the validation that lies beside it."""
    return PageSection(
        "validation",
        "Validation",
        "Is the engine's physics right?",
        [summary_table(record)],
        f"{_headline(record)} Its own page, with the curves, is what simkit report makes of {file}.",
    )


def _headline(record: Validation) -> str:
    counts = {verdict: sum(row.verdict == verdict for row in record.rows) for verdict in VERDICTS}
    failed = f"{count(counts['fail'])} failed" if counts["fail"] else "none failed"
    return (
        f"{count(counts['pass'])} of {count(len(record.rows))} reference figures are met within what is "
        f"allowed; {count(counts['disputed'])} disputed between references, {failed}."
    )


def _titles(record: Validation) -> dict[str, str]:
    return {check.name: _title(check.name) for check in _ordered(record)}


def _title(check: str) -> str:
    return TITLES.get(check, check.replace("_", " ").capitalize())


def _ordered(record: Validation) -> list[CheckSummary]:
    order = [name for names in PLACES.values() for name in names]
    return sorted(record.checks, key=lambda c: order.index(c.name) if c.name in order else len(order))


def summary_table(record: Validation) -> Table:
    """Return a row a check: how many figures pass, and the one that comes nearest to what is allowed."""
    return Table(
        "Worst: the largest deviation over what is allowed, of figures that are not disputed. Disputed: the "
        "figure is known to be off, and ours meets another reference at the same place.",
        ["check", "figures", "pass", "disputed", "fail", "worst", "verdict"],
        [
            [
                Cell(_title(check.name), f"{check.name} {check.process}".strip()),
                Cell(count(check.rows)),
                Cell(count(check.passed)),
                Cell(count(check.disputed) if check.disputed else "–"),
                Cell(count(check.failed) if check.failed else "–", strong=bool(check.failed)),
                Cell(percent(check.worst), _worst(record.rows, check.name)),
                verdict_cell("fail" if check.failed else "pass"),
            ]
            for check in _ordered(record)
        ],
        words=[6],
        wide=True,
        keys=[filter_key("check", _title(check.name)) for check in _ordered(record)],
    )


def _worst(rows: Sequence[ValidationRow], check: str) -> str:
    of = [row for row in rows if row.check == check and row.verdict != "disputed"]
    if not of:
        return ""
    row = max(of, key=lambda one: abs(one.deviation) / one.tolerance)
    parts = [row.quantity, row.material.removeprefix("G4_"), energy_words(row.energy_MeV)]
    return ", ".join(filter(None, parts))


def _disputed(record: Validation, rows: Sequence[ValidationRow]) -> PageSection:
    groups: dict[tuple[str, str], list[ValidationRow]] = {}
    for row in rows:
        groups.setdefault((row.check, row.reason), []).append(row)
    table = Table(
        "Every disputed figure is judged by the reference named instead, at the same place and tolerance: "
        "were ours to leave that one, the check would fail.",
        ["check", "where", "off", "judged by instead", "why"],
        [
            [
                Cell(_title(check)),
                Cell(of[0].material.removeprefix("G4_"), _places(of)),
                Cell(of[0].source, _deviations(of)),
                Cell(of[0].instead, _deviations([_judge(record, row) for row in of])),
                Cell(reason[:1].upper() + reason[1:] + "."),
            ]
            for (check, reason), of in groups.items()
        ],
        words=[1, 2, 3, 4],
        wide=True,
    )
    return PageSection("disputed", "Disputed", "Where references disagree", [table])


def _judge(record: Validation, row: ValidationRow) -> ValidationRow:
    """Return the row of the reference that a disputed one is judged by."""
    here = (row.check, row.quantity, row.particle, row.material, row.energy_MeV, row.parameters, row.unit)
    for one in record.rows:
        place = (
            one.check,
            one.quantity,
            one.particle,
            one.material,
            one.energy_MeV,
            one.parameters,
            one.unit,
        )
        if one.source == row.instead and place == here:
            return one
    return row


def _places(rows: Sequence[ValidationRow]) -> str:
    """Return where rows of one material stand: what they differ in."""
    if len({row.energy_MeV for row in rows}) == len(rows):
        return ", ".join(energy_words(row.energy_MeV) for row in rows)
    same = set.intersection(*(set(row.parameters.items()) for row in rows))
    return ", ".join(conditions(dict(row.parameters.items() - same)) for row in rows)


def _deviations(rows: Sequence[ValidationRow]) -> str:
    values = ", ".join(signed(row.deviation, 2) for row in rows)
    return f"{values} %, allowed ± {plain(rows[0].tolerance, 2)} %"


def _sections(record: Validation) -> list[PageSection]:
    known = {name for names in PLACES.values() for name in names}
    places = {**PLACES, "other": tuple(c.name for c in record.checks if c.name not in known)}
    checks = {check.name: check for check in record.checks}
    sections = []
    for place, names in places.items():
        here = [checks[name] for name in names if name in checks]
        first = next((check for check in here if check.failed), here[0] if here else None)
        folds = [_fold(record, check, check is first or bool(check.failed)) for check in here]
        if folds:
            sections.append(PageSection(place, *SECTIONS[place], folds))
    return sections


def _fold(record: Validation, check: CheckSummary, opened: bool) -> Fold:
    rows = [row for row in record.rows if row.check == check.name]
    drawn, alone = panels(rows, [curve for curve in record.curves if curve.check == check.name])
    titles = [panel.title for panel in drawn]
    figures: list[Any] = [
        agreement_figure(
            f"{check.name}-{number}", title + (_of(panel) if titles.count(title) > 1 else ""), panel
        )
        for number, (title, panel) in enumerate(zip(titles, drawn), 1)
    ]
    figures += [
        histogram_figure(f"{check.name}-histogram-{number}", _histogram_title(histogram), histogram)
        for number, histogram in enumerate((h for h in record.histograms if h.check == check.name), 1)
    ]
    disputed = f", {check.disputed} disputed" if check.disputed else ""
    each = f"{count(check.rows)} figure{'s' * (check.rows != 1)}"
    note = f"{each}{disputed}, worst {percent(check.worst)} of what is allowed"
    verdict = "fail" if check.failed else "pass"
    title = Cell(_title(check.name), note, verdict_cell(verdict).mark, verdict)
    blocks: list[Any] = [Row(figures)] if figures else []
    key = filter_key("check", _title(check.name))
    return Fold(title, [*blocks, *([_alone(alone)] if alone else [])], opened, key)


def _of(panel: Panel) -> str:
    """Return the materials of a figure, for its title."""
    return ": " + ", ".join(dict.fromkeys(one.material.removeprefix("G4_") for one in panel.series))


def _histogram_title(histogram: Histogram) -> str:
    where = ", ".join(
        filter(None, [histogram.material.removeprefix("G4_"), energy_words(histogram.energy_MeV)])
    )
    return f"{histogram.quantity[:1].upper()}{histogram.quantity[1:]}: {histogram.particle}, {where}"


def _alone(rows: Sequence[ValidationRow]) -> Table:
    histograms = any(row.unit == "chi-square" for row in rows)
    return Table(
        "Figures that stand alone."
        + (
            " Of a histogram: chi-square, degrees of freedom, normal deviate of its chance."
            if histograms
            else ""
        ),
        ["quantity", "in", "ours", "reference", "deviation", "allowed", "verdict"],
        [
            [
                Cell(f"{row.quantity} {row.particle}".strip(), row.conditions),
                Cell(
                    row.material.removeprefix("G4_"),
                    energy_words(row.energy_MeV),
                ),
                Cell(_ours(row), row.unit),
                Cell(plain(row.reference), row.source),
                Cell(signed(row.deviation, 2), row.measure),
                Cell(f"± {plain(row.tolerance, 2)}", row.measure),
                verdict_cell(row.verdict),
            ]
            for row in rows
        ],
        words=[1, 6],
        wide=True,
    )


def _ours(row: ValidationRow) -> str:
    error = None if row.standard_error is None else abs(row.reference) * row.standard_error / 100.0
    return with_error(row.ours, error)


def _provenance(record: Validation, download: Download) -> PageSection:
    made = [
        ("created", record.created),
        ("simkit", record.version),
        ("time", duration(sum(check.seconds for check in record.checks))),
    ]
    sources = Table(
        "The figures are embedded in simkit with their sources; a validation needs no outside file.",
        ["source", "what it is", "figures"],
        [
            [Cell(name), Cell(citation), Cell(count(sum(row.source == name for row in record.rows)))]
            for name, citation in record.sources.items()
        ],
        words=[1],
        wide=True,
    )
    return PageSection(
        "provenance",
        "Provenance",
        "Where the figures come from",
        [sources, Facts("How it was made", made), download],
    )
