"""A bar for many jobs, or a line now and then where there is no terminal."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from neuralcrn.cli.output import console

if TYPE_CHECKING:
    from neuralcrn.studies.jobs import Job, Result, Told

_LINES = 40
"""About how many lines tell of the progress where there is no terminal."""


def processes(wanted: int | None, jobs: int) -> int:
    """Return how many processes to start: as many as are wanted, but at most one a core and one a job."""
    listed = getattr(os, "sched_getaffinity", None)  # those that this process may use, where a system tells
    cores = len(listed(0)) if listed else os.cpu_count() or 1
    most = max(1, min(cores, jobs))
    if wanted is not None and wanted > most:
        console.print(f"--jobs {wanted:,}: {most:,}, one for each {'core' if most == cores else 'job'}")
    return min(wanted or most, most)


@contextmanager
def jobs_bar(what: str, total: int) -> Generator[Told]:
    """Show how many of all jobs are done; give what is to be told of each."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from neuralcrn.engines.native.compilation import kernels_are_compiled

    if not kernels_are_compiled():
        console.print("Compiling the simulation kernels: once on this machine, about 20 seconds.")
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("elapsed"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[done]}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        row = bar.add_task(what, total=total, done="")
        count = 0

        def told(job: Job, result: Result) -> None:
            nonlocal count
            count += 1
            done = f"{job.name} in {result.seconds:.1f} s"
            bar.update(row, advance=1, done=done)
            if not console.is_terminal and (count % max(1, total // _LINES) == 0 or count == total):
                console.print(f"{count}/{total}  {done}")

        yield told
