"""Benchmarks of simkit: the same workloads under asv and under pytest-benchmark; see README.md here."""
