"""How far a piece of work has come, and the one progress bar that shows it."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from rich.console import Console

_LINES = 10


@final
@dataclass(frozen=True, slots=True)
class Status:
    """How far a piece of work has come.

    Attributes
    ----------
    what : str
        What is being done, or what is counted.
    done, total : int
        Parts that are complete, of all parts; a total of 0 where the work has no parts that are counted.
    note : str
        What is known of the latest part.
    within : float
        Fraction of the next part that is complete, from 0 to 1.

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
        """Fraction of the work that is complete, from 0 to 1; None if the parts are not counted."""
        return (self.done + self.within) / self.total if self.total else None

    @property
    def counted(self) -> str:
        """What is being done, with the number of complete parts."""
        return f"{self.what} {self.done}/{self.total}" if self.total else self.what


OnStatus = Callable[[Status], None]
"""Called in the thread that works, again and again; what it raises ends the work."""


def ignore_status(_status: Status) -> None:
    """Show nothing."""


@contextmanager
def progress_bar(console: Console | None = None, *, lines: int = _LINES) -> Generator[OnStatus]:
    """Show the status of a piece of work, as the place allows.

    A terminal and a notebook get a bar (the notebook's needs tqdm, from the extra ``notebook``); a file, a
    pipe and a notebook without tqdm get lines.

    Parameters
    ----------
    console : rich.console.Console, optional
        Where to write; standard error if not given.
    lines : int
        About how many lines are printed where a bar cannot be drawn. With 0 there are none, and a bar is only
        drawn for work of several parts, and removed at its end.

    Yields
    ------
    OnStatus
        To be called with each status.

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
    """
    from rich.console import Console

    place = console or Console(stderr=True, highlight=False)
    if place.is_jupyter:
        with _notebook_bar(place, lines) as show:
            yield show
    elif place.is_terminal:
        with _terminal_bar(place, brief=not lines) as show:
            yield show
    else:
        yield _lines(place, lines)


@contextmanager
def _terminal_bar(console: Console, *, brief: bool) -> Generator[OnStatus]:
    """Draw a bar with the latest note and the time that is left."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[note]}"),
        TextColumn("elapsed"),
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
    """Draw a bar of tqdm, which a notebook can show without widgets too."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that widgets are missing: then it draws in text
            from tqdm.auto import tqdm
    except ImportError:
        yield _lines(console, lines)
        return
    # Standard output: notebooks print the other stream on red. A delay: nothing before the first status.
    shape = "{desc}: {percentage:3.0f}%|{bar}| [elapsed {elapsed}, left {remaining}{postfix}]"
    with tqdm(total=1.0, file=sys.stdout, delay=1e-9, bar_format=shape) as bar:

        def show(status: Status) -> None:
            news = bar.desc != status.counted
            bar.set_description_str(status.counted, refresh=False)
            bar.set_postfix_str(status.note, refresh=news)
            bar.update((status.fraction or 0.0) - bar.n)

        yield show


def _lines(console: Console, lines: int) -> OnStatus:
    """Print what begins, and of counted parts the first, the last, and so many between them."""
    before: Status | None = None

    def show(status: Status) -> None:
        nonlocal before
        earlier, before = before, status
        if earlier is None or earlier.what != status.what:
            if lines and not status.total:
                console.print(f"{status.what} ...")
            return
        # not what was complete before the first status, such as epochs of an earlier run
        news = lines and status.done > earlier.done
        if news and (status.done % max(1, status.total // lines) == 0 or status.done in (1, status.total)):
            console.print(f"{status.counted}  {status.note}")

    return show
