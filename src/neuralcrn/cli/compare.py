"""``neuralcrn compare``: learning chemistries side by side on one task."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuralcrn.cli.output import JobsOption, JsonOption, SchedulerOption, kept, print_result, progress_bar


def compare(
    task: Annotated[
        str, typer.Argument(metavar="TASK|FILE.csv", help="A task ('neuralcrn list'), or a CSV file.")
    ],
    target: Annotated[str, typer.Option(help="Column to predict of a CSV file.")] = "",
    learners: Annotated[
        str, typer.Option(metavar="NAME[,NAME...]", help="Learners ('neuralcrn list'). [default: all]")
    ] = "",
    seeds: Annotated[
        int | None,
        typer.Option(help="Number of trainings of each learner. [default: 5, quick 1]", show_default=False),
    ] = None,
    jobs: JobsOption = None,
    scheduler: SchedulerOption = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Short trainings, one seed, two strengths, no molecules.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of page and trials. [default: comparison/TASK]", show_default=False),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Train all learning chemistries on one task, and write one page that compares them.

    The page contains size, accuracy, the number of samples needed, the tolerance to wrong rate constants, the
    number of molecules needed, and the size by DNA strand displacement of every learner; learners that cannot
    learn the task are listed with the reason. The tables are also written as Markdown and JSON. After Ctrl-C
    completed trials are kept, and the same command continues with the rest.

    **Examples:** `neuralcrn compare xor --quick`,
    `neuralcrn compare iris --learners perceptron,neural-crn-relu --seeds 3`,
    `neuralcrn compare data.csv --target price`
    """
    from neuralcrn import app

    names = tuple(name.strip() for name in learners.split(",") if name.strip())
    options = app.ComparisonOptions(learners=names, seeds=seeds, quick=quick, target=target)
    folder = out or Path("comparison") / Path(task).stem
    with kept(f"trials are kept in {folder}"), progress_bar(lines=40) as bar:
        result = app.compare(task, folder, options, processes=jobs, scheduler=scheduler, on_status=bar)
    print_result(result, json)
