"""``neuralcrn robustness``: tolerance of circuits to perturbations."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from neuralcrn.cli.circuit_options import ClockOption, LevelOption, RuleOption
from neuralcrn.cli.output import (
    FiguresOption,
    ImageFormat,
    JobsOption,
    JsonOption,
    ReadingsOption,
    SchedulerOption,
    kept,
    print_result,
    progress_bar,
)
from neuralcrn.errors import InvalidValueError

_LONGEST = 100
"""Maximum length of the name of a folder."""


def robustness(
    circuits: Annotated[
        list[str],
        typer.Argument(
            metavar="CIRCUIT[:OPTION=VALUE,...]...",
            help="Circuits to compare ('neuralcrn list'), with options such as hidden=16, update=direct, "
            "rule=first-order, level=gated.",
        ),
    ],
    task: Annotated[str, typer.Option(help="A task ('neuralcrn list').")],
    rule: RuleOption = None,
    level: LevelOption = "staged",
    clock: ClockOption = "",
    disturbance: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[=S,...]",
            help="rates, common, mismatch, leaks, annihilation, clock, doses or pipetting, with strengths "
            "from 0 to 1; ssa, tau, langevin or hybrid, with molecules per unit concentration. Can be "
            "repeated. [default: all disturbances]",
            show_default=False,
        ),
    ] = None,
    part: Annotated[
        str,
        typer.Option(
            help="all, forward, backward, update or other: disturb only the reactions of this part. With "
            "all, each part is also disturbed alone where the whole does not tolerate a strength."
        ),
    ] = "all",
    always: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=S",
            help="A disturbance, or a stochastic method, in every training. Can be repeated.",
            show_default=False,
        ),
    ] = None,
    readings: ReadingsOption = 1,
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
    scheduler: SchedulerOption = None,
    quick: Annotated[bool, typer.Option("--quick", help="Use few seeds, epochs and strengths.")] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder of tables, figure and trials. [default: robustness/CIRCUITS-TASK]",
            show_default=False,
        ),
    ] = None,
    figures: FiguresOption = ImageFormat.PNG,
    json: JsonOption = False,
) -> None:
    """Train circuits under perturbations of their chemistry, and compare their tolerance.

    Each disturbance is applied at several strengths with the same seeds: errors of rate constants, and the
    parts of them that are common to rails or by which rails differ; leaks, reduced annihilation, errors of
    the clock, of stock solutions or of pipetting, or few molecules. The tables list the strengths up to which
    the score (accuracy, or R² of a regression) decreases by less than 5 points, and which part of the circuit
    (forward, backward, update) does not tolerate more. After Ctrl-C completed trials are kept, and the same
    command continues with the rest.

    **Examples:** `neuralcrn robustness linear --task linear-classification`,
    `neuralcrn robustness mixing smooth-relu --task xor --disturbance leaks --disturbance rates=0.1,0.4`,
    `neuralcrn robustness mixing mixing:update=direct --task xor --disturbance mismatch --always leaks=0.001`,
    `neuralcrn robustness linear --task linear-classification --disturbance ssa --readings 5`
    """
    from neuralcrn import app

    options = app.RobustnessOptions(
        rule=rule, level=level, clock=clock, disturbances=_strengths(disturbance or []) or None, part=part,
        always=_present(always or []), readings=readings, seeds=seeds, epochs=epochs, quick=quick,
    )  # fmt: skip
    folder = out or Path("robustness") / re.sub(r"[^\w.=,+-]", "-", "-".join([*circuits, task]))[:_LONGEST]
    with kept(f"trials are kept in {folder}"), progress_bar(lines=40) as bar:
        result = app.robustness(
            circuits, task, folder, options, processes=jobs, scheduler=scheduler, image=figures, on_status=bar
        )
    print_result(result, json)


def _present(wanted: list[str]) -> dict[str, float]:
    """Parse 'leaks=0.01' as the only strength of a disturbance."""
    chosen = _strengths(wanted, "--always")
    for name, strengths in chosen.items():
        if len(strengths) != 1:
            raise InvalidValueError(f"--always {name:.40}: give one strength: write NAME=0.1")
    return {name: strength for name, (strength,) in chosen.items()}


def _strengths(wanted: list[str], option: str = "--disturbance") -> dict[str, tuple[float, ...]]:
    """Parse 'rates=0.1,0.4' as strengths of a disturbance; without numbers those of the registry are used."""
    chosen: dict[str, tuple[float, ...]] = {}
    for text in wanted:
        name, _, numbers = text.partition("=")
        if name in chosen:
            raise InvalidValueError(f"{option} {name:.40} is given twice: join its strengths by commas")
        try:
            chosen[name] = tuple(float(number) for number in numbers.split(",") if number)
        except ValueError:
            raise InvalidValueError(
                f"{option} {name:.40}: {numbers!r:.40} are not strengths: write NAME=0.1,0.3"
            ) from None
    return chosen
