"""Files as users have them: joined, piped, from other systems, far too long."""

import gzip
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from simkit.errors import BadInput
from simkit.events import listing as listing_module
from simkit.events.hepmc3 import read_hepmc3
from simkit.events.pipes import regular_file
from tests.events.hepmc3_texts import FOOT, HEAD, event, listing, photon, written

THREE = listing(photon(0)) + listing(photon(0, energy=6), photon(1, energy=7))


@pytest.mark.parametrize("name", ["joined.hepmc3", "joined.hepmc3.gz"])
def test_files_joined_with_cat_are_read_to_the_end(tmp_path, name):
    path = written(tmp_path, THREE, name)
    assert list(read_hepmc3(path).primaries.energy) == [5000.0, 6000.0, 7000.0]
    assert list(read_hepmc3(path, 2).primaries.energy) == [5000.0, 6000.0]
    with pytest.raises(BadInput, match="4 events asked for, 3 found"):
        read_hepmc3(path, 4)


def test_gzip_files_joined_with_cat(tmp_path):
    path = tmp_path / "joined.gz"
    path.write_bytes(gzip.compress(listing(photon()).encode()) + gzip.compress(THREE.encode()))
    assert read_hepmc3(path).n_events == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (listing(photon()) + "notes of mine\n", "line 11 follows the end of the events"),
        (listing(photon()) + photon(), "line 11 follows the end of the events"),
        # the first of two joined files is cut short
        (THREE.replace(FOOT, "", 1), "truncated, ends after line 8, event 0"),
        (
            THREE.replace(FOOT, "\n", 1).replace(HEAD, HEAD.splitlines(True)[1]),
            "truncated, ends after line 7",
        ),
        (listing(photon()) + "HepMC::IO_GenEvent-START_EVENT_LISTING\n", "HepMC::IO_GenEvent, not HepMC3"),
        (THREE[: -len(FOOT)], "truncated"),
        ("\n" * 10_000, "empty file"),
        ("\n" * 10_001, "line 10001 is blank"),
        (listing(photon()) + "\n" * 20_000, "is blank, as 10000 before it"),
    ],
)
def test_what_follows_the_end_is_not_passed_over(tmp_path, text, message):
    with pytest.raises(BadInput, match=message):
        read_hepmc3(written(tmp_path, text))


def test_two_ends_and_blank_lines_do_no_harm(tmp_path):
    text = "\n\n" + listing(photon()).replace("\nV", "\n\n \nV") + FOOT + "\n \n"
    assert read_hepmc3(written(tmp_path, text)).n_events == 1


def test_line_ends_of_windows(tmp_path):
    text = listing(event(0), event(1))
    ours, theirs = (
        read_hepmc3(written(tmp_path, t, n)) for t, n in ((text, "a"), (text.replace("\n", "\r\n"), "b"))
    )
    assert ours.untransported == theirs.untransported
    for x, y in zip(ours.primaries, theirs.primaries):
        np.testing.assert_array_equal(x, y)


def test_numbers_in_columns(tmp_path):
    """pyhepmc 2.16.1 misreads such a line: a second blank ends the number."""
    text = listing(photon()).replace("P 3 -1 22 0", "P  3  -1    22  0").replace("E 0 1", "E  0   1")
    assert list(read_hepmc3(written(tmp_path, text)).primaries.energy) == [5000.0]


def test_a_line_without_end_is_not_kept_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(listing_module, "LONGEST_LINE", 1 << 20)
    with pytest.raises(BadInput, match="line 3 is longer than 1 MB"):
        read_hepmc3(written(tmp_path, HEAD + "A x " + "y" * (1 << 21)))


def test_repeated_numbers_empty_events_and_lines_of_the_run(tmp_path):
    run = "W Weight\\|muR=2\nT Sherpa\\|2.2.15\\|\nA tool 1\n"
    inside = "A 0 GenCrossSection 1 1 1 1\nA 3 flow 501\nT Sherpa\\|2.2.15\\|\n"
    text = listing(run, photon(7), "E 7 0 0\nU MEV CM\n", photon(7).replace("V -1", inside + "V -1"), run)
    events = read_hepmc3(written(tmp_path, text))
    assert list(events.primaries.event) == [0, 2]
    assert events.not_simulated.without_final_state == 1


def fed(path, content):
    """Write to a pipe as another process would."""

    def write():
        with path.open("wb") as pipe:
            pipe.write(content)

    writer = threading.Thread(target=write)
    writer.start()
    return writer


@pytest.mark.parametrize("content", [THREE.encode(), gzip.compress(THREE.encode())])
def test_a_pipe_is_read_once_and_again_when_it_is_written_to(tmp_path, content):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = fed(path, content)
    assert read_hepmc3(path).n_events == 3
    writer.join()
    assert read_hepmc3(path, 1).n_events == 1
    assert regular_file(path).read_bytes() == content
    writer = fed(path, listing(photon()).encode())
    writer.join(0.1)
    if writer.is_alive():  # nobody has opened it since
        os.utime(path)
    assert read_hepmc3(path).n_events == 1
    writer.join()


def test_tables_come_whole_through_a_pipe(tmp_path):
    """Those of a few materials are longer than a block."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    content = b'{"fData": [' + b"1.5, " * 600_000 + b"1.5]}"
    writer = fed(path, content)
    assert regular_file(path).read_bytes() == content
    writer.join()


def test_an_empty_pipe_and_what_is_no_file(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = fed(path, b"")
    with pytest.raises(BadInput, match="empty file"):
        read_hepmc3(path)
    writer.join()
    with pytest.raises(BadInput, match="is a device or a socket"):
        read_hepmc3("/dev/zero")


def test_an_endless_pipe_of_something_else_is_refused_at_once():
    code = "from simkit.events.hepmc3 import read_hepmc3; read_hepmc3('/dev/stdin')"
    endless = subprocess.Popen(["yes"], stdout=subprocess.PIPE)
    try:
        done = subprocess.run(
            [sys.executable, "-c", code], stdin=endless.stdout, capture_output=True, text=True, timeout=60
        )
    finally:
        endless.kill()
        endless.communicate()
    assert "not a HepMC3 ascii file" in done.stderr
