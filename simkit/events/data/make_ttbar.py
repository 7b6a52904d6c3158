"""Make the packaged sample: top-quark pair events of Pythia 8, as a gzipped HepMC3 file.

    python -m venv pythia && pythia/bin/pip install pythia8mc==8.317.2 pyhepmc
    pythia/bin/python make_ttbar.py [OUTPUT]

simkit itself does not need Pythia. The same versions and seed give the same bytes: nothing in the file
depends on the clock or on its name.

What is kept of an event: the particles that reach a detector (status 1), the vertices they come from and
the decayed particles that link those vertices to the collision (status 2). The rest of the history goes.
"""

from __future__ import annotations

import gzip
import io
import sys
from pathlib import Path

import pyhepmc
import pythia8mc

SEED = 20_240_613
EVENTS = 20
SETTINGS = (
    "Beams:idA = 2212",
    "Beams:idB = 2212",
    "Beams:eCM = 13600.",
    "Top:gg2ttbar = on",
    "Top:qqbar2ttbar = on",
    "Tune:pp = 21",  # ATLAS A14 with NNPDF2.3LO, ATL-PHYS-PUB-2014-021
    # Longer-lived particles are left for the detector simulation, ATLAS's convention (c tau > 10 mm).
    "ParticleDecays:limitTau0 = on",
    "ParticleDecays:tau0Max = 10.",
    "Random:setSeed = on",
    f"Random:seed = {SEED}",
    "Print:quiet = on",
)
# Vertices nearer than this to the one they descend from (pi0 decays, nanometres away) are the same.
SAME_VERTEX_MM = 1e-3
DIGITS = 8
BEAM, FINAL, DECAYED = 4, 1, 2


def displaced_mother(record: pythia8mc.Event, index: int) -> int:
    """Return the nearest ancestor of particle `index` born at another place than it, 0 if there is none."""
    here = record[index].vProd()
    ancestor = index
    while True:
        ancestor = record[ancestor].mother1()
        if ancestor <= 2:
            return 0
        there = record[ancestor].vProd()
        if (here - there).pAbs() > SAME_VERTEX_MM:
            return ancestor


def slim_event(
    record: pythia8mc.Event, number: int, weight: float, run: pyhepmc.GenRunInfo
) -> pyhepmc.GenEvent:
    """Return the HepMC3 event (GeV, mm) of a Pythia event record."""
    event = pyhepmc.GenEvent(run, pyhepmc.Units.GEV, pyhepmc.Units.MM)
    event.event_number = number
    event.weights = [weight]

    def particle(index: int, status: int) -> pyhepmc.GenParticle:
        p = record[index]
        made = pyhepmc.GenParticle((p.px(), p.py(), p.pz(), p.e()), p.id(), status)
        made.generated_mass = p.m()
        return made

    collision = pyhepmc.GenVertex((0.0, 0.0, 0.0, 0.0))
    for beam in (1, 2):
        collision.add_particle_in(particle(beam, BEAM))
    event.add_vertex(collision)
    vertices = {0: collision}

    def vertex_of(index: int) -> pyhepmc.GenVertex:
        """Return the vertex that particle `index` leaves, making it and its mother on first use."""
        mother = displaced_mother(record, index)
        if mother not in vertices:
            p = record[index]
            vertex = pyhepmc.GenVertex((p.xProd(), p.yProd(), p.zProd(), p.tProd()))
            decayed = particle(mother, DECAYED)
            vertex_of(mother).add_particle_out(decayed)
            vertex.add_particle_in(decayed)
            event.add_vertex(vertex)
            vertices[mother] = vertex
        return vertices[mother]

    for index in range(record.size()):
        if record[index].isFinal():
            vertex_of(index).add_particle_out(particle(index, FINAL))
    return event


def make(output: Path) -> None:
    """Generate the events and write them to `output`."""
    pythia = pythia8mc.Pythia("", False)
    for setting in SETTINGS:
        if not pythia.readString(setting):
            raise SystemExit(f"Pythia does not know {setting!r}")
    if not pythia.init():
        raise SystemExit("Pythia did not start")

    run = pyhepmc.GenRunInfo()
    run.weight_names = ["nominal"]
    version = f"{pythia.settings.parm('Pythia:versionNumber'):.3f}"
    run.tools = [pyhepmc.GenRunInfo.ToolInfo("Pythia8", version, "top-quark pairs at 13.6 TeV, tune A14")]
    text = io.BytesIO()
    with pyhepmc.open(text, "w", precision=DIGITS) as file:
        for number in range(EVENTS):
            while not pythia.next():
                pass
            file.write(slim_event(pythia.event, number, pythia.infoPython().weight(), run))
    with output.open("wb") as raw, gzip.GzipFile("", "wb", compresslevel=9, fileobj=raw, mtime=0) as packed:
        packed.write(text.getvalue())


if __name__ == "__main__":
    make(Path(sys.argv[1] if len(sys.argv) > 1 else "ttbar_13p6TeV.hepmc3.gz"))
