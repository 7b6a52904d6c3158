"""Verdicts: tolerances, statistics at their false-alarm rates, and disputes between references."""

import numpy as np
import pytest

from simkit.validation.judgement import FALSE_ALARM, judge, judge_histogram, judge_mean, mark_disputes
from simkit.validation.reference import (
    Dispute,
    Reference,
    evaluate,
    load_figures,
    load_sources,
    read_rows,
)


def figure(value=10.0, source="Geant4", energy=1.0, **parameters):
    return Reference("cross section", "gamma", "G4_Pb", energy, parameters, value, "1/mm", source)


@pytest.mark.parametrize(
    ("ours", "verdict"), [(10.09, "pass"), (10.11, "fail"), (9.91, "pass"), (9.89, "fail")]
)
def test_relative_tolerance(ours, verdict):
    row = judge([figure()], [ours], 0.01)[0]
    assert row.verdict == verdict
    assert row.deviation == pytest.approx(10.0 * (ours - 10.0))
    assert (row.tolerance, row.measure, row.standard_error) == (1.0, "%", None)


def test_standard_errors_become_per_cent():
    assert judge([figure(20.0)], [20.1], 0.01, [0.4])[0].standard_error == pytest.approx(2.0)


def test_mean_is_judged_by_its_own_error():
    sample = np.random.default_rng(1).normal(10.0, 1.0, 10_000)
    assert judge_mean(figure(10.0), sample).verdict == "pass"
    assert judge_mean(figure(10.05), sample).verdict == "fail"  # five standard errors


def test_histograms_of_one_law_pass_and_alarms_are_rare():
    """400 pairs: at a false-alarm rate of 1e-4 two failures have a chance of 8e-4."""
    random = np.random.default_rng(2)
    chances = np.array([0.1, 0.2, 0.3, 0.25, 0.15])
    rows = [
        judge_histogram(
            figure(), random.multinomial(100_000, chances), random.multinomial(10_000, chances), 0
        )
        for _ in range(400)
    ]
    assert sum(row.verdict == "fail" for row in rows) < 2
    assert np.mean([row.ours for row in rows]) == pytest.approx(rows[0].reference, abs=4 * (8 / 400) ** 0.5)
    assert rows[0].tolerance == pytest.approx(3.719, abs=1e-3)  # the normal deviate of 1e-4
    assert FALSE_ALARM == 1e-4


def test_histograms_of_other_laws_fail():
    gold = np.array([1000.0, 2000.0, 3000.0, 4000.0])
    assert judge_histogram(figure(), 10 * gold, gold, outside=0).verdict == "pass"
    assert judge_histogram(figure(), 10 * gold, gold, outside=1).verdict == "fail"
    assert judge_histogram(figure(), 10 * gold + [2000, 0, 0, -2000], gold, outside=0).verdict == "fail"


def test_dispute_is_known_beforehand_and_needs_the_other_reference_met():
    known = Dispute("", "Geant4", "G4_Pb", "energy_MeV", (1.0,), "NIST", "its fit is off")

    def verdicts(*rows, known=known):
        judged = [judge([of], [10.0], 0.01)[0] for of in rows]
        mark_disputes(judged, [known])
        assert [bool(row.reason) for row in judged] == [row.verdict == "disputed" for row in judged]
        return [row.verdict for row in judged]

    assert verdicts(figure(9.0), figure(10.0, "NIST")) == ["disputed", "pass"]
    assert verdicts(figure(9.0), figure(10.0, "xraylib")) == ["fail", "pass"]  # not the one to be met
    assert verdicts(figure(9.0), figure(10.0, "NIST", energy=2.0)) == ["fail", "pass"]
    assert verdicts(figure(9.0, cut_MeV=1.0), figure(10.0, "NIST")) == ["fail", "pass"]
    assert verdicts(figure(9.0), figure(9.02, "NIST")) == ["fail", "fail"]
    # Ours that moves to the reference known to be off fails against the other.
    assert verdicts(figure(10.0), figure(9.0, "NIST")) == ["pass", "fail"]
    elsewhere = known._replace(parameter="cut_MeV", values=(0.5,))
    assert verdicts(figure(9.0), figure(10.0, "NIST"), known=elsewhere) == ["fail", "pass"]
    at_the_cut = (figure(9.0, cut_MeV=0.5), figure(10.0, "NIST", cut_MeV=0.5))
    assert verdicts(*at_the_cut, known=elsewhere) == ["disputed", "pass"]


def test_figures_that_differ_in_energy_alone_are_computed_together():
    calls = []

    def function(of, energies):
        calls.append(of.parameters)
        return energies * of.parameters.get("cut_MeV", 1.0)

    figures = [figure(energy=e, cut_MeV=c) for c in (2.0, 3.0) for e in (1.0, 5.0)]
    assert evaluate(figures, function).tolist() == [2.0, 10.0, 3.0, 15.0]
    assert len(calls) == 2


def test_every_figure_has_a_source_that_is_cited():
    names = ("thresholds", "photoelectric", "ionisation", "bremsstrahlung_spectrum", "fluctuation", "range")
    for name in names:
        assert {of.source for of in load_figures(name)} <= set(load_sources())
    for name in ("gold_histograms", "showers"):
        assert {row["source"] for row in read_rows(name)} <= set(load_sources())
