"""Field maps: one a file, its scenario section beside its params and its kernel."""
