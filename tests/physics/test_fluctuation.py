"""Energy-loss fluctuation against the model as published, drawn collision by collision, and Landau."""

import math

import numpy as np
import pytest

from simkit.jit import kernel
from simkit.materials import find_material
from simkit.physics.fluctuation import (
    MANY,
    N_QUANTILES,
    TABULATED_RATIO,
    bohr_variance,
    build_fluctuation_tables,
    fluctuation_constants,
    sample_energy_loss,
    sample_heavy_energy_loss,
)
from simkit.physics.ionisation import restricted_dedx
from simkit.rng import make_rng, start_track
from simkit.units import ELECTRON_MASS, TWO_PI_RE2_ME

CUTS = {"G4_Pb": 1.00386, "G4_lAr": 0.273968, "G4_Si": 0.42, "G4_Xe": 0.001}  # MeV
MATERIALS = list(CUTS)


@pytest.fixture(scope="module")
def tables():
    return build_fluctuation_tables([find_material(name) for name in CUTS], list(CUTS.values()))


@kernel
def fill(rng, mean_loss, largest_transfer, tables, couple, out):
    for i in range(out.size):
        out[i] = sample_energy_loss(rng, mean_loss, largest_transfer, tables, couple)


@kernel
def fill_heavy(rng, mean_loss, largest_transfer, variance, tables, couple, out):
    for i in range(out.size):
        out[i] = sample_heavy_energy_loss(rng, mean_loss, largest_transfer, variance, tables, couple)


def losses(tables, material, mean_loss, largest_transfer, count, seed=1):
    out = np.empty(count)
    rng = make_rng(seed)
    start_track(rng, 0, 1)
    fill(rng, mean_loss, largest_transfer, tables, MATERIALS.index(material), out)
    return out


def model_losses(material, mean_loss, limit, count):
    """The model as the Geant4 Physics Reference Manual and Geant4 11 state it, in numpy."""
    random = np.random.default_rng(11)
    smallest, share = 1e-5, 0.56
    scaling = min(1 + 0.5e-3 / limit, 1.5)
    mean = mean_loss / scaling
    ratio = limit / smallest
    loss = np.zeros(count)

    def add_normal(mean, variance):
        extra = random.normal(mean, math.sqrt(variance), count)
        while np.any(outside := (extra < 0) | (extra > 2 * mean)):
            extra[outside] = random.normal(mean, math.sqrt(variance), outside.sum())
        loss[:] += extra

    ionisations = mean * (limit - smallest) / (smallest * limit * math.log(ratio))
    excitation = find_material(material).mean_excitation_MeV
    if limit > excitation:
        ionisations *= share
        number = (1 - share) * mean / excitation
        widening = 0.1 + 3.9 * math.sqrt(number / 42) if number < 42 else 4.0
        number, size = number / widening, excitation * widening
        if number > 8:
            add_normal(number * size, number * size**2)
        else:
            n = random.poisson(number, count)
            loss += np.where(n > 0, (n + 1 - 2 * random.random(count)) * size, 0.0)
    left, alpha = ionisations, 1.0
    if ionisations > 8:
        alpha = ratio * (8 + ionisations) / (ratio * 8 + ionisations)
        size = alpha * math.log(alpha) / (alpha - 1)
        many = ionisations * ratio * (alpha - 1) / ((ratio - 1) * alpha)
        add_normal(many * smallest * size, smallest**2 * many * (alpha - size**2))
        left = ionisations - many
    least = alpha * smallest
    if least < limit:
        n = random.poisson(left, count)
        transfers = least / (1 - (1 - least / limit) * random.random(n.sum()))
        loss += np.bincount(np.repeat(np.arange(count), n), transfers, count)
    return loss * scaling


# material, mean loss and kinetic energy of an electron, MeV: thin, thick and very thick steps; slow and fast
CASES = [
    ("G4_Pb", 0.002, 0.1),
    ("G4_Pb", 0.02, 0.3),
    ("G4_Pb", 0.1, 1.0),
    ("G4_Pb", 0.4, 100.0),  # 0.3 mm
    ("G4_Pb", 5.0, 1000.0),
    ("G4_lAr", 0.004, 0.1),
    ("G4_lAr", 0.02, 1.0),
    ("G4_lAr", 0.19, 10.0),  # 1 mm
    ("G4_lAr", 1.0, 1000.0),
    ("G4_lAr", 3.0, 1000.0),
    ("G4_lAr", 20.0, 1000.0),
    ("G4_Si", 0.00623, 1000.0),  # 20 um
    ("G4_Xe", 0.003, 10.0),  # where the width is scaled
]


@pytest.mark.parametrize(("material", "mean_loss", "energy"), CASES)
def test_mean_is_preserved(tables, material, mean_loss, energy):
    """Within 5 standard errors (false alarm 6e-7 each): 0.5 % of the standard deviation."""
    sample = losses(tables, material, mean_loss, 0.5 * energy, 1_000_000)
    error = sample.std() / math.sqrt(sample.size)
    assert abs(sample.mean() - mean_loss) < 5 * error
    assert sample.min() >= 0.0


@pytest.mark.parametrize(("material", "mean_loss", "energy"), CASES)
def test_shape_as_the_model_stated(tables, material, mean_loss, energy):
    """Quantiles within 1.5 % of the width, 4 standard errors: false alarm below 1e-3 in all."""
    count = 500_000
    sample = losses(tables, material, mean_loss, 0.5 * energy, count)
    model = model_losses(material, mean_loss, min(0.5 * energy, CUTS[material]), count)
    levels = [0.02, 0.16, 0.5, 0.84]
    expected = np.quantile(model, levels)
    width = expected[3] - expected[1]
    found = np.quantile(sample, levels)
    assert np.abs(found - expected).max() < 0.015 * width
    assert found[3] - found[1] == pytest.approx(width, rel=0.02)
    assert np.mean(sample == 0.0) == pytest.approx(np.mean(model == 0.0), abs=0.005)


def test_variance_is_that_of_the_two_kinds_of_collisions(tables):
    """Excitations give n e^2, transfers of xi / E^2 give xi (limit - 10 eV); 2 % are 5 standard errors."""
    mean_loss, cut = 1.0, CUTS["G4_lAr"]
    sample = losses(tables, "G4_lAr", mean_loss, 50.0, 1_000_000)
    scaling = 1 + 0.5e-3 / cut
    mean = mean_loss / scaling
    xi = 0.56 * mean / math.log(cut / 1e-5)
    variance = 0.44 * mean * 4 * 188e-6 + xi * (cut - 1e-5)
    assert sample.var() == pytest.approx(variance * scaling**2, rel=0.02)


def test_thick_layer_as_landau():
    """1 GeV e- in 5 mm of lAr: most probable loss and full width at half maximum of Landau's law.

    L. Landau, J. Phys. USSR 8 (1944) 201; Particle Data Group, "Passage of particles through matter": most
    probable loss xi (ln(2 m beta^2 gamma^2 / I) + ln(xi / I) + 0.2 - beta^2 - delta), width 4.018 xi. Valid
    where xi is far above the mean excitation energy and below the largest transfer: threshold 20 MeV here.
    """
    argon, cut, energy, thickness = find_material("G4_lAr"), 20.0, 1000.0, 5.0
    mean_loss = float(restricted_dedx(argon, energy, cut, positron=False)) * thickness
    sample = np.empty(1_000_000)
    rng = make_rng(5)
    start_track(rng, 0, 1)
    fill(rng, mean_loss, 0.5 * energy, build_fluctuation_tables([argon], [cut]), 0, sample)

    gamma = energy / ELECTRON_MASS + 1
    beta_gamma2 = gamma**2 - 1
    excitation = argon.mean_excitation_MeV
    xi = TWO_PI_RE2_ME * argon.electrons_per_mm3 * thickness
    bracket = math.log(2 * ELECTRON_MASS * beta_gamma2 / excitation) + math.log(xi / excitation) + 0.2 - 1.0
    most_probable = xi * (bracket - float(argon.density_correction(0.5 * math.log10(beta_gamma2))))

    counts, edges = np.histogram(sample, np.linspace(most_probable - 6 * xi, most_probable + 12 * xi, 181))
    smooth = np.convolve(counts, np.ones(5) / 5, "same")
    centres = 0.5 * (edges[1:] + edges[:-1])
    above_half = centres[smooth > 0.5 * smooth.max()]
    assert centres[smooth.argmax()] == pytest.approx(most_probable, rel=0.03)
    assert above_half[-1] - above_half[0] == pytest.approx(4.018 * xi, rel=0.08)


def test_thin_silicon_layer():
    # Geant4 11.4 TestEm5: a 5 GeV pi+ leaves 6.353 keV in 20 um of silicon; a Landau peak below the mean
    silicon = find_material("G4_Si")
    sample = np.empty(1_000_000)
    rng = make_rng(2)
    start_track(rng, 0, 1)
    fill(rng, 6.353e-3, 1000.0, build_fluctuation_tables([silicon], [CUTS["G4_Si"]]), 0, sample)
    assert sample.mean() == pytest.approx(6.353e-3, abs=5 * sample.std() / 1000.0)
    assert 0.6 < np.median(sample) / 6.353e-3 < 0.9


def test_small_losses_and_thresholds_do_not_fluctuate(tables):
    assert np.all(losses(tables, "G4_Pb", 0.9e-5, 1.0, 100) == 0.9e-5)
    assert np.all(losses(tables, "G4_Pb", 1e-3, 0.9e-5, 100) == 1e-3)


def test_heavy_particle_in_a_thick_step(tables):
    """Bohr's width where the threshold is above half the largest transfer, the thin-step law elsewhere."""
    lead = find_material("G4_Pb")
    beta2, largest, step, mean_loss = 0.4, 0.7, 20.0, 60.0  # roughly a proton of 270 MeV
    variance = bohr_variance(step, lead.electrons_per_mm3, beta2, 1.0, largest, CUTS["G4_Pb"])
    sample = np.empty(200_000)
    rng = make_rng(1)
    start_track(rng, 0, 1)
    fill_heavy(rng, mean_loss, largest, variance, tables, 0, sample)
    assert sample.mean() == pytest.approx(mean_loss, abs=5 * math.sqrt(variance / sample.size))
    assert sample.var() == pytest.approx(variance, rel=5 * math.sqrt(2 / sample.size))
    fill_heavy(rng, 0.1, largest, variance, tables, 0, sample)
    assert np.quantile(sample, 0.999) > 0.5  # a tail that no normal law has


def test_tabulated_sum_has_the_moments_of_its_process(tables):
    quantiles = tables.transfer_sum
    assert len(quantiles) == N_QUANTILES + 1
    assert np.all(np.diff(quantiles) >= 0.0)
    low, high = quantiles[:-1], quantiles[1:]
    mean = np.mean((low + high) / 2)
    variance = np.mean((low**2 + low * high + high**2) / 3) - mean**2
    assert mean == pytest.approx(MANY * math.log(TABULATED_RATIO), rel=1e-12)
    assert variance == pytest.approx(MANY * (TABULATED_RATIO - 1), rel=0.01)


def test_constants():
    row = fluctuation_constants(find_material("G4_Pb"), 1.0)
    assert row == pytest.approx((1.0, math.log(1e5), 823e-6, 0.44 / 823e-6))
    assert fluctuation_constants(find_material("G4_Pb"), 1e-6)[1] == 0.0
