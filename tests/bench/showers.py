"""Synthetic samples with known differences, for tests of the statistics."""

import numpy as np

from simkit.bench.statistics.samples import Sample, SampleColumns

N_LAYERS = 10
PROFILE = np.array([20.0, 60.0, 140.0, 220.0, 260.0, 240.0, 190.0, 130.0, 80.0, 40.0])
LAYOUT = SampleColumns(
    regions=("absorber", "gap", "world"),
    calorimeter=("absorber", "gap"),
    sensitive=("absorber", "gap"),
    layers=tuple(("gap", i) for i in range(N_LAYERS)),
    layer_of_cell=np.arange(N_LAYERS),
)


def showers(rng, n, scale=1.0, spread=0.024, layer_scale=None, leak=0.005, energy=10000.0):
    """Return a sample of n events: gap 2140 MeV, absorber 7720 MeV, `spread` (relative, gap) and layers."""
    gap = 2140.0 * scale * (1.0 + spread * rng.standard_normal(n))
    absorber = 7720.0 * (1.0 + 0.01 * rng.standard_normal(n))
    shape = PROFILE * (1.0 if layer_scale is None else layer_scale)
    layers = shape * (1.0 + 0.1 * rng.standard_normal((n, N_LAYERS)))
    deposits = np.stack([absorber, gap, np.zeros(n)], axis=1)
    return Sample(
        energy=np.full(n, energy),
        leaked=energy * leak * rng.exponential(1.0, n),
        killed=np.zeros(n),
        deposits=deposits,
        unseen=np.zeros(n),
        late=np.zeros(n),
        punched=np.zeros(n),
        layers=layers,
        steps=np.ones((n, 3, 3)),
        secondaries=np.ones((n, 3)),
        counters=np.ones((n, 9)),
        event_deposits=deposits,
    )
