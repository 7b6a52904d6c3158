"""Training of a network by gradient descent, checkpointed: Adam, a cosine, averaged weights.

D. P. Kingma and J. Ba, arXiv:1412.6980; I. Loshchilov and F. Hutter, arXiv:1608.03983 (the cosine) and
1711.05101 (the decay of weights). Batches
and noise depend on the seed and the step alone, so an interrupted training goes on as if nothing had been.
Needs torch (`pip install 'simkit[ml]'`).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from simkit.errors import BadInput
from simkit.fastsim.models.model_file import MEND, ModelFile
from simkit.fastsim.models.training import Training
from simkit.imports import extra
from simkit.sections import Section

if TYPE_CHECKING:
    import torch

KEEP_EVERY_S = 60.0
POINTS = 200
"""Points of the curves."""
KEPT = ("weight", "average", "first", "second")
"""What a checkpoint has of each parameter, both moments of Adam last."""


class DescentSettings(Section):
    """Settings of every network's training."""

    steps: Annotated[int, Field(ge=1)] = 10_000
    """Steps of the descent, fewer where the budget ends before."""
    batch: Annotated[int, Field(ge=1)] = 256
    """Showers of a step."""
    learning_rate: Annotated[float, Field(gt=0.0)] = 1e-3
    """At the beginning; it goes to 0 as a cosine."""
    weight_decay: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    """Of matrices, times the rate at each step."""
    averaging: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.998
    """How much of the averaged weights each step keeps; those are what is written."""
    threads: Annotated[int, Field(ge=1)] = 1
    """Threads of torch; one is faster than two on two cores."""
    device: Literal["cpu", "cuda"] = "cpu"
    """Where it computes."""


def descend(
    module: torch.nn.Module,
    loss_of: Callable[[torch.Tensor, torch.Generator], torch.Tensor],
    showers: int,
    settings: DescentSettings,
    run: Training,
    quality: Callable[[torch.nn.Module], Mapping[str, float]] | None = None,
) -> dict[str, NDArray[Any]]:
    """Return the averaged weights of a trained module, by name.

    loss_of: of the numbers of a step's showers (int64[batch], on the device) and a source of noise.
    quality: figures for the curves, of the module with averaged weights. Errors: BadInput where it runs off,
    or the budget leaves no step.
    """
    torch = import_torch()
    device = torch.device(settings.device)
    if device.type == "cuda" and not torch.cuda.is_available():
        raise BadInput("device: torch sees no CUDA device here; set device=cpu")
    module.to(device).train()
    named = [(name, p) for name, p in module.named_parameters() if p.requires_grad]
    weights = [parameter for _, parameter in named]
    average = [parameter.detach().clone() for parameter in weights]
    adam = torch.optim.AdamW(
        [
            {"params": [p for p in weights if p.dim() > 1], "weight_decay": settings.weight_decay},
            {"params": [p for p in weights if p.dim() <= 1], "weight_decay": 0.0},
        ],
        lr=settings.learning_rate,
    )
    step = _resume(named, average, adam, run)
    every = max(1, settings.steps // POINTS)
    kept_at, losses = time.monotonic(), list[float]()
    with threads_of_torch(settings.threads):
        share = run.share(step, settings.steps, "training")
        while share < 1.0:
            random = run.random(step)
            rows = torch.from_numpy(random.integers(0, showers, settings.batch)).to(device)
            noise = torch.Generator(device=device).manual_seed(int(random.integers(2**62)))
            for group in adam.param_groups:
                group["lr"] = settings.learning_rate * 0.5 * (1.0 + math.cos(math.pi * share))
            loss = loss_of(rows, noise)
            adam.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            adam.step()
            step += 1
            # At the beginning the average is that of all steps so far.
            torch._foreach_lerp_(
                average, [p.detach() for p in weights], 1.0 - min(settings.averaging, (step - 1) / step)
            )
            losses.append(float(loss.detach()))
            if not math.isfinite(losses[-1]):
                raise BadInput(f"the training ran off at step {step}; set a lower learning_rate")
            share = run.share(step, settings.steps, f"loss {np.mean(losses[-20:]):.4g}")
            if step % every == 0 or share >= 1.0:
                with averaged(weights, average):
                    figures = quality(module) if quality else {}
                run.add_point(step=step, loss=float(np.mean(losses)), **figures)
                losses.clear()
            if time.monotonic() - kept_at > KEEP_EVERY_S:
                _keep(named, average, adam, step, run)
                kept_at = time.monotonic()
    if not step:
        raise BadInput("--budget: ended before the first step of the training; give more")
    _keep(named, average, adam, step, run)
    with averaged(weights, average):
        return state_of(module)


def import_torch() -> Any:
    """Return torch. Errors: BadInput where it is not installed."""
    with extra("ml", "networks"):
        import torch
    return torch


@contextmanager
def threads_of_torch(count: int) -> Iterator[None]:
    """Let torch use so many threads inside."""
    torch = import_torch()
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def averaged(weights: list[Any], average: list[Any]) -> Iterator[None]:
    """Put averaged weights in the place of the last ones inside."""
    torch = import_torch()
    with torch.no_grad():
        last = [weight.detach().clone() for weight in weights]
        torch._foreach_copy_(weights, average)
        try:
            yield
        finally:
            torch._foreach_copy_(weights, last)


def state_of(module: torch.nn.Module) -> dict[str, NDArray[Any]]:
    """Return a module's weights and buffers as arrays by name."""
    return {name: value.detach().cpu().numpy().copy() for name, value in module.state_dict().items()}


def put_state(module: torch.nn.Module, file: ModelFile) -> torch.nn.Module:
    """Put the arrays of a file into a module, which is then only for use. Errors: BadInput."""
    torch = import_torch()
    state = {}
    for name, value in module.state_dict().items():
        empty = np.empty(0, dtype=str(value.dtype).removeprefix("torch."))
        state[name] = torch.from_numpy(file.take(name, *value.shape, dtype=empty.dtype))
    if more := set(file.tensors) - set(state):
        raise BadInput(f"{file.where}: holds {sorted(more)[0]!r}, which {file.card.model} has not; {MEND}")
    module.load_state_dict(state)
    return module.eval().requires_grad_(False)


def _keep(
    named: list[tuple[str, Any]], average: list[Any], adam: torch.optim.Adam, step: int, run: Training
) -> None:
    arrays = {}
    for (name, parameter), mean in zip(named, average):
        moments = adam.state[parameter] or dict.fromkeys(("exp_avg", "exp_avg_sq"), 0.0 * parameter)
        kept = (parameter, mean, moments["exp_avg"], moments["exp_avg_sq"])
        for kind, tensor in zip(KEPT, kept):
            arrays[f"{kind} {name}"] = tensor.detach().cpu().numpy()
    run.keep(arrays, step=step)


def _resume(named: list[tuple[str, Any]], average: list[Any], adam: torch.optim.Adam, run: Training) -> int:
    """Put the last checkpoint, if any, into all of these and return its step. Errors: BadInput."""
    torch = import_torch()
    kept = run.kept()
    if kept is None:
        return 0
    arrays, numbers = kept
    try:
        step = int(numbers["step"])
        with torch.no_grad():
            for (name, parameter), mean in zip(named, average):
                found = [torch.from_numpy(arrays[f"{kind} {name}"]).to(parameter.device) for kind in KEPT]
                if any(tensor.shape != parameter.shape for tensor in found):
                    raise ValueError(f"{name!r} has another shape")
                parameter.copy_(found[0])
                mean.copy_(found[1])
                adam.state[parameter] = {
                    "step": torch.tensor(float(step)),
                    "exp_avg": found[2],
                    "exp_avg_sq": found[3],
                }
    except (KeyError, ValueError, OverflowError, TypeError, RuntimeError) as error:
        raise BadInput(f"{run.folder}: its checkpoint is of another network ({error}); remove it") from None
    return step
