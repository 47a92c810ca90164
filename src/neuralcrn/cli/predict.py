"""``neuralcrn predict``: prediction for new data by the trained chemistry."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuralcrn.cli.output import ForceOption, JsonOption, check_outputs, console, give, print_json
from neuralcrn.cli.tables import DecimalOption, SeparatorOption, ThousandsOption


def predict(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    file: Annotated[Path, typer.Argument(help="A CSV file with the feature columns of the training data.")],
    score: Annotated[
        bool,
        typer.Option("--score", help="Compare with the target in the file, and print only the score."),
    ] = False,
    target: Annotated[
        str | None, typer.Option(help="The column to compare with. [default: that of the run]")
    ] = None,
    separator: SeparatorOption = None,
    decimal: DecimalOption = None,
    thousands: ThousandsOption = None,
    out: Annotated[Path | None, typer.Option(help="Write the table here instead of printing it.")] = None,
    force: ForceOption = False,
    json: JsonOption = False,
) -> None:
    """Predict by simulating the trained feedforward and readout reactions, row by row.

    The output contains the features, the outputs of the chemistry and, for a classification, the class. The
    file is read with the options of the run: columns by name, the same categories, the same treatment of
    missing values. Rows outside the range of the training data are extrapolated, with a message. If inputs
    have one rail, a row below the range is an error, since doses cannot be negative.

    **Examples:** `neuralcrn predict runs/ID new.csv`, `neuralcrn predict runs/ID test.csv --score`
    """
    from neuralcrn import app

    check_outputs(force, out)
    compared = (target or "") if score or target is not None else None
    predicted = app.predict(
        run, file, target=compared,
        separator=separator or "", decimal=decimal or "", thousands=thousands or "",
    )  # fmt: skip
    for note in predicted.found.notes:
        console.print(f"{file}: {note}", soft_wrap=True, markup=False)
    if json:
        print_json(predicted.to_json())
    elif compared is not None:
        typer.echo(predicted.score_text())
    if out is not None or not (json or compared is not None):
        give(predicted.csv(), out)
