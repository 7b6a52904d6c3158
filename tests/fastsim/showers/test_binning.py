"""Binnings: the CaloChallenge's four, malformed ones, and there and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simkit.errors import BadInput
from simkit.fastsim.showers.binning import (
    DATASET_2,
    DATASET_3,
    Binning,
    parse_binning,
    read_binning,
    regular_binning,
    to_xml,
    write_binning,
)

# The layers with cells of dataset 1 for pions, and one without (github.com/CaloChallenge/homepage,
# binning_dataset_1_pions.xml): 533 cells with all of them, here 8 + 100 + 0.
PIONS = """<Bins>
   <Bin pid="211" etaMin="0" etaMax="80" name="pion">
      <Layer id="0"  r_edges="0,5,10,30,50,100,200,400,600" n_bin_alpha="1" />
      <Layer id="1"  r_edges="0,1,4,7,10,15,30,50,90,150,200" n_bin_alpha="10"/>
      <Layer id="2"  r_edges="0" n_bin_alpha="1" />
   </Bin>
   <Bin pid="22" name="photon"><Layer id="0" r_edges="0,2.5" n_bin_alpha="4"/></Bin>
</Bins>"""


def test_a_file_of_several_particles_is_read_by_name() -> None:
    pions = parse_binning(PIONS, "x.xml", "pion")
    assert pions[:2] == ("pion", 211)
    assert pions.eta == ("0", "80")
    assert pions.radii == (8, 10, 0)
    assert pions.edges.tolist() == [0, 8, 108, 108]
    assert (pions.filled, pions.shape, pions.cells) == ((0, 1), None, 108)
    assert parse_binning(PIONS, "x.xml", "photon").shape == (1, 4, 1)


def test_dataset_2_has_the_challenges_cells() -> None:
    """6480 cells; a cell's place in its layer is angle times 9 plus radius, angles from -pi (its README)."""
    assert (DATASET_2.cells, DATASET_3.cells) == (6480, 40500)
    assert DATASET_2.radial_edges_mm[44][-1] == 41.85
    radius, angle = DATASET_2.centres(3)
    np.testing.assert_allclose(radius[:9], 4.65 * (np.arange(9) + 0.5))
    np.testing.assert_allclose(angle[[0, 8, 9, 143]], np.pi * np.array([-15, -15, -13, 15]) / 16)
    assert DATASET_2.cells_of(3) == slice(432, 576)


def test_cells_are_the_same_whatever_their_particle() -> None:
    pions = parse_binning(PIONS, "x.xml", "pion")
    moved = pions._replace(
        radial_edges_mm=(pions.radial_edges_mm[0], (0.5, *pions.radial_edges_mm[1][1:]), (0.0,))
    )
    assert pions.has_cells_of(pions._replace(particle="kaon", eta=None, pdg=None))
    assert not pions.has_cells_of(moved)
    assert not pions.has_cells_of(DATASET_2)
    assert not DATASET_2.has_cells_of(
        DATASET_2._replace(angles=(9,) * 45, radial_edges_mm=((*range(17),),) * 45)
    )


def test_written_binnings_are_read_back(tmp_path: Path) -> None:
    pions, path = parse_binning(PIONS, "x.xml", "pion"), tmp_path / "b.xml"
    write_binning(path, DATASET_2, pions)
    assert read_binning(path, "electron") == DATASET_2
    assert read_binning(path, "pion") == pions
    assert parse_binning(to_xml([DATASET_3]), "x") == DATASET_3
    assert Binning("gamma", None, ((0.0, 1.0),), (1,)) == parse_binning(
        '<Bins><Bin name="gamma"><Layer r_edges="0,1" n_bin_alpha="1"/></Bin></Bins>', "x"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not valid XML"),
        ("<Bins><Bin", "not valid XML .*column"),
        ("<Bins/>", "holds no <Bin"),
        ('<Bins><Bin name="a"/></Bins>', "has no <Layer>"),
        (PIONS, "binnings for pion, photon; name one"),
        ('<Bins><Bin name="a"><Layer n_bin_alpha="1"/></Bin></Bins>', "layer 0: found r_edges=None"),
        ('<Bins><Bin name="a"><Layer r_edges="0,5,4" n_bin_alpha="1"/></Bin></Bins>', "must rise"),
        ('<Bins><Bin name="a"><Layer r_edges="0,nan" n_bin_alpha="1"/></Bin></Bins>', "must rise"),
        ('<Bins><Bin name="a"><Layer r_edges="0,1e308" n_bin_alpha="1"/></Bin></Bins>', r"to 1e\+09 mm"),
        ('<Bins><Bin name="a"><Layer r_edges="nan" n_bin_alpha="1"/></Bin></Bins>', "must rise"),
        ('<Bins><Bin name="a"><Layer r_edges="0,x" n_bin_alpha="1"/></Bin></Bins>', "must be like"),
        ('<Bins><Bin name="a"><Layer r_edges="0,5" n_bin_alpha="0"/></Bin></Bins>', "from 1 on"),
        ('<Bins><Bin name="a" pid="e"><Layer r_edges="0,5" n_bin_alpha="1"/></Bin></Bins>', "pid='e'"),
        ('<Bins><Bin name="a"><Layer id="1" r_edges="0,5" n_bin_alpha="1"/></Bin></Bins>', "number them"),
        ('<Bins><Bin name="a"><Layer r_edges="0" n_bin_alpha="1"/></Bin></Bins>', "between 1 and"),
        ('<Bins><Bin name="a"><Layer r_edges="0,1" n_bin_alpha="99999999"/></Bin></Bins>', "between 1 and"),
    ],
)
def test_what_is_wrong_is_one_line(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as told:
        parse_binning(text, "x.xml")
    assert str(told.value).startswith("x.xml: ")


def test_an_unknown_particle_and_two_of_one_name_are_told() -> None:
    with pytest.raises(BadInput, match="unknown particle 'poin'; did you mean 'pion'"):
        parse_binning(PIONS, "x.xml", "poin")
    with pytest.raises(BadInput, match="has 2 binnings for 'pion'"):
        parse_binning(PIONS.replace("photon", "pion"), "x.xml", "pion")


def test_cells_that_can_be_turned_in_too_many_ways_are_told() -> None:
    binning = regular_binning("electron", 11, layers=1, angles=20_000, radii=1, step_mm=1.0)
    with pytest.raises(BadInput, match="of 20,000 cells has too many rotations, by 20,000 angles"):
        binning.symmetries()
    empty = '<Layer r_edges="0" n_bin_alpha="2000000000"/><Layer r_edges="0,1" n_bin_alpha="1"/>'
    with pytest.raises(BadInput, match="must have between 1 and 10000000 cells"):
        parse_binning(f'<Bins><Bin name="a">{empty}</Bin></Bins>', "x.xml")
