"""Where the numbers come from, and how to read a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simkit.bench.words import placement_words
from simkit.record.comparison import Side
from simkit.record.conditions import Conditions
from simkit.report.ladder import ReportedLadder
from simkit.report.numbers import count, duration, percent, plain, ratio, typeset
from simkit.report.page_parts import Cell, Download, Facts, PageSection, Row, Table, Text, filter_key


def machine_facts(machine: Mapping[str, Any], told: Mapping[str, str] | None = None) -> Facts:
    """Return what is known of the machine, but for the versions `told` beside it."""
    shown = {key: value for key, value in machine.items() if key not in (told or {})}
    return Facts("Machine", [(key.replace("_", " "), _value(value)) for key, value in shown.items()])


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_value(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_value(item) for item in value)
    return str(value)


def cuts_table(cuts_MeV: Mapping[str, Mapping[str, float]]) -> Table:
    """Return the production thresholds by material."""
    particles = list(dict.fromkeys(name for by in cuts_MeV.values() for name in by))
    return Table(
        "Production thresholds (MeV).",
        ["material", *particles],
        [[Cell(name), *(Cell(plain(by.get(p))) for p in particles)] for name, by in cuts_MeV.items()],
    )


def provenance_section(ladder: ReportedLadder, record: Download) -> PageSection:
    """Return everything needed to do it again."""
    origin = ladder.provenance
    budget = ladder.budget
    made = [
        ("created", origin.created),
        ("command", origin.command),
        *((f"{name} seed", str(seed)) for name, seed in origin.seeds.items()),
        *ladder.extra,
        *_energy(ladder),
    ]
    spent = [
        ("budget", "none given" if budget.asked_s is None else duration(budget.asked_s)),
        ("used", duration(budget.used_s)),
        ("timing", duration(budget.timing_s)),
        ("physics", duration(budget.physics_s)),
        ("compiling", duration(budget.compile_s)),
        ("set-up", duration(budget.setup_s)),
        *([("score", duration(budget.score_s))] if budget.score_s else []),
        ("rounds", str(budget.rounds)),
    ]
    if budget.to_settle_s:
        spent.append(("would settle all", duration(budget.to_settle_s)))
    blocks: list[Any] = [
        Row([Facts("How it was made", made), Facts("Time spent", spent)]),
        Row(
            [
                machine_facts(origin.machine, origin.versions),
                Facts("Versions", [(name, of or "unknown") for name, of in origin.versions.items()]),
            ]
        ),
        Row([_noise(ladder), *conditions_facts(ladder.conditions), *_score(ladder)]),
        _configurations(ladder),
    ]
    if ladder.baseline.cuts_MeV:
        blocks.append(cuts_table(ladder.baseline.cuts_MeV))
    return PageSection("provenance", "Provenance", "Where the numbers come from", [*blocks, record])


def _energy(ladder: ReportedLadder) -> list[tuple[str, str]]:
    """Return why the energy of a side is not told, once for all that have the same reason."""
    used = [side.energy_used for side in ladder.sides.values()]
    reasons = dict.fromkeys(of.not_available for of in used if of is not None and of.not_available)
    return [("energy", f"not told: {'; '.join(reasons)}")] if reasons else []


def _noise(ladder: ReportedLadder) -> Facts:
    where = placement_words(*(entry.own.speedup for entry in ladder.entries))
    return Facts("Noise floor", [*_floor(ladder), *([("speedups", typeset(where))] if where else [])])


def _floor(ladder: ReportedLadder) -> list[tuple[str, str]]:
    floor = ladder.noise_floor
    if floor is None:
        programs = any("process" in side.engine for side in ladder.sides.values())
        why = "other programs are not run against themselves" if programs else "too few rounds"
        return [("baseline against itself", f"not measured: {why}")]
    value, interval = ratio(floor.value, floor.lo, floor.hi)
    return [
        ("baseline against itself", f"{value} ({interval})"),
        ("blocks", str(floor.blocks)),
        ("adds to a speedup", f"± {percent(floor.floor)}"),
    ]


def conditions_facts(seen: Conditions | None) -> list[Facts]:
    """Return what else the machine did, as far as it tells."""
    if seen is None:
        return []
    share, stolen, load, clock = seen.processor_share, seen.stolen, seen.load, seen.clock_MHz
    queued = seen.queued
    told = {
        "timed on processor": ", ".join(map(str, seen.processors)),
        "CPU over wall time": percent(share, 3) if share is not None else "",
        "taken by other work": percent(queued) if queued is not None else "",
        "taken by other virtual machines": percent(stolen) if stolen is not None else "",
        "load average, before and after": f"{load[0]:g}, {load[1]:g}" if load else "",
        "clock, lowest and highest": f"{clock[0]:.0f}, {clock[1]:.0f} MHz" if clock else "",
        "clock governor": seen.governor or "",
        "times pushed off the processor": str(seen.preempted) if seen.preempted is not None else "",
        "peak memory": f"{plain(seen.peak_rss_MB, 3)} MB",
    }
    return [Facts("The machine meanwhile", [(name, text) for name, text in told.items() if text])]


def _score(ladder: ReportedLadder) -> list[Facts]:
    score = ladder.score
    if score is None:
        return []
    return [
        Facts(
            f"Score of this machine ({score.kind})",
            [
                ("score", f"{plain(score.score)} ± {percent(score.relative_error)}"),
                ("per logical thread", f"{plain(score.score_per_thread)} ({score.logical_threads} threads)"),
                ("reference machine", score.reference_machine),
                ("configuration hash", score.configuration_hash),
            ],
        )
    ]


def _configurations(ladder: ReportedLadder) -> Table:
    return Table(
        "Configurations measured; the hash names everything that the result of one event depends on.",
        ["configuration", "scenario", "hash", "speedups", "engine", "events", "seed"],
        [
            [
                Cell(name),
                Cell(side.scenario),
                Cell(side.scenario_hash),
                Cell(", ".join(side.speedups) or "none"),
                _engine(side),
                Cell(count(side.events)),
                Cell(str(side.seed)),
            ]
            for name, side in ladder.sides.items()
        ],
        words=[1, 2, 3, 4],
        wide=True,
        keys=["", *(filter_key("entry", entry.name) for entry in ladder.entries)],
    )


def _engine(side: Side) -> Cell:
    """Return the engine's name, how its process ran and what identifies its program."""
    rest = {k: v for k, v in side.engine.items() if k not in ("name", "version", "backend", "process")}
    name = " ".join(side.engine[k] for k in ("name", "version", "backend") if side.engine.get(k))
    return Cell(name, side.engine.get("process", ""), detail=", ".join(f"{k} {v}" for k, v in rest.items()))


def _margins(ladder: ReportedLadder) -> str:
    rows = [row for entry in ladder.entries for row in entry.own.physics.rows]
    return ", ".join(dict.fromkeys(f"{row.observable} {row.margin:g} {row.unit}" for row in rows))


def reading_section(ladder: ReportedLadder) -> PageSection:
    """Return how to read a verdict."""
    return PageSection(
        "reading",
        "How to read",
        "How to read a verdict",
        [
            Text(
                "declared only when an interval at 99.5 %, valid however often one looks, lies wholly on one "
                "side of 1. The interval shown is the narrower one at 95 %.",
                "Faster, slower:",
            ),
            Text("the whole 95 % interval lies within 1 % of no effect.", "No difference seen:"),
            Text(
                "a normal answer; more time is needed, and how much is said. “Smallest detectable” is the "
                "change of the time that this measurement would have declared four times in five.",
                "Inconclusive:",
            ),
            Text(
                "pass: the 90 % interval of every difference lies inside its margin. Fail: an interval at "
                "95 %, corrected for the number of observables, lies wholly outside. The margins were fixed "
                f"before: {_margins(ladder)}.",
                "Physics:",
            ),
            Text(
                "1 / (variance of the deposit × time) over that of the baseline. Worth it, or not: its whole "
                "95 % interval, from a jackknife over groups of events, lies on one side of 1. Where few "
                "heavy tracks make the variance, nothing is decided: there may be more that were not seen.",
                "Figure of merit:",
            ),
            Text(
                "are deterministic and know no noise, but they are no time: virtual collisions are not "
                "counted as steps. A speedup that trades one for the other is judged by its time per event.",
                "Steps:",
            ),
            Text(
                "were measured by others, in their detector and on their code: a claim and a measurement "
                "that differ do not contradict each other.",
                "Published claims:",
            ),
        ],
    )
