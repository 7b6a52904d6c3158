"""Campaigns, scores and interruptions from Python, on an engine that only pretends."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

import simkit
from simkit.record.campaign import Campaign
from simkit.record.score import Workload
from tests.bench.fake_engine import install
from tests.report.records import make_campaign

LADDER = """
[ladder]
name = "small"
scenario = "testem3"
[[rung]]
name = "woodcock"
with = ["woodcock"]
[[rung]]
name = "gamma-general"
with = ["gamma-general"]
"""


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The fake engine in place of the native one."""
    return install(monkeypatch).engine


def test_a_campaign(fake: Any, instant_score: None, tmp_path: Path) -> None:
    ladder = tmp_path / "ladder.toml"
    ladder.write_text(LADDER)
    told: list[float] = []
    c = simkit.campaign(
        ladder, budget=3, threads=1, out=tmp_path / "kept", progress=lambda x, _: told.append(x)
    )
    rungs = c.rungs
    assert list(rungs.index) == ["woodcock", "gamma-general"]
    assert rungs.loc["woodcock", "lo"] < 1.25 < rungs.loc["woodcock", "hi"]
    assert rungs.loc["gamma-general", "since_baseline.speedup"] == pytest.approx(1.25 / 1.02, rel=0.05)
    assert set(rungs["verdict"]) <= {"faster", "slower", "no difference seen", "inconclusive"}
    assert c.page == tmp_path / "kept" / "report.html"
    assert c.report(tmp_path / "again.html").is_file()
    assert "speedups" in c.figures()
    assert "small: testem3, cumulative, 2 rungs" in repr(c)
    assert "woodcock" in c._repr_html_()
    assert told
    again = simkit.load(tmp_path / "kept")
    assert again.record == c.record
    assert again.rungs.equals(rungs)
    alone = simkit.load(again.save(tmp_path / "alone.json"))
    assert alone.figures() == c.figures()


def test_a_campaign_that_was_kept(tmp_path: Path) -> None:
    (tmp_path / "campaign.json").write_text(make_campaign(3).to_json())
    c = simkit.load(tmp_path)
    assert isinstance(c.record, Campaign)
    assert len(c.rungs) == 3
    assert c.rungs["published"].notna().all()


def test_a_score(tmp_path: Path) -> None:
    record = make_campaign(1).score
    record.workloads = [
        Workload(
            name="showers",
            unit="events/s",
            weight=2.0,
            values=[1.0, 3.0],
            median=2.0,
            reference=4.0,
            ratio=0.5,
        )
    ]
    (tmp_path / "score.json").write_text(record.to_json())
    s = simkit.load(tmp_path)
    assert s.score == s.record.score
    assert list(s.workloads.columns) == ["unit", "weight", "median", "reference", "ratio"]
    assert s.workloads.loc["showers", "ratio"] == 0.5
    assert s.figures() == []
    for show in (lambda: s.report(tmp_path / "page.html"), s.markdown, s.junit):
        with pytest.raises(simkit.BadInput, match="has no page"):
            show()


def test_an_interruption_is_not_bad_input(fake: Any) -> None:
    """A loop that goes on after BadInput must end with Ctrl-C."""

    def interrupt(runs: int) -> None:
        if runs == 20:
            os.kill(os.getpid(), signal.SIGINT)

    fake.on_run = interrupt
    with pytest.raises(KeyboardInterrupt, match="interrupted; a comparison is not kept"):
        simkit.compare("testem3", "testem3+woodcock", budget=30, threads=1)
