"""The command line: ``neuralcrn COMMAND --help`` teaches each command.

Exit status: 0 done, 1 a check failed, 2 refused, 130 and 143 interrupted.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType
from typing import Annotated

import typer

from neuralcrn.cli import (
    catalogue,
    certify,
    clock,
    convert,
    dna,
    draw,
    info,
    predict,
    reproduce,
    robustness,
    runs,
    show,
    simulate,
    train,
)
from neuralcrn.cli.output import Terminated, guarded

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
    "info": info.info,
    "draw": draw.draw,
    "reproduce": reproduce.reproduce,
    "robustness": robustness.robustness,
    "list": catalogue.list_all,
    "runs": runs.runs,
}
for name, command in _COMMANDS.items():
    app.command(name)(guarded(command))


def _version(wanted: bool) -> None:
    if wanted:
        from neuralcrn import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of a refusal.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Compile a learning problem into chemical reactions that learn it, simulate and certify them."""


def run() -> None:
    """Run the command line and exit, without waiting for machine code that is no longer needed."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        app()
    except SystemExit as end:
        if threading.active_count() > 1:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(end.code if isinstance(end.code, int) else int(end.code is not None))
        raise


def _terminate(_number: int, _frame: FrameType | None) -> None:
    raise Terminated
