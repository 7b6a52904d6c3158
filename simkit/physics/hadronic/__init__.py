"""Hadrons in collision with nuclei: a toy, one part a file, its constants in physics/data.

It is made for the response, depth and width of hadron showers in calorimeters: how often a hadron
interacts, what of its energy goes on with it, into pions (neutral ones make the electromagnetic part), into
nucleons knocked out, into neutrons evaporated, and into binding energy, which is not seen. Energy and
charge balance in every collision. Momentum does not: each particle has an energy and a transverse momentum
of its own, and the nucleus is taken to recoil with what is missing, without energy. Kaons and antinucleons
are followed when they come in, not made.

Not for: yields, spectra or angles of single particles, activation, shielding, dose. For those there are
Geant4's, FLUKA's or MCNP's models.
"""
