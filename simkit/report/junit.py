"""Verdicts as JUnit XML, which continuous-integration servers show: a test case a verdict.

What fails is a failure, what is inconclusive is skipped. The format is that of Ant's JUnit task as servers
read it (`testsuites`, `testsuite`, `testcase`, `failure`, `skipped`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from xml.etree import ElementTree

from simkit.bench.scale.words import curve_words
from simkit.record.campaign import Campaign
from simkit.record.comparison import Comparison, Contrast
from simkit.record.equivalence import Equivalence
from simkit.record.evaluation import Evaluation
from simkit.record.gate import Gate
from simkit.record.model_table import ModelTable
from simkit.record.result import Result
from simkit.record.scale import Scale
from simkit.record.side_by_side import SideBySide
from simkit.record.stepper_study import StepperStudy
from simkit.record.validation import Validation
from simkit.report.paged import Paged

KINDS: dict[type, str] = {
    Result: "run",
    Comparison: "compare",
    SideBySide: "compare",
    Campaign: "campaign",
    Validation: "validate",
    Scale: "scale",
    StepperStudy: "study",
    Evaluation: "fastsim evaluate",
    ModelTable: "fastsim table",
}


class Case(NamedTuple):
    """A verdict: what was judged, what came ("pass", "fail" or else), and the figures."""

    group: str
    name: str
    verdict: str
    text: str


def junit(record: Paged) -> str:
    """Return the verdicts of a record as an XML document."""
    suites = ElementTree.Element("testsuites", name="simkit")
    cases = list(_cases(record))
    failed = sum(case.verdict == "fail" for case in cases)
    skipped = sum(case.verdict not in ("pass", "fail") for case in cases)
    numbers = {"tests": len(cases), "failures": failed, "skipped": skipped, "errors": 0}
    about = {"name": f"simkit {KINDS[type(record)]}", **{name: str(n) for name, n in numbers.items()}}
    suite = ElementTree.SubElement(suites, "testsuite", about)
    for case in cases:
        element = ElementTree.SubElement(suite, "testcase", classname=_xml(case.group), name=_xml(case.name))
        if case.verdict != "pass":
            tag = "failure" if case.verdict == "fail" else "skipped"
            text = case.text if case.text.startswith(case.verdict) else f"{case.verdict}: {case.text}"
            ElementTree.SubElement(element, tag, message=_xml(text))
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _cases(record: Paged) -> Iterator[Case]:
    if isinstance(record, Validation):
        for row in record.rows:
            name = " ".join(filter(None, [row.quantity, row.particle, row.material, row.conditions]))
            energy = "" if row.energy_MeV is None else f" {row.energy_MeV:g} MeV"
            text = f"{row.ours:g} against {row.reference:g} {row.unit} ({row.source})"
            yield Case(f"simkit.validate.{row.check}", name + energy, row.verdict, text)
        return
    if isinstance(record, Result):
        balance = record.energy_balance_MeV
        text = f"the largest residual of an event is {balance.largest_residual:.3g} MeV"
        yield Case("simkit.run", "energy balance", "pass" if balance.closed else "fail", text)
    elif isinstance(record, Campaign):
        for rung in record.rungs:
            yield from _contrast(f"simkit.campaign.{rung.name}", rung.against_baseline)
    elif isinstance(record, Comparison):
        yield from _contrast("simkit.compare", record)
        if record.min_speedup is not None:
            slow = record.exit_code == 1
            text = f"{record.summary} (asked: {record.min_speedup:g} x)"
            yield Case("simkit.compare", "speedup asked for", "fail" if slow else "pass", text)
    elif isinstance(record, Scale):
        yield Case("simkit.scale", record.scenario, record.verdict, "; ".join(curve_words(record)))
    elif isinstance(record, StepperStudy):
        lost = sum(one.lost for cell in record.cells for one in cell.times)
        text = f"{lost} planes were not met. {' '.join(record.sentences)}"
        yield Case("simkit.study", "steppers", "fail" if record.exit_code else "pass", text)
    elif isinstance(record, Evaluation):
        yield from _physics("simkit.fastsim.evaluate", record.physics)
        if record.max_auc is not None:
            text = ", ".join(f"{one.name} {one.generated.value:.4f}" for one in record.aucs)
            name, verdict = f"AUC at most {record.max_auc:g}", "fail" if record.auc_too_large else "pass"
            yield Case("simkit.fastsim.evaluate", name, verdict, text)
    elif isinstance(record, ModelTable):
        words = {"loses": "fail", "beats": "pass", "level": "pass", "baseline": "pass"}
        for model in record.rows:
            text = model.standing_words or model.standing
            yield Case("simkit.fastsim.table", model.name, words.get(model.standing, "inconclusive"), text)
    elif isinstance(record, SideBySide):
        yield from _physics("simkit.compare", record.physics)
    gate = record.gate if isinstance(record, (Result, Comparison, Campaign)) else None
    if gate is not None:
        yield from _gate(gate)


def _contrast(group: str, contrast: Contrast) -> Iterator[Case]:
    yield Case(group, "speed", _speed(contrast), contrast.summary)
    yield from _physics(group, contrast.physics)


def _speed(contrast: Contrast) -> str:
    """Return how the speed of a contrast is shown: any finding is one; only what is open is skipped."""
    return "inconclusive" if contrast.verdict == "inconclusive" else "pass"


def _physics(group: str, physics: Equivalence) -> Iterator[Case]:
    for row in physics.rows:
        layer = "" if row.layer is None else f" layer {row.layer + 1}"
        text = (
            f"{row.difference:+.3f} ({row.lo90:+.3f} to {row.hi90:+.3f} at 90 %), margin +-{row.margin:g} "
            f"{row.unit}"
        )
        yield Case(group, f"physics: {row.observable} {row.region}{layer}", row.verdict, text)
    if not physics.rows:
        yield Case(group, "physics", physics.verdict, physics.not_compared)


def _gate(gate: Gate) -> Iterator[Case]:
    for row in gate.rows:
        text = f"{row.stored:.6g} {row.unit} stored, {row.now:.6g} now: {row.ratio:.4g} x"
        yield Case("simkit.baseline", row.name, row.verdict, text)
    if gate.physics != "not compared":
        yield Case("simkit.baseline", "physics: deposits", gate.physics, "deposits by region")


def _xml(text: str) -> str:
    """Return `text` without the characters that XML 1.0 cannot hold."""
    return "".join(c if c >= " " and c not in "\ufffe\uffff" else " " for c in text)
