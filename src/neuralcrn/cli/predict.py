"""``neuralcrn predict``: run the trained feedforward chemistry on new data."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Annotated

import typer

from neuralcrn.cli.output import ForceOption, JsonOption, check_outputs, give, print_json


def predict(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    file: Annotated[Path, typer.Argument(help="A CSV file with the columns that the run was trained on.")],
    out: Annotated[Path | None, typer.Option(help="Write the table here instead of printing it.")] = None,
    force: ForceOption = False,
    json: JsonOption = False,
) -> None:
    """Predict by simulating the trained feedforward and readout reactions, row by row.

    The table has the file's features, the outputs of the chemistry and, for a classification, the class.
    """
    from neuralcrn.runs import predict_file

    check_outputs(force, out)
    task, raw, outputs = predict_file(run, file)
    names = [f"output_{name}" for name in task.target_names]
    labels = task.labels(outputs) if task.kind == "classification" else None
    if json:
        classes = None if labels is None else [task.classes[label] for label in labels]
        print_json({"run": str(run), "rows": len(raw), "outputs": outputs.tolist(), "classes": classes})
    if json and out is None:
        return
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([*task.feature_names, *names, *([] if labels is None else ["class"])])
    for i, row in enumerate(raw):
        label = [] if labels is None else [task.classes[labels[i]]]
        writer.writerow([*map(repr, row.tolist()), *map(repr, outputs[i].tolist()), *label])
    give(stream.getvalue(), out)
