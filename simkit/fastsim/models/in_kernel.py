"""Models inside the kernels: what they answer, how they deposit, and the account that each must give.

A model is a NamedTuple of params (see simkit.jit.by_type). Its `shower` takes a track whole: it deposits with
`put` and `put_shared`, or moves the track itself and lets it live on, as a tracking of its own for that
particle. It allocates nothing, draws with `rng`, which is in the track's own stream, and returns what became
of the energy.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from simkit.counting import add, credit_deposit
from simkit.geometry import OUTSIDE, distance_to_boundary, locate
from simkit.jit import by_type, kernel, merged
from simkit.readout import cell, cell_in_line
from simkit.tally import (
    ENERGY_UNIT,
    FAST_HITS,
    INVISIBLE,
    LEAKED,
    book,
    count,
    count_weights,
    deposit,
    energy_units,
)

DONE, FAILED, DECLINED, LATER = range(4)
"""Outcomes: the energy is accounted for; something was no number or negative; not for this model at all; not
yet, and it is asked again in the next region."""
HOPS = 4  # boundaries that `put_shared` looks behind for a region of the kind it needs
MOST_MEV = 1e12  # of a deposit
ROUNDING = 1e-9  # of a track's energy, that its account may be off by


class Site(NamedTuple):
    """Where showers are put: the detector, and where the tally counts what models deposit.

    column: the first of the tally's columns "fast".
    """

    geometry: Any
    readout: Any
    column: int


class Ledger(NamedTuple):
    """What became of a track's energy (MeV): in = deposited + leaked + invisible + returned + handed.

    returned: kinetic energy with which the track lives on. handed: to a model on the host. outcome: DONE,
    FAILED, DECLINED or LATER.
    """

    deposited: float
    leaked: float
    invisible: float
    returned: float
    handed: float
    outcome: int


def shower(model, place, tally, stacks, rng, track, energy):
    """Take a track; return (track, ledger).

    energy: what it gives when it is absorbed (MeV): kinetic, and for a positron that annihilates 2 m. Where
    ledger.returned is not 0 the track lives on as the one returned. A model that fails says so before it
    deposits.
    """
    return SHOWER[type(model)](model, place, tally, stacks, rng, track, energy)


SHOWER = by_type(shower)


@kernel
def blank():
    """Return a ledger with nothing in it."""
    return Ledger(0.0, 0.0, 0.0, 0.0, 0.0, DONE)


@kernel
def given(ledger):
    """Return the energy (MeV) that is where it stays."""
    return ledger.deposited + ledger.leaked + ledger.invisible


@kernel
def outcome(ledger, which):
    """Return the ledger with another outcome."""
    return Ledger(ledger.deposited, ledger.leaked, ledger.invisible, ledger.returned, ledger.handed, which)


@kernel
def living_on(ledger, energy):
    """Return the ledger of a track that lives on with a kinetic energy (MeV)."""
    return Ledger(ledger.deposited, ledger.leaked, ledger.invisible, energy, ledger.handed, ledger.outcome)


@kernel
def _with(ledger, deposited, leaked, invisible):
    return Ledger(
        ledger.deposited + deposited,
        ledger.leaked + leaked,
        ledger.invisible + invisible,
        ledger.returned,
        ledger.handed,
        ledger.outcome,
    )


@kernel
def hide(tally, track, ledger, energy):
    """Book energy (MeV) that is invisible to every readout; return the ledger."""
    book(tally, track.slot, INVISIBLE, energy, track.weight)
    return _with(ledger, 0.0, 0.0, energy)


@kernel
def _in_detector(place, tally, volume):
    """Return the volume, OUTSIDE for one of the world's region: nothing there would take the energy."""
    if volume != OUTSIDE and place.geometry.volume_region[volume] == tally.regions - 1:
        volume = OUTSIDE
    return volume


@kernel
def put_in(place, tally, track, ledger, volume, x, y, z, energy):
    """Deposit `energy` (MeV) at a point (mm) of a volume; OUTSIDE or in the world's region it leaks.

    Returns the ledger. What is no number or negative is not deposited; the ledger's outcome is FAILED then.
    """
    if not 0.0 <= energy <= MOST_MEV:
        return outcome(ledger, FAILED)
    count(tally, track.slot, FAST_HITS, 1)
    if _in_detector(place, tally, volume) == OUTSIDE:
        book(tally, track.slot, LEAKED, energy, track.weight)
        return _with(ledger, 0.0, energy, 0.0)
    region = place.geometry.volume_region[volume]
    deposit(tally, track.slot, cell(place.readout, volume, x, y, z), region, energy, track.weight)
    column = place.column + region
    add(tally.mode, tally.counts, track.slot, column, energy_units(energy * track.weight))
    add(tally.mode, tally.counts, track.slot, column + tally.regions, 1)
    return _with(ledger, energy, 0.0, 0.0)


@merged
def put_lightly(place, tally, track, volume, x, y, z, energy):
    """Deposit `energy` (MeV), which must be sound, at a point (mm) of a volume; return it in units.

    Nothing else is counted: that is left to `settle_lights`, once for many deposits in a region.
    """
    units = energy_units(energy * track.weight)
    where = tally.first.deposits + cell_in_line(place.readout, volume, x, y, z)
    add(tally.mode, tally.counts, track.slot, where, units)
    return units


@kernel
def settle_lights(place, tally, track, ledger, region, units, hits):
    """Count what `hits` calls of `put_lightly` put in a region, `units` in all; return the ledger."""
    credit_deposit(tally.mode, units)
    count_weights(tally, track.slot, region, track.weight, hits)
    add(tally.mode, tally.counts, track.slot, place.column + region, units)
    add(tally.mode, tally.counts, track.slot, place.column + region + tally.regions, hits)
    count(tally, track.slot, FAST_HITS, hits)
    return _with(ledger, units * ENERGY_UNIT / track.weight, 0.0, 0.0)


@kernel
def put(place, tally, track, ledger, x, y, z, energy):
    """Deposit `energy` (MeV) at a point (mm); as `put_in`."""
    return put_in(place, tally, track, ledger, locate(place.geometry, x, y, z), x, y, z, energy)


@kernel
def _find(place, tally, volume, visible_region, wanted, x, y, z, u, v, w):
    """Return (volume, x, y, z) of the next volume along a direction that is, or is not, of the region.

    wanted: whether it is to be of `visible_region`. OUTSIDE where none of HOPS is.
    """
    for _ in range(HOPS):
        if volume == OUTSIDE or (place.geometry.volume_region[volume] == visible_region) == wanted:
            break
        length, behind = distance_to_boundary(place.geometry, volume, x, y, z, u, v, w)
        x, y, z, volume = x + length * u, y + length * v, z + length * w, _in_detector(place, tally, behind)
    else:
        volume = OUTSIDE
    return volume, x, y, z


@kernel
def put_shared(place, tally, track, ledger, visible_region, x, y, z, visible, rest):
    """Share a deposit of a sampling calorimeter: `visible` (MeV) in `visible_region`, `rest` elsewhere.

    The point may lie in either; the other share goes to the nearest volume of its kind along the track's
    direction: what is visible ahead first, the rest behind first, as absorbers stand before what they are
    sampled by. A share that finds none stays at the point. Returns the ledger.
    """
    volume = _in_detector(place, tally, locate(place.geometry, x, y, z))
    if volume == OUTSIDE:
        return put_in(place, tally, track, ledger, volume, x, y, z, visible + rest)
    for share in range(2):
        wanted = share == 0
        energy = visible if wanted else rest
        if energy == 0.0:
            continue
        sign = 1.0 if wanted else -1.0
        u, v, w = sign * track.u, sign * track.v, sign * track.w
        found, a, b, c = _find(place, tally, volume, visible_region, wanted, x, y, z, u, v, w)
        if found == OUTSIDE:
            found, a, b, c = _find(place, tally, volume, visible_region, wanted, x, y, z, -u, -v, -w)
        if found == OUTSIDE:
            found, a, b, c = volume, x, y, z
        ledger = put_in(place, tally, track, ledger, found, a, b, c, energy)
    return ledger
