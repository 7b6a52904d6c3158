"""The trainer of the autoregressive model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from simkit.errors import BadInput
from simkit.fastsim.models.autoregressive.decoder import AutoregressiveDecoder, above_threshold, draws
from simkit.fastsim.models.autoregressive.memory import NetworkSize, arranged, packed, read_arrays
from simkit.fastsim.models.autoregressive.scales import position
from simkit.fastsim.models.decoding import Energies
from simkit.fastsim.models.descent import DescentSettings, descend, import_torch, state_of
from simkit.fastsim.models.draws import shower_keys
from simkit.fastsim.models.model_file import ModelFile
from simkit.fastsim.models.training import Training
from simkit.fastsim.showers.features import features, high_level, high_level_names
from simkit.fastsim.showers.files import NOISE_MEV, Showers, without_noise

MOST_FITTED = 20_000  # showers to which scales are fitted
MOST_HELD = 500  # showers on which quality is measured


class AutoregressiveSettings(DescentSettings):
    """Settings of `autoregressive`."""

    steps: Annotated[int, Field(ge=1)] = 60_000
    """Steps of the descent, fewer where the budget ends before."""
    batch: Annotated[int, Field(ge=1)] = 32
    """Showers of a step; each is many rows."""
    learning_rate: Annotated[float, Field(gt=0.0)] = 2e-3
    """At the beginning; it goes to 0 as a cosine."""
    weight_decay: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.03
    """See `DescentSettings`: what layers are like is learnt by heart from few showers."""
    thinning: Annotated[int, Field(ge=1)] = 2
    """A step looks at the cells of one of so many layers; at their rings' in all."""
    energy_power: Annotated[float, Field(ge=-2.0, le=2.0)] = -0.35
    """With this power of the energy a shower's cells count, of which there are many at high ones. Its layers
    and rings, of which all have the same number, count alike."""
    trunk: Annotated[int, Field(ge=32, le=1024, multiple_of=32)] = 256
    """Width of the network that sees all layers before."""
    encoder: Annotated[int, Field(ge=16, le=256, multiple_of=16)] = 32
    """Width at each angle of what sees the cells of the layers before."""
    cells: Annotated[int, Field(ge=16, le=256, multiple_of=16)] = 48
    """Width at each angle of what draws cells."""

    def size(self, shape: tuple[int, int, int]) -> NetworkSize:
        """Return the size of the network for showers of layers, angles, radii."""
        inner = self.trunk // 32
        return NetworkSize(*shape, self.trunk, self.encoder, 8 * inner, 12 * inner, 12 * inner, self.cells)


class AutoregressiveTrainer:
    """See simkit.fastsim.models.generating.Trainer."""

    name = "autoregressive"
    settings = AutoregressiveSettings
    packages = ("torch",)

    def train(
        self, showers: Showers, settings: AutoregressiveSettings, run: Training
    ) -> Mapping[str, NDArray[Any]]:
        """Train the network. Errors: BadInput."""
        shape = showers.binning.shape
        if shape is None or shape[0] < 4 or shape[1] % 2 or shape[2] < 2:
            raise BadInput(
                "autoregressive: the cells must be of four or more like layers, each with an even number of "
                "angles and two or more radii"
            )
        torch = import_torch()
        from simkit.fastsim.models.autoregressive.losses import CELLS, losses
        from simkit.fastsim.models.autoregressive.network import LayerNetwork

        incident = showers.incident_MeV
        range_MeV = float(incident.min()), float(incident.max())
        order = run.random().permutation(len(incident))
        held, known = np.split(order, [min(MOST_HELD, len(order) // 10)])
        weight = incident**settings.energy_power / (incident[known] ** settings.energy_power).mean()
        network = LayerNetwork(settings.size(shape), run.seed)

        def given(rows: NDArray[np.int64], turned: NDArray[np.int64] | None = None) -> Any:
            """Return cells in units of the threshold, incident energies in the same, and their place."""
            cells = showers.energies_MeV[rows] * np.float32(1.0 / NOISE_MEV)
            cells = np.where(cells < 1.0, np.float32(0.0), cells).reshape(-1, *shape)
            if turned is not None:
                cells = np.take_along_axis(cells, turned[:, None, :, None], axis=2)
            return cells, incident[rows] / NOISE_MEV, position(incident[rows], *range_MeV)

        cells, units, place = given(known[:MOST_FITTED])
        network.fit_scales(cells, units, place, range_MeV)

        def weighted(rows: NDArray[np.int64], turned: NDArray[np.int64] | None = None, *thinned: int) -> Any:
            lost = losses(network, network.scaled(*given(rows, turned)), *thinned)
            lost[:, CELLS] *= torch.from_numpy(weight[rows]).to(lost)[:, None]
            return lost

        def loss_of(rows: Any, noise: Any) -> Any:
            chosen = known[rows.cpu().numpy()]
            turned = _turned(len(chosen), shape[1], noise)
            start = int(torch.randint(0, settings.thinning, (), generator=noise, device=noise.device))
            return weighted(chosen, turned, start, settings.thinning).sum(1).mean()

        def quality(module: Any) -> dict[str, float]:
            if not len(held):
                return {}
            with torch.no_grad():
                parts = [weighted(rows).sum(0) for rows in np.array_split(held, -(-len(held) // 50))]
            made = decoder(showers, settings, state_of(module))
            return {"validation": float(sum(parts).sum() / len(held))} | likeness(made, showers.take(held))

        with onednn():
            return packed(descend(network, loss_of, len(known), settings, run, quality), settings.size(shape))

    def build(self, file: ModelFile) -> AutoregressiveDecoder:
        """Return the decoder. Errors: BadInput."""
        size = self.size(file)
        return AutoregressiveDecoder(file.binning, size, *arranged(read_arrays(file, size), size))

    def size(self, file: ModelFile) -> NetworkSize:
        """Return the size of a file's network, of its card alone. Errors: BadInput."""
        if file.binning.shape is None:
            raise BadInput(f"{file.where}: its layers are not alike, which {self.name} needs")
        return self.settings.read(file.card.settings, file.where).size(file.binning.shape)

    def module(self, file: ModelFile) -> Any:
        """See simkit.fastsim.models.decoding.NetworkTrainer."""
        import_torch()
        from simkit.fastsim.models.autoregressive.traced import traced_decoder

        size = self.size(file)
        return traced_decoder(size, read_arrays(file, size))

    def noise(self, file: ModelFile) -> Callable[[NDArray[np.uint64]], NDArray[np.float32]]:
        """See simkit.fastsim.models.decoding.NetworkTrainer."""
        return partial(draws, self.size(file))

    def finish(self, file: ModelFile) -> Callable[[Energies], Energies]:
        """See simkit.fastsim.models.decoding.NetworkTrainer."""
        return above_threshold


TRAINER = AutoregressiveTrainer()


@contextmanager
def onednn() -> Iterator[None]:
    """Let torch multiply matrices with oneDNN inside, which is twice as fast as MKL where these are narrow.

    It may round inputs to bfloat16 on processors that multiply those faster.
    """
    torch = import_torch()
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("medium")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


def decoder(
    showers: Showers, settings: AutoregressiveSettings, arrays: Mapping[str, Any]
) -> AutoregressiveDecoder:
    """Return the decoder of a network under way."""
    assert showers.binning.shape is not None
    size = settings.size(showers.binning.shape)
    return AutoregressiveDecoder(showers.binning, size, *arranged(arrays, size))


def likeness(decoder: AutoregressiveDecoder, truth: Showers) -> dict[str, float]:
    """Return, by kind of high-level feature, how generated showers differ from true ones of these energies.

    "... shift": the mean over layers of the means' differences, in the truth's standard deviations, without
    sign; "... width": of the ratios of standard deviations. Both at the energies of the truth.
    """
    made = decoder.generate(truth.incident_MeV, shower_keys(0, len(truth.incident_MeV)))
    found = features(truth._replace(energies_MeV=made))
    true = features(without_noise(truth))
    kinds = [name.rstrip("0123456789 ") for name in high_level_names(true)]
    a, b = high_level(found), high_level(true)
    spread = b.std(axis=0) + 1e-6
    shift, width = np.abs(a.mean(axis=0) - b.mean(axis=0)) / spread, a.std(axis=0) / spread
    figures = {}
    for kind in dict.fromkeys(kinds):
        columns = np.array([other == kind for other in kinds])
        figures[f"{kind} shift"] = float(shift[columns].mean())
        figures[f"{kind} width"] = float(width[columns].mean())
    return figures


def _turned(showers: int, angles: int, noise: Any) -> NDArray[np.int64]:
    """Return random rotations and mirror images, as angles to be taken; int64[showers, angles]."""
    torch = import_torch()
    turn, mirror = (
        torch.randint(0, most, (showers, 1), generator=noise, device=noise.device) for most in (angles, 2)
    )
    angle = (2 * mirror - 1) * torch.arange(angles, device=noise.device) + turn
    return (angle % angles).cpu().numpy()
