"""One collision at a time: what goes in comes out, in energy, charge and nucleons."""

from types import SimpleNamespace

import numpy as np
import pytest

from simkit.engines.build import build_world
from simkit.jit import kernel
from simkit.particles import PARTICLES, kind_of_pdg, species
from simkit.rng import make_rng, start_track
from simkit.scenario import load_scenario
from simkit.tally import ENERGY_UNIT, NEUTRINOS, REST_MASS, make_tally, tally_columns
from simkit.tracks import Track, make_stacks, pack_tracks, track_at, unpack_tracks
from simkit.transport.lives.hadron_collision import capture, collide, scatter_elastically
from simkit.transport.lives.hadron_decay import decay
from simkit.transport.lives.neutral_hadron import NeutralLife
from simkit.transport.secondaries import birth_by
from tests.transport.shots import standard_error

NUCLEI = {"G4_Pb": (82, 207), "G4_lAr": (18, 40), "G4_GRAPHITE": (6, 12), "G4_H": (1, 1)}
HADRONS = ["pi+", "pi-", "K+", "K-", "K(L)0", "p", "n", "p~", "n~"]
COLLIDE, CAPTURE, DECAY, SCATTER = range(4)


@kernel
def happen(what, life, tally, stacks, rng, words):
    """Let something happen to a track; returns protons and nucleons that stay."""
    track = track_at(words, 0)
    start_track(rng, 0, track.identity)
    if what == DECAY:
        decay(birth_by(life, 0), tally, stacks, rng, track, 0, 0)
        return 0, 0
    if what == SCATTER:
        scatter_elastically(life.collisions, birth_by(life, 0), tally, stacks, rng, track, 0, 0, 0)
        return 0, 0
    if what == CAPTURE:
        _, nucleus = capture(life.collisions, birth_by(life, 0), tally, stacks, rng, track, 0, 0, 0)
    else:
        _, nucleus = collide(life.collisions, birth_by(life, 0), tally, stacks, rng, track, 0, 0, 0)
    return nucleus.protons, nucleus.nucleons


@pytest.fixture(scope="module")
def worlds():
    found = {}
    for material in NUCLEI:
        slab = ({"region": "slab", "material": material, "thickness_mm": 1e6},)
        keys = {"geometry.layers": 1, "geometry.transverse_mm": 1e6, "geometry.slab": slab}
        world = build_world(load_scenario("testem3", overrides={**keys, "events.particle": "pi+"}))
        life = next(life for life in world.setup.lives if isinstance(life, NeutralLife))
        found[material] = SimpleNamespace(life=life, life_of=world.setup.life_of)
    return found


def outcomes(world, what, name, energy, n):
    """Yield (secondaries, deposit, rest mass booked, neutrinos, protons that stay, nucleons that stay)."""
    columns = tally_columns(2, 1)
    rng = make_rng(11)
    stacks = make_stacks(world.life_of, 4096)
    for i in range(n):
        tally = make_tally(1, 2, 1)
        stacks.heights[:] = 0
        track = Track(kind_of(name), np.array([energy]), 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0, i + 1, 0)
        protons, nucleons = happen(what, world.life, tally, stacks, rng, pack_tracks(track))
        made = np.concatenate([words[:height] for words, height in zip(stacks.words, stacks.heights)])
        counts = tally.counts[0]
        balance = counts[columns["balance"]] * ENERGY_UNIT
        deposit = counts[columns["deposits"]].sum() * ENERGY_UNIT
        yield unpack_tracks(made), deposit, balance[REST_MASS], balance[NEUTRINOS], protons, nucleons


def kind_of(name):
    return PARTICLES.index(name)


def sum_of(made, what):
    return sum(what(PARTICLES[int(kind)]) for kind in made.kind)


def baryon(name):
    return {"p": 1, "n": 1, "p~": -1, "n~": -1}.get(name, 0)


def meson_mass(name):
    return species(name).mass if name.startswith(("pi", "K")) else 0.0


def mass_kept(name):
    """Return the mass that the balance has as a particle's: an antinucleon ends with a nucleon."""
    return 2 * 938.9187 if baryon(name) < 0 else meson_mass(name)


CASES = [
    *((COLLIDE, name, energy) for name in HADRONS for energy in (40.0, 400.0, 4e3, 1e5)),
    *((CAPTURE, name, 0.0) for name in ("pi-", "K-", "p~")),
]


@pytest.mark.parametrize("material", NUCLEI)
def test_energy_charge_and_nucleons_balance(worlds, material):
    z, a = NUCLEI[material]
    separation = worlds[material].life.collisions.targets.rows[0, 2]
    for what, name, energy in CASES:
        for made, deposit, booked, _, protons, nucleons in outcomes(worlds[material], what, name, energy, 60):
            case = (material, what, name, energy)
            assert (made.energy >= 0.0).all(), case
            out = made.energy.sum() + deposit
            assert out == pytest.approx(energy + booked, abs=1e-6 + 1e-12 * energy), case
            # what was booked are masses and whole binding energies
            bound = mass_kept(name) - sum_of(made, mass_kept) - booked
            if (material, what, name) == ("G4_H", CAPTURE, "pi-"):  # neutron and proton differ here
                bound -= species("n").mass - species("p").mass
            number = bound / separation if separation else 0.0
            assert bound == pytest.approx(round(number) * separation, abs=1e-5), case
            assert 0 <= round(number) < a or a == 1, case
            # protons too slow to be followed stay here
            slow = a + baryon(name) - sum_of(made, baryon) - nucleons
            assert slow >= 0, case
            charge = z + species(name).charge - sum_of(made, lambda n: species(n).charge) - protons
            assert charge == slow, case
            assert 0 <= protons <= nucleons, case


def test_a_capture_at_rest_has_no_direction(worlds):
    """The track came along +x."""
    for name in ("pi-", "p~"):
        along = np.array(
            [
                (made.energy * made.u).sum()
                for made, *_ in outcomes(worlds["G4_lAr"], CAPTURE, name, 0.0, 1000)
            ]
        )
        assert abs(along.mean()) < 4.5 * standard_error(along), name


def test_hydrogen_captures_a_pion_as_measured(worlds):
    """pi0 n to gamma n is 1.546 (Spuller et al. 1977); the neutron has 0.4 or 8.9 MeV, the photon 129.4."""
    n = 1000
    pairs = 0
    for made, *_ in outcomes(worlds["G4_H"], CAPTURE, "pi-", 0.0, n):
        photons = made.energy[made.kind == kind_of("gamma")]
        (neutron,) = made.energy[made.kind == kind_of("n")]
        assert len(made.energy) == 1 + len(photons)
        momentum = np.sqrt(neutron * (neutron + 2.0 * species("n").mass))
        along = [(photons * way[made.kind == kind_of("gamma")]).sum() for way in (made.u, made.v, made.w)]
        if len(photons) == 2:
            pairs += 1
            assert neutron == pytest.approx(0.42, abs=0.02)
            assert 54.0 < photons.min() <= photons.max() < 84.0
        else:
            assert neutron == pytest.approx(8.87, abs=0.05)
            assert photons == pytest.approx([129.4], abs=0.1)
        assert np.linalg.norm(along) == pytest.approx(momentum, rel=1e-6)
    expected = 1.546 / 2.546
    assert pairs / n == pytest.approx(expected, abs=4.0 * np.sqrt(expected * (1.0 - expected) / n))


def test_momenta_are_of_the_size_they_should_be(worlds):
    """The toy balances no momentum; that along the beam comes out within a quarter on the average."""
    for name, energy in (("pi+", 1e4), ("p", 1e5)):
        along = []
        for made, *_ in outcomes(worlds["G4_lAr"], COLLIDE, name, energy, 300):
            masses = np.array([species(PARTICLES[int(kind)]).mass for kind in made.kind])
            along.append((np.sqrt(made.energy * (made.energy + 2 * masses)) * made.u).sum())
        beam = np.sqrt(energy * (energy + 2 * species(name).mass))
        assert np.mean(along) == pytest.approx(beam, rel=0.25)


def test_a_proton_that_is_hit_recoils_with_what_the_hadron_lost(worlds):
    """Momentum is conserved: its energy says how large its own is, and at which angle to the beam."""
    mass, energy = species("p").mass, 200.0
    beam = np.sqrt(energy * (energy + 2.0 * mass))
    followed = 0
    for made, deposit, *_ in outcomes(worlds["G4_H"], SCATTER, "p", energy, 200):
        if not len(made.energy):
            assert 0.0 < deposit < 0.07  # below the cut of 0.7 mm
            continue
        followed += 1
        assert deposit == 0.0
        (recoil,), (u,) = made.energy, made.u
        assert PARTICLES[int(made.kind[0])] == "p"
        assert 0.07 <= recoil <= energy
        momentum = np.sqrt(recoil * (recoil + 2.0 * mass))
        assert u == pytest.approx(recoil * (energy + 2.0 * mass) / (beam * momentum), abs=1e-3)
    assert followed > 150


@pytest.mark.parametrize("name", ["pi+", "pi-", "K+", "K-", "K(L)0", "K(S)0", "pi0"])
@pytest.mark.parametrize("energy", [0.0, 500.0])
def test_decays_conserve_energy_and_charge(worlds, name, energy):
    mass = species(name).mass
    for made, deposit, booked, neutrinos, *_ in outcomes(worlds["G4_H"], DECAY, name, energy, 100):
        masses = sum_of(made, lambda n: species(n).mass)
        assert deposit == 0.0
        assert booked == pytest.approx(mass - masses, abs=1e-6)
        assert made.energy.sum() + neutrinos == pytest.approx(energy + mass - masses, abs=1e-6)
        assert sum_of(made, lambda n: species(n).charge) == species(name).charge


def test_momentum_is_conserved_in_decays_without_neutrinos(worlds):
    mass = species("pi0").mass
    for made, *_ in outcomes(worlds["G4_H"], DECAY, "pi0", 500.0, 100):
        momentum = [(made.energy * way).sum() for way in (made.u, made.v, made.w)]
        assert momentum == pytest.approx([np.sqrt(500.0 * (500.0 + 2 * mass)), 0.0, 0.0], abs=1e-6)


def test_kinds_have_their_numbers():
    assert {kind_of_pdg()[species(name).pdg] for name in HADRONS} == {kind_of(name) for name in HADRONS}
