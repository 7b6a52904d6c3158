"""Ladders of speedups: the plan, climbing it, and going on after whatever stopped it."""
