import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from simkit import plugins
from simkit.api.fastsim import recipe
from simkit.api.fastsim.recipe import follow, read_recipe, recipe_names
from simkit.cli import main
from simkit.errors import BadInput
from simkit.fastsim.models.model_file import read_model
from simkit.fastsim.models.trainers import OWN, load_generator
from simkit.fastsim.showers.files import read_showers, write_showers

RECIPE = """
[recipe]
base = "flow"
[data]
file = "toy.h5"
[train.settings]
steps = 5
blocks = 1
width = 4
[evaluate]
quick = true
only = ["distances"]
[time]
batches = [1]
budget = "0.2s"
"""
OWN_STEPS = """
from typing import Literal
from simkit.api.fastsim.steps import Step
from simkit.fastsim.showers.files import read_showers, write_showers

class Halve(Step):
    do: Literal["halve"]
    factor: float = 0.5

    def run(self, work):
        showers = read_showers(work.file("train", self.do))
        work.files["train"] = work.folder / "halved.h5"
        write_showers(work.files["train"], showers._replace(energies_MeV=showers.energies_MeV * self.factor))

STEPS = [Halve]
"""


@pytest.fixture
def place(toy, tmp_path):
    write_showers(tmp_path / "toy.h5", toy(400))
    (tmp_path / "mine.toml").write_text(RECIPE)
    return tmp_path


def test_every_model_has_a_recipe():
    assert set(recipe_names()) == set(OWN)
    for name in OWN:
        tables, _ = read_recipe(name)
        assert tables["train"]["model"] == name
        assert next(iter(tables)) == "data"
        makes_none = name == "range-cut-reweight"
        assert list(tables)[-2:] == (["data", "train"] if makes_none else ["evaluate", "time"])


def test_a_recipe_is_followed_to_the_judged_model(place, capsys, monkeypatch):
    """Data, preprocessing, training, export and evaluation; what is done is not done again."""
    words = ["fastsim", "train", str(place / "mine.toml"), "-o", str(place / "out"), "--seed", "4", "--json"]
    assert main([*words, "--set", "preprocess.test=0.5"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert list(said["files"]) == [
        "showers",
        "train",
        "test",
        "model",
        "exported",
        "generated",
        "evaluation",
        "generation",
    ]
    assert said["card"]["settings"]["steps"] == 5
    assert said["card"]["seed"] == 4
    test, generated = (read_showers(place / "out" / f"{name}.h5") for name in ("test", "generated"))
    np.testing.assert_array_equal(test.incident_MeV, generated.incident_MeV)
    assert len(test.incident_MeV) == 200
    record = json.loads((place / "out" / "evaluation" / "evaluation.json").read_text())
    assert record["schema"].startswith("simkit.evaluation/")
    card = read_model(said["files"]["model"]).card
    timed = json.loads((place / "out" / "generation.json").read_text())
    assert (
        timed["sha256"]
        == hashlib.sha256((place / "out" / "model" / "flow.safetensors").read_bytes()).hexdigest()
    )
    assert card.timings["ms a shower, batch 1, 1 thread"] > 0.0
    # one model, though its card has got figures since its showers were made
    exported = load_generator(said["files"]["exported"])[1].card
    named = (generated.model_id, timed["model_id"], exported.model_id, record["generated"]["model_id"])
    assert set(named) == {card.model_id}
    assert record["truth"]["model_id"] == ""
    assert card.model_copy(update={"seed": 5}).model_id != card.model_id
    figures = {metric["name"]: metric["generated"]["value"] for metric in record["metrics"]}
    assert figures
    assert {name: card.quality[name] for name in figures} == figures
    monkeypatch.setattr("simkit.api.fastsim.steps.train", None)
    assert main([*words, "--set", "preprocess.test=0.5"]) == 0
    assert main(words) == 4
    assert "another recipe was followed there" in capsys.readouterr().err


@pytest.fixture
def halfway(place):
    """Return a recipe of which the second half does not fit: too few showers are judged."""
    (place / "library.toml").write_text(
        '[data]\nfile = "toy.h5"\n[preprocess]\ntest = 0.01\n[train]\nmodel = "frozen-library"\n[evaluate]\n'
    )
    with pytest.raises(BadInput):
        follow(place / "library.toml", place / "out")
    return place / "library.toml"


def test_what_failed_goes_on(place, halfway):
    """The training is done, and kept."""
    state = json.loads((place / "out" / "recipe.json").read_text())
    assert state["done"] == ["data", "preprocess", "train"]
    assert (place / "out" / "model" / "frozen-library.safetensors").exists()


def test_other_data_of_the_same_name_are_noticed(toy, place, halfway):
    write_showers(place / "toy.h5", toy(400, seed=9))
    with pytest.raises(BadInput, match="another recipe was followed there, with other data"):
        follow(halfway, place / "out")


@pytest.mark.parametrize("text", ["{}", "[]", '{"done": [], "files": {"model": 3}}'])
def test_a_damaged_state_is_told(place, halfway, text):
    (place / "out" / "recipe.json").write_text(text)
    with pytest.raises(BadInput, match=r"recipe\.json: does not say what is done; remove it"):
        follow(halfway, place / "out")


def test_the_recipe_of_the_documentation_can_be_followed(place, monkeypatch):
    text = (Path(__file__).parents[2] / "docs" / "fastsim.md").read_text()
    (place / "showers.h5").write_bytes((place / "toy.h5").read_bytes())
    (place / "doc.toml").write_text(text.split("```toml\n[recipe]")[1].split("```")[0].join(["[recipe]", ""]))
    begun = []

    def begin(folder, plan):
        begun.append(plan["steps"])
        return {"done": list(plan["steps"]), "files": {}}

    monkeypatch.setattr(recipe, "_begun", begin)
    follow(place / "doc.toml", place / "out")
    assert begun[0]["train"]["budget"] == "10m"


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("data.file=none.h5", "data.file: none.h5 cannot be read"),
        ("train.budget=long", "step train: budget: found 'long'"),
        ("train.settings={widht=3}", "unknown key 'widht'"),
        ("export.to=pickle", "step export: to: unknown form 'pickle'"),
        ('evaluate.only=["lo"]', "step evaluate: only: unknown part 'lo'; did you mean 'low'?"),
        ("evaluate.showers=99", "step evaluate: showers: found 99; must be between 100"),
        ("evaluate.seeds=0", "step evaluate: seeds: found 0; must be between 1 and 100"),
        ("time.budget=0s", "step time: budget: found '0s'"),
        ("time.batches=[0]", "time.batches"),
        ("time.batches=[]", "time.batches"),
        ("time.batches=[100000000]", "time.batches"),
        ("train.model=splice", "splice"),
    ],
)
def test_all_is_checked_before_the_first_step(place, key, said):
    with pytest.raises(BadInput) as told:
        follow(place / "mine.toml", place / "out", set=[key])
    assert said in str(told.value)
    assert not (place / "out" / "recipe.json").exists()


def test_a_recipe_without_steps_is_told(place):
    (place / "empty.toml").write_text("[recipe]\n")
    with pytest.raises(BadInput, match="recipe empty: has no steps"):
        follow(place / "empty.toml", place / "out")
    assert not (place / "out").exists()


@pytest.mark.parametrize("package", ["zuko", "onnxruntime", "sklearn"])
def test_missing_packages_are_told_before_the_first_step(place, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(BadInput, match=package + r" is not installed; pip install 'simkit\[ml\]'"):
        follow(place / "mine.toml", place / "out")
    assert not (place / "out" / "recipe.json").exists()


def test_a_library_is_not_exported(place):
    text = '[data]\nfile = "toy.h5"\n[train]\nmodel = "frozen-library"\n[export]\n'
    (place / "library.toml").write_text(text)
    with pytest.raises(BadInput, match="step export: frozen-library cannot be exported"):
        follow(place / "library.toml", place / "out")
    assert not (place / "out" / "recipe.json").exists()


def test_another_step_stands_in_the_place_of_one(place, monkeypatch):
    (place / "own.py").write_text(OWN_STEPS)
    monkeypatch.setenv(plugins.VARIABLE, str(place / "own.py"))
    (place / "halved.toml").write_text(
        '[data]\nfile = "toy.h5"\n[preprocess]\n[cut]\ndo = "halve"\nfactor = 0.25\n'
        '[train]\nmodel = "frozen-library"\n'
    )
    files = follow(place / "halved.toml", place / "out")
    made = read_model(files["model"])
    whole = read_showers(place / "toy.h5")
    most = np.sort(whole.energies_MeV[:300].max(axis=1))
    np.testing.assert_allclose(np.sort(made.tensors["most_MeV"]), 0.25 * most, rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[data]\nfile = "toy.h5"\n[train]\nmodel = "splice"\n[evaluate]\n', "needs 'test', which no step"),
        ('[dta]\nfile = "toy.h5"\n', "unknown step 'dta'; did you mean 'data'?"),
        ("[data]\nfil = 3\n", "[data]: unknown key 'fil'"),
        ('[train]\nmodel = "splce"\n', "unknown trainer 'splce'; did you mean 'splice'?"),
        ('[train]\nmodel = "splice"\nsettings = {runs = 3}\n', "unknown key 'runs'"),
        ("data = 3\n", "data is a value"),
        ('[data]\ndo = ["data"]\n', "unknown step ['data']"),
        ('[recipe]\nbase = "spline"\n', "unknown recipe 'spline'; did you mean 'splice'?"),
        ("[recipe]\nbased = 3\n", "may hold base"),
        ("[data", "not valid TOML"),
    ],
)
def test_bad_recipes_are_one_line(place, capsys, text, said):
    (place / "bad.toml").write_text(text)
    assert main(["fastsim", "train", str(place / "bad.toml"), "-o", str(place / "out")]) == 4
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_bad_keys_are_one_line(place, capsys):
    for words, said in (
        (["nothing"], "unknown recipe 'nothing'"),
        ([str(place / "none.toml")], "none.toml"),
        (
            [str(place / "mine.toml"), "--set", "trian.budget=5m"],
            "unknown step 'trian'",
        ),
    ):
        assert main(["fastsim", "train", *words, "-o", str(place / "out")]) == 4
        assert said in capsys.readouterr().err
