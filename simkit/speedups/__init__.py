"""The catalogue of speedups: one file each, and the registry that knows them by name."""

from simkit.speedups.catalogue import (
    CATALOGUE,
    all_names,
    all_off,
    check_needs,
    find_speedup,
    merge_patches,
    parse_speedup,
)
from simkit.speedups.speedup import Claim, Parameter, Speedup

__all__ = [
    "CATALOGUE",
    "Claim",
    "Parameter",
    "Speedup",
    "all_names",
    "all_off",
    "check_needs",
    "find_speedup",
    "merge_patches",
    "parse_speedup",
]
