"""Shards of a file of showers that are whole, and not what they should be: they are made again."""

import numpy as np
import pytest

from simkit.engines.shower_samples import _check_shard
from simkit.record.pieces import Pieces

ENERGIES = np.array([1e3, 2e3, 3e3])


def shard(**other):
    arrays = {"incident_MeV": ENERGIES, "energies_MeV": np.ones((3, 7), dtype=np.float32)}
    return arrays | {"outside_MeV": np.zeros(3), "cpu_s": 0.1} | other


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"energies_MeV": np.ones((3, 6))}, r"energies_MeV is float64 of \(3, 6\), not of \(3, 7\)"),
        ({"energies_MeV": np.ones((2, 7))}, r"of \(2, 7\), not of \(3, 7\)"),
        ({"energies_MeV": np.full((3, 7), "x")}, "energies_MeV is <U1"),
        ({"incident_MeV": ENERGIES[::-1]}, "of other energies"),
        ({"cpu_s": np.ones(3)}, r"cpu_s is float64 of \(3,\)"),
        ({"outside_MeV": None}, "without 'outside_MeV'"),
    ],
)
def test_what_is_no_shard_is_put_aside(tmp_path, capsys, other, said):
    arrays = {name: array for name, array in shard(**other).items() if array is not None}
    pieces = Pieces(tmp_path)
    pieces.save("good", shard())
    pieces.save("odd", arrays)
    found, damaged = pieces.load(lambda name, arrays: _check_shard(arrays, ENERGIES, 7))
    assert (list(found), damaged) == (["good"], ["odd"])
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    for words in (said.replace("\\", ""), "it was put aside as odd.npz.corrupt, what it held is done again"):
        assert words in told
