"""The table of models: what is recorded of each in one row, and how it stands against the baseline."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from simkit.errors import BadInput
from simkit.fastsim.judge.published import DATASETS, SOURCE, submissions
from simkit.record.evaluation import ENOUGH, Evaluation, MetricValue, PublishedModel, published_showers
from simkit.record.generation import Generation
from simkit.record.interval import Interval
from simkit.record.model_table import BASELINE, FIGURES, TIMES, ModelRow, ModelTable, Standing
from simkit.record.part import Record
from simkit.record.provenance import make_provenance
from simkit.record.read import read_record

MEND = (
    "give a model's folder, with evaluation.json of simkit fastsim evaluate -o or generation.json of simkit "
    "fastsim time -o"
)
EVALUATION = "evaluation.json"
LIBRARIES = (BASELINE, "splice")  # of which whole showers are known where records do not tell

Read = TypeVar("Read", bound=Record)


class JudgedModel(NamedTuple):
    """What is recorded of one model. kind: its trainer's name; name: that, or with its folder."""

    name: str
    kind: str
    place: Path
    evaluation: Evaluation | None
    generation: Generation | None
    records: dict[str, str]

    @property
    def cells(self) -> int:
        """Of its showers; 0: not told."""
        known = [of.cells for of in (self.evaluation, self.generation) if of is not None and of.cells]
        return known[0] if known else 0


def model_table(places: Sequence[Path], command: str) -> ModelTable:
    """Return the table of the models in these folders. Errors: BadInput."""
    if not places:
        raise BadInput(f"no folder given; {MEND}")
    models = _named([_read(place) for place in places])
    cells = _one_detector(models)
    rows = [_row(model) for model in models]
    baseline = _baseline(models, rows)
    reference = _most(models) if baseline is None else models[rows.index(baseline)].evaluation
    for model, row in zip(models, rows):
        row.differs = _differs(model.evaluation, reference)
        row.standing = _standing(row, baseline)
    rows.sort(key=lambda row: 2.0 if row.auc is None else row.auc.value)
    alike = [of for of in (reference, *(one.evaluation for one in models)) if _alike(of, reference)]
    truth: dict[str, MetricValue] = {}
    for of in alike:
        truth = _figures(of, "truth") | truth
    dataset = DATASETS.get(cells)
    return ModelTable(
        cells=cells,
        dataset=dataset,
        baseline=None if baseline is None else baseline.name,
        rows=rows,
        truth=truth,
        truth_file=None if reference is None else reference.truth,
        showers=None if reference is None else reference.showers,
        published=[PublishedModel.model_validate(row) for row in submissions(dataset)],
        published_source=SOURCE,
        notes=list(_notes(models, rows, baseline, reference)),
        provenance=make_provenance(command, 0),
    )


def _read(place: Path) -> JudgedModel:
    if not place.is_dir():
        raise BadInput(f"{place}: {'is no folder' if place.exists() else 'does not exist'}; {MEND}")
    records: dict[str, str] = {}
    evaluation = _record(place, "evaluation", Evaluation, records)
    generation = _record(place, "generation", Generation, records)
    if evaluation is None and generation is None:
        raise BadInput(f"{place}: holds no record of a model; {MEND}")
    kind = _folder(place) if generation is None else generation.model
    found = JudgedModel(kind, kind, place, evaluation, generation, records)
    if generation is not None and generation.cells not in (0, found.cells):
        raise BadInput(
            f"{place}: was judged with showers of {found.cells} cells and timed with {generation.cells}; "
            "give both records of one model"
        )
    if evaluation is not None and generation is not None:
        both = {evaluation.generated.model_id, generation.model_id}
        if "" not in both and len(both) > 1:
            raise BadInput(
                f"{place}: the showers that were judged are not of the model that was timed "
                f"({generation.file}); give both records of one model"
            )
    return found


def _record(place: Path, kind: str, model: type[Read], records: dict[str, str]) -> Read | None:
    """Return the record in a folder or, as recipes leave it, in a folder of its own; None: there is none."""
    for path in (place / f"{kind}.json", place / kind / f"{kind}.json"):
        if path.is_file():
            found = read_record(path, model, MEND)
            records[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
            return found
    return None


def _folder(place: Path) -> str:
    path = place.resolve()
    return path.parent.name if path.name == "evaluation" else path.name


def _named(models: list[JudgedModel]) -> list[JudgedModel]:
    """Return the models, those of one kind with their folders in the name. Errors: BadInput."""
    same = [where for where, n in Counter(one.place.resolve() for one in models).items() if n > 1]
    if same:
        raise BadInput(f"{same[0]}: is given twice; give each model once")
    judged = Counter(
        Path(file).resolve() for one in models for file in one.records if file.endswith(EVALUATION)
    )
    if shared := [file for file, n in judged.items() if n > 1]:
        raise BadInput(f"{shared[0]}: is the record of two folders that are given; give each model once")
    kinds = Counter(one.kind for one in models)
    folders = Counter(_folder(one.place) for one in models)
    named = []
    for one in models:
        where = _folder(one.place) if folders[_folder(one.place)] == 1 else str(one.place)
        named.append(one._replace(name=one.kind if kinds[one.kind] == 1 else f"{one.kind} ({where})"))
    return named


def _one_detector(models: Sequence[JudgedModel]) -> int:
    """Return how many cells all showers have. Errors: BadInput."""
    known = [one for one in models if one.cells]
    for one in known:
        if one.cells != known[0].cells:
            raise BadInput(
                f"{one.place}: has showers of {one.cells} cells, {known[0].place} of {known[0].cells}; give "
                "models of one detector"
            )
    return known[0].cells if known else 0


def _baseline(models: Sequence[JudgedModel], rows: Sequence[ModelRow]) -> ModelRow | None:
    """Return the first baseline that was judged, one that was not flattered before others."""
    judged = [row for one, row in zip(models, rows) if one.kind == BASELINE and one.evaluation is not None]
    return min(judged, key=lambda row: row.flattered, default=None)


def _conditions(of: Evaluation) -> tuple:
    """Return what figures of two evaluations must have in common to be compared."""
    return of.truth.sha256, of.showers, of.threshold_MeV, of.quick, of.bfloat16


def _alike(one: Evaluation | None, other: Evaluation | None) -> bool:
    return one is not None and other is not None and _conditions(one) == _conditions(other)


def _most(models: Sequence[JudgedModel]) -> Evaluation | None:
    """Return the evaluation that can be compared with the most others."""
    judged = [one.evaluation for one in models if one.evaluation is not None]
    return max(judged, key=lambda one: sum(_alike(one, other) for other in judged), default=None)


def _differs(of: Evaluation | None, reference: Evaluation | None) -> list[str]:
    """Return what an evaluation has not in common with the one that it is compared with, in words."""
    if of is None or reference is None:
        return []
    found, wanted = _conditions(of), _conditions(reference)
    words = (
        f"another file of truth ({of.truth.file})",
        f"{of.showers:,} showers a class, not {reference.showers:,}",
        f"cells below {of.threshold_MeV:g} MeV are zero, not {reference.threshold_MeV:g}",
        f"{'with' if of.quick else 'without'} --quick",
        f"{'with' if of.bfloat16 else 'without'} --bfloat16",
    )
    return [word for word, one, other in zip(words, found, wanted) if one != other]


def _figures(of: Evaluation | None, side: str) -> dict[str, MetricValue]:
    found = {} if of is None else {key: of.metric(key) for key in FIGURES}
    return {key: getattr(one, side) for key, one in found.items() if one is not None}


def _row(model: JudgedModel) -> ModelRow:
    """Return what is recorded of a model, without how it stands."""
    row = ModelRow(
        name=model.name,
        place=str(model.place),
        records=model.records,
        figures=_figures(model.evaluation, "generated"),
        showers=None if model.evaluation is None else model.evaluation.showers,
    )
    if (timed := model.generation) is not None:
        row.parameters, row.file_MB = timed.parameters, timed.file_MB
        row.cpu = str(timed.provenance.machine.get("cpu", "a machine not named"))
        row.training_s = timed.training_s or None
        row.whole_showers = timed.whole_showers
        row.ms_1, row.ms_100 = (_ms(timed, batch) for batch in (1, 100))
        if timed.transport is not None:
            row.transport, row.transport_scenario = timed.transport.ratio, timed.transport.scenario
    return row


def _ms(timed: Generation, batch: int) -> Interval | None:
    """Return milliseconds a shower on one thread."""
    return next((one.ms for one in timed.batches if (one.batch, one.threads) == (batch, 1)), None)


def _standing(row: ModelRow, baseline: ModelRow | None) -> Standing:
    if row is baseline:
        return "baseline"
    if row.differs:
        return "not comparable"
    own, theirs = row.auc, None if baseline is None else baseline.auc
    if own is None or theirs is None:
        return "not judged"
    apart = own.value - theirs.value
    both = math.hypot(own.error or 0.0, theirs.error or 0.0)
    if apart > both:
        return "loses"
    if row.flattered:
        return "not comparable"
    return "beats" if apart < -both else "level"


def _notes(
    models: Sequence[JudgedModel],
    rows: Sequence[ModelRow],
    baseline: ModelRow | None,
    reference: Evaluation | None,
) -> Iterator[str]:
    """Yield what must be said beside the figures."""
    for row in rows:
        if row.standing == "loses" and row.auc and baseline is not None and baseline.auc:
            yield f"{row.name} {row.standing_words}: AUC {_auc(row.auc)}, and {_auc(baseline.auc)}"
    for row in rows:
        if row.differs:
            yield f"{row.name} is not comparable with the others: {', '.join(row.differs)}"
        if row.flattered:
            yield (
                f"{row.name} flatters itself: it holds {row.whole_showers:,} showers and was judged with "
                f"{row.showers:,}, at least {TIMES * (row.whole_showers or 0):,} are needed"
            )
    for one in models:
        told = one.generation is not None and one.generation.whole_showers is not None
        if one.evaluation is not None and one.kind in LIBRARIES and not told:
            yield (
                f"{one.name} is a library, and how many showers it holds is not recorded: simkit fastsim "
                f"time tells; judged with fewer than {TIMES} times as many it flatters itself"
            )
    if baseline is None:
        yield f"no evaluation of {BASELINE} is given, which every model must beat"
    if reference is not None and reference.quick:
        yield "judged with --quick, few showers and a small network: no AUC to quote"
    if reference is not None and reference.dataset is not None:
        theirs = published_showers(reference.dataset)
        if ENOUGH <= reference.showers < theirs:
            yield (
                f"judged with {reference.showers:,} showers a class, published models with {theirs:,}: in "
                "fewer a network finds less, so its AUC is lower"
            )
    by_cpu: dict[str, list[str]] = {}
    for row in rows:
        if row.cpu:
            by_cpu.setdefault(row.cpu, []).append(row.name)
    if len(by_cpu) > 1:
        each = "; ".join(f"{', '.join(names)} on {cpu}" for cpu, names in by_cpu.items())
        yield f"times are not comparable, of different machines: {each}"
    said: dict[str, list[str]] = {}
    for one in models:
        for note in [] if one.evaluation is None else one.evaluation.notes:
            said.setdefault(note, []).append(one.name)
    yield from (f"{', '.join(names)}: {note}" for note, names in said.items())


def _auc(of: MetricValue) -> str:
    return f"{of.value:.3f}" + ("" if of.error is None else f" +- {of.error:.3f}")
