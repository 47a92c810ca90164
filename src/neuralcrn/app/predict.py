"""Predictions for new data by the trained chemistry of a run."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

if TYPE_CHECKING:
    from neuralcrn.runs import Predictions


@final
@dataclass(frozen=True, slots=True)
class Predicted:
    """Predictions for the rows of a file.

    Attributes
    ----------
    run, file : Path
        The run folder and the file.
    found : Predictions
        Outputs, classes, scores, and notes on rows that were ignored or extrapolated.
    """

    run: Path
    file: Path
    found: Predictions

    def csv(self) -> str:
        """Return features, outputs and classes as a table, numbers at full precision."""
        task, classes = self.found.task, self.found.classes
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        outputs = [f"output_{name}" for name in self.found.output_names]
        writer.writerow([*task.feature_names, *outputs, *(["class"] if classes else [])])
        for i, row in enumerate(self.found.features):
            label = [classes[i]] if classes else []
            writer.writerow([*map(repr, row.tolist()), *map(repr, self.found.outputs[i].tolist()), *label])
        return stream.getvalue()

    def to_json(self) -> dict[str, Any]:
        """Return outputs, classes and scores as plain values."""
        found = self.found
        return {
            "run": str(self.run),
            "rows": len(found.rows),
            "outputs": found.outputs.tolist(),
            "classes": list(found.classes) or None,
            "scores": found.scores or None,
        }

    def score_text(self) -> str:
        """Return the scores of the predictions as text."""
        scores = self.found.scores
        if "accuracy" in scores:
            score = f"accuracy {scores['accuracy']:.1%}"
        else:
            r2 = f"R2 {scores['r2']:.4f}, " if "r2" in scores else ""
            score = f"{r2}root mean squared error {scores['rmse']:.4g}"
        return f"{score} over {len(self.found.rows)} rows of {self.file}"


def predict(
    run: Path,
    file: Path,
    *,
    target: str | None = None,
    separator: str = "",
    decimal: str = "",
    thousands: str = "",
) -> Predicted:
    """Predict by simulating the trained reactions, row by row.

    Parameters
    ----------
    run : Path
        A run folder, also of a network that was trained in silico.
    file : Path
        A CSV file with the feature columns of the training data.
    target : str, optional
        Target column for scoring, "" for that of the run; None for no scoring.
    separator, decimal, thousands : str
        Notation of the file, if different from that of the run; see `Reading`.

    Raises
    ------
    DataError
        If a cell cannot be used, or a dose would be negative for an input with one rail.
    RunError
        If the folder is not a run.
    """
    from neuralcrn.app.train_in_silico import MODEL, predictor_in_silico
    from neuralcrn.runs import predict_file, predictor_of

    predictor = predictor_in_silico(run) if (run / MODEL).is_file() else predictor_of(run)
    found = predict_file(
        predictor, file, target=target, separator=separator, decimal=decimal, thousands=thousands
    )
    return Predicted(run, file, found)
