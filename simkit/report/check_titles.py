"""The checks of a validation as the page calls them, and the sections it puts them in."""

from __future__ import annotations

TITLES = {
    "photoelectric": "Photoelectric effect",
    "compton": "Compton scattering",
    "conversion": "Conversion into pairs",
    "rayleigh": "Rayleigh scattering",
    "total_gamma": "Photons, all processes",
    "entanglement": "Entangled annihilation photons",
    "ionisation": "Ionisation",
    "bremsstrahlung": "Bremsstrahlung",
    "annihilation": "Annihilation",
    "range": "Range",
    "transport_cross_section": "Transport cross section",
    "fluctuation": "Loss fluctuation",
    "muon_losses": "Losses of muons",
    "muons": "Muons through 1 m",
    "hadrons": "Showers of hadrons (a toy)",
    "scattering": "Beams on slabs",
    "testem3": "Showers in testem3",
    "hepemshow": "Showers in hepemshow",
    "thresholds": "Production thresholds",
    "radiation_length": "Radiation lengths",
}
SECTIONS = {
    "photons": ("Photons", "Photons"),
    "charged": ("Electrons", "Electrons and positrons"),
    "whole": ("Showers", "Scattering and showers"),
    "heavy": ("Muons, hadrons", "Muons, neutrons and hadrons"),
    "setup": ("Set-up", "What the tables start from"),
    "other": ("Other", "Other checks"),
}
PLACES = {
    "photons": ("photoelectric", "compton", "conversion", "rayleigh", "total_gamma", "entanglement"),
    "charged": (
        "ionisation", "bremsstrahlung", "annihilation", "range", "transport_cross_section", "fluctuation",
    ),
    "whole": ("scattering", "testem3", "hepemshow"),
    "heavy": ("muon_losses", "muons", "neutrons", "hadrons"),
    "setup": ("thresholds", "radiation_length"),
}  # fmt: skip
