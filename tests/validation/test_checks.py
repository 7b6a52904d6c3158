"""`run_validation`: which checks run, what passes, what is told."""

import math

import numpy as np
import pytest

from simkit.errors import BadInput
from simkit.physics import annihilation, compton, photoelectric
from simkit.record.validation import Validation
from simkit.validation.checks import CHECKS, LONG_CHECKS, NAMES, run_validation
from simkit.validation.judgement import judge
from simkit.validation.reference import load_disputes, load_figures, load_sources


@pytest.fixture(scope="module")
def quick():
    return run_validation(quick=True)


def test_all_table_and_sampling_checks_pass(quick):
    failed = [
        (row.check, row.quantity, row.material, row.energy_MeV) for row in quick.rows if row.verdict == "fail"
    ]
    assert not failed
    assert (quick.verdict, quick.exit_code) == ("pass", 0)
    assert [check.name for check in quick.checks] == list(CHECKS)


def test_every_process_is_checked_in_light_and_heavy_elements_over_its_energies(quick):
    """Decades of energy between the first and the last figure, by process."""
    decades = {"phot": 5, "compt": 9, "conv": 5, "eIoni": 9, "eBrem": 7, "annihil": 9, "msc": 5}
    for process, wanted in decades.items():
        rows = [row for row in quick.rows if row.process == process and row.energy_MeV]
        energies = [row.energy_MeV for row in rows]
        assert math.log10(max(energies) / min(energies)) > wanted - 0.1
        if process != "annihil":  # per electron: no element matters
            assert {"G4_lAr", "G4_PbWO4"} <= {row.material for row in rows}


def test_disputed_rows_are_those_known_and_say_why(quick):
    disputed = [row for row in quick.rows if row.verdict == "disputed"]
    assert len(disputed) == sum(len(dispute.values) for dispute in load_disputes()) == 9
    assert all(row.note and row.reason for row in disputed)
    assert {dispute.instead for dispute in load_disputes()} <= set(load_sources())


def test_a_disputed_row_is_judged_by_the_undisputed_reference(quick):
    """At the place of each stands a passing row of another source, and its tolerance is no wider."""
    for row in quick.rows:
        if row.verdict == "disputed":
            place = (row.check, row.quantity, row.material, row.energy_MeV, row.parameters)
            judges = [
                other
                for other in quick.rows
                if (other.check, other.quantity, other.material, other.energy_MeV, other.parameters) == place
                and other.verdict == "pass"
                and row.note.startswith(f"{other.source}: ")
            ]
            assert len(judges) == 1
            assert judges[0].source != row.source
            assert abs(judges[0].deviation) <= judges[0].tolerance == row.tolerance


def test_a_regression_at_a_disputed_place_fails(monkeypatch):
    """To the reference known to be off, where the other fails; and away from both."""
    right = photoelectric.cross_section
    for factor, failing in ((1.055, "NIST"), (0.9, "NIST"), (1.15, "G4HepEm")):
        monkeypatch.setattr(photoelectric, "cross_section", lambda *given, f=factor: f * right(*given))
        rows = [row for row in run_validation(["phot"]).rows if row.material == "G4_PbWO4"]
        at = {row.source: row.verdict for row in rows if row.energy_MeV == 0.005}
        assert at[failing] == "fail"
        assert "disputed" not in at.values()


def test_photoelectric_effect_agrees_with_nist_where_it_differs_from_sandia(quick):
    """Within 0.1 % of NISTIR 5632, where G4HepEm's Sandia coefficients are 5 % off."""
    energies = {row.energy_MeV for row in quick.rows if row.verdict == "disputed" and row.process == "phot"}
    assert energies
    for row in quick.rows:
        if row.process == "phot" and row.source == "NIST" and row.energy_MeV in energies:
            assert abs(row.deviation) < 0.1


def test_rows_and_sources_belong_together(quick):
    assert {row.source for row in quick.rows} == set(quick.sources)
    for check in quick.checks:
        rows = [row for row in quick.rows if row.check == check.name]
        assert check.rows == len(rows) == check.passed + check.failed + check.disputed
    assert all(np.isfinite(row.ours) and row.tolerance > 0.0 for row in quick.rows)


def test_record_survives_json(quick):
    assert Validation.model_validate_json(quick.to_json()) == quick
    assert quick.to_json().lstrip("{ \n").startswith('"schema": "simkit.validation/1"')


def test_curves_span_the_energies_of_the_engine_and_go_through_ours(quick):
    """1 keV to 1 TeV, less what a threshold takes; between the nodes of the curve ours is met within 3 %."""
    spans = {"phot": 9.0, "compt": 9.0, "conv": 5.9, "eIoni": 5.7, "eBrem": 6.9, "annihil": 10.0, "msc": 9.0}
    processes = {check.name: check.process for check in quick.checks}
    seen = set()
    for curve in quick.curves:
        assert all(value > 0.0 for value in curve.ours)
        process = processes[curve.check]
        if process in spans and curve.variable == "energy_MeV":
            seen.add(process)
            assert math.log10(curve.x[-1] / curve.x[0]) >= spans[process] - 0.05
        if process not in ("compt", "annihil", "msc"):
            continue  # the others have edges and thresholds
        for row in quick.rows:
            if (row.check, row.quantity, row.particle, row.material) == (
                curve.check,
                curve.quantity,
                curve.particle,
                curve.material,
            ):
                drawn = np.exp(np.interp(math.log(row.energy_MeV), np.log(curve.x), np.log(curve.ours)))
                assert drawn == pytest.approx(row.ours, rel=0.03)
    assert seen == set(spans)


def test_histograms_are_those_judged(quick):
    judged = {(row.check, row.quantity, row.energy_MeV) for row in quick.rows if row.unit == "chi-square"}
    assert {(one.check, one.quantity, one.energy_MeV) for one in quick.histograms} == judged
    assert len(judged) == 7


def test_a_wrong_cross_section_fails(monkeypatch):
    right = compton.cross_section
    monkeypatch.setattr(compton, "cross_section", lambda *given: 1.02 * right(*given))
    result = run_validation(["compton"])
    assert (result.verdict, result.exit_code) == ("fail", 2)
    failed = [row for row in result.rows if row.verdict == "fail"]
    assert {row.material for row in failed} == {"G4_PbWO4", "G4_lAr"}
    assert failed[0].deviation == pytest.approx(2.0, abs=0.01)


def test_a_wrong_sampler_fails(monkeypatch):
    from simkit.validation import compton as check

    right = check._samples
    monkeypatch.setattr(check, "_samples", lambda energy: right(energy) * [1.02, 1.0])
    failed = [row for row in run_validation(["compt"]).rows if row.verdict == "fail"]
    assert {row.measure for row in failed} == {"standard errors"}


def test_checks_by_name_and_by_process():
    result = run_validation(["annihil", "radiation_length", "annihilation"])
    assert [check.name for check in result.checks] == ["annihilation", "radiation_length"]
    assert result.checks[0].process == "annihil"
    assert set(result.sources) == {"TestEm0", "Celeritas", "Geant4 examples"}


def test_unknown_check():
    with pytest.raises(BadInput, match="unknown check 'comptn'; did you mean 'compton'"):
        run_validation(["comptn"])
    assert "testem3" in NAMES


def test_annihilation_is_judged_to_1e_5(monkeypatch):
    from simkit.validation import annihilation as check

    right = annihilation.cross_section_per_electron
    monkeypatch.setattr(check, "cross_section_per_electron", lambda energy: right(energy) * (1.0 + 2e-5))
    assert run_validation(["annihilation"]).verdict == "fail"


@pytest.mark.parametrize(("check", "toys"), [("muons", 0), ("neutrons", 1), ("hadrons", 2)])
def test_validations_name_the_toys(monkeypatch, check, toys):
    """Hadrons set neutrons free, which have a toy of their own."""
    figures = load_figures(check)
    rows = judge(figures, [figure.value for figure in figures], 0.05, [0.0] * len(figures))
    monkeypatch.setitem(LONG_CHECKS, check, lambda count: rows)
    named = [model.name for model in run_validation([check]).models]
    assert named == ["toy hadron model", "toy neutron model"][2 - toys :]
