"""`simkit run` on files of events: what is in them, what is said of them, and pipes."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from simkit.cli import campaign, compare
from simkit.events.not_simulated import NotSimulated
from tests.events.hepmc3_texts import FOOT, HEAD, listing, photon, written
from tests.report.records import make_campaign, make_comparison

SCENARIO = """
[scenario]
name = "file"
base = "testem3"
[events]
source = "hepmc3"
path = "events.hepmc3"
[geometry]
layers = 2
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    """A scenario in a folder that is not the current one, with the file of events beside it."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return written(folder, SCENARIO, "file.toml")


JOINED = listing(photon(energy=0.004)) + listing(photon(energy=0.005), photon(energy=0.006))


@pytest.mark.parametrize(
    ("text", "MeV", "said"),
    [
        (JOINED, 5.0, []),
        (
            listing(photon(status=2001), photon(energy=0.004)),
            2.0,
            ["1 particle of status 2001", "1 of 2 events"],
        ),
        (listing(photon(weights="-1", energy=0.004)), 4.0, ["1 of 1 event have one other than 1"]),
    ],
)
def test_what_is_in_a_file_is_simulated_or_said(simkit, scenario, text, MeV, said) -> None:
    written(scenario.parent, text)
    record = simkit("run", str(scenario), "--json").record
    assert record["energy_balance_MeV"]["in"] == pytest.approx(MeV)
    assert record["not_simulated"]["events"] == record["events"]
    shown = simkit("run", str(scenario))
    assert shown.code == 0
    for words in said:
        assert words in " ".join(shown.out.split())
    assert ("left out" in shown.out) == bool(said)


def test_a_pipe_gives_what_the_file_gives(simkit, scenario, tmp_path) -> None:
    written(scenario.parent, JOINED)
    expected = simkit("run", str(scenario), "--json").record
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(JOINED,))
    writer.start()
    found = simkit("run", str(scenario), "--json", "--set", f"events.path={pipe}").record
    writer.join()
    for record in (expected, found):
        del record["timing"]
    assert found == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (listing(photon(pdg=4294967318)), "line 8: particle 3 has the number 4294967318"),
        (JOINED.replace(FOOT, "", 1), "truncated, ends after line 8"),
        (HEAD + FOOT, "holds no events"),
    ],
)
def test_a_bad_file_is_one_line(simkit, scenario, text, said) -> None:
    written(scenario.parent, text)
    done = simkit("run", str(scenario))
    assert (done.code, done.out, done.err.count("\n")) == (4, "", 1)
    assert str(scenario.parent / "events.hepmc3") in done.err
    assert said in done.err


def test_comparisons_and_campaigns_say_what_their_events_hold_besides(capsys) -> None:
    found = NotSimulated(events=9, other_weight=3, weights=(-1.0, 2.0))
    comparison, whole = make_comparison(), make_campaign()
    for side in (comparison.a, comparison.b, whole.baseline):
        side.not_simulated = found
    for show in (lambda: compare.show(comparison), lambda: campaign.show(whole)):
        show()
        assert capsys.readouterr().out.count("3 of 9 events have one other than 1") == 1


def test_a_comparison_records_what_its_events_hold_besides(simkit, scenario) -> None:
    written(scenario.parent, listing(photon(weights="-1", energy=0.004), photon(energy=0.004)))
    options = ("--scenario", str(scenario), "--budget", "1", "--json")
    record = simkit("compare", "+woodcock", "+gamma-roulette", *options).record
    assert [record[side]["not_simulated"]["other_weight"] for side in "ab"] == [1, 1]
