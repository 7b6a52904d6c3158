"""What a region's readout sees of a deposit: Birks' law, and a window in time.

It is a readout around that of the cells. What is not seen is counted beside the deposits, in two blocks of
the tally that follow them: by cell all of it, by region what came outside the window. Where no region asks
for it the readout is that of the cells alone, and nothing of this is compiled.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from simkit.counting import add
from simkit.geometry.detector import Detector
from simkit.jit import by_type, kernel
from simkit.physics.couple import Couple
from simkit.physics.quenching import Quenching, build_quenching, visible_along, visible_stopped
from simkit.readout import CELL, STEP_CELL, cell, step_cell
from simkit.tally import energy_units

ALWAYS = (-math.inf, math.inf)


class Response(NamedTuple):
    """A readout that does not see all.

    cells: the readout of the `number` cells. begins, ends: float64[couples], the window (ns), whose end does
    not belong to it.
    """

    cells: Any
    number: int
    volume_couple: np.ndarray
    quenching: Quenching
    begins: np.ndarray
    ends: np.ndarray


def with_response(detector: Detector, couples: list[Couple], settings: Any) -> Detector:
    """Return the detector with the response that its regions ask for.

    couples: in the detector's order; settings: of each region, a RegionSettings.
    """
    if all(each.sees_all for each in settings):
        return detector
    by_name = {each.name: each for each in settings}
    found = [by_name.get(region) for _, region in detector.couples]
    windows = np.array([(each and each.window_ns) or ALWAYS for each in found])
    quenching = build_quenching(couples, [each.birks_mm_per_MeV if each else 0.0 for each in found])
    number = len(detector.cell_region)
    response = Response(
        detector.readout, number, detector.params.volume_couple, quenching, *np.ascontiguousarray(windows.T)
    )
    return replace(detector, readout=response)


def see_along(readout, tally, track, where, region, energy, length):
    """Count what is not seen of the `energy` (MeV) that a track left in a cell along a `length` (mm)."""
    return SEE_ALONG[type(readout)](readout, tally, track, where, region, energy, length)


def see_stopped(readout, tally, track, where, region, energy, carrier):
    """Do so with what a carrier of simkit.physics.quenching stopped with, where and when the track is."""
    return SEE_STOPPED[type(readout)](readout, tally, track, where, region, energy, carrier)


def _all_along(readout, tally, track, where, region, energy, length):
    pass


def _all_stopped(readout, tally, track, where, region, energy, carrier):
    pass


SEE_ALONG = by_type(see_along, default=_all_along)
SEE_STOPPED = by_type(see_stopped, default=_all_stopped)


def _along(readout, tally, track, where, region, energy, length):
    couple = readout.volume_couple[track.volume]
    visible = visible_along(readout.quenching, couple, energy, length)
    _hide(readout, tally, track, couple, where, region, energy, visible)


def _stopped(readout, tally, track, where, region, energy, carrier):
    couple = readout.volume_couple[track.volume]
    visible = visible_stopped(readout.quenching, couple, carrier, energy)
    _hide(readout, tally, track, couple, where, region, energy, visible)


@kernel
def _hide(readout, tally, track, couple, where, region, energy, visible):
    if not (readout.begins[couple] <= track.time < readout.ends[couple]):
        visible = 0.0
        column = tally.first.deposits + 2 * readout.number + region
        add(tally.mode, tally.counts, track.slot, column, energy_units(energy * track.weight))
    if visible < energy:
        column = tally.first.deposits + readout.number + where
        # as the deposit is rounded, so that no more is hidden than was left
        hidden = energy_units(energy * track.weight) - energy_units(visible * track.weight)
        add(tally.mode, tally.counts, track.slot, column, hidden)


def _cell(readout, volume, x, y, z):
    return cell(readout.cells, volume, x, y, z)


def _step_cell(readout, where, track):
    return step_cell(readout.cells, where, track)


CELL[Response] = _cell
STEP_CELL[Response] = _step_cell
SEE_ALONG[Response] = _along
SEE_STOPPED[Response] = _stopped
