"""`simkit compare`, `campaign`, `score` and `report` from the command line to the page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

LADDER = """
[ladder]
name = "small"
scenario = "testem3"
mode = "one-at-a-time"
[ladder.set]
"events.energy_MeV" = 200.0
"geometry.layers" = 5
[[rung]]
name = "woodcock"
with = ["woodcock"]
"""

COMPARE = ["compare", "testem3", "testem3+woodcock", "--rounds", "6", "--budget", "3s"]
SMALL = ["--set", "events.energy_MeV=200", "--set", "geometry.layers=5"]


def test_compare(simkit, tmp_path: Path) -> None:
    done = simkit(*COMPARE, *SMALL, "--json", "--out", "kept")
    record = done.record
    assert done.code == record["exit_code"] in (0, 2, 3)
    assert done.err == ""
    for key in ("speedup", "steps_ratio", "secondaries_ratio", "physics", "verdict", "a", "b"):
        assert key in record
    speedup = record["speedup"]
    assert speedup["lo"] <= speedup["value"] <= speedup["hi"]
    assert record["steps_ratio"]["gamma"] > 2.0
    assert record["b"]["speedups"] == ["woodcock"]
    assert json.loads((tmp_path / "kept" / "comparison.json").read_text()) == record
    page = simkit("report", "kept")
    assert page.code == 0
    assert (tmp_path / page.out.strip()).is_file()


def test_compare_for_people(simkit) -> None:
    out = simkit(*COMPARE, *SMALL).out
    for word in (
        "speedup",
        "steps A / B",
        "virtual collisions",
        "0 majorant violations",
        "physics:",
        "margin",
    ):
        assert word in out


def test_a_wish_that_cannot_be_met(simkit) -> None:
    """No configuration is a thousand times faster than itself."""
    done = simkit(
        "compare", "testem3", "testem3", "--rounds", "6", "--budget", "3s", "--min-speedup", "1000", *SMALL
    )
    assert done.code == 1


@pytest.mark.slow
def test_campaign_ends_with_a_report(simkit, tmp_path: Path) -> None:
    (tmp_path / "ladder.toml").write_text(LADDER)
    done = simkit("campaign", "ladder.toml", "--budget", "6s")
    assert done.code in (0, 2)
    assert done.err == ""
    assert "woodcock: published 10-14 %" in done.out
    page = done.out.rstrip().rpartition("report: ")[2]
    assert page.startswith("simkit-results/campaign-small-")
    assert (tmp_path / page).is_file()
    # The last campaign is what a report is of when nothing is named.
    assert simkit("report").out.strip() == page
    measured = simkit("speedups", "woodcock", "--results", "simkit-results").out
    assert "on testem3" in measured
    metric = simkit("history", "steps_per_event.gamma", "--results", "simkit-results", "--json").record
    assert len(metric["records"]) == 2


@pytest.mark.slow
def test_score(simkit) -> None:
    record = simkit("score", "testem3", "--json", "--out", "kept").record
    assert record["kind"] == "HS23-style"
    assert record["score"] > 0.0
    (timed,) = record["throughputs"]
    seconds = timed["throughput"]["normalised_s_per_event"]
    assert 0.0 < seconds["lo"] < seconds["value"] < seconds["hi"]
    assert timed["throughput"]["unit"] == "HS23-style s"
    # The report of HEPscore's shape is read as any other, and adds up to the same score.
    again = simkit("score", "--hepscore", "kept/hepscore.json", "--json", "--out", "again").record
    assert [path.name for path in Path("again").iterdir()] == ["score.json"]
    for key in ("kind", "score", "logical_threads", "configuration_hash"):
        assert again[key] == record[key]
