"""The driver's parameters: how far a step through a field may be, and how precisely boundaries are met.

The names are Geant4's (Book for Application Developers, 4.3). Where a step cannot reach a boundary none of the chord's
parameters matters.
"""

from __future__ import annotations

from typing import NamedTuple


class Driver(NamedTuple):
    """What the propagator in a field keeps to. Lengths in mm.

    delta_chord: largest distance of the track from the chord that boundaries are looked for on.
    delta_one_step: largest error of a step's end; over the step's length, and kept between epsilon_min and
    epsilon_max, it is the relative error that steps are accepted by.
    delta_intersection: how far the point where a boundary is met may lie off the track.
    largest_step: no substep is longer. most_substeps: after so many the step ends, and is counted.
    dense: 1 where boundaries are met on the stepper's dense output, 0 where steps are integrated anew.
    """

    delta_chord: float
    delta_one_step: float
    delta_intersection: float
    epsilon_min: float
    epsilon_max: float
    largest_step: float
    most_substeps: int
    dense: int


GEANT4 = Driver(0.25, 0.01, 1e-3, 5e-5, 1e-3, 1e5, 1000, 1)
