"""Files of a sweep: trials as CSV, report as JSON, tables as Markdown, figure."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from neuralcrn.display import to_markdown
from neuralcrn.files import write_bytes, write_json, write_text
from neuralcrn.plots import image_of
from neuralcrn.runs.spec_file import spec_to_json
from neuralcrn.studies.robustness.cases import Case
from neuralcrn.studies.robustness.figure import robustness_figure
from neuralcrn.studies.robustness.parts import WHOLE
from neuralcrn.studies.robustness.report import RobustnessReport
from neuralcrn.studies.robustness.sweep import Sweep

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
        "task": sweep.task,
        "score": sweep.measure,
        "seeds": sweep.seeds,
        "part": sweep.part,
        "always": {case.disturbance: case.strength for case in sweep.always},
        "readings": sweep.readings,
        "circuits": [_circuit_json(report, circuit) for circuit in sweep.specs],
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
    neuralcrn robustness cubic --task xor --rule exact --epochs 9 --disturbance rates=0.1 --seeds 3
    """
    words = ["neuralcrn", "robustness", *sweep.specs, "--task", sweep.task]
    for option, default in (("rule", ""), ("level", "staged"), ("clock", ""), ("epochs", 0)):
        words += _option(sweep, option, default)
    for name, strengths in sweep.strengths.items():
        words += ["--disturbance", f"{name}={','.join(map(repr, strengths))}"]
    for case in sweep.always:
        words += ["--always", f"{case.disturbance}={case.strength!r}"]
    words += ["--part", sweep.part] if sweep.part != WHOLE else []
    words += ["--readings", str(sweep.readings)] if sweep.readings > 1 else []
    return " ".join([*words, "--seeds", str(sweep.seeds)])


def _option(sweep: Sweep, option: str, default: object) -> list[str]:
    """Return an option of the command, unless circuits name their own or have different defaults."""
    values = {getattr(spec, option) for text, spec in sweep.specs.items() if f"{option}=" not in text}
    return [f"--{option}", str(*values)] if len(values) == 1 and values != {default} else []


def _circuit_json(report: RobustnessReport, circuit: str) -> dict[str, Any]:
    """Return the results of one circuit as plain values."""
    sweep = report.sweep

    def at(case: Case) -> dict[str, Any]:
        return {
            "strength": case.strength,
            "median": report.median(circuit, case),
            "cost": report.cost(circuit, case),
            "failures": report.failures(circuit, case),
            "parts": report.costs_of_parts(circuit, case),
        }

    return {
        "circuit": circuit,
        "spec": {k: v for k, v in spec_to_json(sweep.specs[circuit]).items() if k != "seed"},
        "undisturbed": report.median(circuit, Case()),
        "disturbances": [
            {
                "name": name,
                "tolerated": report.tolerated(circuit, name),
                "strengths": [at(case) for case in sweep.cases if case.disturbance == name],
            }
            for name in sweep.strengths
        ],
    }


def _rows(report: RobustnessReport) -> list[dict[str, Any]]:
    return [
        {
            "circuit": trial.circuit,
            "disturbance": trial.case.disturbance,
            "strength": trial.case.strength,
            "part": trial.case.part,
            "seed": trial.seed,
            "score": score.value,
            "loss": score.loss,
            "failure": score.failure,
        }
        for trial, score in report.scores.items()
    ]
