"""Throughput against versions comes from the records around the page's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from simkit.record.campaign import Campaign
from simkit.report.page import write_report

from .records import make_campaign
from .test_page import Elements


def keep(folder: Path, commit: str, day: int, factor: float = 1.0, cpu: str = "") -> Path:
    """Write a campaign measured with a commit, all times scaled by `factor`, and return its folder."""
    record = make_campaign(2).model_dump(by_alias=True)
    record["provenance"]["versions"]["commit"] = commit
    record["provenance"]["created"] = f"2025-06-{day:02d}T08:09:10+00:00"
    if cpu:
        record["provenance"]["machine"]["cpu"] = cpu
    parts = [(record["baseline"], record["baseline_throughput"])]
    parts += [(rung["side"], rung["throughput"]) for rung in record["rungs"]]
    for times in [part["cpu_s_per_event"] for pair in parts for part in pair]:
        for end in ("value", "lo", "hi"):
            times[end] *= factor
    folder.mkdir(parents=True)
    (folder / "campaign.json").write_text(Campaign.model_validate(record).to_json())
    return folder


def test_versions_are_drawn_oldest_first(tmp_path):
    results = tmp_path / "results"
    keep(results / "old", "a" * 40, 1, 2.0)
    keep(results / "other-machine", "b" * 40, 2, cpu="Another Processor")
    mine = keep(results / "deep" / "mine", "c" * 40 + "+", 3)
    page = Elements(write_report(mine))
    rows = page.table("versions")
    assert [row["version"] for row in rows if row["configuration"] == "baseline"] == ["aaaaaaaa", "cccccccc+"]
    old, new = [float(row["events_per_cpu_s"]) for row in rows if row["configuration"] == "woodcock"]
    assert new == pytest.approx(2.0 * old)
    axis = page.figures["versions"]["layout"]["xaxis"]
    assert axis["ticktext"] == ["aaaaaaaa<br>2025-06-01", "cccccccc+<br>2025-06-03"]


def test_of_a_version_the_youngest_record_counts(tmp_path):
    results = tmp_path / "results"
    keep(results / "first", "a" * 40, 1, 3.0)
    keep(results / "again", "a" * 40, 2, 2.0)
    rows = Elements(write_report(keep(results / "mine", "b" * 40, 3))).table("versions")
    base = [float(row["cpu_s_per_event"]) for row in rows if row["configuration"] == "baseline"]
    assert base == pytest.approx([6.2, 3.1])


def test_one_version_or_no_folder_of_results_draws_nothing(tmp_path):
    keep(tmp_path / "results" / "first", "a" * 40, 1)
    mine = keep(tmp_path / "results" / "mine", "a" * 40, 2)
    assert "versions" not in Elements(write_report(mine)).figures
    keep(tmp_path / "elsewhere" / "other", "b" * 40, 3)
    alone = keep(tmp_path / "elsewhere" / "alone", "c" * 40, 4)
    assert "versions" not in Elements(write_report(alone)).figures
    told = Elements(write_report(alone, kept=tmp_path / "results"))
    assert {row["version"] for row in told.table("versions")} == {"aaaaaaaa", "cccccccc"}
