"""Charged particles heavier than the electron: what depends on their mass and charge, and on nothing else."""
