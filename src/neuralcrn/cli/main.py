"""The command line; ``neuralcrn COMMAND --help`` describes each command.

Exit status: 0 success, 1 a check failed, 2 an error, or output could not be written, 130 and 143 interrupted.
"""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import Annotated

import typer

from neuralcrn.cli import (
    approximate,
    catalogue,
    certify,
    clock,
    compare,
    convert,
    design,
    discover,
    dna,
    draw,
    fit,
    info,
    lab,
    predict,
    reproduce,
    robustness,
    runs,
    show,
    simulate,
    train,
    verify_rate_independence,
)
from neuralcrn.cli.output import Terminated, guarded, print_error
from neuralcrn.version import __version__

_SPELLINGS = {"optimizer": "optimiser"}
app = typer.Typer(
    name="neuralcrn",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"token_normalize_func": lambda word: _SPELLINGS.get(word, word)},
)
_COMMANDS = {
    "train": train.train,
    "predict": predict.predict,
    "show": show.show,
    "simulate": simulate.simulate,
    "certify": certify.certify,
    "clock": clock.clock,
    "convert": convert.convert,
    "dna": dna.dna,
    "verify-rate-independence": verify_rate_independence.verify_rate_independence,
    "info": info.info,
    "draw": draw.draw,
    "fit": fit.fit,
    "discover": discover.discover,
    "approximate": approximate.approximate,
    "reproduce": reproduce.reproduce,
    "robustness": robustness.robustness,
    "compare": compare.compare,
    "design": design.design,
    "list": catalogue.list_all,
    "runs": runs.runs,
    "lab": lab.lab,
}
for name, command in _COMMANDS.items():
    app.command(name)(guarded(command))


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Compile learning problems to chemical reaction networks that learn them, simulate and verify them."""


_LOST = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF, errno.EPIPE, errno.ECONNRESET)
"""Errors of a full disk, or of a closed pipe."""


def run() -> None:
    """Run the command line and exit."""
    signal.signal(signal.SIGTERM, _terminate)
    if sys.stdout is not None and isinstance(sys.stdout.buffer, io.RawIOBase):
        # PYTHONUNBUFFERED: Python would silently lose the part of a write that the disk or the reader
        # does not accept
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(sys.stdout.buffer), encoding=sys.stdout.encoding)
    sys.exit(_status())


def _status() -> int:
    """Run the command line and return its exit status, which is 2 if the output could not be written."""
    output, place, status = sys.stdout, _place_of_output(), 0
    try:
        try:
            app()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
        if sys.stdout is not output or _place_of_output() != place:
            # typer and rich say nothing where the reader went away, but put another output in its place
            sys.stdout = output
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
        if output is not None:
            output.flush()
    except OSError as error:
        if "--debug" in sys.argv:
            raise
        print_error(_lost(error))
        return 2
    return status


def _lost(error: OSError) -> str:
    """Report a failed write, and prevent further writes to standard output if it failed."""
    if error.filename is not None or error.errno not in _LOST:
        return str(error)
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return f"standard output: cannot be written: {error.strerror}"


def _place_of_output() -> tuple[int, int] | None:
    """Return device and inode of standard output; None if there is none."""
    try:
        status = os.fstat(sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        return None
    return status.st_dev, status.st_ino


def _terminate(_number: int, _frame: FrameType | None) -> None:
    raise Terminated
