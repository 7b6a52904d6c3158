"""The page of a validation: every row is drawn or listed, verdicts and disputes are told."""

from __future__ import annotations

import pytest

from simkit.errors import BadInput
from simkit.record.validation import Curve, Validation
from simkit.report.page import write_report
from simkit.report.series import panels

from .records import make_campaign
from .test_page import Elements
from .validations import REASON, make_row, make_validation


@pytest.fixture
def page(tmp_path) -> Elements:
    (tmp_path / "validation.json").write_text(make_validation().to_json())
    return Elements(write_report(tmp_path))


def test_the_summary_gives_counts_the_worst_and_the_verdict(page):
    assert "10 of 11 reference figures are met within what is allowed; 1 disputed" in page.text
    row = page.row("Photoelectric")
    assert row[:5] == ["Photoelectric effect photoelectric phot", "7", "6", "1", "–"]
    assert row[5] == "25 % cross section, Pb, 10 keV"  # 1 % of the 4 % allowed
    assert row[6] == "✓ pass"


def test_a_dispute_is_told_with_its_reason_and_its_judge(page):
    row = next(row for row in page.rows if row[-1].startswith("Its fit"))
    assert row == [
        "Photoelectric effect",
        "Pb 1 keV",
        "Geant4 −5.66 %, allowed ± 4.0 %",
        "NIST −0.10 %, allowed ± 4.0 %",
        REASON.capitalize() + ".",
    ]


def test_figures_hold_references_curves_and_ratios(page):
    table = page.table("photoelectric-1")
    points = [row for row in table if row["verdict"]]
    assert len(points) == 7
    assert {row["source"] for row in points} == {"Geant4", "NIST"}
    curve = [row for row in table if not row["verdict"]]
    assert [float(row["ours"]) for row in curve] == [1e3, 1.0, 1e-3, 1e-6]
    line, reference, ratio = page.figures["photoelectric-1"]["data"]
    assert line["x"] == [1e-3, 1.0, 1e3, 1e6]
    assert len(reference["x"]) == len(ratio["x"]) == 7
    assert ratio["yaxis"] == "y2"
    assert dict(zip(reference["x"], ratio["y"]))[10.0] == pytest.approx(1.0 / 1.01)
    assert ratio["marker"]["symbol"].count("diamond-open") == 1
    band = page.figures["photoelectric-1"]["layout"]["shapes"][0]
    assert (band["y0"], band["y1"]) == (pytest.approx(0.96), pytest.approx(1.04))


def test_histograms_are_densities_with_errors_of_their_ratio(page):
    rows = page.table("compton-histogram-1")
    assert [float(row["ratio"]) for row in rows] == pytest.approx([0.4 / 0.39, 1.0, 0.6 / 0.61])
    assert float(rows[0]["ratio_error"]) == pytest.approx(0.4 / 0.39 * (1 / 400 + 1 / 39) ** 0.5)
    assert float(rows[1]["ratio_error"]) == 0.0  # empty bins
    assert page.row("photon")[2].startswith("9.10")


def test_every_row_is_in_the_overview_and_in_a_figure_or_a_table(page):
    record = make_validation()
    assert len(page.table("deviations")) == len(record.rows)
    drawn = [
        row
        for name in page.figures
        if name not in ("deviations", "compton-histogram-1")
        for row in page.table(name)
        if row["verdict"]
    ]
    listed = [row for row in page.rows if row[:1] == ["photon energy share gamma"]]
    assert len(drawn) + len(listed) == len(record.rows)
    assert Validation.model_validate_json(page.downloads()["validation.json"]) == record


def test_a_failure_is_said_first_and_its_fold_is_open(tmp_path):
    (tmp_path / "validation.json").write_text(make_validation(fail=True).to_json())
    page = Elements(write_report(tmp_path))
    assert 'class="headline bad"' in page.text
    assert "1 failed." in page.text
    assert page.row("Beams")[4:] == [
        "1",
        "> 1000 % dose, Pb, 1 MeV",
        "✗ fail",
    ]
    opened = [folds for folds in page.text.split("<details open")[1:] if "Beams on slabs" in folds[:200]]
    assert len(opened) == 1
    ratio = page.figures["scattering-1"]["data"][-1]
    assert ratio["marker"]["symbol"].count("x-thin") == 1


def test_names_cannot_be_markup(tmp_path):
    nasty = "</script><img src=x onerror=alert(1)>"
    text = make_validation().to_json()
    for name in ("photoelectric", "NIST", "cross section", "G4_Pb"):
        text = text.replace(name, nasty)
    (tmp_path / "validation.json").write_text(text)
    page = Elements(write_report(tmp_path))
    assert "<img" not in page.text
    assert [tag for tag, _ in page.elements].count("script") == len(page.figures) + 2


def test_a_campaign_beside_it_sums_it_up(tmp_path):
    (tmp_path / "campaign.json").write_text(make_campaign(2).to_json())
    (tmp_path / "validation.json").write_text(make_validation().to_json())
    page = Elements(write_report(tmp_path))
    assert page.row("Photoelectric")[1] == "7"
    assert "speedups" in page.figures
    assert "photoelectric-1" not in page.figures
    assert write_report(tmp_path / "validation.json") == tmp_path / "validation.html"
    (tmp_path / "validation.json").write_text("{")
    with pytest.raises(BadInput, match=r"validation\.json: damaged or not complete JSON"):
        write_report(tmp_path)


def of(quantity="cross section", energies=(1.0, 10.0), **more):
    return [make_row("check", 1.0, 1.0, quantity=quantity, energy_MeV=e, **more) for e in energies]


def test_panels_are_made_by_unit_and_variable():
    rows = of() + of(unit="barn", material="Fe") + of(material="G4_Ge", energies=(5.0,))
    drawn, alone = panels(rows, [])
    assert [(p.unit, p.variable, [s.material for s in p.series]) for p in drawn] == [
        ("1/mm", "energy_MeV", ["G4_Pb", "G4_Ge"]),  # a single figure joins those there are
        ("barn", "energy_MeV", ["Fe"]),
    ]
    assert alone == []
    assert [row.material for row in panels(of(energies=(5.0,)), [])[1]] == ["G4_Pb"]


def test_series_by_parameters_where_these_do_not_go_along_with_the_variable():
    rows = [row for cut in (1.0, 2.0) for row in of(parameters={"cut_MeV": cut})]
    panel = panels(rows, [])[0][0]
    assert [panel.label(one) for one in panel.series] == ["Pb cut 1 MeV", "Pb cut 2 MeV"]
    along = [row for e in (1.0, 2.0, 3.0) for row in of(energies=(e,), parameters={"thickness_mm": e})]
    panel = panels(along, [])[0][0]
    assert [len(one.rows) for one in panel.series] == [3]


def test_too_many_series_become_several_figures():
    rows = [row for z in range(6) for p in ("e-", "e+") for row in of(material=f"G4_{z}", particle=p)]
    drawn = panels(rows, [])[0]
    assert [len(panel.series) for panel in drawn] == [6, 6]
    assert [panel.title for panel in drawn] == ["Cross section, e- (1/mm)", "Cross section, e+ (1/mm)"]


def test_a_curve_goes_to_its_own_series():
    where = {"quantity": "cross section", "particle": "gamma", "unit": "1/mm", "variable": "energy_MeV"}
    curve = Curve(material="G4_Pb", parameters={}, x=[1.0, 2.0], ours=[3.0, 4.0], **where)
    panel = panels(of() + of(material="G4_Fe"), [curve])[0][0]
    assert [one.curve for one in panel.series] == [curve, None]
