"""The program `simkit`: its commands, and what becomes of errors.

Exit codes: 0 fine, 1 slower than asked, 2 physics differs, 3 inconclusive, 4 bad input or harness error,
130 interrupted.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

import simkit
from simkit.cli import (
    campaign,
    compare,
    doctor,
    fastsim,
    history,
    init,
    keys,
    report,
    run,
    scale,
    score,
    speedups,
    study,
    validate,
)
from simkit.cli.interruption import heard
from simkit.cli.streams import leave_stdout
from simkit.errors import BadInput, Interrupted, one_line

BAD_INPUT = 4
INTERRUPTED = 130
NO_PATH = (errno.ENAMETOOLONG, errno.EACCES, errno.EPERM, errno.ELOOP)
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
# Some versions of typer carry their own copy of click; this is the class that this one raises.
ClickException: type[Any] = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")

app = typer.Typer(
    name="simkit",
    help="What a simulation speedup really buys: how much faster, why, and whether the physics stayed.",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (
    run,
    compare,
    campaign,
    speedups,
    validate,
    report,
    score,
    scale,
    study,
    history,
    init,
    keys,
    doctor,
):
    app.command(module.__name__.rpartition(".")[2])(module.command)
app.add_typer(fastsim.app)


def _version(asked: bool) -> None:
    if asked:
        print(f"simkit {simkit.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


def run_program(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; see `simkit.cli.main`. Errors: KeyboardInterrupt."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        with heard():
            code = typer.main.get_command(app).main(given or ["--help"], "simkit", standalone_mode=False)
        sys.stdout.flush()
    except Interrupted as error:
        return _fail(str(error), INTERRUPTED)
    except BadInput as error:
        return _fail(str(error))
    except ClickException as error:
        command = getattr(getattr(error, "ctx", None), "command_path", "simkit")
        return _fail(f"{error.format_message()} (see {command} --help)")
    except (BrokenPipeError, SystemExit):
        # Whoever read our output has gone (typer makes an exit of some of these).
        leave_stdout()
        return 0
    except Exception as error:
        if isinstance(error, OSError) and error.filename is None and error.errno in FULL:
            leave_stdout()
            # All that is kept has its own words; what is left has no name.
            return _fail(f"stdout or a temporary file cannot be written ({error.strerror}); make room")
        if os.environ.get("SIMKIT_DEBUG"):
            raise
        if isinstance(error, OSError) and error.filename is not None and error.errno in NO_PATH:
            return _fail(f"{error.filename}: cannot be looked at ({error.strerror}); give another path")
        cause = error.__cause__ if isinstance(error, typer.Abort) else None
        true = cause or error  # typer takes the end of any file for the user's
        return _fail(f"internal error, {type(true).__name__}: {true}; SIMKIT_DEBUG=1 shows where")
    if code == INTERRUPTED:  # what typer makes of Ctrl-C
        raise KeyboardInterrupt
    return code if isinstance(code, int) else 0


def _fail(message: str, code: int = BAD_INPUT) -> int:
    print("simkit:", one_line(" ".join(message.split())), file=sys.stderr)
    return code
