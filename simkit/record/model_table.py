"""The record of `simkit fastsim table`: all models of one detector, how fast and how right each is."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simkit.record.evaluation import MetricValue, PublishedModel, ShowerFile
from simkit.record.interval import Interval
from simkit.record.part import Part, Record
from simkit.record.provenance import Provenance

BASELINE = "frozen-library"
"""The model that every other must beat."""
TIMES = 3
"""As many generated showers as a library holds: judged with fewer it flatters itself."""
FIGURES = {
    "auc_low": "AUC, cells",
    "auc_high": "AUC, high-level",
    "auc_boosting": "AUC, trees",
    "fpd": "FPD",
    "kpd": "KPD",
    "chi2_ndf": "chi2/NDF",
    "memorisation": "memori\N{SOFT HYPHEN}sation",
}
"""What the table has of an evaluation: keys of metrics, and what stands above them."""

Standing = Literal["baseline", "loses", "level", "beats", "not comparable", "not judged"]


def worse_auc(figures: dict[str, MetricValue]) -> MetricValue | None:
    """Return the larger AUC of cells and of high-level features; None where one of them is missing."""
    both = [figures[key] for key in ("auc_low", "auc_high") if key in figures]
    return max(both, key=lambda one: one.value) if len(both) == 2 else None


class ModelRow(Part):
    """A model; None: not known, of an interval: not measured.

    name: of its kind, with its folder where several are of one kind. records: its files, with their sha256;
    cpu: on which it was timed. whole_showers: of its training that it holds. ms_1, ms_100: milliseconds a
    shower on one thread, by batch. transport: how many times as fast transport is with it, of the showers of
    that scenario. showers: of each sample that was judged. figures: by metric. differs: in what its
    evaluation is another than the baseline's, or than the most. standing: against the baseline, by
    `worse_auc`; "level" within both uncertainties, added in quadrature; no "beats" for what is `flattered`.
    """

    name: str
    place: str
    records: dict[str, str] = Field(default_factory=dict)
    cpu: str = ""
    parameters: int | None = None
    file_MB: float | None = None
    training_s: float | None = None
    whole_showers: int | None = None
    ms_1: Interval | None = None
    ms_100: Interval | None = None
    transport: float | None = None
    transport_scenario: str = ""
    showers: int | None = None
    figures: dict[str, MetricValue] = Field(default_factory=dict)
    differs: list[str] = Field(default_factory=list)
    standing: Standing = "not judged"

    @property
    def auc(self) -> MetricValue | None:
        """See `worse_auc`."""
        return worse_auc(self.figures)

    @property
    def flattered(self) -> bool:
        """Whether it was judged with too few showers for those that it holds."""
        return self.showers is not None and self.showers < TIMES * (self.whole_showers or 0)

    @property
    def standing_words(self) -> str:
        """How it stands, in words; nothing where it was not judged."""
        words = {"loses": f"loses to {BASELINE}", "level": f"level with {BASELINE}", "not judged": ""}
        return words.get(self.standing, f"beats {BASELINE}" if self.standing == "beats" else self.standing)


class ModelTable(Record):
    """What `simkit fastsim table` gives.

    baseline: the name of the row that the others stand against, None where there is none. truth: figures of
    truth against truth, of the evaluation that the others are compared with; `showers` of each sample and
    `truth_file` are its. dataset: which of the CaloChallenge's has these cells; its models are `published`,
    judged with more showers (`published_showers`). notes: what speaks against a figure.
    """

    schema_: str = Field(
        default="simkit.model-table/1", validation_alias="schema", serialization_alias="schema"
    )
    cells: int
    dataset: str | None
    baseline: str | None
    rows: list[ModelRow]
    truth: dict[str, MetricValue]
    truth_file: ShowerFile | None
    showers: int | None
    published: list[PublishedModel]
    published_source: str
    notes: list[str] = Field(default_factory=list)
    provenance: Provenance

    @property
    def losing(self) -> list[ModelRow]:
        """The models that a library of whole showers beats."""
        return [row for row in self.rows if row.standing == "loses"]
