"""Functions shared by commands: consoles, JSON, files, and error handling."""

from __future__ import annotations

import functools
import json
import os
import re
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
from neuralcrn.errors import InvalidValueError, NeuralCRNError, NeuralCRNWarning, shown_path
from neuralcrn.status import COMPILING, ShowStatus

console = Console(stderr=True, highlight=False)
"""Console for users: progress and errors go to standard error, results to standard output."""

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]
SeedOption = Annotated[
    int,
    typer.Option(min=0, max=2**63 - 1, help="Random seed; the same seed gives identical results."),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace existing files.")]
FromOption = Annotated[
    str | None, typer.Option("--from", help="Format of the file. [default: by file extension]")
]
JobsOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Number of processes, at most one per core and per job. [default: maximum]",
        show_default=False,
    ),
]
SchedulerOption = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS|FILE",
        help="Use the workers of a dask scheduler instead of processes of this machine.",
        show_default=False,
    ),
]
MethodOption = Annotated[
    str,
    typer.Option(
        help="ode: deterministic. ssa: exact stochastic simulation. tau, langevin: approximations. hybrid: "
        "approximation for any number of molecules."
    ),
]
VolumeOption = Annotated[
    float | None, typer.Option(help="Molecules per unit concentration, for stochastic methods.")
]
ReadingsOption = Annotated[
    int, typer.Option(help="Readings of the pot whose mean is a prediction, for stochastic methods.")
]

_LONGEST = 100
"""Maximum length of the name of a folder."""
TO_CONSOLE = Path("-")
"""The file name for standard output."""


class ImageFormat(StrEnum):
    """Formats of figures in a folder."""

    PNG = "png"
    SVG = "svg"
    PDF = "pdf"


FiguresOption = Annotated[ImageFormat, typer.Option("--figures", help="Format of the figures.")]


class Terminated(KeyboardInterrupt):
    """SIGTERM: handled like an interruption from the keyboard, with a different exit status."""


class Result(Protocol):
    """Result of a verb, as text by ``str``, and as plain values."""

    def to_json(self) -> Any:
        """Return the result as plain values."""
        ...


def print_json(value: Any) -> None:
    """Print one machine-readable object."""
    typer.echo(json.dumps(value))


def print_error(message: str) -> None:
    """Print an error message, at most 2,000 characters."""
    with suppress(OSError):  # if nothing can be printed, the exit status is sufficient
        sys.stderr.write(f"neuralcrn: {message[:1950]}\n")


def check_outputs(force: bool, *paths: Path | None) -> None:
    """Check, before any work, that a file can be written, and replaced only with --force.

    Files that are not regular, such as a pipe or ``/dev/stdout``, are written to; ``-`` is standard output.
    """
    from neuralcrn.files import replaces

    for path in paths:
        if path is None or path == TO_CONSOLE or not os.path.exists(path):
            continue
        shown = shown_path(path)
        if path.is_dir():
            raise InvalidValueError(f"{shown}: is a folder: give the name of a file")
        if replaces(path) and not force:
            raise InvalidValueError(f"{shown}: exists already: give another name, or --force to replace it")


def print_result(result: Result, json: bool) -> None:
    """Print a result as text, or as JSON."""
    if json:
        print_json(result.to_json())
    else:
        typer.echo(str(result))


def image_format(path: Path) -> str:
    """Return the format of figures for the extension of a file name."""
    from neuralcrn.plots import checked_ending

    return checked_ending(path)


def give(content: str | bytes, out: Path | None) -> None:
    """Write the contents of a file, or print them if no file is given."""
    from neuralcrn.files import write_bytes

    if out is None or out == TO_CONSOLE:
        typer.echo(content, nl=False)
    else:
        write_bytes(out, content.encode("utf-8") if isinstance(content, str) else content)


def check_new(folder: Path | None) -> None:
    """Check, before any work, that a folder does not exist."""
    if folder is not None and os.path.lexists(folder):
        raise InvalidValueError(f"{folder}: exists already: give the name of a new folder")


def folder_of(verb: str, *texts: str) -> Path:
    """Return the default folder of a result that is described by texts.

    Examples
    --------
    >>> folder_of("approximate", "dx = sin(x)").as_posix()
    'approximate/dx-=-sin-x'
    """
    return Path(verb) / re.sub(r"[^\w.=,+]+", "-", "-".join(texts))[:_LONGEST].strip("-")


def give_folder(contents: Mapping[str, bytes], folder: Path) -> None:
    """Write files to a new folder atomically."""
    from neuralcrn.files import write_bytes
    from neuralcrn.runs.folders import new_folder

    with new_folder(folder) as fresh:
        for name, content in contents.items():
            write_bytes(fresh / name, content)


@contextmanager
def shown_warnings() -> Generator[None]:
    """Show each warning of this package once, in one line; other warnings are shown as usual."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", NeuralCRNWarning)
        others, said = warnings.showwarning, set[str]()

        def show(message: Warning | str, category: type[Warning], *place: Any) -> None:
            if not issubclass(category, NeuralCRNWarning):
                others(message, category, *place)
            elif (text := str(message)) not in said:  # a file may be read repeatedly
                said.add(text)
                sys.stderr.write(f"neuralcrn: warning: {text[:1950]}\n")

        warnings.showwarning = show
        yield


@contextmanager
def progress_bar(lines: int = 10) -> Generator[ShowStatus]:
    """Show the status of a verb on standard error."""
    with status.progress_bar(console, lines=lines) as show:
        yield show


@contextmanager
def kept(what: str) -> Generator[None]:
    """Print a message, on interruption, that the same command continues the work."""
    try:
        yield
    except KeyboardInterrupt:
        print_error(f"{what}: the same command goes on with the rest")
        raise


def _say_that_kernels_are_compiled() -> None:
    console.print(f"{COMPILING}.")


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """Show warnings in one line; convert exceptions to a message and an exit status."""

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
            print_error(str(error))
            raise typer.Exit(2) from None
        except Terminated:
            print_error("stopped by SIGTERM")
            raise typer.Exit(143) from None
        except KeyboardInterrupt:
            print_error("interrupted")
            raise typer.Exit(130) from None

    return run
