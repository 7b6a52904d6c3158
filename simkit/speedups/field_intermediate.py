"""Driver parameters of middling precision, for tracks that need no more."""

from __future__ import annotations

from simkit.speedups.speedup import CATANIA, Claim, Speedup

SPEEDUP = Speedup(
    name="field-intermediate",
    title="Intermediate field parameters",
    claim=Claim(
        text=(
            "to be tuned: DeltaIntersection 1e-4 mm, DeltaOneStep 1e-3 mm, DeltaChord 2e-3 mm, "
            "where strict has 1e-6, 1e-4 and 1e-3 mm"
        ),
        source=f"{CATANIA}; values of CMS: cmssw, SimG4Core/Application/python/g4SimHits_cfi.py",
    ),
    off=lambda values: {"field.driver": "strict"},
    on=lambda values: {"field.driver": "intermediate"},
    parameters={},
    touches="where tracks cross boundaries, by micrometres",
    observables=("edep_MeV.*",),
    needs="field",
)
