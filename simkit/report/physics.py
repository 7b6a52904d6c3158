"""The physics sections: margins, overlays, deposits, counters and what was not transported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simkit.record.comparison import MeanDeposit, Side
from simkit.record.equivalence import Equivalence, EquivalenceRow
from simkit.record.result import Result
from simkit.record.tallies import COUNTERS
from simkit.report.answer import physics_cell
from simkit.report.figures.energy import untransported_figure
from simkit.report.figures.margins import margins_figure
from simkit.report.figures.profiles import LayerProfile, overlay_figure
from simkit.report.ladder import ReportedLadder, ReportedRung
from simkit.report.numbers import count, events_words, percent, plain, with_error
from simkit.report.observables import difference_words, listed_rows, row_name
from simkit.report.page_parts import (
    Cell,
    Fold,
    PageSection,
    Row,
    Table,
    Text,
    file_name,
    filter_key,
    verdict_cell,
)

QUIET = ("virtual_collisions", "majorant_violations", "lost_secondaries")  # shown even when all are zero
FORBIDDEN = ("majorant_violations", "lost_secondaries")  # anything but zero is a fault of the engine


def physics_section(ladder: ReportedLadder) -> PageSection:
    """Return the equivalence test: all margins in one figure, then every entry with its overlays."""
    worst = {"fail": 0, "inconclusive": 1, "pass": 2}
    first = min(ladder.entries, key=lambda entry: worst[entry.overall.physics.verdict])
    return PageSection(
        "physics",
        "Physics",
        "Did the physics stay the same?",
        [
            margins_figure({entry.name: entry.overall.physics for entry in ladder.entries}),
            *[_fold(ladder, number, entry, entry is first) for number, entry in enumerate(ladder.entries, 1)],
        ],
        "Each observable passes when the 90 % interval of its difference lies inside the margin. Every entry "
        f"below is drawn against “{ladder.baseline_name}”.",
    )


def _fold(ladder: ReportedLadder, number: int, entry: ReportedRung, opened: bool) -> Fold:
    contrast = entry.overall
    title = physics_cell(contrast.physics)
    # The profiles are those of the timed events, and so are the ratios to draw below them.
    drawn = contrast.physics.timed if contrast.physics.on else contrast.physics.rows
    judged = contrast.physics.on
    note = f"Of the timed events; judged are {judged}." if judged else ""
    overlays = [
        overlay_figure(
            file_name("layers", number, entry.name, region),
            f"{region}, visible" if region in ladder.baseline.seeing_less else region,
            LayerProfile(ladder.baseline_name, values, ladder.baseline.layers_sem_MeV.get(region, [])),
            LayerProfile(
                entry.name, entry.side.layers_MeV[region], entry.side.layers_sem_MeV.get(region, [])
            ),
            [r for r in drawn if r.observable == "layer" and r.region == region],
            note,
        )
        for region, values in ladder.baseline.layers_MeV.items()
        if len(values) > 1 and entry.side.layers_MeV.get(region) and any(values)
    ]
    name = Cell(entry.name, title.note, title.mark, contrast.physics.verdict)
    blocks = [observables_table(contrast.physics, (ladder.baseline_name, entry.name)), Row(overlays)]
    return Fold(name, blocks, opened, filter_key("entry", entry.name))


def observables_table(physics: Equivalence, names: tuple[str, str]) -> Table:
    """Return the rows of the equivalence test, layers by the farthest out of each region."""
    caption = (
        f"From {events_words([physics.events])} a side in {physics.units} independent units"
        + (f": {physics.on}, not the events that were timed" if physics.on else "")
        + "; two "
        "sides without any difference would pass with a probability of "
        f"{percent(physics.pass_probability)}. Of a region's layers the one farthest out is listed."
        + "".join(f" Note: {note}." for note in physics.notes)
    )
    failed = [row for row in physics.timed if row.verdict == "fail"]
    return Table(
        caption,
        ["observable", *names, "difference", "90 % interval", "margin", "verdict"],
        [
            [
                Cell(row_name(row), _unit(row, row in failed)),
                Cell(plain(row.a)),
                Cell(plain(row.b)),
                Cell(difference_words(row)[0], row.unit.removeprefix("%").strip()),
                Cell(difference_words(row)[1]),
                Cell(f"± {plain(row.margin, 2)} %"),
                verdict_cell(row.verdict),
            ]
            for row in [*listed_rows(physics.rows), *failed]
        ],
        words=[6],
        wide=True,
    )


def _unit(row: EquivalenceRow, timed: bool) -> str:
    """Return what the values of a row are in."""
    return f"MeV per {'timed ' * timed}event" if row.value_unit == "MeV" else row.value_unit


def deposits_table(ladder: ReportedLadder) -> Table:
    """Return the deposits by region, one column an entry."""
    caption = "Energy deposited per event (MeV), mean ± standard error."
    if ladder.entries:
        caption += (
            " Much of the error is that of the events, which all configurations share: differences are "
        )
        caption += "known better, see the physics."
    if seeing_less := ladder.baseline.seeing_less:
        caption += f" Of {', '.join(seeing_less)} it is what the readout sees."
    return Table(
        caption,
        ["region", *ladder.sides],
        [
            [Cell(region), *(_deposit(side.edep_MeV.get(region)) for side in ladder.sides.values())]
            for region in ladder.baseline.edep_MeV
        ],
        column_keys=["", *entry_keys(list(ladder.sides))],
    )


def entry_keys(names: Sequence[str]) -> list[str]:
    """Return the keys of configurations of which the first is what the others are compared with."""
    return ["", *(filter_key("entry", name) for name in names[1:])]


def _deposit(deposit: MeanDeposit | None) -> Cell:
    return Cell("–") if deposit is None else Cell(with_error(deposit.mean, deposit.sem))


def counters_table(counters: Mapping[str, Mapping[str, float]], caption: str) -> Table:
    """Return the counters, one column a configuration; what is zero everywhere only if it is in QUIET."""
    names = list(dict.fromkeys(name for by in counters.values() for name in by))
    shown = [n for n in names if n in QUIET or any(by.get(n) for by in counters.values())]
    return Table(
        caption,
        ["counter", *counters],
        [
            [
                Cell(name.replace("_", " "), COUNTERS.about.get(name, "")),
                *(_count(name, by.get(name)) for by in counters.values()),
            ]
            for name in shown
        ],
        column_keys=["", *entry_keys(list(counters))],
    )


def _count(name: str, value: float | None) -> Cell:
    if name in FORBIDDEN and value is not None:
        return Cell(count(value), mark="bad" if value else "good")
    return Cell(count(value))


def untransported_section(of: Result | Side) -> PageSection:
    """Return what the engine did not follow: species of the events, what the cuts on events kept out, and
    what else a file of events holds.

    Without blocks where it followed everything, which the words then say.
    """
    untransported_MeV, outside = of.untransported_MeV, of.outside_cuts_MeV
    blocks = []
    words = []
    total, beyond = sum(untransported_MeV.values()), sum(outside.values())
    if total > 0.0:
        words.append(f"{plain(total / 1e3)} GeV per event belong to species that are not transported.")
        blocks.append(untransported_figure("untransported", "Energy not transported", untransported_MeV))
    if beyond > 0.0:
        words.append(f"{plain(beyond / 1e3)} GeV per event lie outside the cuts on events.")
        blocks.append(untransported_figure("outside-cuts", "Energy outside the cuts on events", outside))
    words.append("They are counted here and deposit nothing." if words else "Every particle was transported.")
    drawn: list[Row | Text] = [Row(blocks)] if blocks else []
    if of.not_simulated is not None and (said := of.not_simulated.words()):
        drawn += [Text(f"{sentence[0].upper()}{sentence[1:]}.") for sentence in said]
        if not blocks:
            words = []
    return PageSection("untransported", "Not transported", "What was not transported", drawn, " ".join(words))
