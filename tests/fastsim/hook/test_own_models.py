"""A model from Python: the page's example as it stands, and rules as an argument of simkit.run."""

import re
from pathlib import Path

import pytest

import simkit
from simkit.fastsim.models import on_host
from simkit.scenario import load_scenario

PAGE = Path(__file__).parents[3] / "docs" / "fastsim.md"


def test_the_example_with_torch(monkeypatch):
    pytest.importorskip("torch")
    code = re.search(r"```python\n(import numpy.*?)```", PAGE.read_text("utf-8"), re.S)[1]
    assert len(code.strip().splitlines()) - code.count("import ") <= 20
    monkeypatch.setattr(on_host, "_given", {})
    found = {}
    exec(code.replace("events=20", "events=2"), found)
    use = found["result"].record.fastsim
    assert use.models == ["generator"]
    assert use.showers == 2
    command = found["result"].record.timing.command
    text = re.search(r"'(fastsim=.*?)'", command)[1]
    rules = load_scenario("testem3", overrides=[text]).fastsim
    assert [(rule.name, rule.particles, rule.layer_mm) for rule in rules] == [("MyShowers", ("e-",), 16.0)]


def test_what_is_no_generator_is_refused():
    with pytest.raises(simkit.BadInput, match="no generator"):
        simkit.run("testem3", fastsim={"model": object(), "particles": ["e-"]})


def test_the_example_of_rules_is_a_scenario(tmp_path):
    text = re.search(r"```toml\n(\[\[fastsim\]\].*?)```", PAGE.read_text("utf-8"), re.S)[1]
    (tmp_path / "autoregressive.safetensors").write_bytes(b"")
    path = tmp_path / "mine.toml"
    path.write_text('[scenario]\nbase = "testem3"\n' + text)
    scenario = load_scenario(path)
    assert [rule.model for rule in scenario.fastsim] == ["gflash", "generator"]
    assert scenario.canonical()["fastsim"][1]["file"].startswith("sha256:")
