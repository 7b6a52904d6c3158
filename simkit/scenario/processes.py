"""`[physics.processes]`: which processes happen."""

from __future__ import annotations

from simkit.sections import Section

NEW_PROCESSES = (
    "muIoni", "muBrems", "muPairProd", "muonNuclear", "Decay", "muMinusCaptureAtRest",
    "hIoni", "hadElastic", "hadInelastic", "hadCaptureAtRest", "nCapture",
)  # fmt: skip
"""Those that hashes of scenarios are older than: on, they are not part of one."""


class Processes(Section):
    """`[physics.processes]`: processes on or off, by Geant4's names; Rayleigh is `physics.rayleigh`."""

    phot: bool = True
    """Photoelectric effect."""
    compt: bool = True
    """Compton scattering."""
    conv: bool = True
    """Conversion to an electron and a positron."""
    eIoni: bool = True
    """Delta rays; without, the continuous loss stays."""
    eBrem: bool = True
    """Bremsstrahlung photons; without, the continuous loss stays."""
    muIoni: bool = True
    """Delta rays of muons; without, the continuous loss stays."""
    muBrems: bool = True
    """Bremsstrahlung photons of muons; without, the continuous loss stays."""
    muPairProd: bool = True
    """Pairs made by muons; without, the continuous loss stays."""
    muonNuclear: bool = True
    """Loss of muons to nuclei, which is continuous."""
    Decay: bool = True
    """Decay, in flight and at rest; without, a muon or hadron that stops leaves its kinetic energy."""
    muMinusCaptureAtRest: bool = True
    """Capture of negative muons at rest."""
    hIoni: bool = True
    """Delta rays of hadrons; without, the continuous loss stays."""
    hadElastic: bool = True
    """Elastic scattering of hadrons on nuclei; of neutrons, at all energies."""
    hadInelastic: bool = True
    """Inelastic collisions of hadrons with nuclei; below 20 MeV `neutronInelastic` of neutrons."""
    nCapture: bool = True
    """Capture of neutrons; without, one ends where it leaves the world, or by a time cut."""
    hadCaptureAtRest: bool = True
    """Capture of negative hadrons at rest; without, one that stops decays, or stays where it is."""
    annihil: bool = True
    """Annihilation; without, a positron that stops leaves its kinetic energy and keeps its rest mass."""
    msc: bool = True
    """Multiple scattering."""
