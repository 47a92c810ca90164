"""Status of an operation, and the progress bar that displays it."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, final

if TYPE_CHECKING:
    from rich.console import Console

COMPILING = "Compiling the simulation kernels: once on this machine, about a minute"
_LINES = 10


@final
@dataclass(frozen=True, slots=True)
class Status:
    """Status of an operation.

    Attributes
    ----------
    what : str
        Description of the operation, or of the counted parts.
    done, total : int
        Numbers of completed and of all parts; the total is 0 if parts are not counted.
    note : str
        Information about the latest part.
    within : float
        Completed fraction of the next part, from 0 to 1.

    Examples
    --------
    >>> status = Status("epoch", 3, 10, "val loss 0.02", within=0.5)
    >>> status.fraction, status.counted, Status("Simulating both levels").counted
    (0.35, 'epoch 3/10', 'Simulating both levels')
    """

    what: str
    done: int = 0
    total: int = 0
    note: str = ""
    within: float = 0.0

    @property
    def fraction(self) -> float | None:
        """Completed fraction, from 0 to 1; None if the parts are not counted."""
        return (self.done + self.within) / self.total if self.total else None

    @property
    def counted(self) -> str:
        """Description, with the number of completed parts."""
        return f"{self.what} {self.done}/{self.total}" if self.total else self.what


OnStatus = Callable[[Status], None]
"""Called repeatedly in the working thread; exceptions end the operation."""


class HasStatus(Protocol):
    """An object with a status, such as the `Progress` of a training."""

    @property
    def status(self) -> Status:
        """Present status."""
        ...


ShowStatus = Callable[[Status | HasStatus], None]
"""Displays a status, or that of a training."""


def ignore_status(_status: Status) -> None:
    """Show nothing."""


@contextmanager
def progress_bar(console: Console | None = None, *, lines: int = _LINES) -> Generator[ShowStatus]:
    """Return a callback that displays the status of an operation, or the progress of a training.

    In a terminal and in a notebook it is a bar (in a notebook this needs tqdm, extra ``notebook``); in a
    file, a pipe and a notebook without tqdm it is lines of text.

    Parameters
    ----------
    console : rich.console.Console, optional
        Output; by default standard error.
    lines : int
        Approximate number of lines if a bar cannot be drawn. With 0 there are none, and a bar is only drawn
        for operations with several parts, and removed at the end.

    Yields
    ------
    ShowStatus
        The ``on_status`` of functions of `neuralcrn.app`, or the ``callback`` of `train_task` and
        `train_circuit`.

    Examples
    --------
    >>> import sys
    >>> from rich.console import Console
    >>> with progress_bar(Console(file=sys.stdout)) as show:
    ...     show(Status("Compiling"))
    ...     for done in range(3):
    ...         show(Status("trial", done, 2, note=f"{done} of 2 are kept"))
    Compiling ...
    trial 1/2  1 of 2 are kept
    trial 2/2  2 of 2 are kept
    >>> from neuralcrn.learning import train_task
    >>> with progress_bar(Console(file=sys.stdout)) as bar:
    ...     trained = train_task("linear-regression", epochs=2, callback=bar)  # doctest: +ELLIPSIS
    epoch 1/2  train loss ...  val loss 0...
    epoch 2/2  train loss 0...  val loss 0...
    """
    from rich.console import Console

    with _display(console or Console(stderr=True, highlight=False), lines) as show:
        yield lambda item: show(item if isinstance(item, Status) else item.status)


@contextmanager
def _display(console: Console, lines: int) -> Generator[OnStatus]:
    """Display statuses in a notebook, in a terminal, or as lines."""
    if console.is_jupyter:
        with _notebook_bar(console, lines) as show:
            yield show
    elif console.is_terminal:
        with _terminal_bar(console, brief=not lines) as show:
            yield show
    else:
        yield _lines(console, lines)


@contextmanager
def _terminal_bar(console: Console, *, brief: bool) -> Generator[OnStatus]:
    """Draw a bar with the latest note and the remaining time."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as display:
        row = display.add_task("", visible=False, note="")

        def show(status: Status) -> None:
            display.update(
                row,
                description=status.counted,
                visible=not brief or status.total > 1,
                total=None if status.fraction is None else 1.0,
                completed=status.fraction or 0.0,
                note=status.note,
            )
            display.live.transient = brief or not status.total  # nothing to see once it is done

        yield show


@contextmanager
def _notebook_bar(console: Console, lines: int) -> Generator[OnStatus]:
    """Draw a bar of tqdm, which also works in notebooks without widgets."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # missing widgets: the bar is then drawn as text
            from tqdm.auto import tqdm
    except ImportError:
        yield _lines(console, lines)
        return
    # Standard output, because notebooks display standard error on red. A delay, so that nothing is drawn
    # before the first status.
    shape = "{desc}: {percentage:3.0f}%|{bar}| [elapsed {elapsed}, left {remaining}{postfix}]"
    with tqdm(total=1.0, file=sys.stdout, delay=1e-9, bar_format=shape) as bar:

        def show(status: Status) -> None:
            news = bar.desc != status.counted
            bar.set_description_str(status.counted, refresh=False)
            bar.set_postfix_str(status.note, refresh=news)
            bar.update((status.fraction or 0.0) - bar.n)

        yield show


def _lines(console: Console, lines: int) -> OnStatus:
    """Print the beginning of an operation and, of counted parts, the first, the last, and some between
    them.
    """
    before: Status | None = None

    def show(status: Status) -> None:
        nonlocal before
        earlier, before = before, status
        if earlier is None or earlier.what != status.what:
            if lines and not status.total:
                console.print(f"{status.what} ...")
            return
        # parts completed before the first status, such as epochs of an earlier run, are excluded
        news = lines and status.done > earlier.done
        if news and (status.done % max(1, status.total // lines) == 0 or status.done in (1, status.total)):
            console.print(f"{status.counted}  {status.note}")

    return show
