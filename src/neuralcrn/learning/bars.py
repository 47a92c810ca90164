"""Progress bar of a training."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from neuralcrn import status
from neuralcrn.learning.loop import Callback, Progress

if TYPE_CHECKING:
    from rich.console import Console


@contextmanager
def progress_bar(console: Console | None = None) -> Generator[Callback]:
    """Return a callback that shows the progress of a training.

    In a terminal and in a notebook it is a bar (in a notebook this needs tqdm, extra ``notebook``); in a
    file, a pipe and a notebook without tqdm it is about ten lines of text.

    Parameters
    ----------
    console : rich.console.Console, optional
        Output; by default standard error.

    Yields
    ------
    Callback
        Argument for `train_task` or `train_circuit`.

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
    with status.progress_bar(console) as show:
        yield lambda progress: show(training_status(progress))


def training_status(progress: Progress) -> status.Status:
    """Return the status of a training: its completed epochs, and the last metrics."""
    complete = len(progress.metrics)
    within = progress.state.position / progress.samples
    return status.Status("epoch", complete, progress.epochs, _latest(progress), within)


def _latest(progress: Progress) -> str:
    """Return the last metrics in one line."""
    if not progress.metrics:
        measured, period = "first epoch", ""
    else:
        last = progress.metrics[-1]
        measured = f"train loss {last.train_loss:.4f}  val loss {last.validation_loss:.4f}"
        for part, accuracy in (("val", last.accuracy), ("test", last.test_accuracy)):
            if accuracy is not None:
                measured += f"  {part} accuracy {accuracy:.1%}"
        period = f"  period {last.period:.4g}"
    if progress.trainer.program.is_pot:
        return f"cycle {progress.done}  {measured}{period}"
    return measured
