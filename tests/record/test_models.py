"""The toy of hadronic collisions is named where hadrons were met, and nowhere else."""

from __future__ import annotations

import pytest

from simkit.physics.hadronic.model import hadron_model
from simkit.record.models import UsedModel, model_words, models_used


@pytest.mark.parametrize("met", [["pi+"], ["e-", "p"], ["gamma", "K(L)0"], ["n", "n~"]])
def test_hadrons_are_named_as_a_toy(met):
    (model,) = models_used("native", met)
    assert (model.name, model.docs) == ("toy hadron model", "docs/hadrons.md")


@pytest.mark.parametrize("met", [["gamma", "e-", "e+"], ["mu-", "mu+"], ["n"], ["pi0"], ["brought"]])
def test_muons_and_slow_neutrons_are_not(met):
    assert models_used("native", met) == []


def test_other_engines_have_models_of_their_own():
    assert models_used("geant4", ["pi+"]) == []


def test_the_version_is_that_of_the_constants(monkeypatch):
    (before,) = models_used("native", ["p"])
    assert models_used("native", ["p"]) == [before]
    other = hadron_model()._replace(neutral=0.5)
    monkeypatch.setattr("simkit.physics.hadronic.model.hadron_model", lambda: other)
    assert models_used("native", ["p"])[0].version != before.version


def test_sides_with_the_same_model_name_it_once():
    toy = UsedModel(name="toy", version="1", docs="docs/hadrons.md")
    assert len(model_words([toy], [], [toy])) == 1
    assert len(model_words([toy], [toy.model_copy(update={"version": "2"})])) == 2
