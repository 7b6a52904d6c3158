"""simkit: what a simulation speedup really buys, in speed, in steps and in physics."""

from importlib.metadata import version

__version__ = version("simkit")
