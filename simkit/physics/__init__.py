"""Physics: one process a file, its cross section and its sampling; the energy grid and the tables."""
