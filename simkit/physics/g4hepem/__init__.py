"""Tables exported from a Geant4 application by G4HepEm, in place of simkit's own."""

from simkit.physics.g4hepem.couples import G4HepEmCouple, couples_of_file

__all__ = ["G4HepEmCouple", "couples_of_file"]
