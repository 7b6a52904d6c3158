"""Compare what we compute with the figures, and judge."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import simkit
from simkit.errors import unknown
from simkit.validation.figures import Figure, load_figures
from simkit.validation.quantities import our_value
from simkit.validation.schema import SCHEMA, Row, Validation, Verdict
from simkit.validation.shower import shower_values

SHOWERS = ("testem3",)  # checks that run a preset
CHECKS = tuple(dict.fromkeys(figure.check for figure in load_figures()))
EXIT_CODES: dict[Verdict, int] = {"pass": 0, "fail": 2, "inconclusive": 3}


def run_validation(names: Sequence[str] = (), progress: Callable[[int], None] | None = None) -> Validation:
    """Return the record of the named checks (all for none); `progress` counts the events of runs.

    Errors: BadInput for an unknown name.
    """
    for name in names:
        if name not in CHECKS:
            raise unknown("check", name, CHECKS)
    rows: list[Row] = []
    for check in CHECKS:
        if names and check not in names:
            continue
        figures = [figure for figure in load_figures() if figure.check == check]
        if check in SHOWERS:
            values = shower_values(check, figures, progress)
            rows += [judge(figure, mean, error) for figure, (mean, error) in zip(figures, values)]
        else:
            rows += [judge(figure, our_value(figure)) for figure in figures]
    verdicts = {row.verdict for row in rows}
    verdict: Verdict = next((v for v in EXIT_CODES if v != "pass" and v in verdicts), "pass")
    return Validation(
        schema_=SCHEMA, version=simkit.__version__, rows=rows, verdict=verdict, exit_code=EXIT_CODES[verdict]
    )


def judge(figure: Figure, ours: float, error: float | None = None) -> Row:
    """Return the row of a figure; `error` is the standard error of ours where it was sampled."""
    deviation = 100.0 * (ours / figure.reference - 1.0)
    spread = None if error is None else 100.0 * error / figure.reference
    distance = abs(abs(deviation) - figure.tolerance_percent)
    verdict: Verdict = "pass" if abs(deviation) <= figure.tolerance_percent else "fail"
    if spread is not None and distance < 2.0 * spread:
        verdict = "inconclusive"
    return Row(
        **figure._asdict(),
        ours=ours,
        deviation_percent=deviation,
        error_percent=spread,
        verdict=verdict,
    )
