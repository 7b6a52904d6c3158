"""Is the physics right? simkit's own quantities against figures from outside, which the package carries."""

from simkit.validation.run import CHECKS, LONG_CHECKS, NAMES, run_validation

__all__ = ["CHECKS", "LONG_CHECKS", "NAMES", "run_validation"]
