"""How two samples of showers differ: one metric a file, each deterministic by its seed."""
