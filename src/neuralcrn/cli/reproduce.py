"""``neuralcrn reproduce``: reproduction of the publication as one report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuralcrn.cli.output import JobsOption, JsonOption, SchedulerOption, kept, print_result, progress_bar


def reproduce(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[EXPERIMENT]...",
            help="Experiments, groups or studies (see --list). [default: all but learners]",
        ),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(help="Number of seeds per experiment. [default: 10, quick 3]", show_default=False),
    ] = None,
    jobs: JobsOption = None,
    scheduler: SchedulerOption = None,
    quick: Annotated[bool, typer.Option("--quick", help="Use 3 seeds and small studies.")] = False,
    out: Annotated[
        Path, typer.Option(help="Folder of report and results; existing results are reused.")
    ] = Path("reproduction"),
    list_names: Annotated[bool, typer.Option("--list", help="List experiments, groups and studies.")] = False,
    json: JsonOption = False,
) -> None:
    """Reproduce the publication by simulating its chemistry, and write one HTML report.

    The report needs no network. It contains tables that compare the results with the authors', figures, and
    the command that repeats each row; the tables are also written as Markdown. After Ctrl-C completed results
    are kept, and the same command continues with the rest.

    **Examples:** `neuralcrn reproduce --quick`, `neuralcrn reproduce xor-cubic rings-smooth-relu`,
    `neuralcrn reproduce one-pot --seeds 5 --out pots`
    """
    from neuralcrn import app

    if list_names:
        typer.echo(app.experiments())
        return
    with kept(f"results are kept in {out}"), progress_bar(lines=40) as bar:
        result = app.reproduce(
            names or [], out, seeds=seeds, quick=quick, processes=jobs, scheduler=scheduler, on_status=bar
        )
    print_result(result, json)
