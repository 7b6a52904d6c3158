"""All of an evaluation: samples, histograms, metrics, pictures, verdict."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from simkit.bench.evaluation.metrics import KNOWN, QUICK_SHOWERS, asked, metrics
from simkit.bench.evaluation.overlays import cheap_metrics, groups, overlays, response_points
from simkit.bench.evaluation.physics import judge_physics, profiles
from simkit.bench.evaluation.pictures import mean_pictures, odd_pictures
from simkit.bench.evaluation.samples import EvaluationPlan, ShowerSamples, load_samples
from simkit.bench.words import percent
from simkit.fastsim.judge.anomalies import Anomalies, anomalies
from simkit.fastsim.judge.correlations import correlations
from simkit.fastsim.judge.maps import shower_map
from simkit.fastsim.judge.published import SOURCE, dataset_of, submissions
from simkit.fastsim.showers.features import high_level
from simkit.imports import extra
from simkit.record.evaluation import (
    ENOUGH,
    CorrelationMatrix,
    Evaluation,
    MapPlaces,
    Metric,
    MetricValue,
    PublishedModel,
    published_showers,
)
from simkit.record.part import FINE, INCONCLUSIVE, PHYSICS_DIFFERS
from simkit.record.provenance import make_provenance

FEW_COPIES = 0.001
MAPPED = 1000  # showers of each sample on the map
PACKAGES = ("torch", "scikit-learn", "h5py")
EXIT_CODES = {"pass": FINE, "fail": PHYSICS_DIFFERS, "inconclusive": INCONCLUSIVE}

Tell = Callable[[float, str], None]


def run_evaluation(plan: EvaluationPlan, command: str, tell: Tell | None = None) -> Evaluation:
    """Return the record of generated showers against true ones, and truth against truth. Errors: BadInput."""
    with extra("ml", "an evaluation"):
        from threadpoolctl import threadpool_limits
    # Fewer threads than processors are idle are faster, and their number changes sums in the last bit.
    with threadpool_limits(plan.threads):
        return _evaluate(plan, command, tell)


def _evaluate(plan: EvaluationPlan, command: str, tell: Tell | None) -> Evaluation:
    begin = time.perf_counter()
    if plan.quick:
        plan = plan._replace(showers=min(plan.showers or QUICK_SHOWERS, QUICK_SHOWERS), seeds=1)
    parts = asked(plan)
    steps = _Steps(tell, 4 + len(parts) + 2 * plan.seeds * len({"low", "high", "boosting"} & set(parts)))
    steps("reading")
    samples = load_samples(plan)
    steps("histograms")
    histograms = list(overlays(samples))
    points = response_points(samples)
    found = [*cheap_metrics(samples, histograms, points), *metrics(plan, samples, steps)]
    found, lost = _numbers(found)
    truth, generated = samples.truth, samples.generated
    odd: Anomalies | None = None
    if "anomalies" in parts:
        steps("oddest showers")
        odd, metric = _odd(plan, samples)
        found.append(metric)
    places = None
    if "map" in parts:
        steps("map")
        places = _map(plan, samples)
    steps("verdict")
    physics = judge_physics(truth.features, generated.features)
    dataset = dataset_of(samples.binning)
    matrices = [np.round(correlations(side.features), 4) for side in (generated, truth)]
    record = Evaluation(
        generated=samples.files["generated"],
        truth=samples.files["truth"],
        second_truth=samples.files.get("second_truth"),
        training=samples.files.get("training"),
        particle=samples.binning.particle,
        cells=samples.binning.cells,
        dataset=dataset,
        showers=samples.number,
        seeds=plan.seeds,
        quick=plan.quick,
        bfloat16=plan.bfloat16,
        threshold_MeV=samples.threshold_MeV,
        metrics=found,
        groups=groups(histograms),
        histograms=[one for _, one in histograms],
        response=points,
        profiles=list(profiles(truth.showers, generated.showers, (truth.features, generated.features))),
        pictures=mean_pictures(samples),
        odd_showers=[] if odd is None else list(odd_pictures(samples, odd)),
        correlations=CorrelationMatrix(
            layers=list(truth.features.layers), generated=matrices[0].tolist(), truth=matrices[1].tolist()
        ),
        map=places,
        published=[PublishedModel.model_validate(row) for row in submissions(dataset)],
        published_source=SOURCE,
        physics=physics,
        max_auc=plan.max_auc,
        verdict=physics.verdict,
        exit_code=0,
        notes=[*samples.notes, *lost, *physics.notes, *_doubts(found, samples.number, dataset)],
        seconds=time.perf_counter() - begin,
        provenance=make_provenance(command, plan.seed, PACKAGES),
    )
    if record.auc_too_large:
        record.verdict = "fail"
    record.exit_code = EXIT_CODES[record.verdict]
    return record


def _numbers(found: Sequence[Metric]) -> tuple[list[Metric], list[str]]:
    """Return the metrics that are numbers, and what must be said of others: records hold numbers alone."""
    kept, lost = [], []
    for one in found:
        sides = (one.generated, one.truth)
        if not all(math.isfinite(side.value) for side in sides):
            lost.append(f"{one.name} is left out: it is no number in these samples")
            continue
        for side in sides:
            if side.error is not None and not math.isfinite(side.error):
                side.error = None
        kept.append(one)
    return kept, lost


def _doubts(found: Sequence[Metric], showers: int, dataset: str | None) -> Iterator[str]:
    """Yield what must be said beside the figures."""
    by_key = {one.key: one for one in found}
    copies = by_key.get("copies")
    if copies is not None and copies.truth.value > KNOWN:
        yield (
            f"{percent(copies.truth.value)} of the true showers are training showers: they cannot say "
            "whether the generator repeats those; give truth that it was not trained on"
        )
    if copies is not None and copies.generated.value > copies.truth.value + FEW_COPIES:
        yield f"{percent(copies.generated.value)} of the generated showers are copies of training showers"
    if showers < ENOUGH and {"auc_low", "auc_high"} & set(by_key):
        published = f" than in the {published_showers(dataset):,} of published figures" if dataset else ""
        yield (
            f"networks find less in {showers:,} showers a class{published or ' than in many'}; see the "
            f"boosted trees, or give {ENOUGH:,} or more"
        )


class _Steps:
    """Tells how much of the steps is done, as each of them begins."""

    def __init__(self, tell: Tell | None, steps: int) -> None:
        self.tell, self.steps, self.done = tell, steps, 0

    def __call__(self, doing: str) -> None:
        if self.tell is not None:
            self.tell(min(self.done / self.steps, 1.0), doing)
        self.done += 1


def _odd(plan: EvaluationPlan, samples: ShowerSamples) -> tuple[Anomalies, Metric]:
    begin = time.perf_counter()
    truth, second, generated = (
        high_level(side.features) for side in (samples.truth, samples.second, samples.generated)
    )
    found = anomalies(truth, second, generated, plan.seed)
    return found, Metric(
        name="odder than all but 1 % of the truth",
        key="odd",
        generated=MetricValue(value=found.tail),
        truth=MetricValue(value=0.01),
        showers=samples.number,
        best=0.01,
        seconds=time.perf_counter() - begin,
        note="isolation forest of 200 trees on high-level features",
    )


def _map(plan: EvaluationPlan, samples: ShowerSamples) -> MapPlaces:
    sides = (samples.truth, samples.generated)
    cut = [side.features.take(slice(MAPPED)) for side in sides]
    truth, generated = shower_map([high_level(of) for of in cut], plan.seed)
    return MapPlaces(
        truth=np.round(truth, 3).tolist(),
        generated=np.round(generated, 3).tolist(),
        truth_MeV=cut[0].incident_MeV.tolist(),
        generated_MeV=cut[1].incident_MeV.tolist(),
    )
