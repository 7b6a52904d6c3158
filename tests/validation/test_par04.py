"""The detector of CaloChallenge's dataset 2 against Geant4."""

from simkit.validation.checks import run_validation


def test_showers_agree_with_geant4(monkeypatch):
    monkeypatch.setenv("SIMKIT_STATISTICS", "0.2")
    result = run_validation(["par04"])
    assert [(row.quantity, row.parameters) for row in result.rows if row.verdict == "fail"] == []
    assert len(result.rows) == 2 * (4 + 45 + 9)
