"""What is decided from numbers alone: intervals of trimmed means, equivalence tests, agreement of tallies."""
