"""Files of a comparison: one page that opens from disk, Markdown, JSON."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from neuralcrn.display import to_markdown, to_page
from neuralcrn.files import write_json, write_text
from neuralcrn.runs.spec_file import spec_to_json
from neuralcrn.studies.comparison.report import Comparison, Row

PAGE = "comparison.html"


def write_comparison(comparison: Comparison, folder: Path) -> None:
    """Write ``comparison.html``, ``comparison.md`` and ``comparison.json``, each atomically.

    The same results give the same bytes; only the column of seconds differs between machines.

    Raises
    ------
    RunError
        If a file cannot be written.
    """
    document = comparison.document()
    write_text(folder / PAGE, to_page(document, f"Learning chemistries on {comparison.plan.task}"))
    write_text(folder / "comparison.md", to_markdown(document) + "\n")
    write_json(folder / "comparison.json", comparison_json(comparison))


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """Return the comparison as plain values."""
    plan = comparison.plan
    return {
        "task": plan.task,
        "measure": plan.measure,
        "command": plan.command,
        "extent": asdict(plan.extent),
        "learners": [_row_json(comparison, row) for row in comparison.rows],
        "refused": dict(plan.refused),
    }


def _row_json(comparison: Comparison, row: Row) -> dict[str, Any]:
    plan, learner = comparison.plan, row.learner
    cases = () if learner.in_silico else plan.cases()
    disturbances = dict.fromkeys(case.disturbance for case in cases)
    return {
        "learner": learner.name,
        "source": learner.source,
        "ours": learner.ours,
        "in_silico": learner.in_silico,
        "published": [asdict(value) for value in learner.published],
        "spec": {k: v for k, v in spec_to_json(plan.trained[learner.name]).items() if k != "seed"},
        "score": row.score,
        "runs": [asdict(run) for run in row.runs],
        "tolerated": {name: comparison.tolerated(row, name) for name in disturbances},
        "disturbed": [
            {
                "disturbance": case.disturbance,
                "strength": case.strength,
                "scores": [score.value for score in scores],
                "cost": row.cost(case, plan.samples_of(case)),
            }
            for case, scores in row.disturbed.items()
        ],
        "dna": asdict(row.strands),
        "seconds": row.seconds,
    }
