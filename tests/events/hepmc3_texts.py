"""Small HepMC3 files to read."""

from __future__ import annotations

import gzip
from pathlib import Path

HEAD = "HepMC::Version 3.02.05\nHepMC::Asciiv3-START_EVENT_LISTING\n"
FOOT = "HepMC::Asciiv3-END_EVENT_LISTING\n\n"
# Two beams make a photon, an electron, a positron and a pi+ at a displaced vertex, a neutrino at the origin.
EVENT = """E {number} 2 8
U {units}
P 1 0 2212 0 0 7000 7000 0.938 4
P 2 0 2212 0 0 -7000 7000 0.938 4
V -1 0 [1,2]
P 3 -1 12 0 3 4 5 0 1
P 4 -1 23 0 0 0 91 91 2
V -2 0 [4] @ 1 2 -3 0.5
P 5 -2 22 {px} 0 4 5 0 1
P 6 -2 11 0 2 0 2 0.000511 1
P 7 -2 -11 0 0.001 0 0.001 0.000511 1
P 8 -2 211 30 0 40 50.000194 0.13957 1
"""
# Two beams make one photon.
PHOTON = """E {number} 1 3
U GEV MM
{weights}P 1 0 11 0 0 50 50 0.000511 4
P 2 0 -11 0 0 -50 50 0.000511 4
V -1 0 [1,2] @ 0 0 0 0
P 3 -1 {pdg} 0 {momentum} 0 {energy} 0 {status}
"""


def event(number: int = 0, units: str = "GEV MM", px: str = "3") -> str:
    return EVENT.format(number=number, units=units, px=px)


def photon(number: int = 0, *, weights: str = "", pdg: int = 22, status: int = 1, energy: float = 5) -> str:
    weights = f"W {weights}\n" if weights else ""
    return PHOTON.format(
        number=number, weights=weights, pdg=pdg, status=status, momentum=energy, energy=energy
    )


def listing(*events: str) -> str:
    return HEAD + "".join(events) + FOOT


def written(folder: Path, text: str | bytes, name: str = "events.hepmc3") -> Path:
    path = folder / name
    content = text.encode() if isinstance(text, str) else text
    path.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    return path
