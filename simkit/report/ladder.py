"""What campaigns and comparisons have in common: a baseline, and entries measured against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from simkit.record.campaign import Campaign, Interaction, Rung
from simkit.record.comparison import Comparison, Contrast, Side
from simkit.record.conditions import Conditions
from simkit.record.interval import CLOCK_NAMES, Clock, Interval, NoiseFloor
from simkit.record.provenance import Apart, Budget, Provenance
from simkit.record.score import Score, Throughput
from simkit.report.claims import Published, published_claim
from simkit.report.figures.steps import EVERYWHERE
from simkit.report.numbers import scaled


@dataclass(frozen=True)
class ReportedRung:
    """A rung, or side B of a comparison.

    `side` is what was measured, `name` its name. `own` is what the speedup `effect` does by itself, from side
    `before` to side `after`: against the rung before in a cumulative ladder; on top of all others where the
    rung has left it out, which `context` says; else against the baseline. `total` is `side` against the
    baseline, None where `own` is that. `alone` is the speedup alone, where that was measured, too.
    """

    name: str
    adds: Sequence[str]
    published: Published
    side: Side
    before: Side
    after: Side
    own: Contrast
    total: Contrast | None
    throughput: Throughput | None
    effect: str
    context: str = ""
    alone: Interval | None = None

    @property
    def overall(self) -> Contrast:
        """Return the contrast with the baseline."""
        return self.total or self.own


@dataclass(frozen=True)
class ReportedLadder:
    """A campaign or a comparison as the page reads it; `unfinished` says what it lacks."""

    title: str
    baseline_name: str
    baseline: Side
    baseline_throughput: Throughput | None
    entries: Sequence[ReportedRung]
    mode: str
    noise_floor: NoiseFloor | None
    score: Score | None
    budget: Budget
    provenance: Provenance
    conditions: Conditions | None = None
    extra: Sequence[tuple[str, str]] = ()
    unfinished: str = ""
    differ_in: Sequence[Apart] = ()
    notes: Sequence[str] = ()
    interactions: Sequence[Interaction] = ()
    sides: dict[str, Side] = field(init=False)

    def __post_init__(self) -> None:
        sides = {self.baseline_name: self.baseline, **{entry.name: entry.side for entry in self.entries}}
        object.__setattr__(self, "sides", sides)

    @property
    def cumulative(self) -> bool:
        """Return whether every rung has all rungs above it switched on."""
        return self.mode == "cumulative"

    @property
    def with_all(self) -> bool:
        """Return whether the first entry has everything and others all but one."""
        return not self.cumulative and any(entry.total for entry in self.entries)

    @property
    def time_unit(self) -> tuple[float, str]:
        """Return the factor and the unit of all times per event on the page, normalised ones too."""
        parts = [self.baseline_throughput, *(entry.throughput for entry in self.entries)]
        shown = [part.normalised_s_per_event.value for part in parts if part is not None]
        return scaled([*shown, *(self.cost(side).value for side in self.sides.values())])

    @property
    def clock(self) -> Clock:
        """Return the clock that judges."""
        return self.entries[0].own.clock if self.entries else "cpu"

    @property
    def time(self) -> str:
        """Return the name of the time that judges."""
        return CLOCK_NAMES[self.clock]

    def cost(self, side: Side) -> Interval:
        """Return what an event of a side takes by the clock that judges."""
        return side.times.get(self.clock, side.cpu_s_per_event)

    @property
    def effects(self) -> Sequence[ReportedRung]:
        """Return the entries to list effects by: one a speedup, on top of the others rather than alone."""
        on_top = [entry.effect for entry in self.entries if entry.alone]
        return [entry for entry in self.entries if entry.alone or entry.effect not in on_top]


def steps_of(ladder: ReportedLadder) -> dict[str, dict[str, dict[str, float]]]:
    """Return the steps of every side by particle and region; by particle where an engine tells no more."""
    sides = ladder.sides
    if all(side.steps_by for side in sides.values()):
        return {name: side.steps_by for name, side in sides.items()}
    return {
        name: {p: {EVERYWHERE: n} for p, n in side.steps_per_event.items() if p != "total"}
        for name, side in sides.items()
    }


def times_of(ladder: ReportedLadder) -> dict[str, dict[str, dict[str, float]]]:
    """Return the CPU milliseconds per event of the sides by particle and region; nothing if not profiled."""
    if not all(side.time_by for side in ladder.sides.values()):
        return {}
    return {
        name: {
            particle: {region: 1e3 * share * side.cpu_s_per_event.value for region, share in regions.items()}
            for particle, regions in side.time_by.items()
        }
        for name, side in ladder.sides.items()
    }


def from_campaign(campaign: Campaign) -> ReportedLadder:
    """Return a campaign as a ladder; entries of the same name are told apart by their number."""
    entries: list[ReportedRung] = []
    taken = {"baseline"}
    for number, rung in enumerate(campaign.rungs, start=1):
        name = rung.name if rung.name not in taken else f"{rung.name} ({number})"
        taken.add(name)
        entries.append(_entry(campaign, rung, name, entries))
    unfinished = (
        ""
        if campaign.finished
        else "The campaign has not finished; simkit campaign --resume goes on with it."
    )
    if not entries:
        unfinished = "The campaign has no finished rung yet: there is nothing to compare the baseline with."
    return ReportedLadder(
        title=f"{campaign.name} ladder on {campaign.scenario}",
        baseline_name="baseline",
        baseline=campaign.baseline,
        baseline_throughput=campaign.baseline_throughput,
        entries=entries,
        mode=campaign.mode,
        noise_floor=campaign.noise_floor,
        score=campaign.score,
        budget=campaign.budget,
        provenance=campaign.provenance,
        conditions=campaign.conditions,
        notes=campaign.notes,
        extra=[
            ("ladder", f"{campaign.name}, {campaign.mode}"),
            ("ladder hash", campaign.ladder_hash),
            ("exit code", str(campaign.exit_code)),
        ],
        unfinished=unfinished,
        interactions=campaign.interactions,
    )


def _entry(campaign: Campaign, rung: Rung, name: str, above: Sequence[ReportedRung]) -> ReportedRung:
    cumulative = campaign.mode == "cumulative"
    whole = campaign.mode in ("all-but-one", "interactions") and not above
    context = "alone" if campaign.mode == "interactions" else ""
    entry = ReportedRung(
        name=name,
        adds=rung.adds,
        # What all gain together nobody has published, whatever older records say.
        published=published_claim("", []) if whole else published_claim(rung.published, rung.adds),
        side=rung.side,
        before=above[-1].side if cumulative and above else campaign.baseline,
        after=rung.side,
        own=rung.against_previous if cumulative else rung.against_baseline,
        total=rung.against_baseline if cumulative and above else None,
        throughput=rung.throughput,
        effect=name,
        context="together, against the baseline" if whole else context,
    )
    left_out = rung.left_out
    if left_out is None:
        return entry
    alone = {one.name: one.expected for one in campaign.interactions if one.kind == "one"}
    return replace(
        entry,
        adds=left_out.adds,
        published=published_claim(rung.published, left_out.adds),
        before=rung.side,
        after=above[0].side,
        own=rung.own,
        total=rung.against_baseline,
        effect=left_out.name,
        context="on top of all others",
        alone=alone.get(left_out.name),
    )


ENGINES = {
    "native": "simkit",
    "hepemshow": "HepEmShow",
    "geant4": "Geant4",
    "geant4-pybind": "Geant4 (pybind)",
    "celeritas": "Celeritas",
    "adept": "AdePT",
}


def engine_words(label: str) -> str:
    """Return a side's label for people: "HepEmShow (old.out)" for "engine:hepemshow=old.out"."""
    if not label.startswith("engine:"):
        return label
    name, _, given = label.removeprefix("engine:").partition("=")
    name, plus, speedups = name.partition("+")
    engine = ENGINES.get(name, given or name)
    # The program's own name says nothing that the engine's does not.
    where, _, options = given.partition(" ")
    folder, _, program = where.rpartition("/")
    if program.lower() == name:
        given = f"{folder.removesuffix('/...')} {options}".strip()
    return engine + (f" ({given})" if name in ENGINES and given else "") + plus + speedups


def side_names(a: str, b: str) -> tuple[str, str]:
    """Return the labels of two sides for people, told apart."""
    names = engine_words(a), engine_words(b)
    return names if names[0] != names[1] else (f"{names[0]} (A)", f"{names[1]} (B)")


def from_comparison(comparison: Comparison) -> ReportedLadder:
    """Return a comparison as a ladder of one entry; A is the baseline."""
    a, b = comparison.a, comparison.b
    names = side_names(a.label, b.label)
    adds = [name for name in b.speedups if name not in a.speedups]
    asked = "none" if comparison.min_speedup is None else f"at least {comparison.min_speedup:g}"
    entry = ReportedRung(
        name=names[1],
        adds=adds,
        published=published_claim("", adds),
        side=b,
        before=a,
        after=b,
        own=comparison,
        total=None,
        throughput=None,
        effect=names[1],
    )
    return ReportedLadder(
        title=f"{names[1]} against {names[0]}",
        baseline_name=names[0],
        baseline=a,
        baseline_throughput=None,
        entries=[entry],
        mode="one-at-a-time",
        noise_floor=comparison.noise_floor,
        score=None,
        budget=comparison.budget,
        provenance=comparison.provenance,
        conditions=comparison.conditions,
        differ_in=comparison.differ_in,
        notes=comparison.notes,
        extra=[("speedup asked for", asked), ("exit code", str(comparison.exit_code))],
    )
