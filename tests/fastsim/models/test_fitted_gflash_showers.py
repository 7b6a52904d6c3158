"""The spots of fitted parameters in par04, without compiling a transport."""

import math
import re

import numpy as np
import pytest

from simkit.engines.build import beam_of
from simkit.errors import BadInput
from simkit.fastsim.models.fitted_gflash import sample_profile, sample_spot
from simkit.fastsim.models.fitted_gflash_showers import FittedGflashParams
from simkit.fastsim.models.gflash import Gflash
from simkit.fastsim.models.in_kernel import DECLINED, DONE, SHOWER, Site
from simkit.fastsim.models.model_file import Card, TrainingData, write_model
from simkit.fastsim.models.rule import Surroundings
from simkit.fastsim.showers.binning import DATASET_2, to_xml
from simkit.jit import numba
from simkit.record.tallies import ENERGY_UNIT
from simkit.rng import make_rng, start_track
from simkit.scenario import load_scenario
from simkit.tally import make_tally, tally_columns
from simkit.tracks import Track
from studies import registers
from tests.fastsim.models.test_fitted_gflash import params

SCENARIO = load_scenario("par04")
DETECTOR = SCENARIO.detector
SILICON = DETECTOR.regions.index("silicon")


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """Write parameters of 1 to 10 GeV."""
    path = tmp_path_factory.mktemp("gflash") / "gflash.safetensors"
    data = TrainingData(sha256="", showers=1, least_MeV=1e3, most_MeV=1e4, outside=0.05)
    card = Card(model="gflash", binning=to_xml([DATASET_2]), data=data)
    write_model(path, card, params()._asdict())
    return path


def rule(file, **changes):
    keys = {"model": "gflash", "file": str(file), "particles": ("e-",), "visible_region": "silicon"}
    return Gflash(**keys | changes)


def build(rule):
    numbers = tuple(DETECTOR.regions.index(name) for name in DETECTOR.calorimeter)
    return rule.build(Surroundings(DETECTOR, (), numbers, *beam_of(SCENARIO.events)))


def showers(model, energy, count=20):
    """Return what tallies hold of showers that begin at the calorimeter's face, and the outcomes."""
    cells = len(DETECTOR.cell_region)
    column = tally_columns(len(DETECTOR.regions), cells, fast=True)
    tally = make_tally(count, len(DETECTOR.regions), cells, fast=True)
    site = Site(DETECTOR.params, DETECTOR.readout, column["fast"].start)
    rng, outcomes = make_rng(1), []
    for i in range(count):
        start_track(rng, i, 1)
        track = Track(1, energy, 800.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0, np.uint64(1), i)
        outcomes.append(SHOWER[FittedGflashParams](model, site, tally, (), rng, track, energy)[1])
    by_region = tally.counts[:, column["fast"]][:, : len(DETECTOR.regions)] * ENERGY_UNIT
    mesh = tally.counts[:, column["deposits"]][:, : DATASET_2.cells] * ENERGY_UNIT
    return by_region, mesh, outcomes


def test_spots_lie_where_the_fit_says(file):
    model = build(rule(file))
    assert isinstance(model, FittedGflashParams)
    energy = 4000.0
    by_region, mesh, ledgers = showers(model, energy)
    assert all(ledger.outcome == DONE for ledger in ledgers)
    given = [ledger.deposited + ledger.leaked + ledger.invisible for ledger in ledgers]
    np.testing.assert_allclose(given, energy, rtol=1e-9)
    # response 0.9 of the parameters, over 0.033; 600 spots of a spread of 0.8 in their logarithm
    spread = math.sqrt(math.exp(0.8**2) / 1000.0 / len(given))
    assert mesh.sum(axis=1).mean() == pytest.approx(0.033 * 0.9 * energy, rel=5.0 * spread)
    assert by_region[:, SILICON].sum() == pytest.approx(1.05 * mesh.sum(), rel=0.01)
    layers = mesh.reshape(-1, 45, 144).sum(axis=2).mean(axis=0)
    middle = layers @ (np.arange(45) + 0.5) / layers.sum()
    maximum = math.exp(1.8 + 0.3 * math.log(4.0) / math.log(10.0))
    alpha = math.exp(1.3)
    assert middle == pytest.approx(maximum * alpha / (alpha - 1.0), rel=0.12)


def test_what_was_not_fitted_is_followed_in_full(file):
    model = build(rule(file))
    for energy in (500.0, 20_000.0, math.nan):
        by_region, _, ledgers = showers(model, energy, 1)
        assert ledgers[0].outcome == DECLINED
        assert not by_region.any()


@pytest.mark.skipif(bool(registers.missing_tools()), reason=registers.missing_tools())
def test_its_functions_are_the_same_on_a_gpu():
    """As tests/transport/test_ptx.py wants of every kernel: no elementary function of CUDA's."""

    def spot(params, last, rng, out):
        profile = sample_profile(params, rng, 4000.0)
        out[0], out[1], out[2], out[3] = sample_spot(params, profile, last, rng)

    arguments = params(), np.full(45, 41.85), make_rng(1), np.zeros(4)
    ptx = registers.compile_ptx(spot, numba.types.void(*map(numba.typeof, arguments)))
    assert not re.search(r"\.approx|__internal|\bcall\b|\.extern", ptx)


def test_bad_input(file, trained, tmp_path):
    with pytest.raises(BadInput, match="makes showers of electron, and the rule's particles have 'gamma'"):
        build(rule(file, particles=("e-", "gamma")))
    with pytest.raises(BadInput, match="is of 'splice'; give parameters of gflash"):
        build(rule(trained("splice")))
    ((_, said),) = rule(tmp_path / "none").problems()
    assert "there is no such file" in said
    ((key, said),) = rule(file, visible_region="").problems()
    assert key == ("visible_region",)
