"""The samples of an evaluation: generated showers, truth and a second truth, as many of each; training."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.stats import ks_2samp

from simkit.errors import BadInput
from simkit.fastsim.judge.published import threshold_of
from simkit.fastsim.showers.binning import Binning, read_binning
from simkit.fastsim.showers.features import Features, features
from simkit.fastsim.showers.files import Showers, read_showers, without_noise
from simkit.record.evaluation import ShowerFile

FEWEST = 100
ALIKE = 1e-3  # probability that incident energies of one spectrum differ as much, below which they do


class EvaluationPlan(NamedTuple):
    """What `simkit fastsim evaluate` is asked for; files, and how to look at them.

    threshold_MeV: below it a cell is zero; the CaloChallenge's without it. showers: at most so many of each
    sample. only: keys of the slow parts, all where it is empty. truth_from: an evaluation whose networks
    between truth and truth are taken over.
    """

    generated: Path
    truth: Path
    second_truth: Path | None = None
    training: Path | None = None
    binning: Path | None = None
    particle: str | None = None
    threshold_MeV: float | None = None
    showers: int | None = None
    seeds: int = 3
    seed: int = 1
    quick: bool = False
    bfloat16: bool = False
    threads: int = 1
    only: tuple[str, ...] = ()
    max_auc: float | None = None
    truth_from: Path | None = None


class ShowerSide(NamedTuple):
    """A sample without noise, its features, and each shower's row in its file."""

    showers: Showers
    features: Features
    rows: np.ndarray


class ShowerSamples(NamedTuple):
    """As many generated as true showers, and as many of a second truth; the training showers, if given."""

    generated: ShowerSide
    truth: ShowerSide
    second: ShowerSide
    training: Showers | None
    threshold_MeV: float
    files: dict[str, ShowerFile]
    notes: list[str]

    @property
    def binning(self) -> Binning:
        """The cells of all samples."""
        return self.truth.showers.binning

    @property
    def number(self) -> int:
        """How many showers each sample has."""
        return len(self.truth.rows)


def load_samples(plan: EvaluationPlan) -> ShowerSamples:
    """Return the samples, chosen at random by the seed. Errors: BadInput.

    Without a file for the second truth both truths come from one file, each from half of it.
    """
    binning = None if plan.binning is None else read_binning(plan.binning, plan.particle)
    paths = {
        "generated": plan.generated,
        "truth": plan.truth,
        "second_truth": plan.second_truth,
        "training": plan.training,
    }
    read = {name: read_showers(path, binning) for name, path in paths.items() if path is not None}
    for name, showers in read.items():
        if not showers.binning.has_cells_of(true_cells := read["truth"].binning):
            ours, its = showers.binning.cells, true_cells.cells
            words = f"has {ours} cells, the truth {its}" if ours != its else "has cells of other edges"
            raise BadInput(f"{paths[name]}: {words}; give files of one detector")
    sizes = {name: len(showers.incident_MeV) for name, showers in read.items()}
    truths = sizes["truth"] if plan.second_truth else sizes["truth"] // 2
    most = min(sizes["generated"], truths, sizes.get("second_truth", truths))
    n = most if plan.showers is None else min(most, plan.showers)
    if n < FEWEST:
        raise BadInput(
            f"{plan.generated} and {plan.truth}: leave {n} showers of each sample (half of the truth is the "
            f"second truth); at least {FEWEST} are needed"
        )
    files = {
        name: _file(paths[name], showers, sizes[name] if name == "training" else n)
        for name, showers in read.items()
    }
    if plan.second_truth is None:
        files["truth"].used = 2 * n
    elif files["second_truth"].sha256 == files["truth"].sha256:
        raise BadInput(
            f"--truth {plan.second_truth}: holds the same showers as {plan.truth}, and truth would be judged "
            "by itself; give others, or leave it out for the other half of the file"
        )
    threshold_MeV = plan.threshold_MeV
    if threshold_MeV is None:
        threshold_MeV = threshold_of(read["truth"].binning)
    # Each file has an order of its own, so that the truths of two evaluations are the same showers.
    orders = {
        name: np.random.default_rng([plan.seed, i]).permutation(sizes[name])
        for i, name in enumerate(("truth", "second_truth", "generated"))
        if name in sizes
    }
    chosen = {name: orders[name][:n] for name in ("generated", "truth")}
    chosen["second"] = orders["second_truth"][:n] if plan.second_truth else orders["truth"][n : 2 * n]
    sources = {"second": "second_truth" if plan.second_truth else "truth"}
    sides = {}
    for name, rows in chosen.items():
        showers = without_noise(read[sources.get(name, name)].take(rows), threshold_MeV)
        sides[name] = ShowerSide(showers, features(showers), rows)
    if not sides["truth"].features.total_MeV.any():
        raise BadInput(
            f"{plan.truth}: no cell has {threshold_MeV:.4g} MeV or more, nothing to judge by; give showers "
            "with energy, or a lower --threshold-MeV"
        )
    training = read.get("training")
    return ShowerSamples(
        **sides,
        training=None if training is None else without_noise(training, threshold_MeV),
        threshold_MeV=threshold_MeV,
        files=files,
        notes=list(_notes(sides, files)),
    )


def _file(path: Path | None, showers: Showers, used: int) -> ShowerFile:
    assert path is not None
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    energies = showers.incident_MeV
    return ShowerFile(
        file=str(path),
        sha256=digest,
        showers=len(energies),
        used=used,
        energy_MeV=(float(energies.min()), float(energies.max())),
        model_id=showers.model_id,
    )


def _notes(sides: dict[str, ShowerSide], files: dict[str, ShowerFile]) -> Iterator[str]:
    """Yield what speaks against comparing the samples at all."""
    truth = sides["truth"].features.incident_MeV
    for name, words in (("generated", "the generated showers"), ("second", "the second truth")):
        if ks_2samp(sides[name].features.incident_MeV, truth).pvalue < ALIKE:
            yield f"the incident energies of {words} are not those of the truth: metrics see that, too"
    for name in ("truth", "second_truth"):
        if name in files and files[name].sha256 == files["generated"].sha256:
            yield f"the generated showers are those of {files[name].file}: some are compared with themselves"
        if name in files and files[name].model_id:
            yield f"{files[name].file} is taken for the truth, and a model made its showers"
