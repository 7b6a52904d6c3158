"""Fitted GFLASH inside the kernels: the spots of simkit.fastsim.models.fitted_gflash, put into the detector.

A spot gives its share of the visible energy to the region that samples; what is left of the track's energy
goes in like parts to the others, the last one closing the account.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from simkit.errors import BadInput
from simkit.fastsim.models.fitted_gflash import (
    RESPONSE,
    FittedGflash,
    last_rings,
    read_gflash,
    sample_profile,
    sample_spot,
    value,
)
from simkit.fastsim.models.in_kernel import DECLINED, SHOWER, blank, outcome, put_shared
from simkit.fastsim.models.model_file import check_particles, read_model
from simkit.fastsim.models.on_host import FAR
from simkit.fastsim.models.weights import model_path
from simkit.jit import kernel
from simkit.physics.directions import rotate
from simkit.physics.elementary import quick_cos_sin
from simkit.rng import uniform


class FittedGflashParams(NamedTuple):
    """What the kernel knows.

    fitted: the parameters. visible_region: the number of the region that samples. layer_mm: of a layer.
    sampling_fraction: deposit there over the energy in a cell. low_MeV, high_MeV: between which showers were
    fitted to. last_mm: float64[layers], where the cells end. outside: energy beyond over that in cells.
    """

    fitted: FittedGflash
    visible_region: int
    layer_mm: float
    sampling_fraction: float
    low_MeV: float
    high_MeV: float
    last_mm: np.ndarray
    outside: float


def fitted_params(
    file: str, particles: Sequence[str], visible_region: int, layer_mm: float, sampling_fraction: float
) -> FittedGflashParams:
    """Return what a file's parameters are in a kernel. Errors: BadInput, also for particles not fitted to."""
    found = read_model(model_path(file))
    if found.card.model != "gflash":
        raise BadInput(f"{file}: is of {found.card.model!r}; give parameters of gflash")
    check_particles(found, particles)
    data = found.card.data
    return FittedGflashParams(
        read_gflash(found),
        visible_region,
        layer_mm,
        sampling_fraction,
        *data.domain_MeV,
        last_rings(found.binning),
        data.outside,
    )


@kernel
def _beyond(edge, rng):
    """Return a radius beyond an edge, r or more of which has 1 / r^2 of the energy, up to FAR edges."""
    least = 1.0 / (FAR * FAR)
    return edge / math.sqrt(least + (1.0 - least) * uniform(rng))


def _fitted(model, place, tally, stacks, rng, track, energy):
    ledger = blank()
    if not model.low_MeV <= energy <= model.high_MeV:
        return track, outcome(ledger, DECLINED)
    profile = sample_profile(model.fitted, rng, energy)
    response = value(model.fitted, profile.node, profile.weight, RESPONSE)
    within = max(profile.spots, 1)
    spots = within + int(within * model.outside + uniform(rng))
    each = energy * model.sampling_fraction * response / within  # visible, on average
    left = energy
    for i in range(spots):
        depth, radius, angle, spot = sample_spot(model.fitted, profile, model.last_mm, rng)
        if i >= within and depth < len(model.last_mm):
            radius = _beyond(model.last_mm[int(depth)], rng)
        visible = min(model.sampling_fraction * spot, left)
        more = spots - 1 - i
        rest = left - visible if more <= 0 else max(left - visible - each * more, 0.0) / (more + 1)
        left -= visible + rest
        cosine, sine = quick_cos_sin(min(abs(angle), math.pi))
        a, b, c = rotate(
            radius * cosine,
            radius * sine if angle >= 0.0 else -radius * sine,
            depth * model.layer_mm,
            track.u,
            track.v,
            track.w,
        )
        ledger = put_shared(
            place,
            tally,
            track,
            ledger,
            model.visible_region,
            track.x + a,
            track.y + b,
            track.z + c,
            visible,
            rest,
        )
    return track, ledger


SHOWER[FittedGflashParams] = _fitted
