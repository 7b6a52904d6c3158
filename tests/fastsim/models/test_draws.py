import numpy as np

from simkit.fastsim.models.draws import normals, shower_keys, uniforms


def test_keys_are_distinct_and_go_on_where_they_left_off():
    keys = shower_keys(1, 1000)
    assert len(set(keys)) == 1000
    np.testing.assert_array_equal(keys[300:], shower_keys(1, 700, first=300))
    assert not set(keys) & set(shower_keys(2, 1000))


def test_a_shower_s_numbers_depend_on_its_key_alone():
    keys = shower_keys(3, 50)
    for draw in (uniforms, normals):
        together = draw(keys, 7)
        np.testing.assert_array_equal(together[13:14], draw(keys[13:14], 7))
        np.testing.assert_array_equal(together[:, :4], draw(keys, 4))


def test_normals_are_normal():
    """Kolmogorov and Smirnov's test of 1e5 numbers, false alarm 1e-3 by choice of seed: it cannot flicker."""
    from scipy.stats import kstest

    numbers = normals(shower_keys(4, 2000), 51)
    assert kstest(numbers.ravel(), "norm").pvalue > 1e-3
    assert abs(np.corrcoef(numbers[:, 0], numbers[:, 1])[0, 1]) < 4 / np.sqrt(2000)
