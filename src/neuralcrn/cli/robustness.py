"""``neuralcrn robustness``: tolerance of a circuit to perturbations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuralcrn.cli.circuit_options import ClockOption, LevelOption, RuleOption
from neuralcrn.cli.output import (
    FiguresOption,
    ImageFormat,
    JobsOption,
    JsonOption,
    kept,
    print_result,
    progress_bar,
)
from neuralcrn.errors import InvalidValueError


def robustness(
    circuit: Annotated[str, typer.Argument(help="A circuit ('neuralcrn list').")],
    task: Annotated[str, typer.Option(help="A task ('neuralcrn list').")],
    rule: RuleOption = None,
    level: LevelOption = "staged",
    clock: ClockOption = "",
    disturbance: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[=S,...]",
            help="rates, common, mismatch, leaks, annihilation, clock, doses or pipetting, with strengths "
            "from 0 to 1; ssa, tau or langevin, with molecules per unit concentration. Can be repeated. "
            "[default: all disturbances]",
            show_default=False,
        ),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(help="Number of trainings per strength. [default: 3, quick 2]", show_default=False),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(
            help="Passes over the data. [default: the recorded number, at most 30, quick 3]",
            show_default=False,
        ),
    ] = None,
    jobs: JobsOption = None,
    quick: Annotated[bool, typer.Option("--quick", help="Use few seeds, epochs and strengths.")] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder of tables, figure and trials. [default: robustness/CIRCUIT-TASK]",
            show_default=False,
        ),
    ] = None,
    figures: FiguresOption = ImageFormat.PNG,
    json: JsonOption = False,
) -> None:
    """Train a circuit under perturbations of its chemistry, and measure its tolerance.

    Each disturbance is applied at several strengths with the same seeds: errors of rate constants or stock
    solutions, leaks, reduced annihilation, errors of the clock, or few molecules. The table lists the
    strengths up to which the score (accuracy, or R² of a regression) decreases by less than 5 points. After
    Ctrl-C completed trials are kept, and the same command continues with the rest.

    **Examples:** `neuralcrn robustness linear --task linear-classification`,
    `neuralcrn robustness mixing --task xor --disturbance leaks --disturbance rates=0.1,0.4`,
    `neuralcrn robustness linear --task linear-classification --disturbance ssa`
    """
    from neuralcrn import app

    options = app.RobustnessOptions(
        rule=rule, level=level, clock=clock, disturbances=_strengths(disturbance or []) or None,
        seeds=seeds, epochs=epochs, quick=quick,
    )  # fmt: skip
    folder = out or Path("robustness") / f"{circuit}-{task}"
    with kept(f"trials are kept in {folder}"), progress_bar(lines=40) as bar:
        result = app.robustness(circuit, task, folder, options, processes=jobs, image=figures, on_status=bar)
    print_result(result, json)


def _strengths(wanted: list[str]) -> dict[str, tuple[float, ...]]:
    """Parse 'rates=0.1,0.4' as strengths of a disturbance; without numbers those of the registry are used."""
    chosen: dict[str, tuple[float, ...]] = {}
    for text in wanted:
        name, _, numbers = text.partition("=")
        if name in chosen:
            raise InvalidValueError(f"--disturbance {name:.40} is given twice: join its strengths by commas")
        try:
            chosen[name] = tuple(float(number) for number in numbers.split(",") if number)
        except ValueError:
            raise InvalidValueError(
                f"--disturbance {name:.40}: {numbers!r:.40} are not strengths: write NAME=0.1,0.3"
            ) from None
    return chosen
