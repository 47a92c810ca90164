"""``neuralcrn predict``: run the trained feedforward chemistry on new data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuralcrn.cli.output import ForceOption, JsonOption, check_outputs, console, give, print_json
from neuralcrn.cli.tables import DecimalOption, SeparatorOption, ThousandsOption


def predict(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    file: Annotated[Path, typer.Argument(help="A CSV file with the columns that the run was trained on.")],
    score: Annotated[
        bool,
        typer.Option(
            "--score", help="Compare with the target, which is in the file, and print the score only."
        ),
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

    The table has the features, the outputs of the chemistry and, for a classification, the class. The file is
    read as that of the run was: columns by their names, the same categories, the same rule for blank cells.
    Rows outside of the range that was learned from are extrapolated, which is said; where inputs have one
    rail, a row below it is refused, since it would be a negative dose.

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
