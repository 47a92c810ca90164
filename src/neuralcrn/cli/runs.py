"""``neuralcrn runs``: what was trained."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuralcrn.cli.output import JsonOption, print_json


def runs(
    folder: Annotated[Path, typer.Option("--in", help="The folder of the runs and their index.")] = Path(
        "runs"
    ),
    json: JsonOption = False,
) -> None:
    """List the runs of a folder, newest first."""
    from neuralcrn.runs import list_runs

    rows = list_runs(folder)
    if json:
        print_json(rows)
        return
    if not rows:
        typer.echo(f"no runs in {folder}")
        return
    typer.echo(f"{'run':60} {'status':12} {'epochs':>6} {'val loss':>9} {'accuracy':>8} {'s':>7}")
    for row in rows:
        loss = "" if row["val_loss"] is None else f"{row['val_loss']:.4f}"
        accuracy = "" if row["accuracy"] is None else f"{row['accuracy']:.1%}"
        typer.echo(
            f"{row['run']:60} {row['status']:12} {row['epochs']:6} {loss:>9} {accuracy:>8} "
            f"{row['seconds']:7.1f}"
        )
