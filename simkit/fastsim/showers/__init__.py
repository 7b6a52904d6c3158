"""What a shower is, on disk and in numbers: its cells, its file, its features."""
