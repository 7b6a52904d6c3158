"""The command line: one command a file; exit codes as in the contract."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code; errors are one line on stderr.

    Set SIMKIT_DEBUG=1 to see the traceback of an error that is not a bad input.
    """
    try:
        # Imports take a while, in which Ctrl-C may come.
        from simkit.cli import streams

        streams.open_closed()
        streams.drop_what_stderr_cannot_take()
        streams.spell_what_cannot_be_written()
        from simkit.cli.app import run_program

        code = run_program(arguments)
    except KeyboardInterrupt:
        print("simkit: interrupted; nothing half-written is kept", file=sys.stderr)
        code = 130
    if code == 130:
        from simkit.cli.interruption import leave_threads

        leave_threads()
    return code


__all__ = ["main"]
