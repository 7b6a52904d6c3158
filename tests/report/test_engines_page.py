"""Pages about other people's engines: what they do not tell leaves no empty figure."""

from __future__ import annotations

from simkit.record.comparison import Comparison
from simkit.record.conditions import Conditions
from simkit.record.side_by_side import SideBySide
from simkit.report.ladder import engine_words
from simkit.report.page import write_report

from .records import make_comparison
from .test_page import Elements

SEEN = Conditions(processors=[1], stolen=0.02, processor_share=0.8, peak_rss_MB=300.0)
NOTHING_TOLD = {"steps_by": {}, "counters_per_event": {}, "untransported_MeV": {}, "outside_cuts_MeV": {}}


def make_foreign(**more: object) -> Comparison:
    """Return a comparison of another program with simkit; `more` changes its sides."""
    record = make_comparison()
    engine = {"name": "hepemshow", "program": "sha256 0148", "process": "a fresh process a run"}
    a = record.a.model_copy(update={**NOTHING_TOLD, **more, "label": "engine:hepemshow", "engine": engine})
    b = record.b.model_copy(update={**NOTHING_TOLD, **more, "label": "engine:native", "speedups": []})
    why = record.attribution.model_copy(update={"share_by": {}})
    merit = {"gap": 2.9, "absorber": 2.7}
    return record.model_copy(
        update={"a": a, "b": b, "attribution": why, "figure_of_merit": merit, "conditions": SEEN}
    )


def make_side_by_side(rows: bool = True) -> SideBySide:
    """Return recorded output beside simkit; without `rows` nothing can be compared."""
    record = make_comparison()
    physics = record.physics.model_copy(update={"not_compared": "not compared: no error known of leakage"})
    if not rows:
        physics = physics.model_copy(update={"rows": [], "verdict": "inconclusive"})
    told = {
        "label": "engine:adept=output.csv", "engine": {"name": "adept"}, "recorded": True, "events": 1e7,
        "s_per_event": None, "time": "", "steps_per_event": {}, "secondaries_per_event": {},
        "edep_MeV": {"gap": 2128.2}, "leaked_MeV": None,
    }  # fmt: skip
    here = {
        "label": "engine:native", "engine": {"name": "native"}, "recorded": False, "events": 194.0,
        "s_per_event": 0.02189, "time": "CPU on one thread, here", "steps_per_event": {"gamma": 36623.0},
        "edep_MeV": {"gap": 2144.7}, "leaked_MeV": 126.7,
    }  # fmt: skip
    return SideBySide.model_validate(
        {
            "schema": "simkit.side-by-side/1", "scenario": "testem3", "scenario_hash": "2c64", "a": told,
            "b": {**told, **here}, "times_ratio": None, "steps_ratio": {}, "secondaries_ratio": {},
            "physics": physics, "summary": "not paired", "exit_code": 3, "used_s": 5.9,
            "provenance": record.provenance, "conditions": SEEN,
        }
    )  # fmt: skip


def test_a_label_names_the_engine():
    assert engine_words("engine:hepemshow") == "HepEmShow"
    assert engine_words("engine:native+woodcock") == "simkit+woodcock"
    assert engine_words("engine:hepemshow=old.out") == "HepEmShow (old.out)"
    assert engine_words("engine:hepemshow=HepEmShow") == "HepEmShow"
    assert engine_words("engine:hepemshow=c++/HepEmShow") == "HepEmShow (c++)"
    assert engine_words("engine:hepemshow=old/.../HepEmShow -d a.json") == "HepEmShow (old -d a.json)"
    assert engine_words("engine:geant4=old/TestEm3") == "Geant4 (old/TestEm3)"
    assert engine_words("engine:command=mine") == "mine"
    assert engine_words("engine:command=python3 mine.py") == "python3 mine.py"
    assert engine_words("testem3+woodcock") == "testem3+woodcock"


def test_a_program_that_tells_steps_by_particle_only(tmp_path):
    (tmp_path / "comparison.json").write_text(make_foreign().to_json())
    page = Elements(write_report(tmp_path))
    assert "simkit against HepEmShow" in page.text
    assert "simkit is 1.148 times as fast as HepEmShow" in page.text
    steps = page.table("steps")
    assert {(row["configuration"], row["particle"]) for row in steps} == {
        (side, particle) for side in ("HepEmShow", "simkit") for particle in ("gamma", "charged")
    }
    assert {row["region"] for row in steps} == {"all regions"}
    assert [row["figure_of_merit_ratio"] for row in page.table("merit")] == ["2.9", "2.7"]
    columns = [row for row in page.rows if "speedup" in row]
    assert all("published" not in row and "virtual collisions" not in row for row in columns)
    assert 'id="counters"' not in page.text
    assert any("a fresh process a run" in cell for row in page.rows for cell in row)
    assert "taken by other virtual machines" in page.text


def test_a_program_that_tells_no_steps_has_no_figure_of_them(tmp_path):
    (tmp_path / "comparison.json").write_text(make_foreign(steps_per_event={}).to_json())
    assert "steps" not in Elements(write_report(tmp_path)).figures


def test_recorded_output_stands_beside_without_a_speedup(tmp_path):
    (tmp_path / "side-by-side.json").write_text(make_side_by_side().to_json())
    page = Elements(write_report(tmp_path))
    assert "simkit beside AdePT (output.csv)" in page.text
    assert "There is no speedup" in page.text
    deposit = next(row for row in page.rows if row[0] == "deposit in gap (MeV)")
    assert deposit[1:] == ["2,128.2", "2,144.7", "0.9923"]
    assert next(row for row in page.rows if row[0] == "gamma steps")[1] == "–"
    assert set(page.figures) == {"margins", "layers-barrel_lar", "layers-outer"}
    assert "The machine meanwhile" in page.text
    assert "Note: not compared: no error known of leakage." in page.text


def test_recorded_output_with_nothing_in_common_says_so(tmp_path):
    (tmp_path / "side-by-side.json").write_text(make_side_by_side(rows=False).to_json())
    page = Elements(write_report(tmp_path))
    assert "Nothing can be compared: no error known of leakage." in page.text
    assert page.figures == {}
