"""``neuralcrn clock``: measurements on a chemical clock."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuralcrn.cli.output import (
    ForceOption,
    JsonOption,
    check_outputs,
    give,
    image_format,
    print_result,
    progress_bar,
)


def clock(
    name: Annotated[
        str | None, typer.Argument(help="A clock; without a name, all are listed.", show_default=False)
    ] = None,
    cycles: Annotated[int, typer.Option(min=2, max=100_000, help="Number of cycles of the long run.")] = 1000,
    molecules: Annotated[
        list[float] | None,
        typer.Option(
            metavar="N",
            help="Also simulate it with N molecules per unit concentration. Can be repeated.",
            show_default=False,
        ),
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the report into this PNG, SVG or PDF file.")] = None,
    force: ForceOption = False,
    json: JsonOption = False,
) -> None:
    """Measure a clock by simulation: constancy, overlap of its phases, tolerance to perturbations.

    A clock is a network whose species take turns. A phase of an autonomous pot runs while its gate, one
    species or the product of two, is present. The report lists the period and the integral of every gate over
    many cycles (a phase is effective in proportion to this integral, so a drift changes its gain), the
    overlap of phases (feedback must not begin before the error is complete), and the changes if one rate
    constant is different, or if a load binds one species. With few molecules a clock varies or stops: see
    `--molecules`. Start with `neuralcrn clock restored-5`, then
    compare `ring-5` and `crn++`.
    """
    from neuralcrn import app

    if name is None:
        print_result(app.clocks(), json)
        return
    check_outputs(force, plot)
    image = None if plot is None else image_format(plot)
    with progress_bar() as bar:
        measured = app.clock(name, cycles=cycles, molecules=molecules or (), on_status=bar)
    if image is not None:
        give(measured.picture(image), plot)
    print_result(measured, json)
