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
HADRON_ELASTIC = PROCESSES.add("hadElastic", "elastic scattering on a nucleus")
NEUTRON_INELASTIC = PROCESSES.add("neutronInelastic", "scattering that leaves a nucleus excited")
NEUTRON_CAPTURE = PROCESSES.add("nCapture", "capture by a nucleus")
