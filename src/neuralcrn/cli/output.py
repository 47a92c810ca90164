"""What every command shares: consoles, JSON, files that it writes, and how a refusal ends it."""

from __future__ import annotations

import functools
import json
import os
import sys
import warnings
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer
from rich.console import Console

from neuralcrn import status
from neuralcrn.errors import InvalidValueError, NeuralCRNError, NeuralCRNWarning, printable
from neuralcrn.status import OnStatus

console = Console(stderr=True, highlight=False)
"""For people: progress and refusals go to standard error, results to standard output."""

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]
SeedOption = Annotated[
    int,
    typer.Option(min=0, max=2**63 - 1, help="Seed of everything random; the same seed gives the same bytes."),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace files that are there already.")]
FromOption = Annotated[
    str | None, typer.Option("--from", help="Format of the file, where its ending does not say.")
]
JobsOption = Annotated[
    int | None,
    typer.Option(
        min=1, help="Processes, at most one a core and one a job. [default: that many]", show_default=False
    ),
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


TO_CONSOLE = Path("-")
"""As the name of a file to write: standard output."""


class ImageFormat(StrEnum):
    """Formats of figures that are written into a folder."""

    PNG = "png"
    SVG = "svg"
    PDF = "pdf"


FiguresOption = Annotated[ImageFormat, typer.Option("--figures", help="Format of the figures.")]


class Terminated(KeyboardInterrupt):
    """SIGTERM: like an interruption from the keyboard, with its own exit status."""


class Result(Protocol):
    """What a verb returns: in words by ``str``, and as plain values."""

    def to_json(self) -> Any:
        """Return the result as plain values."""
        ...


def print_json(value: Any) -> None:
    """Print one machine-readable object."""
    typer.echo(json.dumps(value))


def refuse(message: str) -> None:
    """Show a refusal, at most 2,000 characters."""
    with suppress(OSError):  # where nothing can be shown, the exit status says it
        sys.stderr.write(f"neuralcrn: {message[:1950]}\n")


def check_outputs(force: bool, *paths: Path | None) -> None:
    """Refuse, before any work, to replace a file without --force, and to write to a folder.

    What is no regular file, such as a pipe or ``/dev/stdout``, is written to; ``-`` prints.
    """
    from neuralcrn.formats.files import replaces

    for path in paths:
        if path is None or path == TO_CONSOLE or not os.path.exists(path):
            continue
        shown = printable(str(path))
        if path.is_dir():
            raise InvalidValueError(f"{shown}: is a folder: give the name of a file")
        if replaces(path) and not force:
            raise InvalidValueError(f"{shown}: is there already: give another name, or --force to replace it")


def print_result(result: Result, json: bool) -> None:
    """Print a result in words, or as one machine-readable object."""
    if json:
        print_json(result.to_json())
    else:
        typer.echo(str(result))


def image_format(path: Path) -> str:
    """Return the format of figures that the ending of a file name says, or refuse it."""
    from neuralcrn.plots import checked_ending

    return checked_ending(path)


def give(content: str | bytes, out: Path | None) -> None:
    """Write the contents of a file, or print them where none is named."""
    from neuralcrn.formats.files import write_bytes

    if out is None or out == TO_CONSOLE:
        typer.echo(content, nl=False)
    else:
        write_bytes(out, content.encode("utf-8") if isinstance(content, str) else content)


def check_new(folder: Path | None) -> None:
    """Refuse, before any work, a folder whose name is taken."""
    if folder is not None and os.path.lexists(folder):
        raise InvalidValueError(f"{folder}: is there already: give the name of a new folder")


def give_folder(contents: Mapping[str, bytes], folder: Path) -> None:
    """Write files into a folder that appears whole."""
    from neuralcrn.formats.files import write_bytes
    from neuralcrn.runs.files import new_folder

    with new_folder(folder) as fresh:
        for name, content in contents.items():
            write_bytes(fresh / name, content)


@contextmanager
def shown_warnings() -> Generator[None]:
    """Show each warning of this package once, in one line; those of others as Python does."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", NeuralCRNWarning)
        others, said = warnings.showwarning, set[str]()

        def show(message: Warning | str, category: type[Warning], *place: Any) -> None:
            if not issubclass(category, NeuralCRNWarning):
                others(message, category, *place)
            elif (text := str(message)) not in said:  # a file may be read again and again
                said.add(text)
                sys.stderr.write(f"neuralcrn: warning: {text[:1950]}\n")

        warnings.showwarning = show
        yield


@contextmanager
def progress_bar(lines: int = 10) -> Generator[OnStatus]:
    """Show the status of a verb on standard error."""
    with status.progress_bar(console, lines=lines) as show:
        yield show


@contextmanager
def kept(what: str) -> Generator[None]:
    """Say, where work is interrupted, that the same command goes on with it."""
    try:
        yield
    except KeyboardInterrupt:
        refuse(f"{what}: the same command goes on with the rest")
        raise


def _say_that_kernels_are_compiled() -> None:
    console.print("Compiling the simulation kernels: once on this machine, about 20 seconds.")


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """Show warnings in one line; turn what may end a command early into a message and an exit status."""

    @functools.wraps(command)
    def run(*arguments: Any, **options: Any) -> None:
        from neuralcrn.engines.native.compilation import tell_of_compilation

        tell_of_compilation(_say_that_kernels_are_compiled)
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

    return run
