"""Throughput of a whole machine: events per second on one thread, on all, and on processes."""
