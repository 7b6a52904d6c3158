"""Do speedups multiply: what each gains alone and on top of all others, and all together."""

from __future__ import annotations

from collections.abc import Sequence

from simkit.record.campaign import Interaction
from simkit.record.interval import Interval
from simkit.report.figures.interactions import interactions_figure
from simkit.report.ladder import ReportedLadder
from simkit.report.numbers import percent, ratio
from simkit.report.page_parts import Cell, PageSection, Table, filter_key

PRODUCTS = {  # what is found, and what is expected of it
    "each alone": ("all together", "over the product of each alone"),
    "each on top": ("product of each on top of the others", "over all together"),
}


def interactions_sections(ladder: ReportedLadder) -> list[PageSection]:
    """Return the section; none where the ladder does not tell."""
    found = ladder.interactions
    if not found:
        return []
    single = [one for one in found if one.kind == "one"]
    products = [one for one in found if one.kind != "one"]
    measured = {entry.effect: filter_key("entry", entry.name) for entry in ladder.effects}
    keys = {id(one): measured.get(one.name, "") for one in single}
    names = [one.name if one.kind == "one" else " ".join(PRODUCTS[one.kind]) for one in found]
    tables = []
    if single:
        caption = "Interaction: the gain on top of all others over the gain alone. "
        columns = ("speedup", "alone", "on top of all others")
        first = [Cell(one.name) for one in single]
        tables.append(_table(columns, caption, single, first, list(keys.values())))
    first = [Cell(*PRODUCTS[one.kind]) for one in products]
    tables.append(_table(("all of them", "expected", "found"), "", products, first))
    return [
        PageSection(
            "interactions",
            "Together",
            "Do the gains multiply?",
            [*tables, interactions_figure(found, names, [keys.get(id(one), "") for one in found])],
            "An interaction of 1: a speedup gains as much with all others there as without them; the gains "
            "multiply. Below 1, they save partly the same time: together they gain less than the product. "
            "Above 1, one makes another worth more.",
        )
    ]


def _table(
    columns: tuple[str, str, str],
    caption: str,
    found: Sequence[Interaction],
    first: Sequence[Cell],
    keys: Sequence[str] = (),
) -> Table:
    rows = [
        [
            name,
            _cell(one.expected),
            _cell(one.found),
            _cell(one.ratio, strong=True),
            Cell(one.verdict),
            Cell(percent(one.smallest_detectable)),
        ]
        for one, name in zip(found, first)
    ]
    return Table(
        f"{caption}With 95 % intervals; verdicts as those on speedups.",
        [*columns, "interaction", "verdict", "smallest detectable"],
        rows,
        words=[4],
        wide=True,
        keys=keys,
    )


def _cell(interval: Interval, strong: bool = False) -> Cell:
    value, ends = ratio(interval.value, interval.lo, interval.hi)
    return Cell(f"× {value}", ends, strong=strong)
