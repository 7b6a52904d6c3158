"""Beams of muons against Geant4, with fewer events than `simkit validate muons` has."""

from simkit.validation import muons


def test_beams_lose_and_scatter_as_in_geant4(monkeypatch):
    monkeypatch.setattr(muons, "EVENTS", 20_000)
    monkeypatch.setenv("SIMKIT_STATISTICS", "1")  # with fewer it is statistics that bind
    rows = muons.check()
    assert len(rows) == 10
    assert [(row.quantity, row.material, row.deviation) for row in rows if row.verdict != "pass"] == []
    # what binds: 1 % of medians, 4 % of 95 % quantiles, 5 % of angles
    allowed = {row.quantity: max(r.tolerance for r in rows if r.quantity == row.quantity) for row in rows}
    assert allowed["median loss"] < 1.2
    assert allowed["95 % loss"] < 6.0
    assert allowed["median angle"] <= 5.0
