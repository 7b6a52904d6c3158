"""Bremsstrahlung of electrons and positrons, 1 keV to 100 TeV."""

from simkit.physics.bremsstrahlung.sampling import (
    BremsstrahlungTables,
    build_bremsstrahlung_tables,
    sample_bremsstrahlung,
)
from simkit.physics.bremsstrahlung.seltzer_berger import scaled_spectrum
from simkit.physics.bremsstrahlung.spectrum import cross_section, photon_spectrum, restricted_dedx

__all__ = [
    "BremsstrahlungTables",
    "build_bremsstrahlung_tables",
    "cross_section",
    "photon_spectrum",
    "restricted_dedx",
    "sample_bremsstrahlung",
    "scaled_spectrum",
]
