"""The page of a scaling: events per second and speedup by threads and processes."""

from __future__ import annotations

from simkit.bench.scale.words import curve_words, machine_words
from simkit.record.scale import Point, Scale
from simkit.report.figures.scaling import scaling_figure
from simkit.report.numbers import duration, percent, plain, ratio
from simkit.report.page_parts import Cell, Download, Facts, Mark, Page, PageSection, Row, Table, Text
from simkit.report.provenance import conditions_facts, machine_facts

MARKS: dict[str, Mark] = {"pass": "good", "fail": "bad", "inconclusive": "open"}
INTRO = (
    "Every thread has the same events, so that the work grows with the threads. Processes are forked with "
    "all tables built, start together, and share what none of them writes to. Speedup: events per second "
    "over those of one thread of one process, paired by round; efficiency: that over the number of threads."
)


def scale_page(scale: Scale, download: Download) -> Page:
    """Return the page of a scaling."""
    best = max(scale.points, key=lambda p: p.events_per_s.value)
    value, interval = ratio(best.speedup.value, best.speedup.lo, best.speedup.hi)
    times = "" if best.workers == 1 else f", {value} times one thread ({interval})"
    unsure = " This is not settled." if scale.verdict == "inconclusive" else ""
    return Page(
        title=f"{scale.scenario}: throughput of a machine",
        subtitle=f"{machine_words(scale)}, {scale.provenance.machine.get('cpu', 'machine not named')}",
        headline=f"{plain(best.events_per_s.value)} events per second with "
        f"{_layout_words(best)}{times}.{unsure}",
        headline_mark=MARKS[scale.verdict],
        sections=[
            PageSection(
                "scaling",
                "Scaling",
                "How it scales",
                [
                    scaling_figure(scale),
                    *(Text(f"{x[0].upper()}{x[1:]}.") for x in curve_words(scale)),
                    _table(scale),
                ],
                INTRO,
            ),
            PageSection(
                "provenance",
                "Provenance",
                "Where the numbers come from",
                [
                    Row([_made(scale), machine_facts(scale.provenance.machine, scale.provenance.versions)]),
                    Row(
                        [
                            Facts("Versions", list(scale.provenance.versions.items())),
                            *conditions_facts(scale.conditions),
                        ]
                    ),
                    download,
                ],
            ),
        ],
        created=scale.provenance.created,
    )


def _layout_words(point: Point) -> str:
    processes = f"{point.processes} process" + ("es" if point.processes > 1 else "")
    return f"{processes} of {point.threads} thread" + ("s" if point.threads > 1 else "")


def _speedup(point: Point) -> Cell:
    of = point.speedup
    return Cell("1") if point.workers == 1 else Cell(*ratio(of.value, of.lo, of.hi), strong=True)


def _efficiency(point: Point) -> Cell:
    of = point.efficiency
    note = "" if point.workers == 1 else f"{percent(of.lo, 3)} to {percent(of.hi, 3)}"
    return Cell(percent(of.value, 3), note)


def _table(scale: Scale) -> Table:
    rows = []
    for p in scale.points:
        memory = p.memory
        note = "threads share cores" if p.beyond_cores else ""
        rate = p.events_per_s
        rows.append(
            [
                Cell(_layout_words(p), "more than processors" if p.beyond_processors else note),
                Cell(plain(rate.value), f"{plain(rate.lo)} to {plain(rate.hi)}"),
                _speedup(p),
                _efficiency(p),
                Cell(plain(p.busy, 3), f"others {plain(p.others, 2)}"),
                Cell(plain(memory.shared_fairly_MB, 3)),
                Cell(plain(memory.own_MB, 3)),
                Cell(plain(memory.peak_rss_MB, 3)),
            ]
        )
    return Table(
        "With 95 % intervals. Memory: of all processes at their end, what several share counted once (PSS); "
        "what each has to itself, summed (USS); and the largest resident memory of one.",
        [
            *("layout", "events per second", "speedup", "efficiency", "processors busy"),
            *("memory (MB)", "unshared (MB)", "peak of one (MB)"),
        ],
        rows,
        wide=True,
    )


def _made(scale: Scale) -> Facts:
    origin = scale.provenance
    return Facts(
        "How it was made",
        [
            ("command", origin.command),
            ("created", origin.created),
            ("scenario", f"{scale.scenario}, hash {scale.scenario_hash}"),
            ("speedups", ", ".join(scale.speedups) or "none"),
            ("seed", str(scale.seed)),
            ("rounds", str(scale.rounds)),
            ("time", f"{duration(scale.used_s)} of {duration(scale.budget_s)}"),
        ],
    )
