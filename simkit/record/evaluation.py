"""The record of `simkit fastsim evaluate`: generated showers against true ones, and truth against truth."""

from __future__ import annotations

from pydantic import Field

from simkit.record.equivalence import Equivalence, PhysicsVerdict
from simkit.record.part import Part, Record
from simkit.record.provenance import Provenance

PARTS = ("low", "high", "boosting", "distances", "manifold", "memorisation", "anomalies", "map")
"""What can be asked for alone; histograms and the verdict always come."""
ENOUGH = 20_000
"""Showers a class, below which networks find clearly less than in many."""


def published_showers(dataset: str) -> int:
    """Return with how many showers a class the CaloChallenge judged models of a dataset (its evaluate.py)."""
    return {"1-photons": 121_000, "1-pions": 120_800}.get(dataset, 100_000)


class ShowerFile(Part):
    """A file of showers: how many it holds, and how many of them were looked at.

    model_id: of the model that made them, "" where the file does not tell.
    """

    file: str
    sha256: str
    showers: int
    used: int
    energy_MeV: tuple[float, float]
    model_id: str = ""


class MetricValue(Part):
    """A value and its uncertainty; None where there is none."""

    value: float
    error: float | None = None


class Metric(Part):
    """One figure of the generated showers against the truth, and of truth against truth at the same number.

    name: in words; key: as the published figures call it. showers: of each sample. best: what two samples of
    one distribution give where many showers are looked at, None where that depends on their number. seconds:
    for both. note: what else to know.
    """

    name: str
    key: str
    generated: MetricValue
    truth: MetricValue
    showers: int
    best: float | None = None
    seconds: float
    note: str = ""


class OverlaidHistogram(Part):
    """Counts of one observable in like bins: underflow first, overflow last.

    low, high: ends of the equal bins between. separation and chi2 over its degrees of freedom: generated, and
    the second sample of truth, against the truth. No chi2 of cells: those of a shower go together.
    """

    name: str
    unit: str
    low: float
    high: float
    generated: list[int]
    truth: list[int]
    second_truth: list[int]
    separation: tuple[float, float]
    chi2_ndf: tuple[float, float] | None


class ObservableGroup(Part):
    """Separations of one kind of observable over the layers: mean and largest, generated and truth."""

    name: str
    layers: int
    mean: tuple[float, float]
    largest: tuple[float, float]
    largest_at: str
    chi2_ndf: tuple[float, float] | None


class ResponsePoint(Part):
    """chi2 of the response (shower over incident energy) at one energy, or between two."""

    low_MeV: float
    high_MeV: float
    showers: int
    chi2: tuple[float, float]
    freedom: tuple[int, int]


class ShowerProfile(Part):
    """Mean energy by layer and by ring over the incident energy, with standard errors.

    energies: the range in words. rings: sums over the layers; empty where the layers' rings differ.
    """

    energies: str
    layers: list[int]
    generated: list[float]
    generated_sem: list[float]
    truth: list[float]
    truth_sem: list[float]
    ring_edges_mm: list[float] = Field(default_factory=list)
    generated_rings: list[float] = Field(default_factory=list)
    generated_rings_sem: list[float] = Field(default_factory=list)
    truth_rings: list[float] = Field(default_factory=list)
    truth_rings_sem: list[float] = Field(default_factory=list)


class ShowerPicture(Part):
    """Energy by layer and ring, summed over the angles; None where a layer has no such ring.

    name: whose it is. unit: MeV, of a mean over all showers MeV per GeV. row: the shower's place in its
    file, None of a mean; score: of the isolation forest, the lower the odder.
    """

    name: str
    unit: str
    incident_MeV: float | None = None
    row: int | None = None
    score: float | None = None
    energies: list[list[float | None]]


class CorrelationMatrix(Part):
    """Pearson's correlations of the layers' energies over the incident one."""

    layers: list[int]
    generated: list[list[float]]
    truth: list[list[float]]


class MapPlaces(Part):
    """Places on a map where showers that are alike lie near each other (t-SNE), with incident energies."""

    generated: list[tuple[float, float]]
    truth: list[tuple[float, float]]
    generated_MeV: list[float]
    truth_MeV: list[float]


class PublishedModel(Part):
    """What a model of the CaloChallenge is published to give on the same cells; None: not given."""

    model: str
    parameters: float | None
    auc_low: float | None
    auc_high: float | None
    fpd: float | None
    kpd: float | None
    precision: float | None
    recall: float | None
    density: float | None
    coverage: float | None
    cpu_ms_1: float | None
    cpu_ms_100: float | None
    cpu_ms_10000: float | None
    gpu_ms_1: float | None
    gpu_ms_100: float | None
    gpu_ms_10000: float | None

    @property
    def worse_auc(self) -> float:
        """The larger of both; 1 where one is not given."""
        return max(self.auc_low or 1.0, self.auc_high or 1.0)


class Evaluation(Record):
    """What `simkit fastsim evaluate` gives.

    showers: of each sample in what has no number of its own. physics: the equivalence test of response,
    layers and width by decade of energy. verdict: the physics's, or "fail" where the AUC is above `max_auc`.
    quick: with a small network and one seed, so that its AUC is none to quote. bfloat16: whether the
    networks' matrix products were in it. dataset: which of the CaloChallenge's has these cells. notes: what
    speaks against a figure.
    """

    schema_: str = Field(
        default="simkit.evaluation/1", validation_alias="schema", serialization_alias="schema"
    )
    generated: ShowerFile
    truth: ShowerFile
    second_truth: ShowerFile | None = None
    training: ShowerFile | None = None
    particle: str
    cells: int
    dataset: str | None
    showers: int
    seeds: int
    quick: bool
    bfloat16: bool = False
    threshold_MeV: float
    metrics: list[Metric]
    groups: list[ObservableGroup]
    histograms: list[OverlaidHistogram]
    response: list[ResponsePoint]
    profiles: list[ShowerProfile]
    pictures: list[ShowerPicture]
    odd_showers: list[ShowerPicture]
    correlations: CorrelationMatrix
    map: MapPlaces | None = None
    published: list[PublishedModel]
    published_source: str
    physics: Equivalence
    max_auc: float | None = None
    verdict: PhysicsVerdict
    exit_code: int
    notes: list[str] = Field(default_factory=list)
    seconds: float
    provenance: Provenance

    @property
    def aucs(self) -> list[Metric]:
        """The areas under the curve of all classifiers."""
        return [one for one in self.metrics if one.key.startswith("auc_")]

    @property
    def auc_too_large(self) -> bool:
        """Whether one of them is above what was asked for."""
        most = max((one.generated.value for one in self.aucs), default=0.0)
        return self.max_auc is not None and most > self.max_auc

    def metric(self, key: str) -> Metric | None:
        """Return a metric by its key, None where it was not asked for."""
        return next((one for one in self.metrics if one.key == key), None)
