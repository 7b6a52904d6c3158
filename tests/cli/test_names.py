"""Names that a terminal's markup would take for its own are printed as they stand."""

import json
from importlib.resources import files
from typing import Any

import pytest

from simkit.cli import campaign, compare, main
from simkit.record.campaign import Campaign
from simkit.record.comparison import Comparison
from tests.report.records import REGIONS, make_campaign, make_comparison

NAMES = ["a [/foo] b", "[bold]loud", "[red]x[/red]", "one [1] two", "[/]"]
PRESET = files("simkit.scenario") / "presets" / "testem3.toml"


@pytest.mark.parametrize("name", NAMES[:2])
def test_runs_and_their_history(simkit, small, tmp_path, name: str) -> None:
    text = PRESET.read_text("utf-8").replace('name = "testem3"', f'name = "{name}"')
    path = tmp_path / "x.toml"
    path.write_text(text)
    done = simkit("run", str(path), *small[2:], "--out", "results/a")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"{name}  3 events")
    record = tmp_path / "results" / "a" / "result.json"
    record.write_text(record.read_text().replace('"version": "', f'"version": "{name}'))
    out = simkit("history").out
    assert f"{name} (run)" in out


def _renamed(record: Any, model: Any, old: str, name: str) -> Any:
    """Return a record in which everything called `old` is called `name`."""
    return model.model_validate_json(record.to_json().replace(json.dumps(old), json.dumps(name)))


@pytest.mark.parametrize("name", NAMES)
def test_campaigns(capsys, name: str) -> None:
    made = make_campaign(3, names={"woodcock": name}).model_copy(update={"name": name})
    campaign.show(_renamed(made, Campaign, "atlas_like", name))
    out = capsys.readouterr().out
    assert f"{name}: {name}, cumulative" in out
    assert f"\n {name} " in out


@pytest.mark.parametrize("name", NAMES)
def test_comparisons(capsys, name: str) -> None:
    record = make_comparison()
    for region in REGIONS:
        record = _renamed(record, Comparison, region, f"{name} {region}")
    compare.show(_renamed(record, Comparison, "atlas_like", name))
    assert f"deposit {name} barrel_lar" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", [["fastsim", "table"], ["report"], ["run"], ["fastsim", "evaluate", "x.h5"], ["history"]]
)
def test_a_name_that_is_too_long_is_one_line(capsys, words: list[str]) -> None:
    name = 300 * "x"
    assert main([*words, name]) == 4
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "internal error" not in error
