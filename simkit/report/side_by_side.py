"""The page of a comparison with recorded output: figures side by side, physics judged, no speedup."""

from __future__ import annotations

from simkit.record.equivalence import EquivalenceRow
from simkit.record.side_by_side import ReportedSide, SideBySide
from simkit.report.answer import apart_table, physics_sentence
from simkit.report.figures.margins import margins_figure
from simkit.report.figures.profiles import LayerProfile, overlay_figure
from simkit.report.ladder import side_names
from simkit.report.numbers import events_words, plain, scaled
from simkit.report.page_parts import (
    VERDICT_MARKS,
    Cell,
    Download,
    Facts,
    Page,
    PageSection,
    Row,
    Table,
    Text,
    file_name,
)
from simkit.report.physics import observables_table
from simkit.report.provenance import conditions_facts, machine_facts

NO_SPEEDUP = "There is no speedup: recorded output cannot be timed in alternation."


def side_by_side_page(record: SideBySide, download: Download) -> Page:
    """Return the page; what is judged is the physics alone."""
    sides = (record.a, record.b)
    names = side_names(record.a.label, record.b.label)
    return Page(
        title=f"{names[1]} beside {names[0]}",
        subtitle=f"{record.scenario}, {events_words([side.events for side in sides])}",
        headline=f"{physics_sentence(record.physics)} {NO_SPEEDUP}",
        headline_mark=VERDICT_MARKS[record.physics.verdict],
        sections=[
            PageSection(
                "answer",
                "Answer",
                "Side by side",
                [*apart_table(record.differ_in, names), _table(record, names)],
            ),
            _physics(record, names),
            _provenance(record, names, download),
        ],
        created=record.provenance.created,
        remarks=[f"{note[:1].upper()}{note[1:]}." for note in record.notes],
    )


def _table(record: SideBySide, names: tuple[str, str]) -> Table:
    a, b = record.a, record.b
    rows = [
        [
            Cell("time per event", "no pair: not measured in alternation"),
            *_times(a, b),
            Cell(plain(record.times_ratio, 3)),
        ]
    ]
    groups = (
        ("{} steps", a.steps_per_event, b.steps_per_event),
        ("{} secondaries", a.secondaries_per_event, b.secondaries_per_event),
        ("deposit in {} (MeV)", a.edep_MeV, b.edep_MeV),
        ("{} (MeV)", _leakage(a), _leakage(b)),
    )
    for words, of_a, of_b in groups:
        for name in dict.fromkeys([*of_a, *of_b]):
            x, y = of_a.get(name), of_b.get(name)
            rows.append(
                [
                    Cell(words.format(name)),
                    Cell(plain(x, 5)),
                    Cell(plain(y, 5)),
                    Cell(plain(x / y if x and y else None)),
                ]
            )
    return Table(
        f"Per event. Ratio: {names[0]} over {names[1]}. “–”: not told.",
        ["", *names, "ratio"],
        rows,
        wide=True,
    )


def _times(*sides: ReportedSide) -> list[Cell]:
    """Return the times per event in one unit."""
    factor, unit = scaled([side.s_per_event for side in sides if side.s_per_event is not None])
    return [
        Cell("–")
        if side.s_per_event is None
        else Cell(f"{plain(side.s_per_event * factor)} {unit}", side.time)
        for side in sides
    ]


def _leakage(side: ReportedSide) -> dict[str, float]:
    return {} if side.leaked_MeV is None else {"leakage": side.leaked_MeV}


def _physics(record: SideBySide, names: tuple[str, str]) -> PageSection:
    physics = record.physics
    if not physics.rows:
        why = physics.not_compared.removeprefix("not compared: ")
        note = Text(f"Nothing can be compared: {why}." if why else "Nothing can be compared.")
        return PageSection("physics", "Physics", "Is the physics the same?", [note])
    layers: dict[str, list[EquivalenceRow]] = {}
    for row in physics.rows:
        if row.observable == "layer":
            layers.setdefault(row.region, []).append(row)
    overlays = [
        overlay_figure(
            file_name("layers", region),
            region,
            LayerProfile(names[0], [row.a for row in rows], []),
            LayerProfile(names[1], [row.b for row in rows], []),
            rows,
        )
        for region, rows in layers.items()
    ]
    return PageSection(
        "physics",
        "Physics",
        "Is the physics the same?",
        [margins_figure({names[1]: physics}), observables_table(physics, names), Row(overlays)],
        "Each observable passes when the 90 % interval of its difference lies inside the margin.",
    )


def _provenance(record: SideBySide, names: tuple[str, str], download: Download) -> PageSection:
    made = [
        ("created", record.provenance.created),
        ("command", record.provenance.command),
        ("scenario", f"{record.scenario}, hash {record.scenario_hash}"),
        *((f"{name} seed", str(seed)) for name, seed in record.provenance.seeds.items()),
        ("exit code", str(record.exit_code)),
    ]
    engines = [
        Facts(
            name,
            [
                *side.engine.items(),
                ("events", f"{side.events:,.0f}"),
                ("output", "recorded elsewhere" if side.recorded else "made here"),
            ],
        )
        for name, side in zip(names, (record.a, record.b))
    ]
    versions = record.provenance.versions
    return PageSection(
        "provenance",
        "Provenance",
        "Where the numbers come from",
        [
            Row([Facts("How it was made", made), *engines]),
            Row(
                [
                    machine_facts(record.provenance.machine, versions),
                    Facts("Versions", list(versions.items())),
                    *conditions_facts(record.conditions),
                ]
            ),
            download,
        ],
    )
