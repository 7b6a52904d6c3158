"""Particle guns on prepared engines, and their tallies in MeV."""

import numpy as np

from simkit.events.gun import gun_primaries
from simkit.record.tallies import BALANCE, COUNTERS, ENERGY_UNIT, LENGTH_UNIT, PARTICLES, PROCESSES


def shoot(prepared, particle, energy, n=10, seed=1, threads=1, **gun):
    """Return the tallies of `n` events of one particle each, along +x from the front face by default."""
    primaries = gun_primaries(n, seed, particle=particle, energy_MeV=energy, **gun)
    return prepared.run(primaries, seed, threads)


def balance(tallies, entry):
    """Return an entry of the energy balance by event (MeV)."""
    return tallies.balance[:, BALANCE.index(entry)] * ENERGY_UNIT


def deposited(tallies):
    """Return the energy deposited by event and region (MeV)."""
    return tallies.region_deposits * ENERGY_UNIT


def interactions(tallies, process):
    """Return the number of interactions of a process by event."""
    return tallies.interactions[:, PROCESSES.index(process)]


def secondaries(tallies, particle):
    """Return the number of secondaries of a kind by event."""
    return tallies.secondaries[:, PARTICLES.index(particle)]


def track_length(tallies):
    """Return the charged path by event and region (mm)."""
    return tallies.track_length * LENGTH_UNIT


def assert_nothing_lost(tallies):
    """Assert that energy balances in every event and that every track was followed."""
    # the second term: ten roundings to 2^-30 MeV, which is 1e-6 only of what has a MeV
    assert (np.abs(tallies.residual()) < 1e-6 * balance(tallies, "in") + 1e-8).all()
    assert tallies.counter("lost_secondaries") == 0
    assert tallies.counter("majorant_violations") == 0
    tracks = tallies.counters[:, COUNTERS.index("tracks")]
    primaries = tracks - tallies.secondaries.sum(axis=1)
    assert (primaries >= 1).all()
    assert (primaries == primaries[0]).all()
    assert (tallies.deposits >= 0).all()
    assert (balance(tallies, "leaked") >= 0.0).all()


def standard_error(values):
    """Return the standard error of the mean of values, by column."""
    return values.std(axis=0, ddof=1) / np.sqrt(len(values))
