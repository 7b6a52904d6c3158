"""The program `simkit`: its commands, and what becomes of errors.

Exit codes: 0 fine, 1 slower than asked, 2 physics differs, 3 inconclusive, 4 bad input or harness error.
"""

from __future__ import annotations

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
    history,
    init,
    keys,
    report,
    run,
    score,
    speedups,
    validate,
)
from simkit.errors import BadInput, one_line

BAD_INPUT = 4
INTERRUPTED = 130  # what typer returns for Ctrl-C
# Some versions of typer carry their own copy of click; this is the class that this one raises.
ClickException: type[Any] = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")

app = typer.Typer(
    name="simkit",
    help="What a simulation speedup really buys: how much faster, why, and whether the physics stayed.",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (run, compare, campaign, speedups, validate, report, score, history, init, keys, doctor):
    app.command(module.__name__.rpartition(".")[2])(module.command)


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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code; errors are one line on stderr.

    Set SIMKIT_DEBUG=1 to see the traceback of an error that is not a bad input.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = typer.main.get_command(app).main(given or ["--help"], "simkit", standalone_mode=False)
        sys.stdout.flush()
        if code == INTERRUPTED:
            raise KeyboardInterrupt
        return code if isinstance(code, int) else 0
    except BadInput as error:
        return _fail(str(error))
    except ClickException as error:
        command = getattr(getattr(error, "ctx", None), "command_path", "simkit")
        return _fail(f"{error.format_message()} (see {command} --help)")
    except (KeyboardInterrupt, typer.Abort):
        return _fail("interrupted; nothing half-written is kept")
    except (BrokenPipeError, SystemExit):
        # Whoever read our output has gone (typer makes an exit of some of these); closing stdout again at the
        # program's end must not complain either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("SIMKIT_DEBUG"):
            raise
        return _fail(f"internal error, {type(error).__name__}: {error}; SIMKIT_DEBUG=1 shows where")


def _fail(message: str) -> int:
    print("simkit:", one_line(" ".join(message.split())), file=sys.stderr)
    return BAD_INPUT
