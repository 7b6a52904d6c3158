"""The steps of a recipe: what each takes from those before it and leaves to those after it.

A step is a table of the recipe; `do` says which step it is, the table's own name without it. Another one of a
plug-in (`simkit.steps`) can stand in the place of any of these.
"""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from simkit.api.fastsim.card import add_to_card, quality_of
from simkit.api.fastsim.evaluate import check_parts, check_sizes, evaluate
from simkit.api.fastsim.export import check_form, export
from simkit.api.fastsim.generate import generate
from simkit.api.fastsim.timing import MOST_BATCH, time_model
from simkit.api.fastsim.train import TrainingPlan, train
from simkit.api.progress import Progress
from simkit.errors import BadInput
from simkit.fastsim.models.trainers import find_network
from simkit.fastsim.showers.files import read_showers, write_showers
from simkit.imports import need
from simkit.record.command_line import seconds
from simkit.sections import OneOf, Section
from simkit.writing import write_text


@dataclass
class RecipeWork:
    """What steps share: the folder, the seed, and by name the files that were made so far.

    Files: showers, train and test (HDF5), model (safetensors), exported, generated (HDF5), evaluation (JSON).
    """

    folder: Path
    seed: int
    progress: Progress = False
    files: dict[str, Path] = field(default_factory=dict)

    def file(self, name: str, step: str) -> Path:
        """Return a file that an earlier step has made. Errors: BadInput where none has."""
        if name not in self.files:
            raise missing(name, step)
        return self.files[name]


def missing(name: str, step: str) -> BadInput:
    """Return the error of a step whose file no earlier step makes."""
    return BadInput(f"step {step}: needs {name!r}, which no step before it makes; add one that does")


class Step(Section):
    """A table of a recipe.

    needs, makes: files by name, of steps before it and for those after it; None: not known beforehand.
    packages: of the extra `ml`.
    """

    needs: ClassVar[tuple[str, ...]] = ()
    makes: ClassVar[tuple[str, ...] | None] = None
    packages: ClassVar[tuple[str, ...]] = ("h5py", "safetensors")
    do: str

    @abstractmethod
    def run(self, work: RecipeWork) -> None:
        """Do it, and name the files made in `work.files`. Errors: BadInput."""

    def check(self, before: Sequence[Step]) -> None:
        """Find what would go wrong, before the first step. before: earlier steps. Errors: BadInput."""


def check_steps(steps: Sequence[Step]) -> None:
    """Check the steps of a recipe before the first is done. Errors: BadInput."""
    for i, step in enumerate(steps):
        need("ml", f"step {step.do}", *step.packages)
        step.check(steps[:i])
        made = [one.makes for one in steps[:i]]
        for name in step.needs:
            if not any(files is None or name in files for files in made):
                raise missing(name, step.do)


class DataStep(Step):
    """`[data]`: showers of a file, or of the full simulation."""

    makes = ("showers",)
    do: Literal["data"]
    """The step."""
    file: str = ""
    """Showers, HDF5; none: they are simulated."""
    scenario: str = "par04"
    """Of which scenario ..."""
    events: Annotated[int, Field(ge=1)] = 50_000
    """... how many."""
    executor: str = "processes"
    """And where: local, processes, dask://..."""

    def digest(self) -> str:
        """Return the sha256 of the file, "" where showers are simulated. Errors: BadInput."""
        if not self.file:
            return ""
        try:
            with open(self.file, "rb") as content:
                return hashlib.file_digest(content, "sha256").hexdigest()
        except OSError as error:
            raise BadInput(
                f"data.file: {self.file} cannot be read ({error.strerror}); give a file of showers"
            ) from None

    def run(self, work: RecipeWork) -> None:
        """See Step."""
        if self.file:
            work.files["showers"] = Path(self.file)
            return
        from simkit.api.dataset import dataset

        path = work.folder / "showers.h5"
        dataset(
            path,
            self.scenario,
            events=self.events,
            seed=work.seed,
            executor=self.executor,
            progress=work.progress,
        )
        work.files["showers"] = path


class PreprocessStep(Step):
    """`[preprocess]`: which showers are trained on, and which are kept to judge by."""

    needs = ("showers",)
    makes = ("train", "test")
    do: Literal["preprocess"]
    """The step."""
    test: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.25
    """The share that is kept, the last ones of the file."""
    least_MeV: Annotated[float, Field(ge=0.0)] = 0.0
    """Incident energies from here ..."""
    most_MeV: Annotated[float, Field(gt=0.0)] = 1e9
    """... to here."""

    def run(self, work: RecipeWork) -> None:
        """See Step."""
        showers = read_showers(work.file("showers", self.do))
        energy = showers.incident_MeV
        rows = np.flatnonzero((energy >= self.least_MeV) & (energy <= self.most_MeV))
        first = round((1.0 - self.test) * len(rows))
        if not 0 < first < len(rows):
            raise BadInput(f"step {self.do}: leaves {len(rows)} showers, too few to divide; give more")
        for name, part in (("train", rows[:first]), ("test", rows[first:])):
            work.files[name] = work.folder / f"{name}.h5"
            write_showers(work.files[name], showers.take(part))


class TrainStep(Step):
    """`[train]`: a model's training."""

    needs = ("showers",)
    makes = ("model",)
    do: Literal["train"]
    """The step."""
    model: str
    """The trainer's name."""
    budget: str = ""
    """Wall time, such as 30m; none: as its settings say."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """Of the model."""

    def check(self, before: Sequence[Step]) -> None:
        """See Step."""
        TrainingPlan.read(self.model, self.settings, self.budget or None, f"step {self.do}")

    def run(self, work: RecipeWork) -> None:
        """See Step."""
        data = work.files.get("train") or work.file("showers", self.do)
        work.files["model"] = train(
            self.model,
            data,
            self.budget or None,
            work.folder / "model",
            work.seed,
            self.settings,
            work.progress,
        )


class ExportStep(Step):
    """`[export]`: the model in another form."""

    needs = ("model",)
    makes = ("exported",)
    do: Literal["export"]
    """The step."""
    to: str = "onnx"
    """The form."""

    def check(self, before: Sequence[Step]) -> None:
        """See Step."""
        check_form(self.to, f"step {self.do}: to")
        trained = [step.model for step in before if isinstance(step, TrainStep)]
        if self.to == "onnx":
            need("ml", f"step {self.do}", "onnx", "onnxruntime")
            if trained:
                find_network(trained[-1], f"step {self.do}")

    def run(self, work: RecipeWork) -> None:
        """See Step."""
        work.files["exported"] = export(work.file("model", self.do), self.to).file


class EvaluateStep(Step):
    """`[evaluate]`: showers of the model, at the energies of those kept, against those kept."""

    needs = ("model", "test")
    makes = ("generated", "evaluation")
    packages = (*Step.packages, "sklearn", "torch")
    do: Literal["evaluate"]
    """The step."""
    showers: int | None = None
    """At most so many of each kind."""
    seeds: int = 3
    """Of the classifiers."""
    quick: bool = False
    """Few showers and a small network."""
    bfloat16: bool = False
    """As `simkit fastsim evaluate --bfloat16`."""
    only: tuple[str, ...] = ()
    """Parts, as of `simkit fastsim evaluate --only`; none: all."""

    def check(self, before: Sequence[Step]) -> None:
        """See Step."""
        check_parts(self.only, f"step {self.do}: only")
        check_sizes(self.showers, self.seeds, f"step {self.do}: ")

    def run(self, work: RecipeWork) -> None:
        """See Step."""
        model, test = work.file("model", self.do), work.file("test", self.do)
        generated = work.folder / "generated.h5"
        incident = read_showers(test).incident_MeV
        write_showers(
            generated, generate(model, incident_MeV=incident, seed=work.seed, progress=work.progress)
        )
        result = evaluate(
            generated,
            test,
            training=work.files.get("train"),
            showers=self.showers,
            seeds=self.seeds,
            quick=self.quick,
            bfloat16=self.bfloat16,
            only=self.only,
            out=work.folder / "evaluation",
            progress=work.progress,
        )
        add_to_card(model, quality_of(result.record), {})
        work.files |= {"generated": generated, "evaluation": work.folder / "evaluation" / "evaluation.json"}


class TimeStep(Step):
    """`[time]`: milliseconds a shower, into the model's card and a record."""

    needs = ("model",)
    makes = ("generation",)
    do: Literal["time"]
    """The step."""
    batches: Annotated[tuple[Annotated[int, Field(ge=1, le=MOST_BATCH)], ...], Field(min_length=1)] = (1, 100)
    """Showers that are made together."""
    budget: str = "20s"
    """Wall time."""

    def check(self, before: Sequence[Step]) -> None:
        """See Step."""
        seconds(self.budget, f"step {self.do}: budget")

    def run(self, work: RecipeWork) -> None:
        """See Step."""
        model = work.file("model", self.do)
        record = time_model(
            model,
            self.batches,
            budget=self.budget,
            events=0,
            seed=work.seed,
            keep=True,
            progress=work.progress,
        )
        work.files["generation"] = work.folder / "generation.json"
        write_text(work.files["generation"], record.to_json())


STEPS = OneOf(Step, "do", (DataStep, PreprocessStep, TrainStep, ExportStep, EvaluateStep, TimeStep), "steps")
