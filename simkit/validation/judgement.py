"""From figures and our values to rows with verdicts."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from scipy import special

from simkit.record.validation import ValidationRow
from simkit.validation.reference import Dispute, Reference

FALSE_ALARM = 1e-4
"""The chance that a right sampler fails one histogram with a new seed (the seeds are fixed)."""

STANDARD_ERRORS = 4.0
"""The tolerance of a sampled mean, in standard errors: a false alarm of 6e-5."""


def judge(
    figures: Sequence[Reference],
    ours: Sequence[float] | np.ndarray,
    tolerance: float | Sequence[float] | np.ndarray,
    errors: Sequence[float] | np.ndarray | None = None,
) -> list[ValidationRow]:
    """Return a row a figure, passing within the relative `tolerance`; `errors` are our standard errors."""
    tolerances = np.broadcast_to(tolerance, len(figures))
    rows = []
    for i, figure in enumerate(figures):
        deviation = 100.0 * float(ours[i] / figure.value - 1.0)
        error = None if errors is None else 100.0 * float(errors[i]) / abs(figure.value)
        rows.append(
            _row(figure, ours[i], deviation, 100.0 * tolerances[i], measure="%", standard_error=error)
        )
    return rows


def judge_mean(figure: Reference, sample: np.ndarray) -> ValidationRow:
    """Return the row of the mean of a sample, judged by its own standard error."""
    error = sample.std(ddof=1) / len(sample) ** 0.5
    deviation = (sample.mean() - figure.value) / error
    return judge_deviate(figure, float(sample.mean()), float(deviation))


def judge_deviate(figure: Reference, ours: float, deviation: float) -> ValidationRow:
    """Return the row of a quantity whose `deviation` is known in standard errors."""
    return _row(figure, ours, deviation, STANDARD_ERRORS, measure="standard errors")


def judge_histogram(figure: Reference, counts: np.ndarray, gold: np.ndarray, outside: int) -> ValidationRow:
    """Return the row of a chi-square test of two histograms; no sample of ours may lie `outside` of the bins.

    Ours is the chi-square, the reference its degrees of freedom (its mean for samples of one law).
    """
    weight = np.sqrt(gold.sum() / counts.sum())
    chi_square = float((((weight * counts - gold / weight) ** 2) / (counts + gold)).sum())
    freedom = len(gold) - 1
    figure = figure._replace(value=float(freedom), unit="chi-square")
    deviation = max(-float(special.ndtri(max(special.chdtrc(freedom, chi_square), 1e-300))), 0.0)
    limit = -float(special.ndtri(FALSE_ALARM))
    row = _row(figure, chi_square, deviation, limit, measure="standard errors")
    if outside:
        row.verdict = "fail"
        row.note = f"{outside} samples outside of the histogram"
    return row


def _row(figure: Reference, ours: float, deviation: float, tolerance: float, **more: Any) -> ValidationRow:
    values = figure._asdict()
    return ValidationRow(
        **{"reference" if key == "value" else key: value for key, value in values.items()},
        ours=float(ours),
        deviation=float(deviation),
        tolerance=float(tolerance),
        verdict="pass" if abs(deviation) <= tolerance else "fail",
        **more,
    )


def mark_disputes(rows: Sequence[ValidationRow], known: Sequence[Dispute]) -> None:
    """Turn "fail" into "disputed" where a reference is known to be off and ours meets the one instead of it.

    A dispute is known beforehand, so that a change of ours from one reference to the other fails; and it
    needs a passing row of the other reference at the very same place, so that ours is never without a judge.
    All rows stay in the record.
    """
    places: dict[Hashable, list[ValidationRow]] = {}
    for row in rows:
        places.setdefault(_place(row), []).append(row)
    for row in rows:
        dispute = next((dispute for dispute in known if _is_of(dispute, row)), None)
        if row.verdict != "fail" or dispute is None:
            continue
        for other in places[_place(row)]:
            if other.source == dispute.instead and other.verdict == "pass":
                row.verdict = "disputed"
                row.note = (
                    f"{other.source}: {other.reference:.5g}, ours {other.deviation:+.2g} {other.measure}"
                )
                row.reason, row.instead = dispute.reason, dispute.instead
                break


def _is_of(dispute: Dispute, row: ValidationRow) -> bool:
    value = row.energy_MeV if dispute.parameter == "energy_MeV" else row.parameters.get(dispute.parameter)
    where = (row.check, row.source, row.material)
    return where == (dispute.check, dispute.source, dispute.material) and value in dispute.values


def _place(row: ValidationRow) -> Hashable:
    parameters = tuple(sorted(row.parameters.items()))
    return row.check, row.quantity, row.particle, row.material, row.energy_MeV, row.unit, parameters
