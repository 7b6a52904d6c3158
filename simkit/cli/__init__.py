"""The command line: one command a file; exit codes as in the contract."""

from simkit.cli.app import main

__all__ = ["main"]
