"""The record of a validation to make a page of: few rows of every kind there is."""

from __future__ import annotations

from typing import Any

from simkit.record.validation import CheckSummary, Curve, Histogram, Validation, ValidationRow

REASON = "its fit is off below the edge"


def make_row(check: str, ours: float, reference: float, **more: Any) -> ValidationRow:
    """Return a row judged at 4 %, a cross section of photons in lead unless said otherwise."""
    deviation = 100.0 * (ours / reference - 1.0)
    given = {
        "quantity": "cross section",
        "particle": "gamma",
        "material": "G4_Pb",
        "energy_MeV": 1.0,
        "parameters": {},
        "unit": "1/mm",
        "source": "Geant4",
        "deviation": deviation,
        "tolerance": 4.0,
        "measure": "%",
        "verdict": "pass" if abs(deviation) <= 4.0 else "fail",
        **more,
    }
    return ValidationRow(check=check, ours=ours, reference=reference, **given)


def make_validation(fail: bool = False) -> Validation:
    """Return the record of a check with curves and a dispute, one of samples, one of beams; one may fail."""
    rows = [make_row("photoelectric", 1.0 / e, 1.01 / e, energy_MeV=e) for e in (0.01, 0.1, 1.0, 10.0)]
    rows += [
        make_row("photoelectric", 100.0, 100.1, energy_MeV=0.01, source="NIST"),
        make_row(
            "photoelectric", 1000.0, 1060.0, energy_MeV=0.001, verdict="disputed",
            note="NIST: 1001, ours -0.1 %", reason=REASON, instead="NIST",
        ),
        make_row("photoelectric", 1000.0, 1001.0, energy_MeV=0.001, source="NIST"),
    ]  # fmt: skip
    rows.append(
        make_row(
            "compton", 9.1, 7.0, quantity="photon energy share", unit="chi-square", material="",
            deviation=0.69, tolerance=3.7, measure="standard errors", verdict="pass",
        )
    )  # fmt: skip
    for depth in (0.1, 0.2, 0.3):
        at = {
            "quantity": "dose",
            "unit": "MeV cm2/g",
            "parameters": {"depth_mm": depth},
            "particle": "e-",
        }
        factor = 1.5 if fail and depth == 0.3 else 1.01
        rows.append(make_row("scattering", factor * depth, depth, standard_error=0.5, **at))
    names = list(dict.fromkeys(row.check for row in rows))
    return Validation(
        schema_="simkit.validation/1",
        version="0.1.0",
        created="2025-06-07T08:09:10+00:00",
        verdict="fail" if fail else "pass",
        exit_code=2 if fail else 0,
        checks=[_summary(name, [row for row in rows if row.check == name]) for name in names],
        rows=rows,
        sources={"Geant4": "Geant4 11.4", "NIST": "NISTIR 5632"},
        curves=[
            Curve(
                check="photoelectric", quantity="cross section", particle="gamma", material="G4_Pb",
                parameters={}, unit="1/mm", variable="energy_MeV",
                x=[1e-3, 1.0, 1e3, 1e6], ours=[1e3, 1.0, 1e-3, 1e-6],
            )
        ],
        histograms=[
            Histogram(
                check="compton", quantity="photon energy share", particle="gamma", material="",
                energy_MeV=1.0, source="Celeritas", low=0.2, high=1.0,
                ours=[400.0, 0.0, 600.0], reference=[39.0, 0.0, 61.0],
            )
        ],
    )  # fmt: skip


def _summary(name: str, rows: list[ValidationRow]) -> CheckSummary:
    verdicts = [row.verdict for row in rows]
    return CheckSummary(
        name=name,
        process="phot" if name == "photoelectric" else "",
        rows=len(rows),
        passed=verdicts.count("pass"),
        failed=verdicts.count("fail"),
        disputed=verdicts.count("disputed"),
        worst=max(abs(row.deviation) / row.tolerance for row in rows if row.verdict != "disputed"),
        seconds=0.5,
    )
