"""Measure, pair, test for equivalence, score and climb ladders of speedups."""
