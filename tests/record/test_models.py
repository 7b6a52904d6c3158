"""The toys of hadronic collisions and of neutrons are named where they were used, and nowhere else."""

from __future__ import annotations

import pytest

from simkit.record import models
from simkit.record.models import TOYS, UsedModel, model_words, models_used

HADRONS, NEUTRONS = TOYS


def names(met, highest_MeV=0.0):
    return [model.name for model in models_used("native", met, highest_MeV)]


@pytest.mark.parametrize("met", [["pi+"], ["e-", "p"], ["gamma", "K(L)0"], ["n~"]])
def test_hadrons_are_named_as_a_toy(met):
    (model,) = models_used("native", met)
    assert (model.name, model.docs) == (HADRONS, "docs/hadrons.md")


def test_neutrons_are_named_as_a_toy():
    (model,) = models_used("native", ["gamma", "n"], 20.0)
    assert (model.name, model.docs) == (NEUTRONS, "docs/physics.md")
    assert "neutrons below 20 MeV" in model.words()


def test_fast_neutrons_alone_and_those_of_hadrons_are_of_both():
    assert names(["n"], 20.5) == [HADRONS, NEUTRONS]
    assert names(["pi-", "n"]) == [HADRONS, NEUTRONS]


@pytest.mark.parametrize("met", [["gamma", "e-", "e+"], ["mu-", "mu+"], ["pi0"], ["brought"]])
def test_others_are_not(met):
    assert names(met, 1e6) == []


def test_other_engines_have_models_of_their_own():
    assert models_used("geant4", ["pi+", "n"]) == []


@pytest.mark.parametrize(("toy", "file"), [(toy, file) for toy, of in TOYS.items() for file in of.data])
def test_the_version_is_that_of_all_data_files(monkeypatch, toy, file):
    def version():
        return {model.name: model.version for model in models_used("native", ["pi+", "n"])}

    before, read = version(), models._text
    monkeypatch.setattr(models, "_text", lambda name: f"# a remark\n{read(name)}")
    assert version() == before
    monkeypatch.setattr(models, "_text", lambda name: read(name) + "1\n" * (name == file))
    assert [name for name, now in version().items() if now != before[name]] == [toy]


def test_the_files_are_those_that_the_physics_reads():
    """Every data file of hadrons and neutrons is of a toy."""
    folder = models.files("simkit.physics") / "data"
    found = {path.name.removesuffix(".csv") for path in folder.iterdir() if path.name.endswith(".csv")}
    named = {name for of in TOYS.values() for name in of.data}
    assert named == {name for name in found if name.startswith(("hadron", "neutron"))}


def test_sides_with_the_same_model_name_it_once():
    toy = UsedModel(name="toy", version="1", docs="docs/hadrons.md")
    assert len(model_words([toy], [], [toy])) == 1
    assert len(model_words([toy], [toy.model_copy(update={"version": "2"})])) == 2
