"""A classifier between two samples: where the best one finds no difference, its area under the curve is 0.5.

The network, its training and its calibration are the CaloChallenge's (arXiv:2410.21611, section 4, and its
`evaluate.py`): three hidden layers of 2048 with leaky ReLU, Adam at 2e-4, batches of 1000, 50 epochs, of
which the one with the best accuracy on the validation sample counts; then isotonic calibration on that
sample, and the test sample judges. 60 % of each class train, 20 % validate, 20 % test.
Needs torch and scikit-learn.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkit.fastsim.models.descent import threads_of_torch
from simkit.fastsim.showers.features import Inputs
from simkit.imports import extra

MEMORISED = 0.99
SPLIT = (0.6, 0.8)  # train up to the first, validate up to the second, test the rest


class Recipe(NamedTuple):
    """How the network is trained; the defaults are the CaloChallenge's.

    patience: it ends early once MEMORISED of the training showers are told apart, so that nothing more is
    learned, and so many epochs brought neither a better accuracy nor a smaller loss on the validation sample.
    bfloat16: factors of matrix products have 8 significant bits, sums and weights 24: a third of the time on
    processors that know it.
    """

    hidden: int = 3
    width: int = 2048
    epochs: int = 50
    batch: int = 1000
    rate: float = 2e-4
    patience: int = 10
    bfloat16: bool = False


class Classified(NamedTuple):
    """What the test sample says: area under the curve, Jensen-Shannon divergence (0 to 1), accuracy.

    test: showers of each class in it. epoch: the one that counted; epochs: how many there were.
    """

    auc: float
    jsd: float
    accuracy: float
    test: int
    epoch: int
    epochs: int
    seconds: float


class _Split(NamedTuple):
    """Inputs and labels of the three parts; label 1 is the truth."""

    train: tuple[Inputs, Inputs]
    validation: tuple[Inputs, Inputs]
    test: tuple[Inputs, Inputs]


def classify(
    truth: Inputs,
    other: Inputs,
    seed: int,
    recipe: Recipe = Recipe(),  # noqa: B008
    threads: int = 1,
    tell: Callable[[float], None] | None = None,
) -> Classified:
    """Return how well the network tells two samples apart; inputs float32[n, inputs], as many of each.

    The same seed gives the same bits for the same number of threads. tell: called with the part that is done.
    """
    with extra("ml", "the classifier"):
        import torch
    begin = time.perf_counter()
    parts = _split(truth, other, seed)
    with threads_of_torch(threads), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = _network(truth.shape[1], recipe)
        epoch, epochs = _train(net, parts, recipe, tell)
        logits = [_logits(net, inputs, recipe) for inputs, _ in parts[1:]]
    return _judged(logits, parts, epoch, epochs, begin)


def boosted(truth: Inputs, other: Inputs, seed: int) -> Classified:
    """Return how well boosted trees tell two samples apart: they find other differences than a network.

    scikit-learn's histogram-based gradient boosting, at most 300 trees, ended by the validation sample.
    """
    with extra("ml", "the classifier"):
        from sklearn.ensemble import HistGradientBoostingClassifier
    begin = time.perf_counter()
    parts = _split(truth, other, seed)
    (train, labels), (validation, expected) = parts[:2]
    trees = HistGradientBoostingClassifier(max_iter=300, early_stopping=True, random_state=seed)
    trees.fit(train, labels[:, 0], X_val=validation, y_val=expected[:, 0])
    logits = [trees.decision_function(inputs) for inputs, _ in parts[1:]]
    return _judged(logits, parts, trees.n_iter_, trees.n_iter_, begin)


def _split(truth: Inputs, other: Inputs, seed: int) -> _Split:
    n = len(truth)
    if len(other) != n:
        raise ValueError(f"classes of {n} and {len(other)}: they must be of one size")
    cuts = [0, *(int(share * n) for share in SPLIT), n]
    orders = [np.random.default_rng([seed, which]).permutation(n) for which in (1, 0)]
    parts = []
    for low, high in pairwise(cuts):
        inputs = np.concatenate([truth[orders[0][low:high]], other[orders[1][low:high]]])
        labels = np.repeat(np.array([1.0, 0.0], dtype=np.float32), high - low)[:, None]
        parts.append((inputs, labels))
    return _Split(*parts)


def _network(inputs: int, recipe: Recipe) -> Any:
    from torch import nn

    sizes = [inputs, *[recipe.width] * recipe.hidden]
    hidden = [part for pair in pairwise(sizes) for part in (nn.Linear(*pair), nn.LeakyReLU())]
    return nn.Sequential(*hidden, nn.Linear(recipe.width, 1))


def _train(net: Any, parts: _Split, recipe: Recipe, tell: Callable[[float], None] | None) -> tuple[int, int]:
    """Train the network, leave it as it was after its best epoch, and return which that was, and how many."""
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits as loss

    inputs, labels = map(torch.from_numpy, parts.train)
    expected = torch.from_numpy(parts.validation[1])
    # Fused, a step of it takes a sixth of the time: 12 of 340 ms for the cells, not 76 of 390.
    optimiser = torch.optim.Adam(net.parameters(), lr=recipe.rate, fused=True)
    best, kept, accuracy, least, better = 0, copy.deepcopy(net.state_dict()), -1.0, float("inf"), 0
    epoch = 0
    for epoch in range(1, recipe.epochs + 1):
        learned = 0
        for rows in torch.randperm(len(inputs)).split(recipe.batch):
            optimiser.zero_grad()
            outputs = _outputs(net, inputs[rows], recipe)
            loss(outputs, labels[rows]).backward()
            optimiser.step()
            learned += int(((outputs > 0) == (labels[rows] > 0.5)).sum())
        logits = torch.from_numpy(_logits(net, parts.validation[0], recipe))[:, None]
        right = float(((logits > 0) == (expected > 0.5)).double().mean())
        lost = float(loss(logits, expected))
        if right > accuracy:
            best, kept, accuracy, better = epoch, copy.deepcopy(net.state_dict()), right, epoch
        if lost < least:
            least, better = lost, epoch
        if tell is not None:
            tell(epoch / recipe.epochs)
        known = learned >= MEMORISED * len(inputs)
        if right == 1.0 or (known and epoch - better >= recipe.patience):
            break
    net.load_state_dict(kept)
    return best, epoch


def _outputs(net: Any, inputs: Any, recipe: Recipe) -> Any:
    import torch

    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=recipe.bfloat16):
        return net(inputs).float()


def _logits(net: Any, inputs: Inputs, recipe: Recipe) -> NDArray[np.float32]:
    import torch

    with torch.no_grad():
        rows = torch.from_numpy(inputs).split(recipe.batch)
        parts = [_outputs(net, some, recipe) for some in rows]
    return torch.cat(parts)[:, 0].numpy()


def _judged(logits: list[Any], parts: _Split, epoch: int, epochs: int, begin: float) -> Classified:
    """Calibrate on the validation sample and judge on the test sample; its `logits` are the second."""
    from scipy.special import expit
    from sklearn.isotonic import IsotonicRegression
    from sklearn.metrics import log_loss, roc_auc_score

    calibration = IsotonicRegression(out_of_bounds="clip", y_min=1e-6, y_max=1.0 - 1e-6)
    calibration.fit(expit(logits[0]), parts.validation[1][:, 0])
    probability = calibration.predict(expit(logits[1]))
    labels = parts.test[1][:, 0]
    return Classified(
        auc=float(roc_auc_score(labels, probability)),
        jsd=1.0 - float(log_loss(labels, probability)) / float(np.log(2.0)),
        accuracy=float(np.mean((probability > 0.5) == (labels > 0.5))),
        test=len(labels) // 2,
        epoch=epoch,
        epochs=epochs,
        seconds=time.perf_counter() - begin,
    )
