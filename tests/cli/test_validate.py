"""`simkit validate`."""

from __future__ import annotations

from simkit.physics import rayleigh
from simkit.record.validation import Validation


def test_json_is_one_object(simkit) -> None:
    done = simkit("validate", "annihilation", "radiation_length", "--json")
    assert (done.code, done.err) == (0, "")
    assert done.record["schema"] == "simkit.validation/1"
    assert [check["name"] for check in done.record["checks"]] == ["annihilation", "radiation_length"]
    row = done.record["rows"][0]
    assert {
        "quantity",
        "energy_MeV",
        "material",
        "ours",
        "reference",
        "source",
        "deviation",
        "verdict",
    } <= set(row)


def test_table_shows_every_row_and_its_source(simkit) -> None:
    done = simkit("validate", "Rayl", "fluctuation")
    assert done.code == 0
    assert sum(" pass" in line for line in done.out.splitlines()) >= 14 + 25
    assert "thickness 0.3 mm, cut 0.423338 MeV" in done.out
    assert "disputed G4HepEm: 1.142" in done.out
    assert "disputed, fluctuation: a limit of the model" in done.out
    assert "Bichsel: H. Bichsel, Rev. Mod. Phys. 60 (1988) 663" in done.out
    assert done.out.rstrip().endswith("verdict: pass")


def test_out_keeps_the_record_and_draws_it(simkit, tmp_path) -> None:
    folder = tmp_path / "physics"
    done = simkit("validate", "compton", "--out", str(folder))
    assert done.code == 0
    assert done.out.rstrip().endswith(f"report: {folder / 'report.html'}")
    record = Validation.model_validate_json((folder / "validation.json").read_text())
    assert [check.name for check in record.checks] == ["compton"]
    assert len(record.curves) == 3
    assert len(record.histograms) == 2
    (folder / "report.html").unlink()
    assert simkit("report", str(folder)).out.strip() == str(folder / "report.html")
    assert sorted(path.name for path in folder.iterdir()) == ["report.html", "validation.json"]


def test_out_beside_a_campaign_leaves_its_page(simkit, tmp_path) -> None:
    (tmp_path / "campaign.json").write_text("{}")
    done = simkit("validate", "annihilation", "--out", str(tmp_path), "--json")
    assert (done.code, done.err) == (0, "")
    assert done.record["verdict"] == "pass"
    assert (tmp_path / "validation.html").is_file()
    assert not (tmp_path / "report.html").exists()


def test_out_that_cannot_be_written_is_said_before_the_work(simkit, tmp_path) -> None:
    (tmp_path / "file").write_text("")
    done = simkit("validate", "--out", str(tmp_path / "file"))
    assert done.code == 4
    assert "cannot write" in done.err


def test_physics_that_differs_is_exit_code_2(simkit, monkeypatch) -> None:
    right = rayleigh.cross_section_per_atom
    monkeypatch.setattr(rayleigh, "cross_section_per_atom", lambda z, energy: 1.03 * right(z, energy))
    done = simkit("validate", "rayleigh")
    assert done.code == 2
    assert " +3.00 %" in done.out
    assert done.out.rstrip().endswith("verdict: fail")
