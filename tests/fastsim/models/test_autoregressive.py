"""The decoder does what the network was trained for."""

import numpy as np
import pytest
import torch

from simkit.errors import BadInput
from simkit.fastsim.models.autoregressive.decoder import AutoregressiveDecoder, begin, decode, draws
from simkit.fastsim.models.autoregressive.losses import losses, number_base
from simkit.fastsim.models.autoregressive.memory import arranged, make_memory
from simkit.fastsim.models.autoregressive.network import LayerNetwork, halves
from simkit.fastsim.models.autoregressive.scales import OF_LAYERS, position, powers
from simkit.fastsim.models.autoregressive.traced import traced_decoder
from simkit.fastsim.models.autoregressive.training import AutoregressiveSettings, AutoregressiveTrainer
from simkit.fastsim.models.decoding import ROWS
from simkit.fastsim.models.descent import state_of
from simkit.fastsim.models.draws import shower_keys
from simkit.fastsim.models.trainers import load_generator
from simkit.fastsim.models.training import Training
from simkit.fastsim.showers.binning import Binning
from simkit.fastsim.showers.files import NOISE_MEV, Showers

N = 13
INCIDENT = np.geomspace(1e3, 1e5, N)


@pytest.fixture(scope="module")
def pair(toy):
    """Return a network with random weights, and its decoder."""
    showers = toy(300)
    shape = showers.binning.shape
    size = AutoregressiveSettings(trunk=32, encoder=16, cells=16).size(shape)
    network = LayerNetwork(size, 1)
    cells = showers.energies_MeV.reshape(-1, *shape) / np.float32(NOISE_MEV)
    place = position(showers.incident_MeV, 1e3, 1e5)
    network.fit_scales(cells, showers.incident_MeV / NOISE_MEV, place, (1e3, 1e5))
    random = torch.Generator().manual_seed(2)
    with torch.no_grad():  # also those that begin at zero
        for parameter in network.parameters():
            parameter += 0.1 * torch.randn(parameter.shape, generator=random)
    return network, AutoregressiveDecoder(showers.binning, size, *arranged(state_of(network), size))


def made(decoder, last):
    """Return showers up to before a layer, not yet scaled to their total, and what the decoder knows."""
    layers, angles, radii = decoder.binning.shape
    work, out = make_memory(decoder.size, N), np.zeros((N, layers + 1, angles, radii), dtype=np.float32)
    begin(work, decoder, INCIDENT, shower_keys(3, N))
    decode(decoder.weights, work, out, 0, last)
    return out[:, :layers], work


@pytest.mark.parametrize("layer", range(6))
def test_the_decoder_gives_the_chances_of_the_network(pair, layer):
    """What the network says of showers that the decoder made, to 1e-5 of the largest, layer by layer."""
    network, decoder = pair
    angles, _ = decoder.binning.shape[1:]
    out, work = made(decoder, layer + 1)
    cells = np.where(out > 0, np.maximum(out / np.float32(NOISE_MEV), 1), 0).astype(np.float32)
    place = position(INCIDENT, 1e3, 1e5)
    shown = network.scaled(cells, INCIDENT / NOISE_MEV, place)
    # The decoder knows the total that it drew, and what is left of it.
    _, before = made(decoder, layer)
    rest = torch.from_numpy(np.log1p((before.rest if layer else work.total)[:N]))
    column = OF_LAYERS.index("rest")
    mean, log_spread = (
        torch.from_numpy(powers(place)) @ scale[layer, :, column]
        for scale in (network.scale_mean, network.scale_log_spread)
    )
    shown.rest[:, layer] = (rest - mean) / log_spread.exp()
    shown = shown._replace(total=torch.from_numpy(work.total_scaled[:N]))
    with torch.no_grad():
        chances, filled, _ = network(shown)

    def agree(expected, found, where=None):
        expected = torch.as_tensor(expected).numpy()
        off = np.abs(expected - found[..., : expected.shape[-1]])
        off = off if where is None else off[where.numpy()]
        assert off.size
        assert off.max() < 1e-5 * max(1.0, np.abs(expected).max())

    rows = torch.arange(N) * decoder.binning.layers + layer
    agree(chances.total, work.total_chances[:N])
    agree(chances.number[rows], work.number[:N])
    which = torch.isin(filled, rows).nonzero()[:, 0]
    here = filled[which]
    n = len(which)
    np.testing.assert_array_equal(here // decoder.binning.layers, work.filled[:n])
    agree(chances.last[which], work.last[:n])
    agree(chances.energy[which], work.energy[:n])

    def of(values):
        return values.flatten(0, 1)[here]

    lit = torch.from_numpy(work.lit[:n]).float()
    assert torch.equal(lit, of(shown.raw.ring_number))
    base = number_base(lit, of(shown.ring_mean), of(shown.ring_spread), angles)
    drawn = torch.isfinite(base) & (torch.isfinite(base).sum(-1, keepdim=True) > 1)
    agree(chances.ring_number[:, which] + base, work.rings_number[:, :n], drawn)
    agree(chances.share[:, which], work.rings_share[:, :n], of(shown.raw.share_known).T[:-1])
    pattern = work.pattern[:, : n * angles].reshape(2, n, angles, -1)
    agree(chances.first[which], pattern[0])
    agree(chances.second[which], pattern[1])
    _, row, *_ = halves(shown.raw.part_known.flatten(0, 1)[filled]).nonzero(as_tuple=True)
    found = torch.from_numpy(work.part[:, : n * angles]).unflatten(1, (n, angles)).permute(1, 2, 0, 3)
    agree(chances.part[torch.isin(row, which)], halves(found)[halves(of(shown.raw.part_known))].numpy())


def test_thinned_losses_are_right_on_average(pair, toy):
    """Cells of every second layer that is not empty, counted twice: both choices' mean is the whole loss."""
    network, _ = pair
    showers = toy(9, seed=6)
    cells = showers.energies_MeV.reshape(-1, *showers.binning.shape) / np.float32(NOISE_MEV)
    shown = network.scaled(cells, showers.incident_MeV / NOISE_MEV, position(showers.incident_MeV, 1e3, 1e5))
    with torch.no_grad():
        whole, *thinned = losses(network, shown), losses(network, shown, 0, 2), losses(network, shown, 1, 2)
    assert not torch.allclose(thinned[0], whole, rtol=1e-3)
    torch.testing.assert_close((thinned[0] + thinned[1]) / 2.0, whole)


def test_numbers_and_energies_are_those_drawn(pair):
    """A layer has as many cells on as were drawn, and a shower the energy that was drawn for it."""
    _, decoder = pair
    out, work = made(decoder, 4)
    np.testing.assert_array_equal((out[:, 3] > 0).sum(axis=(1, 2)), work.count[:N])
    n = int((work.count[:N] > 0).sum())
    rings = (out[work.filled[:n], 3] > 0).sum(axis=1)
    np.testing.assert_array_equal(rings, work.lit[:n])
    whole = decoder.generate(INCIDENT, shower_keys(3, N)).sum(axis=1)
    np.testing.assert_allclose(whole, work.total[:N] * NOISE_MEV, rtol=1e-5)


def test_cells_are_zero_or_above_the_threshold(trained, toy):
    generator, _ = load_generator(trained("autoregressive"))
    cells = generator.generate(toy(200).incident_MeV, shower_keys(4, 200))
    assert cells[cells > 0].min() >= NOISE_MEV


def test_binnings_that_it_cannot_make_are_told(tmp_path):
    odd = Binning("electron", 11, ((0.0, 1.0, 2.0),) * 5, (3,) * 5)
    for binning in (
        odd,
        odd._replace(angles=(4, 4, 4, 4, 2)),
        odd._replace(radial_edges_mm=((0.0, 1.0),) * 5),
    ):
        showers = Showers(binning, np.full(9, 1e3), np.ones((9, binning.cells), dtype=np.float32))
        with pytest.raises(BadInput, match="autoregressive: the cells must be of four or more like layers"):
            AutoregressiveTrainer().train(showers, AutoregressiveSettings(), Training(tmp_path))


def test_a_turned_shower_has_the_same_chance(pair, toy):
    """What comes before single cells does not depend on their angle at all."""
    network, _ = pair
    showers = toy(20, seed=5)
    place = position(showers.incident_MeV, 1e3, 1e5)
    found = []
    for image in showers.binning.symmetries():
        cells = showers.energies_MeV[:, image].reshape(-1, *showers.binning.shape) / np.float32(NOISE_MEV)
        with torch.no_grad():
            chances, *_ = network(network.scaled(cells, showers.incident_MeV / NOISE_MEV, place))
        found.append(chances)
    assert len(found) == 8
    turns = found[:4]
    for other in turns[1:]:
        for name in ("total", "number", "last", "energy", "ring_number", "share"):
            torch.testing.assert_close(getattr(other, name), getattr(turns[0], name), rtol=1e-4, atol=1e-4)
    assert not torch.allclose(turns[1].first, turns[0].first)
    torch.testing.assert_close(turns[1].first, turns[0].first.roll(-1, 1), rtol=1e-4, atol=1e-4)


def test_the_traced_decoder_makes_the_same_showers(pair):
    """Torch in float64, from the same random numbers; of 16 showers at most one parts at a boundary."""
    network, decoder = pair
    module = traced_decoder(decoder.size, state_of(network))
    numbers = draws(decoder.size, shower_keys(3, ROWS))
    energies = np.geomspace(1e3, 1e5, ROWS)
    with torch.no_grad():
        made = module(torch.from_numpy(numbers), torch.from_numpy(energies.astype(np.float32))).numpy()
    expected = decoder.generate(energies, shower_keys(3, ROWS))
    off = np.abs(made - expected).max(axis=1) / expected.max(axis=1)
    assert np.sort(off)[-2] < 1e-5
    assert (expected > 0).sum() > 20 * ROWS


def test_weights_that_are_beyond_all_numbers_give_none(pair):
    """Energies without end are no number of cells, which is an index: the kernel wrote anywhere."""
    _, decoder = pair
    endless = decoder.weights._replace(scale_mean=np.full_like(decoder.weights.scale_mean, 1e30))
    wild = AutoregressiveDecoder(decoder.binning, decoder.size, endless, decoder.range_MeV)
    assert wild.generate(INCIDENT, shower_keys(3, N)).shape == (N, decoder.binning.cells)
