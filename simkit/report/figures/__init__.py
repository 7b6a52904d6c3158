"""The figures: one kind a file, each with its data."""
