"""Multiple Coulomb scattering: the first transport cross section and Urban's condensed model."""
