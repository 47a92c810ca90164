"""What a sweep found, as files: every trial as CSV, everything as JSON, tables as Markdown, a figure."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import neuralcrn
from neuralcrn.engines.kinetics import METHODS
from neuralcrn.formats.files import write_bytes, write_text
from neuralcrn.plots import png_of, robustness_figure
from neuralcrn.runs.files import write_json
from neuralcrn.studies.robustness.cases import NONE, strength_text, summary_of
from neuralcrn.studies.robustness.sweep import BEARABLE, Findings, Sweep

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MARKDOWN = "robustness.md"


def write_findings(findings: Findings, folder: Path) -> None:
    """Write ``trials.csv``, ``robustness.json``, ``robustness.md`` and ``robustness.png`` into a folder.

    Parameters
    ----------
    findings : Findings
        What was found; the same findings, the same bytes.
    folder : Path
        Where to.

    Raises
    ------
    RunError
        If one cannot be written.
    """
    write_text(folder / "trials.csv", trials_csv(findings))
    write_json(folder / "robustness.json", findings_json(findings))
    write_text(folder / MARKDOWN, findings_markdown(findings))
    write_bytes(folder / "robustness.png", png_of(findings_figure(findings)))


def trials_csv(findings: Findings) -> str:
    """Return every trial as a line."""
    rows = _rows(findings)
    text = io.StringIO()
    lines = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    lines.writeheader()
    lines.writerows(rows)
    return text.getvalue()


def findings_json(findings: Findings) -> dict[str, Any]:
    """Return everything as plain values; costs are fractions."""
    sweep = findings.sweep
    return {
        "configuration": {k: v for k, v in sweep.configuration.to_json().items() if k != "seed"},
        "score": sweep.measure,
        "seeds": sweep.seeds,
        "undisturbed": findings.median(NONE, 0.0),
        "disturbances": [
            {
                "name": name,
                "bearable": findings.bearable(name),
                "strengths": [
                    {
                        "strength": strength,
                        "median": findings.median(name, strength),
                        "cost": findings.cost(name, strength),
                        "failures": findings.failures(name, strength),
                    }
                    for strength in strengths
                ],
            }
            for name, strengths in sweep.strengths.items()
        ],
        "trials": _rows(findings),
    }


def findings_markdown(findings: Findings) -> str:
    """Return the tables for people: what is borne of each disturbance, and the scores behind it."""
    sweep = findings.sweep
    configuration = sweep.configuration
    level = f"{configuration.autonomy} {configuration.clock}".strip()
    lines = [
        f"# Robustness of {configuration.circuit} on {configuration.task}",
        "",
        f"{configuration.gradient} gradient, {level}, {configuration.setting.epochs} epochs, seeds: "
        f"{sweep.seeds}, neuralcrn {neuralcrn.__version__}.",
        "The disturbed chemistry learns and predicts; its score is the",
        f"{sweep.measure} on samples that it did not learn from, and that of the best constant if it fails.",
        "The cost is the median over seeds of what the undisturbed training of the same seed scores more.",
        f"A strength is borne if it, and every milder one, costs less than {100.0 * BEARABLE:g} points.",
        "",
        "| disturbance | borne up to | at the strength s |",
        "|---|---|---|",
        *(f"| {name} | {bearable_text(findings, name)} | {summary_of(name)} |" for name in sweep.strengths),
        "",
        f"| disturbance | strength | median {sweep.measure} | cost in points | failed |",
        "|---|---:|---:|---:|---:|",
        *(
            f"| {name} | {strength_text(name, strength)} | {findings.median(name, strength):.3f} "
            f"| {100.0 * findings.cost(name, strength):.1f} "
            f"| {findings.failures(name, strength)} of {sweep.seeds} |"
            for name, strength in sweep.cases
        ),
        "",
        "![score against strength](robustness.png)",
        "",
        f"`{command_of(sweep)}`",
        "",
    ]
    return "\n".join(lines)


def findings_figure(findings: Findings) -> Figure:
    """Return the figure of all disturbances, each beginning with the undisturbed trainings."""

    def scores(name: str, strength: float) -> list[tuple[float, bool]]:
        return [(score.value, bool(score.failure)) for score in findings.at(name, strength)]

    panels = {
        f"{name}, molecules per unit" if name in METHODS else name: {
            "none": scores(NONE, 0.0),
            **{strength_text(name, s): scores(name, s) for s in strengths},
        }
        for name, strengths in findings.sweep.strengths.items()
    }
    return robustness_figure(panels, findings.sweep.measure, findings.median(NONE, 0.0) - BEARABLE)


def command_of(sweep: Sweep) -> str:
    """Return the command that makes a sweep again.

    Examples
    --------
    >>> from neuralcrn.studies.robustness.sweep import make_sweep
    >>> print(command_of(make_sweep("xor", "cubic", strengths={"rates": (0.1,)}, epochs=9)))
    neuralcrn robustness cubic --task xor --gradient exact --disturbance rates=0.1 --seeds 3 --epochs 9
    """
    configuration = sweep.configuration
    words = ["neuralcrn", "robustness", configuration.circuit, "--task", configuration.task]
    words += ["--gradient", configuration.gradient]
    if configuration.autonomy != "staged":
        words += ["--autonomy", configuration.autonomy]
    if configuration.clock:
        words += ["--clock", configuration.clock]
    for name, strengths in sweep.strengths.items():
        words += ["--disturbance", f"{name}={','.join(map(repr, strengths))}"]
    return " ".join([*words, "--seeds", str(sweep.seeds), "--epochs", str(configuration.setting.epochs)])


def bearable_text(findings: Findings, name: str) -> str:
    """Return the largest strength of a disturbance that is borne, in words."""
    largest, tried = findings.bearable(name), findings.sweep.strengths[name]
    unit = " molecules" if name in METHODS else ""
    if largest is None:
        return f"{'more' if unit else 'less'} than {strength_text(name, tried[0])}{unit}"
    return strength_text(name, largest) + unit + (", the most that was tried" if largest == tried[-1] else "")


def _rows(findings: Findings) -> list[dict[str, Any]]:
    return [
        {
            "disturbance": trial.disturbance,
            "strength": trial.strength,
            "seed": trial.seed,
            "score": score.value,
            "loss": score.loss,
            "failure": score.failure,
        }
        for trial, score in findings.scores.items()
    ]
