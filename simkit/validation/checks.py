"""The checks by name, and how they are run."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from simkit.errors import unknown
from simkit.record.machine import code_commit, package_version
from simkit.record.models import HADRONS, models_used
from simkit.record.part import FINE, PHYSICS_DIFFERS
from simkit.record.validation import SCHEMA, CheckSummary, Curve, Histogram, Validation, ValidationRow
from simkit.validation import (
    annihilation,
    bremsstrahlung,
    compton,
    conversion,
    entanglement,
    fields,
    fluctuation,
    hadrons,
    ionisation,
    muon_losses,
    muons,
    neutrons,
    par04,
    photoelectric,
    radiation_length,
    ranges,
    rayleigh,
    scattering,
    showers,
    slabs,
    thresholds,
    total_gamma,
    transport_cross_section,
)
from simkit.validation.curves import Sweep, build_curves
from simkit.validation.judgement import mark_disputes
from simkit.validation.reference import load_disputes, load_sources


class Check(NamedTuple):
    """A check: its rows, the Geant4 name of the process it looks at ("" for none or many), what to draw."""

    rows: Callable[[], list[ValidationRow]]
    process: str = ""
    curves: Sequence[Sweep] = ()
    histograms: Callable[[], list[Histogram]] = list


CHECKS = {
    "thresholds": Check(thresholds.check, curves=thresholds.CURVES),
    "radiation_length": Check(radiation_length.check),
    "photoelectric": Check(photoelectric.check, "phot", photoelectric.CURVES),
    "compton": Check(compton.check, "compt", compton.CURVES, compton.histograms),
    "conversion": Check(conversion.check, "conv", conversion.CURVES, conversion.histograms),
    "rayleigh": Check(rayleigh.check, "Rayl", rayleigh.CURVES),
    "total_gamma": Check(total_gamma.check, curves=total_gamma.CURVES),
    "ionisation": Check(ionisation.check, "eIoni", ionisation.CURVES),
    "bremsstrahlung": Check(bremsstrahlung.check, "eBrem", bremsstrahlung.CURVES),
    "annihilation": Check(annihilation.check, "annihil", annihilation.CURVES),
    "entanglement": Check(entanglement.check, "", entanglement.CURVES, entanglement.histograms),
    "range": Check(ranges.check, curves=ranges.CURVES),
    "transport_cross_section": Check(transport_cross_section.check, "msc", transport_cross_section.CURVES),
    "fluctuation": Check(fluctuation.check),
    "muon_losses": Check(muon_losses.check, curves=muon_losses.CURVES),
}

# These run the engine and take longer: beams of some million electrons, bare slabs, showers of 10 GeV.
LONG_CHECKS = {
    "scattering": scattering.check,
    "slabs": slabs.check,
    "testem3": showers.check_testem3,
    "hepemshow": showers.check_hepemshow,
    "par04": par04.check,
    "fields": fields.check,
    "muons": muons.check,
    "neutrons": neutrons.check,
    "hadrons": hadrons.check,
}

NAMES = (*CHECKS, *LONG_CHECKS)
_BY_PROCESS = {check.process: name for name, check in CHECKS.items() if check.process}


def run_validation(
    names: Sequence[str] | None = None,
    quick: bool = False,
    progress: Callable[[float, str], None] | None = None,
) -> Validation:
    """Return the record of the named checks, of all if none is named; `quick` leaves out the long ones.

    A process may be named as Geant4 does ("compt"). A long check that is named is run even if `quick`.
    progress: called with the fraction of the checks done and what is being checked. Errors: BadInput for an
    unknown name.
    """
    chosen = []
    for name in names or (CHECKS if quick else NAMES):
        name = _BY_PROCESS.get(name, name)
        if name not in NAMES:
            raise unknown("check", name, (*NAMES, *_BY_PROCESS))
        chosen.append(name)

    rows: list[ValidationRow] = []
    curves: list[Curve] = []
    histograms: list[Histogram] = []
    summaries = []
    for number, name in enumerate(dict.fromkeys(chosen)):
        begin = time.perf_counter()
        count = None
        if progress is not None:
            count = _counter(progress, number / len(chosen), name)
            count(0)
        check = CHECKS.get(name)
        of_check = check.rows() if check else LONG_CHECKS[name](count)
        process = check.process if check else ""
        drawn = (build_curves(check.curves), check.histograms()) if check else ([], [])
        for row in of_check:
            row.process = process
        parts: tuple[ValidationRow | Curve | Histogram, ...] = (*of_check, *drawn[0], *drawn[1])
        for part in parts:
            part.check = name
        mark_disputes(of_check, load_disputes())
        summaries.append(_summary(name, process, of_check, time.perf_counter() - begin))
        rows += of_check
        curves += drawn[0]
        histograms += drawn[1]
    failed = any(row.verdict == "fail" for row in rows)
    used = {row.source for row in rows}
    met = {row.particle for row in rows}
    if not HADRONS.isdisjoint(met):
        met.add("n")  # which all hadrons set free
    return Validation(
        schema_=SCHEMA,
        version=package_version("simkit"),
        commit=code_commit(),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        verdict="fail" if failed else "pass",
        exit_code=PHYSICS_DIFFERS if failed else FINE,
        checks=summaries,
        rows=rows,
        sources={source: citation for source, citation in load_sources().items() if source in used},
        models=models_used("native", met),
        curves=curves,
        histograms=histograms,
    )


def _counter(progress: Callable[[float, str], None], done: float, name: str) -> Callable[[int], None]:
    """Return what adds up the events of a check and reports them."""
    events = 0

    def count(new: int) -> None:
        nonlocal events
        events += new
        progress(done, f"{name}: {events:,} events" if events else name)

    return count


def _summary(name: str, process: str, rows: list[ValidationRow], seconds: float) -> CheckSummary:
    counts = {
        verdict: sum(row.verdict == verdict for row in rows) for verdict in ("pass", "fail", "disputed")
    }
    judged = [abs(row.deviation) / row.tolerance for row in rows if row.verdict != "disputed"]
    return CheckSummary(
        name=name,
        process=process,
        rows=len(rows),
        passed=counts["pass"],
        failed=counts["fail"],
        disputed=counts["disputed"],
        worst=max(judged, default=0.0),
        seconds=seconds,
    )
