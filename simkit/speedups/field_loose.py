"""Loose driver parameters, as CMS has them for soft secondaries and in vacuum."""

from __future__ import annotations

from simkit.speedups.speedup import CATANIA, Claim, Speedup

SPEEDUP = Speedup(
    name="field-loose",
    title="Loose field parameters",
    claim=Claim(
        text=(
            "to be tuned: DeltaIntersection 1e-2 mm, DeltaOneStep 0.1 mm, DeltaChord 0.1 mm, "
            "where strict has 1e-6, 1e-4 and 1e-3 mm"
        ),
        source=f"{CATANIA}; values of CMS: cmssw, SimG4Core/Application/python/g4SimHits_cfi.py",
    ),
    off=lambda values: {"field.driver": "strict"},
    on=lambda values: {"field.driver": "loose"},
    parameters={},
    touches="where tracks cross boundaries, by tenths of a millimetre: shares of thin neighbouring regions",
    observables=("edep_MeV.*",),
    needs="field",
)
