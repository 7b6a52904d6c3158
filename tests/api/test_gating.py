"""Results held against stored ones: what is refused before anything is measured, and what is kept."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import simkit
from simkit.api.gating import hold, stored_record
from simkit.api.shown import Kept
from simkit.errors import BadInput
from tests.report.records import make_campaign, make_comparison
from tests.report.runs import make_result


def kept(record: Any, folder: Path, file: str) -> Kept:
    """Return the result that is loaded from where the record was written."""
    folder.mkdir()
    (folder / file).write_text(record.to_json())
    return simkit.load(folder)


@pytest.mark.parametrize("most", [-0.1, 1.0, float("nan")])
def test_an_impossible_limit_is_refused(most: float) -> None:
    with pytest.raises(BadInput, match="--max-slowdown"):
        stored_record(None, most, "result.json")


def test_another_kind_is_refused_before_it_is_measured(tmp_path: Path) -> None:
    kept(make_comparison(), tmp_path / "stored", "comparison.json")
    with pytest.raises(BadInput, match=re.escape("holds a comparison.json, must hold a result.json")):
        simkit.run("testem3", events=10**6, baseline=tmp_path / "stored")
    with pytest.raises(BadInput, match=r"must hold a campaign\.json"):
        simkit.campaign(baseline=tmp_path / "stored", out=tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("make", "file"),
    [
        (make_result, "result.json"),
        (make_comparison, "comparison.json"),
        (lambda: make_campaign(2), "campaign.json"),
    ],
)
def test_the_kept_record_says_how_it_does(tmp_path: Path, make: Any, file: str) -> None:
    result = kept(make(), tmp_path / "new", file)
    hold(result, make(), 0.1, tmp_path / "stored")
    assert result.record.gate.verdict == "pass"
    assert simkit.load(tmp_path / "new").record.gate == result.record.gate


def test_a_record_of_something_else_leaves_the_new_one(nowhere: Path) -> None:
    small = {"events.energy_MeV": 20, "geometry.layers": 2}
    simkit.run("testem3", events=2, set=small, out="stored")
    with pytest.raises(
        BadInput, match=r"the scenario differs from the stored one .* this one is kept in new"
    ):
        simkit.run("testem3", events=2, set=small | {"geometry.layers": 3}, baseline="stored", out="new")
    assert simkit.load("new").record.gate is None
