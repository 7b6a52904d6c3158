"""What a generator of somebody else's may do: write into what it is given, raise, and give anything."""

from types import SimpleNamespace

import numpy as np
import pytest

from simkit.api.fastsim.generate import generated
from simkit.api.fastsim.timing import time_model
from simkit.errors import BadInput
from simkit.fastsim.hook.batches import Waiting
from simkit.fastsim.models import trainers
from simkit.fastsim.models.draws import shower_keys
from simkit.fastsim.models.on_host import give_generator
from simkit.fastsim.showers.binning import regular_binning

TWELVE = regular_binning("electron", 11, layers=3, angles=2, radii=2, step_mm=5.0)


def generator(generate):
    return SimpleNamespace(binning=TWELVE, generate=generate)


def in_transport(one):
    """Return the function that asks as batches of tracks do."""
    host = SimpleNamespace(generator=one, name="mine", batch=1, flush_s=0.0)
    waiting = Waiting(None, {0: host}, None)
    return lambda incident, keys: waiting._generate(host, incident, keys)


def in_a_file(one):
    """Return the function that asks as `simkit fastsim generate` does."""
    return lambda incident, keys: generated(one, "mine", incident, keys).energies_MeV


@pytest.fixture(params=[in_transport, in_a_file])
def asked(request):
    """Return the way a generator is asked for showers."""
    return request.param


@pytest.mark.parametrize("n", [1, 3])
def test_what_it_is_given_is_its_own(asked, n):
    def scales(incident_MeV, keys):
        found = np.outer(incident_MeV, np.ones(12))
        incident_MeV /= 1e3
        keys[:] = 0
        return found

    incident, keys = np.full(n, 2e3), shower_keys(1, n)
    for _ in range(2):
        np.testing.assert_array_equal(asked(generator(scales))(incident, keys), np.full((n, 12), 2e3))
    np.testing.assert_array_equal(incident, 2e3)
    np.testing.assert_array_equal(keys, shower_keys(1, n))


def test_what_it_gives_is_copied(asked):
    buffer = np.ones((2, 12), dtype=np.float32)
    found = asked(generator(lambda incident, keys: buffer))(np.ones(2), shower_keys(1, 2))
    buffer[:] = -1.0
    np.testing.assert_array_equal(found, 1.0)


class Tensor:
    """As torch's that is being differentiated: it becomes no array."""

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("Can't call numpy() on Tensor that requires grad")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (np.ones(12), r"an array of \(12,\); must be \(2, 12\)"),
        (np.ones((1, 12)), r"an array of \(1, 12\); must be \(2, 12\)"),
        (np.ones((2, 1)), r"an array of \(2, 1\); must be \(2, 12\)"),
        (1.0, r"an array of \(\)"),
        (None, "gives NoneType .*; must give float32"),
        (np.ones((2, 12), dtype=complex), r"gives ndarray \(TypeError: of complex128\)"),
        ([["x"] * 12] * 2, "gives list .*; must give float32"),
        (Tensor(), r"gives Tensor \(RuntimeError: Can't call numpy"),
    ],
)
def test_what_are_no_showers_is_told(asked, given, said):
    with pytest.raises(BadInput, match=f"generator 'mine': gives {said.removeprefix('gives ')}"):
        asked(generator(lambda incident, keys: given))(np.ones(2), shower_keys(1, 2))


def test_what_it_raises_is_told(asked):
    with pytest.raises(BadInput, match=r"cannot generate 2 showers \(ZeroDivisionError: .*correct it"):
        asked(generator(lambda incident, keys: 1 // 0))(np.ones(2), shower_keys(1, 2))


def test_energies_too_large_for_float32_are_infinite_without_a_warning(asked, recwarn):
    found = asked(generator(lambda incident, keys: np.full((2, 12), 1e300)))(np.ones(2), shower_keys(1, 2))
    assert np.isinf(found).all()
    assert not recwarn


def test_a_timing_asks_in_the_same_way(trained, monkeypatch):
    file = trained("frozen-library")
    read = trainers.load_generator(file)[1]
    for raising, said in (
        (lambda *given: 1 // 0, "ZeroDivisionError"),
        (lambda *given: 1.0, r"array of \(\)"),
    ):
        one = SimpleNamespace(binning=read.binning, generate=raising)
        monkeypatch.setattr("simkit.api.fastsim.timing.load_generator", lambda path, one=one: (one, read))
        with pytest.raises(BadInput, match=said):
            time_model(file, (1,), events=0, budget=0.1)


def test_cells_that_are_none_are_told():
    for binning in (None, TWELVE.radial_edges_mm, {}):
        with pytest.raises(BadInput, match="is no generator; give an object with `binning`"):
            give_generator("mine", SimpleNamespace(binning=binning, generate=print))
