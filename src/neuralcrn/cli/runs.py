"""``neuralcrn runs``: what was trained."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from neuralcrn.cli.output import JsonOption, print_json


def runs(
    folder: Annotated[Path, typer.Option("--in", help="The folder that contains the run folders.")] = Path(
        "runs"
    ),
    json: JsonOption = False,
) -> None:
    """List the runs of a folder, newest first.

    The status of a run is `finished`, `interrupted` (`neuralcrn train --resume RUN` goes on), `diverged`
    (the last good state is kept), `failed` for another reason, or `unfinished`: it is running, or was killed
    and can be resumed. Loss and accuracy are those of the validation rows after the last complete epoch.
    """
    from neuralcrn.runs import list_runs

    rows = list_runs(folder)
    if json:
        print_json(rows)
        return
    if not rows:
        typer.echo(f"no runs in {folder}")
        return
    width = max(3, *(len(row["run"]) for row in rows))
    heading = f"{'status':12} {'epochs':>11} {'val loss':>9} {'val accuracy':>12} {'seconds':>8}"
    typer.echo(f"{'run':{width}} {heading}")
    for row in rows:
        typer.echo(f"{row['run']:{width}} {_line(row)}")


def _line(row: dict[str, Any]) -> str:
    loss = "" if row["val_loss"] is None else f"{row['val_loss']:.4f}"
    accuracy = "" if row["val_accuracy"] is None else f"{row['val_accuracy']:.1%}"
    epochs = f"{row['epochs']}/{row['planned']}"
    return f"{row['status']:12} {epochs:>11} {loss:>9} {accuracy:>12} {row['seconds']:8.1f}"
