"""The page: one HTML file with everything in it, that loads nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import plotly.offline
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from simkit.record.campaign import Campaign
from simkit.record.comparison import Comparison
from simkit.record.evaluation import Evaluation
from simkit.record.families import families
from simkit.record.gate import Gate
from simkit.record.machine import package_version
from simkit.record.model_table import ModelTable
from simkit.record.models import model_remarks
from simkit.record.read import read_any, read_record
from simkit.record.result import Result
from simkit.record.scale import Scale
from simkit.record.side_by_side import SideBySide
from simkit.record.stepper_study import StepperStudy
from simkit.record.validation import Validation
from simkit.report.answer import answer_table, apart_table, claims_fold, headline
from simkit.report.clocks import clocks_table
from simkit.report.evaluation import evaluation_page
from simkit.report.figures.merit import merit_figure
from simkit.report.figures.speedups import speedup_figure
from simkit.report.figures.steps import CPU_TIME, steps_figure
from simkit.report.figures.throughput import throughput_figure
from simkit.report.figures.waterfall import taken_out_figure, waterfall_figure
from simkit.report.interactions import interactions_sections
from simkit.report.ladder import ReportedLadder, from_campaign, from_comparison, steps_of, times_of
from simkit.report.model_table import model_table_page
from simkit.report.numbers import events_words
from simkit.report.page_parts import SIGNS, Download, Figure, Filter, Page, PageSection, Text
from simkit.report.paged import KINDS, MEND, Paged, find_paged
from simkit.report.physics import counters_table, deposits_table, physics_section, untransported_section
from simkit.report.provenance import provenance_section, reading_section
from simkit.report.run_page import run_page
from simkit.report.scale import scale_page
from simkit.report.side_by_side import side_by_side_page
from simkit.report.steppers import stepper_page
from simkit.report.trust import trust_sections
from simkit.report.validation import validation_page, validation_section
from simkit.report.versions import kept_folders, versions_sections
from simkit.report.why import why_table
from simkit.writing import write_text

TEMPLATE = Path(__file__).parent / "template"


def write_report(source: Path, out: Path | None = None, kept: Path | None = None) -> Path:
    """Write the page of a campaign, a comparison, a run or a validation and return where it is.

    `source` is the folder or the JSON file of the record; `out` the page, beside the record when not given;
    `kept` where records of other versions lie, the folder of results around the record when not given. Where
    `source` is a folder that holds a validation besides, the page sums that up. The page appears whole or not
    at all. Errors: BadInput for a record that is missing, broken or of another version, and for a page that
    cannot be written.
    """
    path = find_paged(source)
    record: Paged = read_any(path, KINDS, MEND)
    target = out or (path.parent / "report.html" if source.is_dir() else path.with_suffix(".html"))
    download = Download(path.name, f"The whole record: {path.name}", record.to_json(indent=None))
    page = make_page(record, download, kept_folders(path, kept))
    page.about = about(record)
    beside = path.with_name("validation.json")
    if source.is_dir() and path != beside and beside.is_file():
        validation = read_record(beside, Validation, MEND)
        page.sections.insert(-1, validation_section(validation, beside.name))
    write_text(target, render(page))
    return target


def make_page(record: Paged, download: Download, kept: Sequence[Path] = ()) -> Page:
    """Return the content of the page of a record; `kept`: where records of other versions lie."""
    if isinstance(record, Result):
        page = run_page(record, download)
        page.remarks += _gate_remarks(record.gate)
        return page
    if isinstance(record, Validation):
        return validation_page(record, download)
    if isinstance(record, SideBySide):
        return side_by_side_page(record, download)
    if isinstance(record, Scale):
        return scale_page(record, download)
    if isinstance(record, StepperStudy):
        return stepper_page(record, download)
    if isinstance(record, Evaluation):
        return evaluation_page(record, download)
    if isinstance(record, ModelTable):
        return model_table_page(record, download)
    ladder = from_campaign(record) if isinstance(record, Campaign) else from_comparison(record)
    answer, mark = headline(ladder)
    side = ladder.baseline
    unfinished = [ladder.unfinished] if ladder.unfinished and ladder.entries else []
    reading = [reading_section(ladder)] if ladder.entries else []
    return Page(
        title=ladder.title,
        subtitle=f"{side.scenario}, {events_words([s.events for s in ladder.sides.values()])}, "
        f"{ladder.provenance.machine.get('cpu', 'machine not named')}",
        headline=answer,
        headline_mark=mark,
        sections=[*_entries(ladder), *versions_sections(ladder, kept), *_always(ladder, download), *reading],
        remarks=[
            *unfinished,
            *_gate_remarks(record.gate),
            *(f"{note[:1].upper()}{note[1:]}." for note in ladder.notes),
            *model_remarks(*(side.models for side in ladder.sides.values())),
        ],
        created=ladder.provenance.created,
        filters=_filters(ladder),
    )


def _gate_remarks(gate: Gate | None) -> list[str]:
    """Return how a record does against a stored one, a sentence a figure."""
    if gate is None:
        return []
    figures = [f"{row.name}: {row.ratio:.3f} times as good, {row.verdict}" for row in gate.rows]
    what = f"Against the record of {gate.stored}: {gate.verdict}; deposits: {gate.physics}"
    return [". ".join([f"{what} ({'; '.join(figures)})", *gate.notes]) + "."]


def about(record: Paged) -> str:
    """Return scenario, machine, version and date of a record, for pictures that leave the page."""
    if isinstance(record, Validation):  # physics, the same on every machine
        return f"simkit validate, {record.version}, {record.created[:10]}"
    if isinstance(record, Result):
        what, machine, created = record.scenario.name, record.machine, record.timing.created
    else:
        scenario = record.baseline.scenario if isinstance(record, Campaign) else _scenario(record)
        what, machine, created = scenario, record.provenance.machine, record.provenance.created
    cpu = machine.get("cpu", "machine not named")
    return f"{what}; {cpu}; simkit {package_version('simkit')}, {created[:10]}"


def _scenario(record: Comparison | Evaluation | ModelTable | SideBySide | Scale | StepperStudy) -> str:
    if isinstance(record, Evaluation):
        return f"{record.particle} showers of {record.generated.file}"
    if isinstance(record, StepperStudy):
        return "steppers in a magnetic field"
    if isinstance(record, ModelTable):
        return f"models of {record.cells:,} cells"
    return record.a.scenario if isinstance(record, Comparison) else record.scenario


def _filters(ladder: ReportedLadder) -> list[Filter]:
    """Return what can be switched off, where there is something to choose from."""
    particles = list(families(dict.fromkeys(p for by in steps_of(ladder).values() for p in by)))
    filters = [
        Filter("entry", "Rungs", [entry.name for entry in ladder.entries]),
        Filter("particle", "Particles", particles),
    ]
    return [one for one in filters if len(one.names) > 1]


def _entries(ladder: ReportedLadder) -> list[PageSection]:
    """Return the sections that need something to compare."""
    if not ladder.entries:
        return []
    waterfall = [waterfall_figure(ladder)] if ladder.cumulative and len(ladder.entries) > 1 else []
    if ladder.with_all:
        waterfall = [taken_out_figure(ladder)]
    figures = [*waterfall, speedup_figure(ladder), *claims_fold(ladder), throughput_figure(ladder)]
    speed = [*figures, *clocks_table(ladder)]
    apart = apart_table(ladder.differ_in, (ladder.baseline_name, ladder.entries[0].name))
    merits = [entry for entry in ladder.entries if any(entry.overall.figure_of_merit.values())]
    merit = PageSection(
        "merit",
        "Merit",
        "Is the time better spent?",
        [merit_figure(merits)] if merits else [],
    )
    return [
        PageSection("answer", "Answer", "The answer", [*apart, answer_table(ladder)]),
        PageSection("speed", "Speed", "How much faster", speed),
        *interactions_sections(ladder),
        PageSection("why", "Why", "Why: fewer steps, or cheaper ones", [why_table(ladder), *_where(ladder)]),
        physics_section(ladder),
        *([merit] if merits else []),
    ]


def _where(ladder: ReportedLadder) -> list[Figure]:
    """Return where the time goes and the steps are made, as far as the engines tell."""
    steps, times = steps_of(ladder), times_of(ladder)
    return [
        *([steps_figure(times, CPU_TIME, steps)] if times else []),
        *([steps_figure(steps)] if any(steps.values()) else []),
    ]


def _always(ladder: ReportedLadder, download: Download) -> list[PageSection]:
    sides = ladder.sides
    cost = PageSection("speed", "Time", "What an event costs", [throughput_figure(ladder), *_where(ladder)])
    counters = {name: side.counters_per_event for name, side in sides.items()}
    left_out = untransported_section(ladder.baseline)
    everything = [] if left_out.blocks else [Text(left_out.intro)]
    return [
        *([] if ladder.entries else [cost]),
        PageSection("deposits", "Deposits", "Energy by region", [deposits_table(ladder), *everything]),
        *([left_out] if left_out.blocks else []),
        *([_counters(counters)] if any(counters.values()) else []),
        *(trust_sections() if ladder.entries else []),
        provenance_section(ladder, download),
    ]


def _counters(counters: dict[str, dict[str, float]]) -> PageSection:
    return PageSection("counters", "Counters", "Counters", [counters_table(counters, "Per event.")])


def render(page: Page) -> str:
    """Return the page as HTML."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(
        page=page,
        signs=SIGNS,
        version=package_version("simkit"),
        style=(TEMPLATE / "page.css").read_text(encoding="utf-8"),
        script=(TEMPLATE / "page.js").read_text(encoding="utf-8"),
        plotly=plotly.offline.get_plotlyjs(),
    )
