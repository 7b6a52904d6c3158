"""The sections of a single run: what it cost, where the energy went, what was counted."""

from __future__ import annotations

from simkit.processes import PROCESSES
from simkit.record.families import by_family, families, total_by_family
from simkit.record.field_counts import FieldCounts
from simkit.record.models import model_remarks
from simkit.record.result import Result, Timing
from simkit.report.figures.energy import energy_figure
from simkit.report.figures.profiles import LayerProfile, profile_figure
from simkit.report.figures.steps import CPU_TIME, DEPOSITS, SECONDARIES, steps_figure
from simkit.report.numbers import duration, events_words, plain, scaled, with_error
from simkit.report.page_parts import (
    Cell,
    Download,
    Facts,
    Figure,
    Filter,
    Fold,
    Page,
    PageSection,
    Row,
    Table,
    Text,
    filter_key,
)
from simkit.report.physics import counters_table, untransported_section
from simkit.report.provenance import cuts_table, machine_facts

BALANCE_CAPTION = (
    "Means over events. What comes in and what annihilation makes of rest mass is deposited, leaks, is "
    "killed or is not transported."
)


def run_page(result: Result, record: Download) -> Page:
    """Return the page of a run."""
    timing = result.timing
    factor, unit = scaled([timing.cpu_s_per_event])
    speedups = ", ".join(result.scenario.speedups) or "no speedups"
    left_out = untransported_section(result)
    particles = list(families(result.steps_by))
    everything = [] if left_out.blocks else [Text(left_out.intro)]
    return Page(
        title=f"{result.scenario.name}: one run",
        subtitle=f"{events_words([result.events])}, seed {result.seed}, {speedups}",
        headline=f"{plain(timing.cpu_s_per_event * factor)} {unit} CPU per event, "
        f"{plain(timing.steps_per_s / 1e6, 3)} million steps per second on {_threads(timing.threads)}.",
        headline_mark="",
        sections=[
            PageSection(
                "answer",
                "Answer",
                "The run in numbers",
                [_regions_table(result), *_visible_table(result), _numbers(result)],
            ),
            PageSection("steps", "Steps", "Steps and interactions", _steps(result)),
            PageSection("physics", "Energy", "Where the energy went", [*energy_blocks(result), *everything]),
            *([left_out] if left_out.blocks else []),
            PageSection(
                "counters",
                "Counters",
                "Counters",
                [counters_table({"all events": _counts(result)}, "Sums over the run.")],
            ),
            _provenance(result, record),
        ],
        remarks=[
            "One run says nothing about a speedup; simkit compare and simkit campaign measure one.",
            *model_remarks(result.models),
        ],
        created=timing.created,
        filters=[Filter("particle", "Particles", particles)] if len(particles) > 1 else [],
    )


def _threads(n: int) -> str:
    return "one thread" if n == 1 else f"{n} threads"


def _counts(result: Result) -> dict[str, float]:
    return {name: float(value) for name, value in result.counters.items()}


def _regions_table(result: Result) -> Table:
    steps = by_family(result.steps_by)
    rows = []
    for region in dict.fromkeys([*result.edep_MeV, *result.track_length_mm]):
        deposit = result.edep_MeV.get(region)
        rows.append(
            [
                Cell(region),
                Cell(with_error(deposit.mean, deposit.sem) if deposit else "–"),
                Cell(plain(deposit.sd) if deposit else "–"),
                Cell(plain(result.track_length_mm.get(region))),
                *(Cell(plain(of.get(region, 0.0))) for of in steps.values()),
            ]
        )
    columns = ["region", "deposit (MeV)", "spread (MeV)", "charged path (mm)"]
    return Table("Per event.", [*columns, *(f"steps of {p}" for p in steps)], rows, wide=True)


def _visible_table(result: Result) -> list[Table]:
    """Return what the readout sees of the regions where that is not all."""
    rows = [
        [
            Cell(region),
            Cell(with_error(seen.mean, seen.sem)),
            Cell(plain(seen.sd)),
            Cell(plain(seen.quenched)),
            Cell(plain(seen.late)),
        ]
        for region, seen in result.visible_MeV.items()
    ]
    columns = ["region", "visible (MeV)", "spread (MeV)", "quenched (MeV)", "outside the time window (MeV)"]
    caption = "What the readout sees of the deposits, and what it does not see, per event."
    return [Table(caption, columns, rows)] if rows else []


def _species_table(result: Result) -> list[Fold]:
    """Return what every species does, where families have several; nothing where the figures tell it."""
    members = {family: of for family, of in families(result.steps_by).items() if of != [family]}
    if not members:
        return []
    profile = result.timing.profile
    deposits = profile.deposits_MeV if profile is not None else {}
    columns = ["species", "secondaries", "steps"]
    columns += ["% of the CPU time"] * bool(result.timing.by) + ["% of the deposits"] * bool(deposits)
    total = sum(sum(of.values()) for of in deposits.values())
    rows = []
    for family, particle in ((f, p) for f, of in families(result.steps_by).items() for p in of):
        steps = sum(result.steps_by[particle].values())
        numbers = [result.secondaries_per_event.get(particle, 0.0), steps]
        if result.timing.by:
            numbers.append(100.0 * sum(result.timing.by.get(particle, {}).values()))
        if deposits:
            numbers.append(100.0 * sum(deposits.get(particle, {}).values()) / total if total else 0.0)
        rows.append([Cell(particle, family if family in members else ""), *(Cell(plain(n)) for n in numbers)])
    keys = [filter_key("particle", family) for family, of in families(result.steps_by).items() for _ in of]
    table = Table("Per event; steps in all regions, the world's too.", columns, rows, keys=keys)
    return [Fold(Cell("Every species by itself"), [table])]


def _numbers(result: Result) -> Row:
    timing = result.timing
    cost = [
        ("CPU time", duration(timing.cpu_s)),
        ("wall time", duration(timing.wall_s)),
        ("events per second", plain(timing.events_per_s)),
        ("compiling", duration(timing.compile_s)),
        ("set-up", duration(timing.setup_s)),
        ("peak memory", f"{plain(timing.peak_rss_MB, 3)} MB"),
        *_measured(timing),
    ]
    made = [
        *((f"{name} steps in the calorimeter", plain(n)) for name, n in result.steps_per_event.items()),
        *(
            (f"secondary {name}", plain(n))
            for name, n in total_by_family(result.secondaries_per_event).items()
        ),
        ("virtual collisions, not counted as steps", plain(_virtual(result))),
    ]
    return Row([Facts("Cost", cost), Facts("Per event", made), *_field(result.field_counts)])


def _field(counts: FieldCounts | None) -> list[Facts]:
    """Return what the field took, where there is one."""
    if counts is None:
        return []
    by_step, by_event = counts.told(lambda value: plain(value, 3))
    rows = [*by_step.items(), *((f"{name}, an event", value) for name, value in by_event.items())]
    return [Facts("In the field, a charged step", [(name.replace("_", " "), value) for name, value in rows])]


def _measured(timing: Timing) -> list[tuple[str, str]]:
    """Return what only some machines tell: the time in a GPU's kernels, instructions, energy."""
    told = []
    if timing.gpu is not None:
        told.append(
            ("in the GPU's kernels", f"{duration(timing.gpu.kernel_s)} of {duration(timing.gpu.total_s)}")
        )
    if timing.instructions is not None:
        counted = timing.instructions
        each = with_error(counted.per_event / 1e6, counted.standard_error / 1e6)
        told.append((f"million instructions per event ({counted.source})", each))
    for part in timing.energy_used.parts if timing.energy_used is not None else []:
        told.append((f"energy per event ({part.source}; {part.covers})", f"{plain(part.joules_per_event)} J"))
    if timing.energy_used is not None and timing.energy_used.not_available:
        told.append(("energy", f"not told: {timing.energy_used.not_available}"))
    return told


def _virtual(result: Result) -> float:
    return result.counters.get("virtual_collisions", 0) / result.events


def _steps(result: Result) -> list[Figure | Table | Fold]:
    processes = Table(
        "Interactions per event.",
        ["process", "interactions"],
        [
            [Cell(name, PROCESSES.about.get(name, "")), Cell(plain(n))]
            for name, n in result.interactions_per_event.items()
        ],
    )
    name = result.scenario.name
    return [*_profiled(result), steps_figure({name: result.steps_by}), *_species_table(result), processes]


def _profiled(result: Result) -> list[Figure]:
    """Return CPU time and deposits by particle and region; nothing where the run was not profiled."""
    timing, name = result.timing, result.scenario.name
    steps = {name: result.steps_by}
    cpu_ms = 1e3 * timing.cpu_s_per_event
    by = {particle: {r: x * cpu_ms for r, x in regions.items()} for particle, regions in timing.by.items()}
    figures = [steps_figure({name: by}, CPU_TIME, steps)] if by else []
    if (profile := timing.profile) is not None:
        told = ((profile.deposits_MeV, DEPOSITS), (profile.secondaries, SECONDARIES))
        figures += [steps_figure({name: by}, what, steps) for by, what in told if by]
    return figures


def energy_blocks(result: Result) -> list[Row | Facts]:
    """Return the profiles of a run, and where its energy went."""
    balance = result.energy_balance_MeV.model_dump(by_alias=True, exclude={"rounding"})
    others = balance.pop("others")
    end = {name: balance.pop(name) for name in ("residual", "largest_residual")}
    balance |= others | end
    parts = {name.replace("_", " "): float(value) for name, value in balance.items()}
    shown = ("deposited", "leaked", "killed", "untransported", *(name.replace("_", " ") for name in others))
    drawn = {name: parts[name] for name in shown if parts[name] > 0.0}
    profiles = [
        profile_figure(
            f"profile-{i}",
            f"{region}, visible" if region in result.visible_MeV else region,
            LayerProfile(region, values, result.layers_sem_MeV.get(region, [])),
        )
        for i, (region, values) in enumerate(result.layers_MeV.items())
        if len(values) > 1 and any(values)
    ]
    table = Facts(
        "Energy balance (MeV per event)", [(name, plain(value, 6)) for name, value in parts.items()]
    )
    blocks: list[Row | Facts] = [Row(profiles)] if profiles else []
    left = [
        (name, f"{plain(of.tracks)} with {plain(of.energy_MeV)} MeV")
        for name, of in result.punch_through.items()
    ]
    if left:
        blocks.append(Facts("Hadrons and muons that left the world, per event", left))
    if result.fastsim is not None:
        blocks.append(Facts("Fast simulation", result.fastsim.told(result.events, plain)))
    if drawn:
        figure = energy_figure("balance", "Where the energy went", BALANCE_CAPTION, drawn)
        return [*blocks, Row([figure, table])]
    return [*blocks, table]


def _provenance(result: Result, record: Download) -> PageSection:
    scenario, engine = result.scenario, result.engine
    made = [
        ("created", result.timing.created),
        *([("command", result.timing.command)] if result.timing.command else []),
        ("scenario", scenario.name),
        ("scenario hash", scenario.hash),
        ("speedups", ", ".join(scenario.speedups) or "none"),
        ("engine", f"{engine.name} {engine.version}, {engine.backend}"),
        ("commit", engine.commit or "unknown"),
        ("seed", str(result.seed)),
        ("threads", str(result.timing.threads)),
    ]
    return PageSection(
        "provenance",
        "Provenance",
        "Where the numbers come from",
        [
            Row([Facts("How it was made", made), machine_facts(result.machine)]),
            cuts_table(result.cuts_MeV),
            record,
        ],
    )
