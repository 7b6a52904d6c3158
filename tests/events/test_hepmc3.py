"""HepMC3 files: what is read, units, cuts, and damaged files."""

import gzip
import math

import numpy as np
import pytest

from simkit.errors import BadInput
from simkit.events import packaged_sample
from simkit.events.hepmc3 import read_hepmc3, species_name
from simkit.units import ELECTRON_MASS
from tests.events.hepmc3_texts import FOOT, HEAD, event, written


@pytest.mark.parametrize("name", ["events.hepmc3", "events.hepmc3.gz", "compressed_but_not_so_named"])
def test_particles_vertices_and_species(tmp_path, name):
    text = HEAD + event(17) + event(18) + FOOT
    path = tmp_path / name
    path.write_bytes(
        gzip.compress(text.encode()) if "compressed" in name or name.endswith("gz") else text.encode()
    )
    events = read_hepmc3(path)
    primaries = events.primaries
    assert events.n_events == 2
    assert list(primaries.event) == [0, 0, 0, 0, 1, 1, 1, 1]
    assert list(primaries.number) == [5, 6, 7, 8] * 2
    assert list(primaries.pdg) == [22, 11, -11, 211] * 2
    assert (primaries.x[0], primaries.y[0], primaries.z[0]) == (1.0, 2.0, -3.0)
    np.testing.assert_allclose(
        primaries.energy[:3],
        [
            5000.0,
            math.hypot(2000.0, ELECTRON_MASS) - ELECTRON_MASS,
            math.hypot(1.0, ELECTRON_MASS) - ELECTRON_MASS,
        ],
        rtol=1e-12,
    )
    np.testing.assert_allclose((primaries.u[0], primaries.v[0], primaries.w[0]), (0.6, 0.0, 0.8), rtol=1e-15)
    assert events.untransported[1] == pytest.approx({"nu(e)": 5000.0}, rel=1e-12)
    assert events.outside_cuts == ({}, {})


def test_units_of_the_file(tmp_path):
    primaries = read_hepmc3(written(tmp_path, HEAD + event(units="MEV CM") + FOOT)).primaries
    assert primaries.energy[0] == pytest.approx(5.0, rel=1e-15)
    assert (primaries.x[0], primaries.y[0], primaries.z[0]) == pytest.approx((10.0, 20.0, -30.0), rel=1e-15)


def test_cuts_keep_books(tmp_path):
    path = written(tmp_path, HEAD + event() + FOOT)
    central = read_hepmc3(path, eta_max=0.5)
    assert list(central.primaries.number) == [6, 7]
    assert central.untransported == ({},)
    removed = {"nu(e)": 5000.0, "gamma": 5000.0, "pi+": 50000.194}
    assert central.outside_cuts[0] == pytest.approx(removed, rel=1e-7)
    hard = read_hepmc3(path, energy_min_MeV=1000.0)
    assert list(hard.primaries.number) == [5, 6, 8]
    assert list(hard.outside_cuts[0]) == ["e+"]


def test_a_particle_along_the_axis_is_beyond_every_eta(tmp_path):
    path = written(tmp_path, HEAD + event(px="0") + FOOT)
    assert 5 in read_hepmc3(path).primaries.number
    assert 5 not in read_hepmc3(path, eta_max=100.0).primaries.number


def test_species_names():
    assert [species_name(pdg) for pdg in (22, -11, 310, -14, 3122)] == [
        "gamma",
        "e+",
        "K(S)0",
        "nu(mu)~",
        "Lambda",
    ]
    assert species_name(99999999) == "PDG 99999999"


def test_fewer_events_are_the_first_ones():
    few, many = read_hepmc3(packaged_sample(), 3), read_hepmc3(packaged_sample(), 5)
    rows = many.primaries.event < 3
    for some, all_of_them in zip(few.primaries, many.primaries):
        np.testing.assert_array_equal(some, all_of_them[rows])
    assert few.untransported == many.untransported[:3]


WHOLE = HEAD + event(0) + event(1) + event(2) + FOOT


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty file"),
        ("hello\nworld\n", "not a HepMC3 ascii file"),
        ("\x7fELF\x00\x00", "not a HepMC3 ascii file"),
        ("BZh91AY", "bzip2"),
        ("<LesHouchesEvents version='1'>", "Les Houches"),
        ("\nHepMC::Version 2.06\nHepMC::IO_GenEvent-START_EVENT_LISTING\n", "IO_GenEvent"),
        (HEAD, "truncated"),
        (HEAD + FOOT, "holds no events"),
        (HEAD + event() + FOOT, "3 events asked for, 1 found"),
        (WHOLE[: -len(FOOT)], "truncated, ends after line 38, event 2"),
        (WHOLE[: WHOLE.index("E 2")], "truncated"),
        (WHOLE[: WHOLE.index("E 2") + 60], "truncated"),
        (
            WHOLE.replace("P 5 -2 22 3", "P 5 -2 22 nan", 1),
            "event 0 (number 0), line 11: px of particle 5 is nan",
        ),
        (WHOLE.replace("P 6 -2 11 0 2", "P 6 -2 11 0 inf", 1), "py of particle 6 is inf"),
        (WHOLE.replace("P 6 -2 11 0 2", "P 6 -2 11 0 zwei", 1), "py of particle 6 is 'zwei', not a number"),
        (WHOLE.replace("@ 1 2 -3", "@ 1 nan -3", 1), "y of vertex -2 is nan"),
        (WHOLE.replace("P 3 -1 12 0 3 4 5 0 1\n", "", 1), "line 8: particle 4 where 3 should be"),
        (WHOLE.replace("[1,2]", "[1,999]", 1), "names particle 999"),
        (WHOLE.replace("P 5 -2 22", "P 5 -2 4294967318", 1), "line 11: particle 5 has the number 4294967318"),
        (WHOLE.replace("P 5 -2 22", "P 5 -2 2_2", 1), "particle 5 has a number missing or misspelt"),
        (WHOLE.replace("30 0 40 50.000194", "30 0 4_0 50.000194", 1), "pz of particle 8 is '4_0'"),
        (WHOLE.replace("30 0 40 50.000194", "30 0 40 -50.000194", 1), "energy of particle 8 is negative"),
        (
            WHOLE.replace("P 4 -1 23", "P 4 -2 23", 1).replace("V -2 0 [4]", "V -1 0 [4]", 1),
            "vertex -1 is there",
        ),
        (
            WHOLE.replace("V -1 0 [1,2]\n", "", 1).replace("P 2 0 2212", "P 2 1 2212", 1),
            "-1, which has no line",
        ),
        (
            WHOLE.replace("U GEV MM\nP 1", "P 1", 1).replace("P 2 0", "U GEV MM\nP 2 0", 1),
            "line 5: the units come",
        ),
        (WHOLE.replace("U GEV MM\n", "", 1), "line 13: the event has no units"),
        (WHOLE.replace("U GEV MM", "U GEV MM\nU MEV MM", 1), "line 5: the event has other units already"),
        (WHOLE.replace("U GEV MM", "U GEV MM\nW one", 1), "line 5: the event's weight is 'one'"),
        (WHOLE.replace("E 0 2 8\n", "", 1), "before the first event, line 3: 'U GEV MM' is not a line"),
        (WHOLE.replace("E 1 2 8", "E 1 2 99999999999", 1), "line 15: the event's head has the number"),
        (WHOLE.replace("V -2 0 [4]", "V -2 0 [6]", 1), "descend from each other"),
        (WHOLE.replace("U GEV MM", "U TEV MM", 1), "units are 'TEV MM'"),
        (
            WHOLE.replace("E 1 2 8", "E 1 2 9", 1),
            "event 1 (number 1), line 26: the event ends with 8 of 9 particles",
        ),
        (WHOLE.replace("E 1 2 8", "E one", 1), "event 1 (number one), line 15"),
        (WHOLE.replace("P 8 -2 211 30", "Q 8 -2 211 30", 1), "is not a line of HepMC3"),
    ],
)
@pytest.mark.parametrize("name", ["events.hepmc3", "events.hepmc3.gz"])
def test_bad_files_are_one_clear_line(tmp_path, capfd, name, text, message):
    path = written(tmp_path, text.encode("latin-1"), name)
    if name.endswith("gz") and ("bzip2" in message or "Les Houches" in message):
        message = "not a HepMC3 ascii file"
    with pytest.raises(BadInput) as raised:
        read_hepmc3(path, 3)
    assert str(path) in str(raised.value)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)
    assert capfd.readouterr() == ("", "")


def test_truncation_after_the_events_asked_for_is_seen(tmp_path):
    with pytest.raises(BadInput, match="truncated, ends in a later event"):
        read_hepmc3(written(tmp_path, WHOLE[: WHOLE.index("E 2") + 60]), 1)


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.99])
@pytest.mark.parametrize("n_events", [1, None])
def test_truncated_sample(tmp_path, kept, n_events):
    content = packaged_sample().read_bytes()
    path = tmp_path / "half.hepmc3.gz"
    path.write_bytes(content[: int(kept * len(content))])
    with pytest.raises(BadInput, match=r"half.hepmc3.gz: truncated"):
        read_hepmc3(path, n_events)


def test_damaged_gzip(tmp_path):
    content = bytearray(packaged_sample().read_bytes())
    content[20_000:20_100] = bytes(100)
    path = tmp_path / "damaged.hepmc3.gz"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"damaged.hepmc3.gz"):
        read_hepmc3(path)


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(BadInput, match=r"nowhere.hepmc3: cannot be read \(No such file or directory\)"):
        read_hepmc3(tmp_path / "nowhere.hepmc3")
    with pytest.raises(BadInput, match="is a folder"):
        read_hepmc3(tmp_path)
    with pytest.raises(BadInput, match="ask for at least 1"):
        read_hepmc3(packaged_sample(), 0)
    with pytest.raises(BadInput, match="21 events asked for, 20 found"):
        read_hepmc3(packaged_sample(), 21)
