import zlib

import numpy as np
import pytest

from simkit.errors import BadInput
from simkit.fastsim.models.frozen_library import nearest_from
from simkit.fastsim.models.library import level_MeV, pack, packed_to, unpack
from simkit.fastsim.models.model_file import Card, ModelFile, TrainingData
from simkit.fastsim.showers.binning import DATASET_2, to_xml
from simkit.fastsim.showers.files import NOISE_MEV, Showers, without_noise


def as_file(packed, binning):
    data = TrainingData(sha256="", showers=1, least_MeV=1.0, most_MeV=2.0)
    return ModelFile("here", Card(model="frozen-library", binning=to_xml([binning]), data=data), packed)


def unpacked(library, cells):
    out = np.zeros((len(library.incident_MeV), cells))
    for i, levels in enumerate(level_MeV(library.most_MeV)):
        hits = slice(library.starts[i], library.starts[i + 1])
        out[i, library.cells[hits]] = levels[library.levels[hits]]
    return out


def sparse(n=40):
    """Return showers with gaps longer than 255 cells, one without any energy, one with its least."""
    random = np.random.default_rng(1)
    energies = random.lognormal(0.0, 3.0, (n, DATASET_2.cells)) * (random.random((n, 1)) ** 4 > 0.3)
    energies *= random.random(energies.shape) < np.linspace(0.0005, 0.3, n)[:, None]
    energies[3] = 0.0
    energies[4] = 0.0
    energies[4, 6479] = np.float32(NOISE_MEV) * 1.0001
    return Showers(DATASET_2, random.uniform(1e3, 1e6, n), energies.astype(np.float32))


def test_a_library_gives_its_showers_back():
    showers = sparse()
    library = unpack(as_file(pack(showers), DATASET_2))
    order = np.argsort(showers.incident_MeV)
    np.testing.assert_array_equal(library.incident_MeV, showers.incident_MeV[order])
    truth, found = without_noise(showers).energies_MeV[order], unpacked(library, DATASET_2.cells)
    np.testing.assert_array_equal(found > 0, truth > 0)
    on = truth > 0
    ratio = found[on] / truth[on]
    half_step = np.sqrt(truth.max() / NOISE_MEV) ** (1 / 255)
    assert ratio.max() < half_step * 1.00001
    assert ratio.min() > 1 / (half_step * 1.00001)
    assert ratio.mean() == pytest.approx(1.0, abs=5e-4)


def test_a_library_is_as_large_as_it_may_be():
    showers = sparse(200)
    whole = sum(array.nbytes for array in pack(showers).values()) / 1e6
    half = packed_to(showers, whole / 2, np.random.default_rng(1))
    assert 0.45 * whole < sum(array.nbytes for array in half.values()) / 1e6 <= 0.5 * whole
    assert set(half["incident_MeV"]) <= set(showers.incident_MeV)
    assert len(packed_to(showers, 100.0, np.random.default_rng(1))["hits"]) == 200
    with pytest.raises(BadInput, match="holds no shower"):
        packed_to(showers, 1e-5, np.random.default_rng(1))


def test_turned_showers_are_the_symmetries_of_the_binning():
    library = unpack(as_file(pack(sparse()), DATASET_2))
    shower = np.random.default_rng(2).random(DATASET_2.cells)
    for symmetry, inverse in zip(DATASET_2.symmetries(), library.inverse):
        turned = np.empty_like(shower)
        turned[inverse] = shower
        np.testing.assert_array_equal(turned, shower[symmetry])


def test_damaged_libraries_are_told():
    packed = pack(sparse())
    n = len(packed["hits"])

    def deflated(content):
        return np.frombuffer(zlib.compress(content), np.uint8)

    for name, wrong, said in (
        ("levels", packed["levels"][:50], "ends too early"),
        ("levels", packed["levels"][:-1], "ends too early"),
        ("levels", np.arange(90, dtype=np.uint8), "damaged"),
        ("levels", deflated(bytes(10**7)), "more than"),
        ("gaps", deflated(b"\0" * 10), "do not hold as many"),
        ("gaps", deflated(b"\xff\xfe" * int(packed["hits"].sum())), "more than|beyond"),
        ("hits", np.full(n, -1, np.int32), "more cells"),
        ("hits", np.full(n, 6481, np.int32), "more cells"),
        ("incident_MeV", -packed["incident_MeV"], "must be positive"),
        ("incident_MeV", packed["incident_MeV"][::-1].copy(), "rise"),
    ):
        with pytest.raises(BadInput, match=f"here: .*({said})"):
            unpack(as_file(packed | {name: wrong}, DATASET_2))


def test_the_nearest_in_energy_are_taken():
    energies = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    for energy, first in ((0.5, 0), (1.5, 0), (3.5, 1), (4.5, 2), (9.0, 2)):
        assert nearest_from(energies, energy, 4) == first
