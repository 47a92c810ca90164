"""``neuralcrn discover``: reactions from measured time courses."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuralcrn.cli.output import (
    FiguresOption,
    ForceOption,
    ImageFormat,
    JsonOption,
    SeedOption,
    check_outputs,
    give,
    print_result,
    progress_bar,
)
from neuralcrn.errors import InvalidValueError

_GRADIENT = "Gradient training (--method crnn)"


def discover(
    data: Annotated[
        Path,
        typer.Argument(
            metavar="DATA.csv",
            help="Columns time, species, value, or time and one column per species; optionally condition and "
            "temperature (K).",
        ),
    ],
    method: Annotated[str, typer.Option(help="regression or crnn.")] = "regression",
    order: Annotated[int, typer.Option(help="Largest number of reactant molecules, 1 to 3.")] = 2,
    hold_out: Annotated[
        float, typer.Option(help="Fraction of the conditions that are only used to measure the error.")
    ] = 0.2,
    reactions: Annotated[
        int | None,
        typer.Option(
            rich_help_panel=_GRADIENT,
            show_default=False,
            help="Number of reactions. [default: one less than species]",
        ),
    ] = None,
    epochs: Annotated[
        int, typer.Option(rich_help_panel=_GRADIENT, help="Passes over the conditions.")
    ] = 1000,
    catalysts: Annotated[
        bool,
        typer.Option(
            "--catalysts", rich_help_panel=_GRADIENT, help="Reactants may be consumed less than their order."
        ),
    ] = False,
    log_loss: Annotated[
        bool, typer.Option("--log-loss", rich_help_panel=_GRADIENT, help="Errors are those of logarithms.")
    ] = False,
    folder: Annotated[
        Path | None,
        typer.Option(
            help="Folder of network, figure and result. [default: discover/DATA]", show_default=False
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the network to this file, in any format.")] = None,
    figures: FiguresOption = ImageFormat.PNG,
    seed: SeedOption = 0,
    force: ForceOption = False,
    json: JsonOption = False,
) -> None:
    """Find the reactions behind measured time courses of all species.

    The reactions are found in silico. The default method integrates the products of concentrations of all
    possible reactants along smooth curves, eliminates reactants one by one, reads what the others change as
    reactions with integer coefficients, and fits the rate constants by simulation. Reactions with the same
    reactants are identified only by their sum; the result lists the sums and other reactions with the same
    sum. With a column temperature, rate constants follow the law of Arrhenius. The method crnn is the
    gradient training of chemical reaction neural networks (arXiv 2002.09062). The figure compares the data
    with the simulated reactions.

    **Examples:** `neuralcrn discover data.csv`, `neuralcrn discover data.csv --out found.xml`,
    `neuralcrn discover data.csv --method crnn --reactions 4`
    """
    from neuralcrn import app
    from neuralcrn.formats import find_format
    from neuralcrn.in_silico.discovery import CrnnSettings

    check_outputs(force, out)
    written = None if out is None else find_format(out).name
    settings = None
    if method == "crnn":
        settings = CrnnSettings(reactions=reactions, epochs=epochs, catalysts=catalysts, logarithmic=log_loss)
    elif reactions is not None or catalysts or log_loss:
        raise InvalidValueError(
            "--reactions, --catalysts and --log-loss belong to --method crnn; the regression chooses the "
            "number of reactions"
        )
    with progress_bar(lines=0) as bar:
        found = app.discover(
            data, folder or Path("discover") / data.stem, method, order=order, hold_out=hold_out,
            crnn=settings, seed=seed, image=figures, on_status=bar,
        )  # fmt: skip
    if written is not None:
        give(found.network_text(written), out)
    print_result(found, json)
