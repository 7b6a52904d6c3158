"""load_events, the packaged sample, and the check that primaries start inside the world."""

import hashlib
import re
import time
from importlib.resources import files

import numpy as np
import pytest

from simkit.errors import BadInput
from simkit.events import Gun, HepMC3File, check_energies, check_inside, load_events, packaged_sample


def test_gun_section():
    section = Gun(
        source="gun",
        particle="e+",
        spectrum={"kind": "uniform", "min_MeV": 1.0, "max_MeV": 2.0},
        direction=(0.0, 0.0, 1.0),
        count=4,
    )
    events = load_events(section, seed=3)
    assert events.n_events == len(events.untransported) == len(events.outside_cuts) == 4
    assert (events.primaries.pdg == -11).all()
    assert (events.primaries.w == 1.0).all()
    fewer = load_events(section, 2, seed=3)
    np.testing.assert_array_equal(fewer.primaries.energy, events.primaries.energy[:2])


def test_file_section_and_its_default():
    events = load_events(HepMC3File(source="hepmc3", path="", count=2, eta_max=2.5))
    assert events.n_events == 2
    assert (abs(np.arctanh(events.primaries.w)) <= 2.5).all()
    same = load_events(HepMC3File(source="hepmc3", path=str(packaged_sample()), eta_max=2.5), 2)
    np.testing.assert_array_equal(events.primaries.energy, same.primaries.energy)


def test_packaged_sample_is_the_one_described():
    """Figures of simkit/events/data/README.md."""
    readme = (files("simkit.events") / "data" / "README.md").read_text()
    digest = hashlib.md5(packaged_sample().read_bytes(), usedforsecurity=False).hexdigest()
    assert re.search(r"md5 \| `(\w+)`", readme).group(1) == digest
    assert packaged_sample().stat().st_size < 1_000_000
    events = load_events(HepMC3File(source="hepmc3", eta_max=2.5))
    primaries = events.primaries
    described = np.isin(primaries.pdg, (22, 11, -11))
    per_event = np.bincount(primaries.event, primaries.energy * described, minlength=20)
    assert events.n_events == 20
    assert (described.sum(), per_event.mean()) == (3025, pytest.approx(286.4e3, rel=1e-3))
    assert (abs(primaries.pdg[~described]) == 13).all()
    assert (per_event.min(), per_event.max()) == pytest.approx((91.3e3, 464.0e3), rel=1e-3)


def test_energy_of_the_sample_is_that_of_the_beams():
    """All final-state energy of an event is 13.6 TeV, to the digits written; leptons carry it kinetically."""
    events = load_events(HepMC3File(source="hepmc3"))
    primaries = events.primaries
    rest = np.select([primaries.pdg == 22, abs(primaries.pdg) == 13], [0.0, 105.6583755], 0.51099895)
    total = np.bincount(primaries.event, primaries.energy + rest, minlength=20)
    total += [sum(species.values()) for species in events.untransported]
    np.testing.assert_allclose(total, 13.6e6, rtol=1e-6)


def test_a_gun_without_end_is_refused_before_anything_is_made():
    section = Gun(source="gun", energy_MeV=1.0)
    begin = time.perf_counter()
    with pytest.raises(BadInput, match="more than 50000000 together"):
        load_events(section, 2**31 - 1)
    assert time.perf_counter() - begin < 1.0


def test_check_inside():
    primaries = load_events(Gun(source="gun", energy_MeV=1.0, position_mm=(0.0, 7.0, 0.0))).primaries
    check_inside(primaries, np.zeros(1, dtype=np.int64))
    with pytest.raises(BadInput, match=r"event 0, particle 0: starts at \(0, 7, 0\) mm, outside the world"):
        check_inside(primaries, np.full(1, -1))


def test_check_energies():
    def gun(energy, per_event=1):
        primaries = load_events(Gun(source="gun", energy_MeV=1.0, per_event=per_event), 2).primaries
        return primaries._replace(energy=np.full(2 * per_event, energy))

    check_energies(gun(1e7))
    with pytest.raises(BadInput, match=r"^event 0, particle 0: has 1\.1e\+07 MeV, allowed up to 1e\+07"):
        check_energies(gun(1.1e7))
    # what an event's 64-bit counts of 2^-30 MeV hold
    check_energies(gun(1e7, per_event=400))
    with pytest.raises(BadInput, match=r"^event 0: its particles have 4\.01e\+09 MeV together"):
        check_energies(gun(1e7, per_event=401))
