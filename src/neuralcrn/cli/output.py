"""What every command shares: consoles, JSON, and how a refusal ends it."""

from __future__ import annotations

import functools
import json
import os
import sys
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console

from neuralcrn.errors import NeuralCRNError, NeuralCRNWarning

console = Console(stderr=True, highlight=False)
"""For people: progress and refusals go to standard error, results to standard output."""

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]
SeedOption = Annotated[
    int,
    typer.Option(min=0, max=2**63 - 1, help="Seed of everything random; the same seed gives the same bytes."),
]
FromOption = Annotated[
    str | None, typer.Option("--from", help="Format of the file, where its ending does not say.")
]
MethodOption = Annotated[
    str,
    typer.Option(
        help="ode: concentrations. ssa: each reaction an event. tau, langevin: approximate, for many."
    ),
]
VolumeOption = Annotated[
    float | None, typer.Option(help="Molecules per unit concentration, of ssa, tau and langevin.")
]


class Terminated(KeyboardInterrupt):
    """SIGTERM: like an interruption from the keyboard, with its own exit status."""


def print_json(value: Any) -> None:
    """Print one machine-readable object."""
    sys.stdout.write(json.dumps(value) + "\n")


def refuse(message: str) -> None:
    """Show a refusal, at most 2,000 characters."""
    sys.stderr.write(f"neuralcrn: {message[:1950]}\n")


@contextmanager
def shown_warnings() -> Generator[None]:
    """Show warnings of this package as one line of standard error; those of others as Python does."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", NeuralCRNWarning)
        others = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *place: Any) -> None:
            if issubclass(category, NeuralCRNWarning):
                sys.stderr.write(f"neuralcrn: warning: {str(message)[:1950]}\n")
            else:
                others(message, category, *place)

        warnings.showwarning = show
        yield


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """Show warnings in one line; turn what may end a command early into a message and an exit status."""

    @functools.wraps(command)
    def run(*arguments: Any, **options: Any) -> None:
        try:
            with shown_warnings():
                command(*arguments, **options)
        except NeuralCRNError as error:
            if "--debug" in sys.argv:
                raise
            refuse(str(error))
            raise typer.Exit(2) from None
        except Terminated:
            refuse("stopped by SIGTERM")
            raise typer.Exit(143) from None
        except KeyboardInterrupt:
            refuse("interrupted")
            raise typer.Exit(130) from None
        except BrokenPipeError:
            # The reader went away; nothing may be flushed to it any more.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(1) from None

    return run
