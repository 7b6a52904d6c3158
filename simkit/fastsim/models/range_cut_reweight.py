"""Weights by which showers of one simulation stand for those of another: `range-cut-reweight`.

A classifier between showers x of the nominal simulation, p(x), and of one with larger range cuts, q(x), knows
their ratio: where it is trained on as many of each, r(x) = p(x) / q(x) = exp(logit) (K. Cranmer, J. Pavez and
G. Louppe, arXiv:1506.02169; for showers A. Andreassen and B. Nachman, arXiv:1907.08209). Weights are clipped,
and scaled to a mean of 1 on showers that were not trained on. No weight helps where q is 0: what the larger
cuts never make stays missing.

Logits are not scaled to the slope that fits those showers best (J. Platt, 1999; the card has it): below 1 it
shrinks what was learnt well, the means, together with the noise. The decay of weights keeps it near 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from simkit.errors import BadInput
from simkit.fastsim.models.descent import DescentSettings, descend, import_torch
from simkit.fastsim.models.model_file import ModelFile
from simkit.fastsim.models.training import Training
from simkit.fastsim.showers.binning import Binning
from simkit.fastsim.showers.files import Showers
from simkit.imports import extra
from simkit.jit import kernel
from simkit.physics.elementary import log

HELD = 0.1  # of the showers, not trained on
FEWEST = 100  # showers of each kind
SLOPE = 0.1  # of the leaky ReLU

Floats = NDArray[np.float64]


class RangeCutSettings(DescentSettings):
    """Settings of the training."""

    scenario: str = "segmented"
    """The nominal simulation: one gun particle an event along a shower mesh."""
    cut_mm: Annotated[float, Field(gt=0.0)] = 7.0
    """`physics.production_cut_mm` of the showers that are weighted."""
    hidden: Annotated[int, Field(ge=1, le=1024)] = 16
    """Width of the two hidden layers."""
    most_weight: Annotated[float, Field(gt=1.0, le=1000.0)] = 10.0
    """Weights are clipped to this and to its inverse; they are counted in units of 1e-6."""
    steps: Annotated[int, Field(ge=1)] = 2000
    weight_decay: Annotated[float, Field(ge=0.0)] = 0.3
    batch: Annotated[int, Field(ge=1)] = 512
    learning_rate: Annotated[float, Field(gt=0.0)] = 2e-3


class RingNetwork(NamedTuple):
    """The classifier: float64 matrices [inputs, outputs] and biases of its three layers."""

    w1: Floats
    b1: Floats
    w2: Floats
    b2: Floats
    w3: Floats
    b3: Floats


class Reweighter:
    """A trained model: the weights of showers.

    binning: the cells that it looks at. domain_MeV: the energies that it was trained on. settings: of the
    training.
    """

    def __init__(self, file: ModelFile) -> None:
        self.settings = RangeCutSettings.read(file.card.settings, file.where)
        self.where, self.binning, self.domain_MeV = file.where, file.binning, file.card.data.domain_MeV
        self._rings = rings_of(self.binning)
        inputs, hidden = int(self._rings.max()) + 3, self.settings.hidden
        shapes = ((inputs, hidden), (hidden,), (hidden, hidden), (hidden,), (hidden, 1), (1,))
        arrays = (file.take(name, *shape) for name, shape in zip(RingNetwork._fields, shapes))
        self._network = RingNetwork(*(array.astype(np.float64) for array in arrays))

    def weights(self, incident_MeV: Floats, energies_MeV: NDArray[np.float32]) -> Floats:
        """Return the weights of showers, float64[n]; each depends on its shower alone."""
        inputs = inputs_of(self._rings, incident_MeV, energies_MeV)
        return weights_of(logits_of(self._network, inputs), self.settings.most_weight)


def fit(
    nominal: Showers, other: Showers, settings: RangeCutSettings, run: Training
) -> Mapping[str, NDArray[Any]]:
    """Return the trained classifier's arrays; both have the same incident energies, one by one.

    Its quality goes to `run.quality`. Errors: BadInput.
    """
    torch = import_torch()
    incident = nominal.incident_MeV
    held = int(HELD * len(incident))
    if held < FEWEST * HELD:
        raise BadInput(f"range-cut-reweight: found {len(incident)} showers, needs {FEWEST} or more")
    rings = rings_of(nominal.binning)
    inputs = [inputs_of(rings, incident, sample.energies_MeV) for sample in (nominal, other)]
    known, unknown = ([part[rows] for part in inputs] for rows in (slice(held, None), slice(held)))
    mean, sd = np.mean(known, axis=(0, 1)), np.maximum(np.std(known, axis=(0, 1)), 1e-6)
    of_nominal, of_other = (torch.from_numpy(((part - mean) / sd).astype(np.float32)) for part in known)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(run.seed)
        sizes = [len(mean), settings.hidden, settings.hidden, 1]
        layers = [torch.nn.Linear(a, b) for a, b in pairwise(sizes)]
    between = [torch.nn.LeakyReLU(SLOPE), torch.nn.LeakyReLU(SLOPE)]
    module = torch.nn.Sequential(layers[0], between[0], layers[1], between[1], layers[2])
    softplus = torch.nn.functional.softplus

    def loss_of(rows: Any, noise: Any) -> Any:
        mine, its = (module(part.to(rows.device)[rows]) for part in (of_nominal, of_other))
        return 0.5 * (softplus(-mine).mean() + softplus(its).mean())

    state = descend(module, loss_of, len(known[0]), settings, run)
    network = _network_of(state, mean, sd)
    mine, its = (logits_of(network, part) for part in unknown)
    run.quality = _quality(mine, its, settings.most_weight)
    mean_weight = weights_of(its, settings.most_weight).mean()
    network = network._replace(b3=network.b3 - np.log(mean_weight))
    return {name: array.astype(np.float32) for name, array in network._asdict().items()}


def _network_of(state: Mapping[str, NDArray[Any]], mean: Floats, sd: Floats) -> RingNetwork:
    """Return a trained module's network, which takes inputs that are not scaled."""
    arrays = [state[f"{i}.{kind}"].astype(np.float64).T for i in (0, 2, 4) for kind in ("weight", "bias")]
    first = arrays[0] / sd[:, None]
    return RingNetwork(first, arrays[1] - mean @ first, *arrays[2:])


def _quality(mine: Floats, its: Floats, most: float) -> dict[str, float]:
    """Return how good the classifier is, by the logits of nominal and other showers that it does not know."""
    with extra("ml", "the quality"):
        from sklearn.linear_model import LogisticRegression
        from sklearn.metrics import roc_auc_score
    logits, kinds = np.concatenate([mine, its]), np.repeat([1, 0], [len(mine), len(its)])
    weights = weights_of(its, most)
    weighted = np.concatenate([np.ones(len(mine)), weights / weights.mean()])
    line = LogisticRegression(C=np.inf).fit(logits[:, None], kinds)
    return {
        "AUC": float(roc_auc_score(kinds, logits)),
        "AUC weighted": float(roc_auc_score(kinds, logits, sample_weight=weighted)),
        "slope": float(line.coef_[0, 0]),
        "effective share": float(weights.sum() ** 2 / np.sum(weights**2) / len(weights)),
    }


def rings_of(binning: Binning) -> NDArray[np.int64]:
    """Return the ring that each cell is in, int64[cells]: showers look alike from all sides."""
    rings, first = [], 0
    for layer in binning.filled:
        radii = binning.radii[layer]
        rings.append(first + np.tile(np.arange(radii), binning.angles[layer]))
        first += radii
    return np.concatenate(rings)


def inputs_of(
    rings: NDArray[np.int64], incident_MeV: Floats, energies_MeV: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return what the classifier looks at, float32[n, rings + 2].

    The root of each ring's share of the incident energy, the share of all, the logarithm of the energy.
    """
    out = np.zeros((len(incident_MeV), int(rings.max()) + 3), dtype=np.float32)
    _fill_inputs(rings, incident_MeV, energies_MeV, np.zeros(out.shape[1] - 2), out)
    return out


def logits_of(network: RingNetwork, inputs: NDArray[np.float32]) -> Floats:
    """Return the logarithms of the ratios p / q, float64[n]."""
    out = np.zeros(len(inputs))
    _fill_logits(network, inputs, np.zeros((2, len(network.b1))), out)
    return out


def weights_of(logits: Floats, most: float) -> Floats:
    """Return the weights, between 1 / `most` and `most`."""
    bound = np.log(most)
    return np.exp(np.clip(logits, -bound, bound))


@kernel
def _fill_inputs(rings, incident, energies, sums, out):
    for i in range(len(incident)):
        sums[:] = 0.0
        for cell in range(len(rings)):
            sums[rings[cell]] += energies[i, cell]
        total = 0.0
        for ring in range(len(sums)):
            total += sums[ring]
            out[i, ring] = np.sqrt(max(sums[ring], 0.0) / incident[i])
        out[i, len(sums)] = total / incident[i]
        out[i, len(sums) + 1] = log(incident[i])


@kernel
def _fill_logits(network, inputs, hidden, out):
    for i in range(len(inputs)):
        _fill_layer(inputs[i], 1.0, network.w1, network.b1, hidden[0])
        _fill_layer(hidden[0], SLOPE, network.w2, network.b2, hidden[1])
        _fill_layer(hidden[1], SLOPE, network.w3, network.b3, out[i : i + 1])


@kernel
def _fill_layer(x, slope, w, b, out):
    for j in range(len(out)):
        out[j] = b[j]
    for k in range(len(x)):
        active = max(x[k], slope * x[k])
        for j in range(len(out)):
            out[j] += active * w[k, j]
