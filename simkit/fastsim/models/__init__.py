"""Models of fast simulation, one a file: what makes showers, how it is trained, and how it is kept."""
