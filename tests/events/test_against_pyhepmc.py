"""The outside check: pyhepmc, HepMC3's own reader, and ours read the same numbers from the same file."""

import numpy as np
import pyhepmc
import pytest

from simkit.events import packaged_sample
from simkit.events.listing import read_events
from tests.events.hepmc3_texts import event, listing, photon, written

CHAIN = """E 0 4 8{event_place}
U GEV MM
{attributes}P 1 0 2212 0 0 50 50 0.938 4
P 2 0 2212 0 0 -50 50 0.938 4
V -1 1 [1,2]{first}
P 3 -1 21 0 0 10 10 0 2
V -2 1 [{incoming}]{second}
P 4 -2 23 0 0 80 80 0 2
P 5 4 22 0.1 0.2 1e-3 5 0 1
P 6 5 22 -1.5e+1 0 0 5 0 1
P 7 -2 13 0 40 0 40 0.10566 1
P 8 0 22 0 -40 0 40 0 1
"""


def chain(event_place="", attributes="", first="", incoming="3", second=""):
    return listing(
        CHAIN.format(
            event_place=event_place, attributes=attributes, first=first, incoming=incoming, second=second
        )
    )


CYCLE = """E 0 3 7
U GEV MM
A 0 cycles 1
P 1 0 2212 0 0 50 50 0.938 4
P 2 0 2212 0 0 -50 50 0.938 4
V -1 1 [1,5] @ 0 0 0 0
P 3 -1 21 0 0 10 10 0 2
V -2 1 [2,3] @ 1 2 3 4
P 4 -2 23 0 0 80 80 0 2
P 5 -2 21 0 0 5 5 0 2
V -3 1 [4]{place}
P 6 -3 22 0 40 0 40 0 1
P 7 -3 22 0 -40 0 40 0 1
"""


def theirs(path):
    """Return number, pdg, momentum, energy, mass (MeV) and vertex (mm, c t too) of status 1, by event."""
    for found in pyhepmc.open(str(path)):
        energy = 1e3 if found.momentum_unit == pyhepmc.Units.GEV else 1.0
        length = 10.0 if found.length_unit == pyhepmc.Units.CM else 1.0
        yield [
            (
                p.id,
                p.pid,
                *(energy * x for x in (p.momentum.px, p.momentum.py, p.momentum.pz)),
                energy * p.momentum.e,
                energy * p.generated_mass,
                *(length * x for x in tuple(p.production_vertex.position)),
            )
            for p in found.particles
            if p.status == 1
        ]


def ours(path):
    for found in read_events(path, None):
        yield [(p.number, p.pdg, *p.momentum, p.energy, p.mass, *p.position) for p in found.particles]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(listing(event(1), event(2, "MEV CM"), event(2, "MEV MM")), id="units"),
        pytest.param(listing(photon()) + listing(photon(1), photon(2, energy=1e-3)), id="joined"),
        pytest.param(chain(), id="no place"),
        pytest.param(chain(event_place=" @ 1 2 3 4"), id="of the event"),
        pytest.param(chain(first=" @ 1 2 3 4"), id="of the ancestor"),
        pytest.param(chain(first=" @ 1 2 3 4", incoming="2,3"), id="of the first ancestor alone"),
        pytest.param(chain(first=" @ 1 2 3 4", incoming="3,2"), id="of the first ancestor listed"),
        pytest.param(chain(first=" @ 1 2 3 4", second=" @ 0 0 0 0"), id="zero is no place"),
        pytest.param(chain(first=" @ 1 2 3 4", second=" @ 0 0 0 5"), id="zero but for the time"),
        pytest.param(chain(attributes="A 0 cycles 1\n", first=" @ 1 2 3 4"), id="cycles allowed"),
        pytest.param(chain(attributes="A 0 cycles 0\n", first=" @ 1 2 3 4"), id="cycles not allowed"),
        pytest.param(listing(CYCLE.format(place="")), id="cycle"),
        pytest.param(listing(CYCLE.format(place=" @ 5 6 7 8")), id="cycle with places"),
    ],
)
def test_the_same_particles_at_the_same_places(tmp_path, text):
    path = written(tmp_path, text)
    found, expected = list(ours(path)), list(theirs(path))
    assert found == expected
    assert sum(map(len, found)) > 0


def test_the_packaged_sample():
    for found, expected in zip(ours(packaged_sample()), theirs(packaged_sample()), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_what_pyhepmc_writes(tmp_path):
    """A random tree of decays, as HepMC3 writes it: implicit vertices, a place for some, cm and MeV."""
    random = np.random.default_rng(5)
    path = tmp_path / "written.hepmc3"
    with pyhepmc.open(str(path), "w") as file:
        for number in range(20):
            tree = pyhepmc.GenEvent(pyhepmc.Units.MEV, pyhepmc.Units.CM)
            tree.event_number = number
            tree.weights = list(random.normal(size=3))
            grown = [pyhepmc.GenParticle((0, 0, 1e6, 1e6), 2212, 4)]
            for _ in range(15):
                mother = grown.pop(random.integers(len(grown)))
                mother.status = 2 if mother.status == 1 else mother.status
                place = random.normal(size=4) if random.random() < 0.4 else np.zeros(4)
                vertex = pyhepmc.GenVertex(tuple(place))
                vertex.add_particle_in(mother)
                for _ in range(random.integers(1, 4)):
                    momentum = tuple(random.normal(size=3) * 1e3)
                    child = pyhepmc.GenParticle((*momentum, 1e4), int(random.choice([22, 11, 211])), 1)
                    child.generated_mass = 0.5
                    vertex.add_particle_out(child)
                    grown.append(child)
                tree.add_vertex(vertex)
            file.write(tree)
    found, expected = list(ours(path)), list(theirs(path))
    assert found == expected
    assert len(found) == 20
    weights = [event.weight for event in read_events(path, None)]
    assert weights == [event.weights[0] for event in pyhepmc.open(str(path))]
