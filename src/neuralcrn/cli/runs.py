"""``neuralcrn runs``: list of runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuralcrn.cli.output import JsonOption, print_result


def runs(
    folder: Annotated[Path, typer.Option("--in", help="The folder that contains the run folders.")] = Path(
        "runs"
    ),
    json: JsonOption = False,
) -> None:
    """List the runs of a folder, newest first.

    The status of a run is `finished`, `interrupted` (can be resumed with `neuralcrn train --resume RUN`),
    `diverged` (the last valid state is kept), `failed` for another reason, or `unfinished`: still running, or
    killed and can be resumed. Loss and accuracy are those of the validation rows after the last complete
    epoch.
    """
    from neuralcrn import app

    print_result(app.runs(folder), json)
