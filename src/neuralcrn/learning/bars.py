"""Callbacks that show a training to a person: a bar, or lines where a bar cannot be drawn."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from neuralcrn.learning.progress import Callback, Progress

if TYPE_CHECKING:
    from rich.console import Console


@contextmanager
def progress_bar(console: Console | None = None) -> Generator[Callback]:
    """Show how a training goes, as the place allows.

    A terminal and a notebook get a bar (the notebook's needs tqdm, from the extra ``notebook``); a
    file, a pipe and a notebook without tqdm get about ten lines.

    Parameters
    ----------
    console : rich.console.Console, optional
        Where to write; standard error if not given.

    Yields
    ------
    Callback
        To be given to `train_task` or `train_circuit`.

    Examples
    --------
    >>> import sys
    >>> from rich.console import Console
    >>> from neuralcrn.learning import train_task
    >>> with progress_bar(Console(file=sys.stdout)) as bar:
    ...     trained = train_task("linear-regression", epochs=2, callback=bar)  # doctest: +ELLIPSIS
    epoch 1/2  train loss 0...  val loss 0...
    epoch 2/2  train loss 0...  val loss 0...
    """
    from rich.console import Console

    place = console or Console(stderr=True, highlight=False)
    if place.is_jupyter:
        with _notebook_bar(place) as show:
            yield show
    elif place.is_terminal:
        with _terminal_bar(place) as show:
            yield show
    else:
        yield _lines(place)


@contextmanager
def _terminal_bar(console: Console) -> Generator[Callback]:
    """Draw a bar with the latest losses and the time that is left."""
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Display

    columns = (
        TextColumn("epoch {task.fields[epoch]}/{task.fields[last]}"),
        BarColumn(),
        TextColumn("{task.fields[shown]}"),
        TextColumn("elapsed"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Display(*columns, console=console) as display:
        row = display.add_task("train", visible=False, epoch=0, last=0, shown="")

        def show(progress: Progress) -> None:
            epoch = min(progress.epochs, progress.state.epoch + 1)
            display.update(
                row,
                visible=True,
                total=progress.total,
                completed=progress.done,
                epoch=epoch,
                last=progress.epochs,
                shown=_latest(progress),
            )

        yield show


@contextmanager
def _notebook_bar(console: Console) -> Generator[Callback]:
    """Draw a bar of tqdm, which a notebook can show without widgets too."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that widgets are missing: then it draws in text
            from tqdm.auto import tqdm
    except ImportError:
        yield _lines(console)
        return
    # Standard output: notebooks print the other stream on red. A delay: nothing before the total is known.
    shape = "{l_bar}{bar}| {n_fmt}/{total_fmt} [elapsed {elapsed}, left {remaining}, {rate_fmt}{postfix}]"
    with tqdm(unit="sample", file=sys.stdout, delay=1e-9, bar_format=shape) as bar:

        def show(progress: Progress) -> None:
            if bar.total is None:
                bar.reset(progress.total)
            bar.set_postfix_str(_latest(progress), refresh=False)
            bar.update(progress.done - bar.n)

        yield show


def _lines(console: Console) -> Callback:
    """Print a line about the first epoch, the last, and every tenth part between them."""
    told: int | None = None

    def show(progress: Progress) -> None:
        nonlocal told
        complete, planned = len(progress.metrics), progress.epochs
        news = told is not None and complete > told
        if news and (complete % max(1, planned // 10) == 0 or complete in (1, planned)):
            console.print(f"epoch {complete}/{planned}  {_latest(progress)}")
        told = complete

    return show


def _latest(progress: Progress) -> str:
    """Say in one line what was measured last."""
    if not progress.metrics:
        measured, period = "first epoch", ""
    else:
        last = progress.metrics[-1]
        measured = f"train loss {last.train_loss:.4f}  val loss {last.validation_loss:.4f}"
        for part, accuracy in (("val", last.accuracy), ("test", last.test_accuracy)):
            if accuracy is not None:
                measured += f"  {part} accuracy {accuracy:.1%}"
        period = f"  period {last.period:.4g}"
    if progress.trainer.lowered.program.gates:
        return f"cycle {progress.done}  {measured}{period}"
    return measured
