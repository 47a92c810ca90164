"""``neuralcrn design``: networks that are trained to reach goals."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuralcrn.cli.changes import read_changes, read_names
from neuralcrn.cli.output import (
    FiguresOption,
    ImageFormat,
    JobsOption,
    JsonOption,
    SchedulerOption,
    folder_of,
    kept,
    print_result,
    progress_bar,
)

_CANDIDATES, _TRAINING = "Candidates and initial concentrations", "Training"


def design(
    goals: Annotated[
        list[str],
        typer.Argument(
            metavar="GOAL...",
            help="'A, B, C oscillate period P amplitude X', 'A = FORMULA at T', 'A = FORMULA in FROM:TO', "
            "'A > X in FROM:TO', 'A high in FROM:TO', 'A low in FROM:TO', 'A, B rest in FROM:TO'; with "
            "'alone' at the end for chambers without transfer.",
        ),
    ],
    species: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,C",
            rich_help_panel=_CANDIDATES,
            show_default=False,
            help="Species of a chamber. [default: those named in other arguments]",
        ),
    ] = None,
    family: Annotated[
        str,
        typer.Option(
            rich_help_panel=_CANDIDATES,
            help="Candidate reactions. conserving: two molecules to two others. elementary: up to two "
            "molecules to up to two others.",
        ),
    ] = "conserving",
    candidates: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=_CANDIDATES,
            show_default=False,
            help="Candidate reactions in a network file, in place of a family; rate constants are ignored.",
        ),
    ] = None,
    chambers: Annotated[
        int,
        typer.Option(
            rich_help_panel=_CANDIDATES,
            help="Chambers in a row, with trained membranes; A is then A_1, A_2, ...",
        ),
    ] = 1,
    initial: Annotated[
        list[str] | None,
        typer.Option(
            "--init",
            metavar="NAME=VALUE",
            rich_help_panel=_CANDIDATES,
            show_default=False,
            help="Initial concentration. Can be repeated. [default: 0; in phase for oscillations]",
        ),
    ] = None,
    inputs: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            metavar="NAME=A,B,C",
            rich_help_panel=_CANDIDATES,
            show_default=False,
            help="Initial concentrations that differ between runs; formulas may contain the name. Can be "
            "repeated: all combinations are run.",
        ),
    ] = None,
    seeds: Annotated[int, typer.Option(rich_help_panel=_TRAINING, help="Number of trainings.")] = 3,
    jobs: JobsOption = None,
    scheduler: SchedulerOption = None,
    steps: Annotated[int, typer.Option(rich_help_panel=_TRAINING, help="Steps of gradient descent.")] = 500,
    learning_rate: Annotated[
        float, typer.Option(rich_help_panel=_TRAINING, help="Learning rate of Adam.")
    ] = 0.05,
    penalty: Annotated[
        float, typer.Option(rich_help_panel=_TRAINING, help="Penalty of the sum of rate constants.")
    ] = 2e-4,
    tolerance: Annotated[
        float,
        typer.Option(
            rich_help_panel=_TRAINING,
            help="Mean squared error, relative to the square of the total concentration, up to which "
            "reactions are removed.",
        ),
    ] = 1e-5,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder of network, figure and trainings. [default: design/GOALS]", show_default=False
        ),
    ] = None,
    figures: FiguresOption = ImageFormat.SVG,
    json: JsonOption = False,
) -> None:
    """Design a network that reaches goals: an oscillation, concentrations, or levels in time windows.

    The rate constants of all candidate reactions are trained by gradient descent on a computer. Then as many
    reactions as possible are removed. Gradients are forward sensitivities of the simulated reactions, and the
    period, amplitude and concentrations in the result are measured on its simulation. The result is a network
    file for the other commands. After Ctrl-C completed trainings are kept, and the same command continues
    with the rest.

    **Examples:** `neuralcrn design "A, B, C oscillate period 10 amplitude 0.12"`,
    `neuralcrn design "C = 0.8 at 5" "B high in 1:2" --init A=1`,
    `neuralcrn design "B low in 0:3" "B high in 5:10" --species A,B,C --init A=0.9 --init B=0.02`
    """
    from neuralcrn import app
    from neuralcrn.in_silico.design import TrainingOptions

    changes = read_changes((), initial or (), None)
    scans = [read_changes((), (), text).scan for text in inputs or ()]
    spec = app.design_spec(
        goals,
        species=read_names("--species", species) or (),
        family=family,
        candidates=None if candidates is None else app.Source(str(candidates)),
        chambers=chambers,
        initial=changes.initial,
        inputs={scan.name: scan.values for scan in scans if scan is not None},
    )
    options = TrainingOptions(steps=steps, learning_rate=learning_rate, penalty=penalty, tolerance=tolerance)
    folder = out or folder_of("design", *goals)
    with kept(f"trainings are kept in {folder}"), progress_bar(lines=40) as bar:
        made = app.design(
            spec,
            folder,
            options,
            seeds=seeds,
            processes=jobs,
            scheduler=scheduler,
            image=figures,
            on_status=bar,
        )
    print_result(made, json)
