"""Is the physics right? simkit's own quantities against figures from outside, which the package carries."""

from simkit.validation.validate import CHECKS, run_validation

__all__ = ["CHECKS", "run_validation"]
