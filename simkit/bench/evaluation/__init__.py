"""Generated showers against true ones: all of simkit.fastsim.judge, in one record."""
