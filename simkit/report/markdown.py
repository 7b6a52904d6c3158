"""A record as Markdown of a few lines: a comment for a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from simkit.bench import words
from simkit.bench.words import physics_words, reach, row_name
from simkit.errors import printable
from simkit.record.campaign import Campaign
from simkit.record.comparison import Comparison, Contrast
from simkit.record.equivalence import Equivalence
from simkit.record.evaluation import Evaluation
from simkit.record.families import FEW, families
from simkit.record.field_counts import EVALUATIONS, FieldCounts, listed
from simkit.record.gate import Gate
from simkit.record.interval import MeasuredSpeedup
from simkit.record.machine import machine_name
from simkit.record.model_table import ModelTable
from simkit.record.models import model_words
from simkit.record.result import Result
from simkit.record.scale import Scale
from simkit.record.stepper_study import StepperStudy
from simkit.record.validation import Validation
from simkit.report.model_table import COLUMNS, headline, table_rows
from simkit.report.numbers import plain
from simkit.report.paged import Paged

MOST = 12  # keys that two sides differ in
MOST_LAYERS = 20  # a comment has room for so much
MARKS = {"pass": "✅", "fail": "❌", "faster": "🟢", "slower": "🔴"}


def markdown(record: Paged) -> str:
    """Return the record as Markdown: the answer first, details folded."""
    if isinstance(record, Validation):
        verdicts = [_marked("fail" if check.failed else "pass") for check in record.checks]
        rows = [(c.name, c.rows, c.failed, c.disputed, v) for c, v in zip(record.checks, verdicts)]
        head = f"physics against figures from outside: {_marked(record.verdict)}"
        lines = [*_table(("check", "figures", "failed", "disputed", ""), rows), *_models(record)]
        return _page(head, lines)
    if isinstance(record, Campaign):
        lines = _campaign(record)
        head = f"{_text(record.name)} on {_text(record.scenario)}"
    elif isinstance(record, Scale):
        lines = _scale(record)
        head = f"{_text(record.scenario)}: throughput, {_marked(record.verdict)}"
    elif isinstance(record, StepperStudy):
        lines = [f"- {_text(sentence)}" for sentence in record.sentences]
        head = "steppers in a magnetic field at equal error"
    elif isinstance(record, Evaluation):
        lines = [*_evaluation(record), *_physics(record.physics)]
        head = f"generated showers against true ones: {_marked(record.verdict)}"
    elif isinstance(record, ModelTable):
        lines = _models_table(record)
        head = "models of fast simulation"
    elif isinstance(record, Result):
        lines = _run(record)
        head = f"{_text(record.scenario.name)}, {record.events} events"
    else:
        head = f"{_text(record.a.label)} → {_text(record.b.label)}"
        lines = _comparison(record) if isinstance(record, Comparison) else []
        lines += _physics(record.physics)
    lines += _models(record)
    gate = record.gate if isinstance(record, (Result, Comparison, Campaign)) else None
    made = record.machine if isinstance(record, Result) else record.provenance.machine
    command = record.timing.command if isinstance(record, Result) else record.provenance.command
    foot = f"<sub>{_text(machine_name(made))}; {_code(command)}</sub>"
    return _page(head, [*(_gate(gate) if gate is not None else []), *lines, "", foot])


def _models(record: Paged) -> list[str]:
    """Return what the results of all sides are only as good as."""
    if isinstance(record, Result | Validation):
        used = [record.models]
    elif isinstance(record, Campaign):
        used = [record.baseline.models, *(rung.side.models for rung in record.rungs)]
    else:
        used = [record.a.models, record.b.models] if isinstance(record, Comparison) else []
    words = model_words(*used)
    return ["", *(f"- {_text(one)}" for one in words)] if words else []


def _page(head: str, lines: Sequence[str]) -> str:
    return "\n".join([f"### simkit: {head}", "", *lines]).rstrip() + "\n"


def _comparison(record: Comparison) -> list[str]:
    steps = record.steps_ratio.total
    rows = [
        ("speedup", _speedup(record.speedup), _marked(record.verdict)),
        ("steps, before / after", "–" if steps is None else f"{steps:.3f}", ""),
        *_field(record.a.field_counts, record.b.field_counts),
        ("physics", f"{len(record.physics.rows)} observables", _marked(record.physics.verdict)),
    ]
    apart = [f"- {_text(one.key)}: {_text(one.a)} → {_text(one.b)}" for one in record.differ_in[:MOST]]
    more = [f"- and {len(record.differ_in) - MOST} more"] if len(record.differ_in) > MOST else []
    first = [*apart, *more, *(f"- {_text(note)}" for note in record.notes)]
    return [
        *([*first, ""] if first else []),
        f"**{_text(record.summary)}**",
        "",
        *_table(("", "", "verdict"), rows),
    ]


def _evaluation(record: Evaluation) -> list[str]:
    rows = [
        (one.name, f"{one.generated.value:.4g}", f"{one.truth.value:.4g}", f"{one.showers:,}")
        for one in record.metrics
    ]
    return [*_table(("", "generated", "truth against truth", "showers"), rows), ""]


def _models_table(record: ModelTable) -> list[str]:
    rows = [
        [_text(" ".join(filter(None, (cell.text, cell.note, cell.detail)))) for cell in row]
        for row in table_rows(record)
    ]
    notes = [f"- {_text(note)}" for note in record.notes]
    return [f"**{_text(headline(record))}**", "", *_table(COLUMNS, rows), "", *notes]


def _scale(record: Scale) -> list[str]:
    rows = [
        (
            f"{p.processes} × {p.threads}",
            f"{p.events_per_s.value:.4g}",
            f"{p.speedup.value:.3f} ({p.speedup.lo:.3f} to {p.speedup.hi:.3f})",
            f"{100.0 * p.efficiency.value:.1f} %",
        )
        for p in record.points
    ]
    return _table(("processes × threads", "events per second", "speedup", "efficiency"), rows)


def _campaign(record: Campaign) -> list[str]:
    cumulative = record.mode == "cumulative"
    rows = []
    for rung in record.rungs:
        name = rung.name if rung.left_out is None else f"{rung.left_out.name} on top of all others"
        since = [_contrast(rung.against_baseline)] * cumulative
        rows.append((_text(name), _contrast(rung.own), *since, _text(rung.published)))
    columns = ("against the rung before", "since the baseline") if cumulative else ("against the baseline",)
    return _table(("rung", *columns, "published"), rows)


def _contrast(contrast: Contrast) -> str:
    physics = _marked(contrast.physics.verdict)
    return f"{_speedup(contrast.speedup)} {_marked(contrast.verdict)}; physics {physics}"


def _run(record: Result) -> list[str]:
    deposits = [
        (_text(region), f"{d.mean:,.6g}", "–" if d.sem is None else f"{d.sem:.2g}")
        for region, d in record.edep_MeV.items()
    ]
    deposits += [
        (f"visible in {_text(region)}", f"{d.mean:,.6g}", "–" if d.sem is None else f"{d.sem:.2g}")
        for region, d in record.visible_MeV.items()
    ]
    steps = ", ".join(f"{n:,.5g} {name}" for name, n in record.steps_per_event.items())
    time = f"{plain(1e3 * record.timing.cpu_s_per_event)} ms CPU an event; steps an event: {steps}"
    if record.field_counts is not None:
        by_step, _ = record.field_counts.told(lambda value: plain(value, 3))
        time += f"; in the field, a charged step: {', '.join(listed(by_step))}"
    fast = record.fastsim.told(record.events, plain) if record.fastsim is not None else []
    told = ["", _text("; ".join(f"{what} {words}" for what, words in fast))] if fast else []
    return [time, *told, "", *_table(("region", "deposit (MeV)", "±"), deposits), *_particles(record)]


def _particles(record: Result) -> list[str]:
    """Return steps and secondaries by family and its species, folded; nothing where there are few."""
    shown = families(record.steps_by)
    if len(shown) <= FEW:
        return []
    rows = []
    for family, members in shown.items():
        steps = sum(n for member in members for n in record.steps_by[member].values())
        made = sum(record.secondaries_per_event.get(member, 0.0) for member in members)
        listed = "" if members == [family] else f" ({', '.join(members)})"
        rows.append((_text(f"{family}{listed}"), f"{steps:,.4g}", f"{made:,.4g}"))
    table = _table(("particle", "steps", "secondaries"), rows)
    summary = "<details><summary>steps, the world's too, and secondaries by particle</summary>"
    return ["", summary, "", *table, "", "</details>"]


def _field(a: FieldCounts | None, b: FieldCounts | None) -> list[tuple[str, str, str]]:
    """Return the row of the field's evaluations, where both sides have a field."""
    if a is None or b is None:
        return []
    ratio = a.by_step[EVALUATIONS] / b.by_step[EVALUATIONS]
    return [("field evaluations a charged step, before / after", f"{ratio:.3f}", "")]


def _physics(physics: Equivalence) -> list[str]:
    """Return the rows of the equivalence test, folded; of layers MOST_LAYERS, those that fail first."""
    layers = [row for row in physics.rows if row.layer is not None and row.verdict != "pass"]
    layers.sort(key=lambda row: (row.verdict != "fail", -reach(row)))
    shown = [row for row in physics.rows if row.layer is None] + layers[:MOST_LAYERS]
    rows = [
        (
            _text(row_name(row)),
            f"{row.difference:+.3f} ({row.lo90:+.3f} to {row.hi90:+.3f})",
            f"±{row.margin:g} {row.unit}",
            _marked(row.verdict),
        )
        for row in shown
    ]
    table = _table(("observable", "difference (90 %)", "margin", "verdict"), rows)
    open_layers = len(layers[MOST_LAYERS:])
    passed = len(physics.rows) - len(shown) - open_layers
    counts = ((open_layers, "layers that do not"), (passed, "layers that pass"))
    more = [f"{number} {what}" for number, what in counts if number]
    note = [f"and {', '.join(more)}", ""] if more else []
    summary = f"<details><summary>the physics {_text(physics_words(physics))}</summary>"
    return ["", summary, "", *table, "", *note, _text("; ".join(physics.notes)), "</details>"]


def _gate(gate: Gate) -> list[str]:
    rows = []
    for row in gate.rows:
        values = (f"{value:.4g} {row.unit}" for value in (row.stored, row.now))
        rows.append((_text(row.name), *values, _ratio(row.ratio, row.lo, row.hi), _marked(row.verdict)))
    head = (
        f"Against the record of {_text(gate.stored)}, up to {100 * gate.max_slowdown:g} % slower is fine: "
        f"{_marked(gate.verdict)}; deposits: {_marked(gate.physics)}"
    )
    table = _table(("", "stored", "now", "better by", "verdict"), rows)
    return [head, "", *table, *(f"- {_text(note)}" for note in gate.notes), ""]


def _speedup(speedup: MeasuredSpeedup) -> str:
    return _ratio(speedup.value, speedup.lo, speedup.hi)


def _ratio(value: float, lo: float | None, hi: float | None) -> str:
    if lo is None or hi is None:
        return f"{value:.3f} ×"
    shown, ends = words.ratio(value, lo, hi)
    return f"{shown} × ({ends})"


def _marked(verdict: str) -> str:
    return f"{MARKS.get(verdict, '⚪')} {verdict}"


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    lines = [columns, ["---"] * len(columns), *rows]
    return [f"| {' | '.join(map(str, line))} |" for line in lines]


def _code(text: str) -> str:
    """Return a command as it stands: marks that are longer than any in it keep it in one piece."""
    plain = " ".join(text.split())
    longest = max(map(len, re.findall("`+", plain)), default=0)
    marks, space = "`" * (longest + 1), " " * (longest > 0)
    return f"{marks}{space}{plain}{space}{marks}"


def _text(text: str) -> str:
    """Return a name as it stands: nothing in it is Markdown, HTML or the end of a cell."""
    plain = printable(" ".join(text.split())).replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"\\{c}" if c in "\\`*_[]|#@" else c for c in plain)
