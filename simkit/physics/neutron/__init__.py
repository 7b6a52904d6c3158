"""Neutrons from 20 MeV down to thermal energies: a toy, one process a file, its constants in physics/data.

What it knows of a nucleus are smooth cross sections (resonances averaged over), the lowest levels, and what a
capture sets free. It is made for showers: how far neutrons get, how long they take and what they leave. Not
for shielding, criticality or activation: for those there are evaluated data libraries.
"""
