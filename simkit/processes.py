"""The processes that end a step, by Geant4's names, and what each is in a word: one line a process."""

from __future__ import annotations

from simkit.registry import Registry

PROCESSES = Registry()
"""The names of all processes, by number; `PROCESSES.about[name]` is a process in a word."""

CONVERSION = PROCESSES.add("conv", "conversion into a pair")
COMPTON = PROCESSES.add("compt", "Compton scattering")
PHOTOELECTRIC = PROCESSES.add("phot", "photoelectric effect")
RAYLEIGH = PROCESSES.add("Rayl", "Rayleigh scattering")
IONISATION = PROCESSES.add("eIoni", "ionisation above the threshold")
BREMSSTRAHLUNG = PROCESSES.add("eBrem", "bremsstrahlung above the threshold")
ANNIHILATION = PROCESSES.add("annihil", "annihilation")
MUON_IONISATION = PROCESSES.add("muIoni", "ionisation above the threshold by muons")
MUON_BREMSSTRAHLUNG = PROCESSES.add("muBrems", "bremsstrahlung above the threshold by muons")
MUON_PAIRS = PROCESSES.add("muPairProd", "pairs made by muons")
DECAY = PROCESSES.add("Decay", "decay")
MUON_CAPTURE = PROCESSES.add("muMinusCaptureAtRest", "capture of a negative muon at rest")
