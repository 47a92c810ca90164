"""Files of a sweep: trials as CSV, report as JSON, tables as Markdown, figure."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from neuralcrn.display import to_markdown
from neuralcrn.formats.files import write_bytes, write_text
from neuralcrn.plots import image_of
from neuralcrn.runs.files import write_json
from neuralcrn.runs.spec_file import spec_to_json
from neuralcrn.studies.robustness.cases import NONE
from neuralcrn.studies.robustness.figure import robustness_figure
from neuralcrn.studies.robustness.sweep import RobustnessReport, Sweep

MARKDOWN = "robustness.md"


def write_robustness(report: RobustnessReport, folder: Path, image: str = "png") -> None:
    """Write ``trials.csv``, ``robustness.json``, ``robustness.md`` and the figure to a folder.

    Parameters
    ----------
    report : RobustnessReport
        The report; the same report gives identical files.
    folder : Path
        The folder.
    image : str
        Format of the figure: ``png``, ``svg`` or ``pdf``.

    Raises
    ------
    RunError
        If a file cannot be written.
    """
    write_text(folder / "trials.csv", trials_csv(report))
    write_json(folder / "robustness.json", robustness_json(report))
    write_text(folder / MARKDOWN, robustness_markdown(report, image))
    write_bytes(folder / f"robustness.{image}", image_of(robustness_figure(report), image))


def trials_csv(report: RobustnessReport) -> str:
    """Return one line per trial."""
    rows = _rows(report)
    text = io.StringIO()
    lines = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    lines.writeheader()
    lines.writerows(rows)
    return text.getvalue()


def robustness_json(report: RobustnessReport) -> dict[str, Any]:
    """Return the report as plain values; costs are fractions."""
    sweep = report.sweep
    return {
        "spec": {k: v for k, v in spec_to_json(sweep.spec).items() if k != "seed"},
        "score": sweep.measure,
        "seeds": sweep.seeds,
        "undisturbed": report.median(NONE, 0.0),
        "disturbances": [
            {
                "name": name,
                "tolerated": report.tolerated(name),
                "strengths": [
                    {
                        "strength": strength,
                        "median": report.median(name, strength),
                        "cost": report.cost(name, strength),
                        "failures": report.failures(name, strength),
                    }
                    for strength in strengths
                ],
            }
            for name, strengths in sweep.strengths.items()
        ],
        "trials": _rows(report),
    }


def robustness_markdown(report: RobustnessReport, image: str = "png") -> str:
    """Return the report as Markdown, with its figure and the command that repeats it."""
    figure, command = f"![score against strength](robustness.{image})", f"`{command_of(report.sweep)}`"
    return "\n\n".join([to_markdown(report.document()), figure, command]) + "\n"


def command_of(sweep: Sweep) -> str:
    """Return the command that repeats a sweep.

    Examples
    --------
    >>> from neuralcrn.studies.robustness.sweep import make_sweep
    >>> print(command_of(make_sweep("xor", "cubic", strengths={"rates": (0.1,)}, epochs=9)))
    neuralcrn robustness cubic --task xor --rule exact --disturbance rates=0.1 --seeds 3 --epochs 9
    """
    spec = sweep.spec
    words = ["neuralcrn", "robustness", spec.circuit, "--task", spec.task]
    words += ["--rule", spec.rule]
    if spec.level != "staged":
        words += ["--level", spec.level]
    if spec.clock:
        words += ["--clock", spec.clock]
    for name, strengths in sweep.strengths.items():
        words += ["--disturbance", f"{name}={','.join(map(repr, strengths))}"]
    return " ".join([*words, "--seeds", str(sweep.seeds), "--epochs", str(spec.epochs)])


def _rows(report: RobustnessReport) -> list[dict[str, Any]]:
    return [
        {
            "disturbance": trial.disturbance,
            "strength": trial.strength,
            "seed": trial.seed,
            "score": score.value,
            "loss": score.loss,
            "failure": score.failure,
        }
        for trial, score in report.scores.items()
    ]
