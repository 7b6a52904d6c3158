"""Bremsstrahlung of electrons and positrons, 1 keV to 100 TeV."""

from simkit.physics.bremsstrahlung.cross_section import cross_section, photon_spectrum, restricted_dedx
from simkit.physics.bremsstrahlung.seltzer_berger import scaled_spectrum

__all__ = [
    "cross_section",
    "photon_spectrum",
    "restricted_dedx",
    "scaled_spectrum",
]
