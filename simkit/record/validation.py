"""The record of `simkit validate --json`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from pydantic import Field

from simkit.record.models import UsedModel
from simkit.record.part import Part, Record

SCHEMA = "simkit.validation/1"
Verdict = Literal["pass", "fail", "disputed"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
Measure = Literal["%", "standard errors"]


def conditions(parameters: Mapping[str, float]) -> str:
    """Return parameters as text; their units stand at the end of their names."""
    texts = []
    for name, value in parameters.items():
        words = name.split("_")
        unit = f" {words.pop()}" if words[-1] in ("MeV", "mm", "deg") else ""
        texts.append(f"{' '.join(words)} {value:g}{unit}")
    return ", ".join(texts)


class ValidationRow(Part):
    """One quantity against its reference.

    `material` is a material ("G4_Pb"), an element ("Pb": the quantity is of its atom) or a preset;
    `parameters` what else the quantity depends on (thresholds in MeV, lengths in mm). `deviation` is ours
    over the reference minus 1 in per cent, or their difference in standard errors (of a chi-square: the
    normal deviate of the same chance); `standard_error` is the statistical error of a deviation in per cent.

    Pass: `deviation` is within +-`tolerance`. Disputed: it is not, but this figure is known to be off, for
    the `reason` given, and ours passes against the reference `instead` at the same place; `note` says how far
    ours is from that. Fail: else.
    """

    check: str = ""
    process: str = ""
    quantity: str
    particle: str
    material: str
    energy_MeV: float | None
    parameters: dict[str, float]
    ours: float
    reference: float
    unit: str
    source: str
    deviation: float
    tolerance: float
    measure: Measure
    standard_error: float | None = None
    verdict: Verdict
    note: str = ""
    reason: str = ""
    instead: str = ""

    @property
    def conditions(self) -> str:
        """Return the parameters as text: "thickness 0.3 mm, cut 0.42 MeV"."""
        return conditions(self.parameters)


class Curve(Part):
    """Ours over a whole range: the values where `variable` (energy_MeV, or a parameter) is `x`.

    The other fields are those of the rows the curve belongs to, `parameters` without `variable`.
    """

    check: str = ""
    quantity: str
    particle: str
    material: str
    parameters: dict[str, float]
    unit: str
    variable: str
    x: list[float]
    ours: list[float]


class Histogram(Part):
    """Counts in bins of equal width between `low` and `high`: ours and the reference's, of a sample each."""

    check: str = ""
    quantity: str
    particle: str
    material: str
    energy_MeV: float
    source: str
    low: float
    high: float
    ours: list[float]
    reference: list[float]


class CheckSummary(Part):
    """The rows of one check counted; `worst` is the largest |deviation| / tolerance of those not disputed."""

    name: str
    process: str
    rows: int
    passed: int
    failed: int
    disputed: int
    worst: float
    seconds: float


class Validation(Record):
    """All rows, and what to draw with them.

    `verdict` fails when one row fails; `sources` gives {short name: citation}; `models` names what results
    with the particles of the rows are only as good as.
    """

    schema_: str = Field(SCHEMA, validation_alias="schema", serialization_alias="schema")
    version: str
    commit: str = ""
    created: str
    verdict: Literal["pass", "fail"]
    exit_code: int
    checks: list[CheckSummary]
    rows: list[ValidationRow]
    sources: dict[str, str]
    models: list[UsedModel] = Field(default_factory=list)
    curves: list[Curve] = Field(default_factory=list)
    histograms: list[Histogram] = Field(default_factory=list)
