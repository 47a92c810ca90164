"""``neuralcrn predict``: run the trained feedforward chemistry on new data."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuralcrn.cli.output import ForceOption, JsonOption, check_outputs, console, give, print_json
from neuralcrn.cli.tables import DecimalOption, SeparatorOption, ThousandsOption

if TYPE_CHECKING:
    from neuralcrn.runs import Predictions


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
    from neuralcrn.runs import predict_file

    check_outputs(force, out)
    compared = (target or "") if score or target is not None else None
    found = predict_file(
        run, file, target=compared,
        separator=separator or "", decimal=decimal or "", thousands=thousands or "",
    )  # fmt: skip
    for note in found.notes:
        console.print(f"{file}: {note}", soft_wrap=True, markup=False)
    if json:
        answer = {"run": str(run), "rows": len(found.rows), "outputs": found.outputs.tolist()}
        print_json({**answer, "classes": list(found.classes) or None, "scores": found.scores or None})
    elif compared is not None:
        typer.echo(f"{_score(found.scores)} over {len(found.rows)} rows of {file}")
    if out is not None or not (json or compared is not None):
        give(_table(found), out)


def _table(found: Predictions) -> str:
    """Return features, outputs and classes as CSV, numbers at full precision."""
    task, classes = found.task, found.classes
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    outputs = [f"output_{name}" for name in task.target_names]
    writer.writerow([*task.feature_names, *outputs, *(["class"] if classes else [])])
    for i, row in enumerate(found.features):
        label = [classes[i]] if classes else []
        writer.writerow([*map(repr, row.tolist()), *map(repr, found.outputs[i].tolist()), *label])
    return stream.getvalue()


def _score(scores: dict[str, float]) -> str:
    """Say how well the predictions meet their targets."""
    if "accuracy" in scores:
        return f"accuracy {scores['accuracy']:.1%}"
    r2 = f"R2 {scores['r2']:.4f}, " if "r2" in scores else ""
    return f"{r2}root mean squared error {scores['rmse']:.4g}"
