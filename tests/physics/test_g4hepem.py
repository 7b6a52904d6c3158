"""Tables of a G4HepEm file in place of simkit's own; the file is written here, from simkit's own numbers."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from simkit.engines.build import build_world
from simkit.engines.simulation import run_scenario
from simkit.errors import BadInput
from simkit.materials import find_material, production_thresholds
from simkit.physics.couple import Couple
from simkit.physics.g4hepem import couples_of_file
from simkit.physics.grid import ENERGY_GRID
from simkit.physics.tables import build_charged_tables, build_gamma_tables
from simkit.scenario import load_scenario

LOSS_GRID = np.geomspace(1e-4, 1e8, 85)
PAIR_GRID = np.geomspace(2.0 * 0.51099891, 1e8, 147)
MATERIALS = ("G4_PbWO4", "G4_lAr")


def own_couple(name: str, cut_mm: float = 0.7) -> Couple:
    material = find_material(name)
    thresholds = production_thresholds(material, cut_mm)
    return Couple(material, thresholds.gamma, thresholds.electron)


def nodes(grid: np.ndarray, values: np.ndarray) -> list[float]:
    """Return values and second derivatives in turns, as the file has them."""
    return np.stack([values, CubicSpline(grid, values, bc_type="natural")(grid, 2)], axis=1).ravel().tolist()


def hard_grid(threshold: float) -> np.ndarray:
    """Return the energies (MeV) at which a cross section above a threshold is given."""
    return np.geomspace(1.0001 * threshold, 1e8, 300)


def charged_tables(couples: list[Couple], positron: bool) -> dict:
    """Return fTheElectronData or fThePositronData, as far as it is read."""
    losses, transport, hard, starts = [], [], [], []
    for couple in couples:
        dedx, path = couple.loss_and_range(positron)
        ranges = np.exp(np.interp(np.log(LOSS_GRID), np.log(ENERGY_GRID), np.log(path)))
        lowest, highest = ENERGY_GRID[[0, -1]]
        below, beyond = lowest > LOSS_GRID, highest < LOSS_GRID
        ranges[below] = path[0] * np.sqrt(LOSS_GRID[below] / lowest)
        ranges[beyond] = path[-1] + (LOSS_GRID[beyond] - highest) / dedx[-1]
        losses += nodes(LOSS_GRID, ranges) + nodes(LOSS_GRID, np.interp(LOSS_GRID, ENERGY_GRID, dedx))
        losses += [0.0] * len(LOSS_GRID)
        transport += nodes(LOSS_GRID, couple.transport(LOSS_GRID, positron))
        starts.append(len(hard))
        lowest = couple.electron_cut * (1.0 if positron else 2.0)
        for low, cross_section in ((lowest, couple.ionisation), (couple.gamma_cut, couple.bremsstrahlung)):
            grid = hard_grid(low)
            values = cross_section(grid, positron)
            second = CubicSpline(grid, values, bc_type="natural")(grid, 2)
            hard += [len(grid), grid[values.argmax()], values.max(), np.log(grid[0]), 1.0]
            hard += np.stack([grid, values, second], axis=1).ravel().tolist()
    return {
        "fELossEnergyGrid": LOSS_GRID.tolist(),
        "fELossData": losses,
        "fTr1MacXSecData": transport,
        "fResMacXSecData": hard,
        "fResMacXSecStartIndexPerMatCut": starts,
    }


def state_of(couples: list[Couple], factor: float = 1.0) -> dict:
    """Return the tree of a file for `couples`; the photoelectric cross section falls with the energy's cube.

    factor: its factor.
    """
    materials, photons, rows = [], [], []
    for i, couple in enumerate(couples):
        rows.append(
            {"fHepEmMatIndex": i, "fSecGamProdCutE": couple.gamma_cut, "fSecElProdCutE": couple.electron_cut}
        )
        materials.append(
            {
                "fElementVect": couple.material.z.tolist(),
                "fNumOfAtomsPerVolumeVect": couple.material.atoms_per_mm3.tolist(),
                "fMeanExEnergy": couple.material.mean_excitation_MeV,
                "fSandiaEnergies": [1e-3, 0.03],
                "fSandiaCoefficients": [0.0, 0.0, factor * 1e-5, 0.0, 0.0, 0.0, factor * 4e-5, 0.0],
            }
        )
        photons += nodes(PAIR_GRID, couple.conversion(PAIR_GRID))
        photons += nodes(LOSS_GRID, couple.compton(LOSS_GRID))
    data = {
        "fTheMatCutData": {"fMatCutData": rows},
        "fTheMaterialData": {"fMaterialData": materials},
        "fTheElectronData": charged_tables(couples, False),
        "fThePositronData": charged_tables(couples, True),
        "fTheGammaData": {
            "fConvEnergyGrid": PAIR_GRID.tolist(),
            "fCompEnergyGrid": LOSS_GRID.tolist(),
            "fConvCompMacXsecData": photons,
        },
    }
    return {"fParameters": {}, "fData": data}


@pytest.fixture(scope="module")
def couples() -> list[Couple]:
    return [own_couple(name) for name in MATERIALS]


@pytest.fixture(scope="module")
def state(couples) -> dict:
    return state_of(couples)


@pytest.fixture(scope="module")
def file(state, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("tables") / "tables.json"
    path.write_text(json.dumps(state))
    return path


def test_every_number_is_read_from_its_place(file, couples):
    """At the file's nodes its values, between them the cubic spline through them."""
    for own, read in zip(couples, couples_of_file(file, couples)):
        between = np.sqrt(LOSS_GRID[1:] * LOSS_GRID[:-1])
        assert read.conversion(PAIR_GRID) == pytest.approx(own.conversion(PAIR_GRID))
        for energies in (LOSS_GRID, between):
            spline = CubicSpline(LOSS_GRID, own.compton(LOSS_GRID), bc_type="natural")
            assert read.compton(energies) == pytest.approx(np.maximum(spline(energies), 0.0))
            for positron in (False, True):
                spline = CubicSpline(LOSS_GRID, own.transport(LOSS_GRID, positron), bc_type="natural")
                transport = np.maximum(spline(energies), 0.0)
                assert read.transport(energies, positron) == pytest.approx(transport)
        for positron in (False, True):
            energies = hard_grid(own.electron_cut * (1.0 if positron else 2.0))
            assert read.ionisation(energies, positron) == pytest.approx(own.ionisation(energies, positron))
            energies = hard_grid(own.gamma_cut)
            ours = own.bremsstrahlung(energies, positron)
            assert read.bremsstrahlung(energies, positron) == pytest.approx(ours)
            for ours, theirs in zip(own.loss_and_range(positron), read.loss_and_range(positron)):
                assert theirs[100:] == pytest.approx(ours[100:], rel=0.01)  # from 78 keV, smooth there


def test_cross_sections_end_at_their_threshold(file, couples):
    read = couples_of_file(file, couples)[0]
    below = np.array([0.999, 0.5]) * 2.0 * read.electron_cut
    assert np.all(read.ionisation(below, False) == 0.0)
    assert read.ionisation(2.05 * np.array([read.electron_cut]), False)[0] > 0.0
    assert np.all(read.bremsstrahlung(np.array([0.999, 0.5]) * read.gamma_cut, True) == 0.0)
    assert np.all(read.conversion(np.array([0.01, 1.0])) == 0.0)


def test_the_tables_that_transport_reads_are_the_file_s(file, couples):
    """The photoelectric effect as the test's file has it: an edge at 30 keV with a jump of 4."""
    read = couples_of_file(file, couples)
    assert read[0].photon_edges() == pytest.approx([0.03])
    gamma = build_gamma_tables(read, with_rayleigh=False)
    energies = np.array([0.0299, 0.0301])
    rows = np.searchsorted(ENERGY_GRID, energies, side="right") - 1
    lines = gamma.cross_sections[0]
    first = lines[rows[0]]
    beyond = lines[int(first[3])]
    assert first[2] == 0.03
    found = [first[8] + first[9] * energies[0], beyond[8] + beyond[9] * energies[1]]
    assert found == pytest.approx([1e-5 / energies[0] ** 3, 4e-5 / energies[1] ** 3], rel=0.01)
    charged = build_charged_tables(read)
    assert charged.rows[0, :, 0] == pytest.approx(read[0].loss_and_range(False)[1])
    assert np.all(np.diff(charged.rows[:, :, 0]) > 0.0)


def test_a_run_follows_the_file(state, file, tmp_path):
    """The table file is found from the scenario's folder, and named in the record by its hash."""
    (tmp_path / "tables.json").write_text(file.read_text())
    (tmp_path / "mine.toml").write_text(
        '[scenario]\nbase = "hepemshow"\n[physics]\ntables = "g4hepem:tables.json"\n'
        "[events]\nenergy_MeV = 100.0\n"
    )
    scenario = load_scenario(tmp_path / "mine.toml", events=2)
    record, tallies, _ = run_scenario(scenario)
    assert np.abs(tallies.residual()).max() < 1e-6
    assert record.scenario.settings["physics"]["tables"].startswith("g4hepem:sha256:")
    assert record.cuts_MeV["G4_PbWO4"]["e-"] == pytest.approx(own_couple("G4_PbWO4").electron_cut)
    moved = load_scenario(
        "hepemshow", overrides={"physics.tables": f"g4hepem:{file}", "events.energy_MeV": 100.0}
    )
    assert moved.hash == scenario.hash
    other = tmp_path / "other.json"
    other.write_text(json.dumps(state_of([own_couple(name) for name in MATERIALS], factor=2.0)))
    changed = load_scenario("hepemshow", overrides={"physics.tables": f"g4hepem:{other}"})
    assert changed.hash != load_scenario("hepemshow", overrides={"physics.tables": f"g4hepem:{file}"}).hash
    twice, once = (build_world(s).setup.lives[0].tables.cross_sections for s in (changed, moved))
    assert twice[:, 20, 8] == pytest.approx(2.0 * once[:, 20, 8])


def broken(state: dict, key: str, value: object) -> str:
    """Return the text of the file with another value, or nothing, at a dotted key."""
    copy = json.loads(json.dumps(state))
    *way, last = key.split(".")
    here = copy
    for part in way:
        here = here[int(part)] if isinstance(here, list) else here[part]
    if value is None:
        del here[last]
    else:
        here[last] = value
    return json.dumps(copy)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("fData", None, ["fData", "is missing", "July 2023"]),
        ("fData.fThePositronData.fELossData", None, ["fThePositronData.fELossData", "is missing"]),
        ("fData.fTheGammaData.fConvCompMacXsecData", None, ["later versions"]),
        ("fData.fTheElectronData.fELossData", [1.0, 2.0], ["found 2 numbers", "850 numbers"]),
        ("fData.fTheElectronData.fELossData", "x", ["fELossData", "list"]),
        ("fData.fTheElectronData.fELossData", [0.5] * 850, ["ranges must grow"]),
        ("fData.fTheElectronData.fELossEnergyGrid", [2.0, 1.0], ["ascend"]),
        ("fData.fTheElectronData.fResMacXSecData", [300.0] * 20, ["fResMacXSecData", "is not within"]),
        ("fData.fTheElectronData.fTr1MacXSecData", [float("nan")] * 340, ["finite"]),
        ("fData.fTheMatCutData.fMatCutData.0.fSecElProdCutE", "a", ["fSecElProdCutE", '"a"']),
        ("fData.fTheMatCutData.fMatCutData.0.fSecElProdCutE", -1, ["above 0"]),
        ("fData.fTheMatCutData.fMatCutData.0.fHepEmMatIndex", 7, ["fHepEmMatIndex", "7", "0 to 1"]),
        ("fData.fTheMatCutData.fMatCutData.0.fSecElProdCutE", 0.2, ["G4_PbWO4", "other production cuts"]),
        ("fData.fTheMaterialData.fMaterialData.1.fElementVect", [19], ["lack G4_lAr", "19:"]),
    ],
)
def test_a_broken_file_is_told(state, couples, tmp_path, key, value, words):
    path = tmp_path / "broken.json"
    path.write_text(broken(state, key, value))
    with pytest.raises(BadInput) as error:
        couples_of_file(path, couples)
    text = str(error.value)
    assert "\n" not in text
    for word in ("broken.json", *words):
        assert word in text, text


def test_what_is_no_table_file_is_told(file, couples, tmp_path):
    path = tmp_path / "x.json"
    for content, word in (
        (file.read_bytes()[:5000], "too early"),
        (b"{'a': 1}", "not valid JSON"),
        (b"\xff\xfe\x00", "not text"),
        (b"[1, 2]", "fData"),
    ):
        path.write_bytes(content)
        with pytest.raises(BadInput, match=word):
            couples_of_file(path, couples)
    with pytest.raises(BadInput, match="cannot be read"):
        couples_of_file(tmp_path, couples)


def test_couples_the_file_lacks_are_told(file):
    with pytest.raises(BadInput, match=r"lack G4_Pb .11\.35"):
        couples_of_file(file, [own_couple("G4_Pb")])
    with pytest.raises(BadInput, match=r"wanted 0\.3 mm .* has 0\.7 mm"):
        couples_of_file(file, [own_couple("G4_lAr", 0.3)])


def test_a_missing_file_is_told_before_anything_is_built(tmp_path):
    with pytest.raises(BadInput, match=r"physics\.tables: there is no file"):
        load_scenario("hepemshow", overrides={"physics.tables": f"g4hepem:{tmp_path}/none.json"})
