"""``neuralcrn reproduce``: the publication over many seeds, and what lies beyond, in one report."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neuralcrn.cli.bars import jobs_bar, processes
from neuralcrn.cli.output import JobsOption, JsonOption, print_json, refuse

if TYPE_CHECKING:
    from neuralcrn.studies.reproduction.report import Contents


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
    from neuralcrn.studies.reproduction.build import build_report
    from neuralcrn.studies.reproduction.plan import FULL_SEEDS, QUICK_SEEDS, make_plan

    if list_names:
        _list()
        return
    wanted = names or []
    plan = make_plan(wanted, seeds if seeds is not None else QUICK_SEEDS if quick else FULL_SEEDS, quick)
    words = ["neuralcrn", "reproduce", *wanted, *(["--quick"] if quick else []), "--seeds", str(plan.seeds)]
    try:
        with jobs_bar("reproduce", len(plan.jobs) + len(plan.experiments)) as told:
            contents = build_report(plan, out, processes(jobs, len(plan.jobs)), shlex.join(words), told)
    except KeyboardInterrupt:
        refuse(f"results are kept in {out}: the same command goes on with the rest")
        raise
    if json:
        print_json(_summary(contents, out))
    else:
        _report(contents, out)


def _list() -> None:
    """Print what can be named."""
    from neuralcrn.studies.reproduction.experiments import GROUPS
    from neuralcrn.studies.reproduction.plan import PARTS
    from neuralcrn.studies.reproduction.trainings import EXPERIMENTS

    for group in GROUPS:
        typer.echo(f"{group}:")
        for experiment in EXPERIMENTS:
            if experiment.group == group:
                typer.echo(f"  {experiment.name:28} {experiment.title}")
    typer.echo(f"studies:\n  {', '.join(PARTS)}")


def _summary(contents: Contents, out: Path) -> dict[str, Any]:
    """Return the tables of the report as plain values."""
    return {
        "report": str(out / "report.html"),
        "command": contents.command,
        "experiments": [
            {
                "name": row.experiment.name,
                "group": row.experiment.group,
                "measure": row.experiment.measure,
                "published": row.experiment.published,
                "median": row.median,
                "values": list(row.values),
                "met": row.met,
                "reactions": row.typical.reactions,
                "species": row.typical.species,
                "max_order": row.typical.max_order,
                "doses": row.typical.doses,
                "seconds": row.seconds,
                "failures": list(row.failures),
                "command": row.command,
            }
            for row in contents.rows
        ],
        "baselines": [
            {
                "task": line.task,
                "measure": line.measure,
                "chemistry": line.chemistry.experiment.name,
                "median": line.chemistry.median,
                **line.models,
            }
            for line in contents.baselines
        ],
        "studies": [
            {"title": study.title, "columns": study.columns, "rows": study.cells}
            for study in contents.studies
        ],
    }


def _report(contents: Contents, out: Path) -> None:
    """Print the table for a person."""
    from neuralcrn.studies.reproduction.report import HTML, number, span, verdict

    if contents.rows:
        typer.echo(f"{'experiment':46} {'authors':>7} {'median':>7}  {'range':16} {'seeds':>5}")
    for row in contents.rows:
        typer.echo(
            f"{row.experiment.title:46} {number(row.experiment.published):>7} {number(row.median):>7}  "
            f"{span(row.values):16} {len(row.runs):>5}  {verdict(row)}"
        )
    typer.echo(f"{out / HTML}")
