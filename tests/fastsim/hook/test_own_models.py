"""A model from Python: the page's example as it stands, and rules as an argument of simkit.run."""

import re
from pathlib import Path

import pytest

import simkit
from simkit.api.arguments import with_rules
from simkit.fastsim.models import on_host
from simkit.scenario import load_scenario
from tests.fastsim.hook.trial import Generator

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


def test_two_objects_of_one_class_have_names_of_their_own(monkeypatch):
    monkeypatch.setattr(on_host, "_given", {})
    first, second = Generator(), Generator()
    rules = [{"model": one} for one in (first, second, first)]
    names = [rule["name"] for rule in with_rules({}, rules)["fastsim"]]
    assert names == ["Generator", "Generator 2", "Generator"]
    assert on_host._given == {"Generator": first, "Generator 2": second}


def test_parts_of_a_run_with_an_object_are_not_taken_up(monkeypatch, tmp_path):
    """Another object of that name would give other showers."""
    kept = []

    def run_scenario(scenario, keep_in, **words):
        kept.append(keep_in)
        raise KeyboardInterrupt

    monkeypatch.setattr("simkit.engines.simulation.run_scenario", run_scenario)
    for rule in ({"model": Generator(), "particles": ["e-"]}, {"model": "absorb"}):
        with pytest.raises(KeyboardInterrupt):
            simkit.run("testem3", fastsim=rule, out=tmp_path / "run")
    assert kept == [None, tmp_path / "run"]


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
