"""The driver's parameters: how far a step through a field may go, and how precisely boundaries are met.

The names are Geant4's (Book for Application Developers, section 4.3). "geant4" are its values; "strict",
"intermediate" and "loose" those that CMS takes by momentum and place (cmssw, g4SimHits_cfi.py, where the
largest step is in cm), each with CMS's relative errors.
"""

from __future__ import annotations

from typing import NamedTuple


class Driver(NamedTuple):
    """What the propagator in a field keeps to. Lengths in mm.

    delta_chord: largest distance of the track from the chord that boundaries are looked for on.
    delta_one_step: largest error of a substep's end; over the substep's length, and kept between epsilon_min
    and epsilon_max, it is the relative error that substeps are accepted by.
    delta_intersection: how closely a boundary is met.
    largest_step: no substep is longer. most_substeps: after so many, rejected ones too, the step ends there.
    dense: 1 where boundaries are met on the stepper's dense output, 0 where substeps are integrated anew.
    """

    delta_chord: float
    delta_one_step: float
    delta_intersection: float
    epsilon_min: float
    epsilon_max: float
    largest_step: float
    most_substeps: int
    dense: int


PRESETS = {
    "geant4": Driver(0.25, 0.01, 1e-3, 5e-5, 1e-3, 1e5, 1000, 1),
    "strict": Driver(1e-3, 1e-4, 1e-6, 1e-5, 1e-2, 1500.0, 1000, 1),
    "intermediate": Driver(2e-3, 1e-3, 1e-4, 1e-5, 1e-2, 500.0, 1000, 1),
    "loose": Driver(0.1, 0.1, 1e-2, 1e-5, 1e-2, 1500.0, 1000, 1),
}
