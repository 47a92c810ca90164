"""``neuralcrn reproduce``: the publication over many seeds, and what lies beyond, in one report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuralcrn.cli.output import JobsOption, JsonOption, kept, print_result, progress_bar


def reproduce(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[EXPERIMENT]...",
            help="Experiments, groups or studies (--list shows them); everything if none is named.",
        ),
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(help="Seeds of each experiment. [default: 10, quick 3]", show_default=False)
    ] = None,
    jobs: JobsOption = None,
    quick: Annotated[bool, typer.Option("--quick", help="3 seeds, and small studies.")] = False,
    out: Annotated[
        Path, typer.Option(help="Folder of report and results; results in it are taken over.")
    ] = Path("reproduction"),
    list_names: Annotated[bool, typer.Option("--list", help="Show what can be named.")] = False,
    json: JsonOption = False,
) -> None:
    """Reproduce the publication by simulating its chemistry, and write one HTML report.

    The report needs no network: tables beside the authors' figures, pictures, and for each row the command
    that repeats it; its tables are written as Markdown too. Ctrl-C keeps what is done, and the same
    command goes on with the rest.

    **Examples:** `neuralcrn reproduce --quick`, `neuralcrn reproduce xor-cubic rings-smooth-relu`,
    `neuralcrn reproduce one-pot --seeds 5 --out pots`
    """
    from neuralcrn import app

    if list_names:
        typer.echo(app.experiments())
        return
    with kept(f"results are kept in {out}"), progress_bar(lines=40) as bar:
        result = app.reproduce(names or [], out, seeds=seeds, quick=quick, processes=jobs, on_status=bar)
    print_result(result, json)
