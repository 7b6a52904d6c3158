"""The slow metrics of an evaluation, each for generated showers and for truth against truth."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np

from simkit.bench.evaluation.samples import EvaluationPlan, ShowerSamples, ShowerSide
from simkit.errors import BadInput
from simkit.fastsim.judge.classifier import Classified, Recipe, boosted, classify
from simkit.fastsim.judge.distances import fpd, kpd
from simkit.fastsim.judge.manifold import manifolds
from simkit.fastsim.judge.memorisation import memorisation
from simkit.fastsim.showers.features import Inputs, high_level, low_level
from simkit.record.evaluation import PARTS, Evaluation, Metric, MetricValue
from simkit.record.read import find_record, read_record

QUICK = Recipe(width=256, epochs=10)
QUICK_SHOWERS = 2000
KNOWN = 0.01  # share of true showers that are training showers, from which that is said
MOST_MANIFOLD, MOST_QUERIES = 10_000, 2_000  # showers: distances of all pairs take long
CLASSIFIERS = {"low": "AUC, cells", "high": "AUC, high-level features", "boosting": "AUC, boosted trees"}
KEYS = {"low": "auc_low", "high": "auc_high", "boosting": "auc_boosting"}

MEND = "give the folder or the file of an evaluation"

Tell = Callable[[str], None]


def asked(plan: EvaluationPlan) -> tuple[str, ...]:
    """Return the slow parts that are asked for. Errors: BadInput where training showers are missing."""
    if "memorisation" in plan.only and plan.training is None:
        raise BadInput(
            "--only memorisation: needs the showers that the generator was trained on; --train FILE"
        )
    return tuple(key for key in plan.only or PARTS if key != "memorisation" or plan.training is not None)


def metrics(plan: EvaluationPlan, samples: ShowerSamples, tell: Tell) -> Iterator[Metric]:
    """Yield all metrics that are asked for; `tell` is called with what comes next."""
    parts = asked(plan)
    known = None if plan.truth_from is None else _known(plan.truth_from, plan, samples)
    for part in ("low", "high", "boosting"):
        if part not in parts:
            continue
        tell(CLASSIFIERS[part])
        before = {} if part == "boosting" or known is None else _taken_over(part, known)
        if before and known and known.generated.sha256 == samples.files["generated"].sha256:
            yield from before.values()
        else:
            yield from _classifiers(part, plan, samples, tell, before)
    for part, make in (("distances", _distances), ("manifold", _manifold), ("memorisation", _memorisation)):
        if part in parts:
            tell(part)
            yield from make(plan, samples)


def _classifiers(
    part: str, plan: EvaluationPlan, samples: ShowerSamples, tell: Tell, before: Mapping[str, Metric]
) -> Iterator[Metric]:
    """Yield the metrics of a classifier; `before` has them by key where the truth's are taken over."""
    truth = _inputs(samples.truth, part)
    sides = {"generated": samples.generated} | ({} if before else {"truth": samples.second})
    found: list[list[Classified]] = []
    for words, side in sides.items():
        other = _inputs(side, part)
        found.append([])
        for seed in range(plan.seed, plan.seed + plan.seeds):
            tell(f"{CLASSIFIERS[part]}: {words}, seed {seed}")
            if part == "boosting":
                found[-1].append(boosted(truth, other, seed))
            else:
                recipe = (QUICK if plan.quick else Recipe())._replace(bfloat16=plan.bfloat16)
                found[-1].append(classify(truth, other, seed, recipe, plan.threads))
        del other
    seconds = sum(one.seconds for side in found for one in side)
    first = found[0][0]
    epochs = ", ".join(f"{one.epoch} of {one.epochs}" for one in found[0])
    each = "standard error" if plan.seeds == 1 else f"standard deviation over {plan.seeds} seeds"
    ended = "trees" if part == "boosting" else "best epochs"
    note = f"{each}; {first.test} showers of each class test; {ended}: {epochs}"
    if before:
        note += f"; truth from {plan.truth_from}"
    for figure, best, test in (("auc", 0.5, first.test), ("jsd", 0.0, None)):
        key = KEYS[part].replace("auc", figure)
        values = [_over_seeds([getattr(one, figure) for one in side], test) for side in found]
        if before:
            values.append(before[key].truth)
        if figure == "auc":
            yield _metric(CLASSIFIERS[part], key, values, samples.number, seconds, best, note)
        elif part != "boosting":
            name = CLASSIFIERS[part].replace("AUC", "JSD")
            note = "of the same classifiers; below 0: noise"
            yield _metric(name, key, values, samples.number, 0.0, best, note)


def _taken_over(part: str, known: Evaluation) -> dict[str, Metric]:
    """Return a network's metrics of an earlier evaluation by key; nothing where it has not all of them."""
    keys = (KEYS[part], KEYS[part].replace("auc", "jsd"))
    found = {key: one for key in keys if (one := known.metric(key))}
    return found if len(found) == len(keys) else {}


def _known(place: Path, plan: EvaluationPlan, samples: ShowerSamples) -> Evaluation:
    """Return an earlier evaluation of the same truth. Errors: BadInput where its truth is another."""
    path = find_record(place, ("evaluation",), MEND)
    record = read_record(path, Evaluation, MEND)
    second = samples.files.get("second_truth")
    pairs = {
        "truth": (record.truth.sha256, samples.files["truth"].sha256),
        "second truth": (
            record.second_truth and record.second_truth.sha256,
            second and second.sha256,
        ),
        "number of showers": (record.showers, samples.number),
        "threshold": (record.threshold_MeV, samples.threshold_MeV),
        "seeds": ((record.seeds, record.provenance.seeds.get("base")), (plan.seeds, plan.seed)),
        "--quick": (record.quick, plan.quick),
        "--bfloat16": (record.bfloat16, plan.bfloat16),
    }
    for what, (theirs, ours) in pairs.items():
        if theirs != ours:
            raise BadInput(
                f"--truth-from {path}: its {what} is {theirs}, here {ours}; leave --truth-from out"
            )
    return record


def _inputs(side: ShowerSide, part: str) -> Inputs:
    return low_level(side.showers) if part == "low" else high_level(side.features)


def _over_seeds(values: list[float], test: int | None) -> MetricValue:
    """Return the mean with the scatter of single values; of one AUC with that of no difference."""
    if len(values) > 1:
        return MetricValue(value=float(np.mean(values)), error=float(np.std(values, ddof=1)))
    error = None if test is None else ((2 * test + 1) / (12.0 * test**2)) ** 0.5
    return MetricValue(value=values[0], error=error)


def _metric(
    name: str,
    key: str,
    values: list[MetricValue],
    showers: int,
    seconds: float,
    best: float | None = None,
    note: str = "",
) -> Metric:
    generated, truth = values
    return Metric(
        name=name,
        key=key,
        generated=generated,
        truth=truth,
        showers=showers,
        best=best,
        seconds=seconds,
        note=note,
    )


def _distances(plan: EvaluationPlan, samples: ShowerSamples) -> Iterator[Metric]:
    truth, *others = (
        high_level(side.features).astype(np.float64)
        for side in (samples.truth, samples.generated, samples.second)
    )
    n = samples.number
    notes = {
        "FPD": f"20 draws of ten sizes from {n // 10} to {n // 2}, continued to 1/N = 0",
        "KPD": f"median of 10 batches of {n // 10}",
    }
    for name, distance in (("FPD", fpd), ("KPD", kpd)):
        begin = time.perf_counter()
        found = [distance(truth, other, plan.seed) for other in others]
        values = [MetricValue(value=one.value, error=one.error) for one in found]
        yield _metric(name, name.lower(), values, n, time.perf_counter() - begin, 0.0, notes[name])


def _manifold(plan: EvaluationPlan, samples: ShowerSamples) -> Iterator[Metric]:
    begin, n = time.perf_counter(), min(samples.number, MOST_MANIFOLD)
    cells = [side.showers.energies_MeV[:n] for side in (samples.truth, samples.generated, samples.second)]
    generated, truth = manifolds(cells[0], cells[1:])
    seconds = time.perf_counter() - begin
    for name in generated._fields:
        values = [MetricValue(value=getattr(one, name)) for one in (generated, truth)]
        yield _metric(name, name, values, n, seconds, note="log10 of the cells, fifth neighbour")
        seconds = 0.0


def _memorisation(plan: EvaluationPlan, samples: ShowerSamples) -> Iterator[Metric]:
    assert samples.training is not None
    begin, n = time.perf_counter(), min(samples.number, MOST_QUERIES)
    generated, truth = (side.showers.take(slice(n)) for side in (samples.generated, samples.truth))
    found = memorisation(generated, truth, samples.training, plan.seed)
    seconds = time.perf_counter() - begin
    size, images = len(samples.training.incident_MeV), len(samples.binning.symmetries())
    error = (found.hi - found.lo) / (2.0 * 1.96)
    rows = [
        (
            "nearest training shower, median distance over truth's",
            "memorisation",
            (MetricValue(value=found.ratio, error=error), MetricValue(value=1.0)),
            1.0,
            f"{size:,} training showers, {images} symmetries; truth's {np.median(found.truth):.3g}",
        ),
        (
            "nearer than all but 1 % of the truth",
            "memorisation_near",
            (MetricValue(value=found.near), MetricValue(value=0.01)),
            0.01,
            "",
        ),
        (
            "copies",
            "copies",
            (MetricValue(value=found.copies), MetricValue(value=found.true_copies)),
            0.0,
            "",
        ),
    ]
    for name, key, values, best, note in rows:
        yield _metric(name, key, list(values), n, seconds, best, note)
        seconds = 0.0
