import math

import numpy as np
from numpy.testing import assert_allclose

from simkit.physics.lpm import LPM_ENERGY_PER_LENGTH, migdal_functions, suppression, xi_threshold
from simkit.units import cm


def test_lpm_energy():
    """7.7 TeV / cm: S. Klein, Rev. Mod. Phys. 71 (1999) 1501."""
    assert_allclose(LPM_ENERGY_PER_LENGTH * cm, 7.7e6, rtol=3e-3)


def test_migdal_functions_agree_with_stanevs():
    """T. Stanev et al., Phys. Rev. D 25 (1982) 1291: 0.15 % for their fits of phi and (G + 2 phi) / 3."""
    s = np.linspace(0.02, 1.5, 75)
    g, phi = migdal_functions(s)
    exponent = -6.0 * s * (1.0 + (3.0 - np.pi) * s) + s**3 / (0.623 + 0.796 * s + 0.658 * s**2)
    assert_allclose(phi, 1.0 - np.exp(exponent), rtol=1.6e-3)
    exponent = -4.0 * s - 8.0 * s**2 / (1.0 + 3.936 * s + 4.97 * s**2 - 0.05 * s**3 + 7.5 * s**4)
    assert_allclose((g + 2.0 * phi) / 3.0, 1.0 - np.exp(exponent), rtol=1.6e-3)


def test_migdal_functions_have_the_right_limits():
    g, phi = migdal_functions(np.array([1e-4, 8.0]))
    assert_allclose(phi[0], 6.0 * 1e-4 * (1.0 - np.pi * 1e-4), rtol=1e-6)
    assert_allclose(g[0], 12.0 * np.pi * 1e-8, rtol=1e-3)
    assert_allclose(1.0 - phi[1], 0.01190476 / 8.0**4, rtol=0.02)
    assert_allclose(1.0 - g[1], 0.0230655 / 8.0**4, rtol=0.02)


def test_suppression_interpolates_migdals_functions():
    s1 = xi_threshold(82)
    for s_prime in (1e-3, 0.0437, 0.313, 0.99, 1.5, 1.99, 2.01, 10.0):
        xi, g, phi = suppression(s_prime, s1, 1.0 / math.log(s1))
        assert 1.0 <= xi <= 2.0
        assert xi * phi <= 1.0 + 1e-12
        h = math.log(s_prime) / math.log(s1)
        between = 1.0 + h - 0.08 * (1.0 - h) * h * (2.0 - h) / math.log(s1)
        bare = 2.0 if s_prime < s1 else between if s_prime < 1.0 else 1.0
        exact = migdal_functions(np.array([s_prime / math.sqrt(bare)]))
        assert_allclose([g, phi], np.ravel(exact), rtol=5e-3, atol=5e-4)
