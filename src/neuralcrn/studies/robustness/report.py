"""Results of a sweep: scores, costs, tolerated strengths, and the parts of a circuit that do not tolerate."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

from neuralcrn.display import Displayed, Document, Heading, Paragraph, Table
from neuralcrn.engines.kinetics import METHODS
from neuralcrn.learning import TrainingSpec
from neuralcrn.studies.robustness.cases import Case, strength_text, summary_of
from neuralcrn.studies.robustness.parts import PARTS, WHOLE
from neuralcrn.studies.robustness.scoring import Score
from neuralcrn.studies.robustness.sweep import Sweep, Trial
from neuralcrn.version import __version__

TOLERATED_LOSS = 0.05
"""Tolerated loss of score."""
_MEANING = (
    "The disturbed chemistry learns and predicts; its score is the {} on samples that it did not learn from, "
    "and that of the best constant if it fails. The cost is the median over seeds of what the undisturbed "
    "training of the same seed scores more. A strength is tolerated if it and all milder ones cost less than "
    f"{100.0 * TOLERATED_LOSS:g} points."
)
_PARTS = "Cost in points where only one part of the circuit is disturbed, at the first strength not tolerated"


@final
@dataclass(frozen=True, slots=True)
class RobustnessReport(Displayed):
    """Results of a sweep.

    Attributes
    ----------
    sweep : Sweep
        The sweep.
    scores : mapping of Trial to Score
        In the order of the trials of the sweep; those in which one part is disturbed alone are last.
    """

    sweep: Sweep
    scores: Mapping[Trial, Score]

    def at(self, circuit: str, case: Case) -> list[Score]:
        """Return the scores of a circuit with one disturbance, by seed."""
        return [self.scores[trial] for trial in self.sweep.trials_of(circuit, (case,))]

    def median(self, circuit: str, case: Case) -> float:
        """Return the median score of a circuit with one disturbance."""
        return statistics.median(score.value for score in self.at(circuit, case))

    def failures(self, circuit: str, case: Case) -> int:
        """Return the number of failed trainings of a circuit with one disturbance."""
        return sum(bool(score.failure) for score in self.at(circuit, case))

    def cost(self, circuit: str, case: Case) -> float:
        """Return the median over seeds of the loss of score compared with the unperturbed training of the
        same seed.
        """
        pairs = zip(self.at(circuit, Case()), self.at(circuit, case), strict=True)
        return statistics.median(before.value - after.value for before, after in pairs)

    def failing(self, circuit: str) -> list[Case]:
        """Return the first case of each disturbance that costs at least `TOLERATED_LOSS`."""
        costly: dict[str, Case] = {}
        for case in self.sweep.cases[1:]:
            if self.cost(circuit, case) >= TOLERATED_LOSS:
                costly.setdefault(case.disturbance, case)
        return list(costly.values())

    def tolerated(self, circuit: str, disturbance: str) -> float | None:
        """Return the largest strength such that all strengths up to it cost less than `TOLERATED_LOSS`, or
        None.
        """
        strengths = self.sweep.strengths[disturbance]
        first = {case.disturbance: case.strength for case in self.failing(circuit)}.get(disturbance)
        mild = strengths if first is None else strengths[: strengths.index(first)]
        return mild[-1] if mild else None

    def tolerated_text(self, circuit: str, disturbance: str) -> str:
        """Return the largest tolerated strength in words."""
        largest, tried = self.tolerated(circuit, disturbance), self.sweep.strengths[disturbance]
        unit = " molecules" if disturbance in METHODS else ""
        if largest is None:
            return f"{'more' if unit else 'less'} than {strength_text(disturbance, tried[0])}{unit}"
        last = ", the largest tested" if largest == tried[-1] else ""
        return f"{strength_text(disturbance, largest)}{unit}{last}"

    def costs_of_parts(self, circuit: str, case: Case) -> dict[str, float]:
        """Return the cost of disturbing each part alone, by part, if this was tried."""
        alone = {part: replace(case, part=part) for part in PARTS}
        return {
            part: self.cost(circuit, only)
            for part, only in alone.items()
            if case.part == WHOLE and Trial(circuit, only, 0) in self.scores
        }

    def document(self) -> Document:
        """Return the tolerated strengths, the costs of parts, and the median score at every strength."""
        sweep = self.sweep
        circuits = tuple(sweep.specs)
        settings = [f"{circuit}: {_training(spec)}." for circuit, spec in sweep.specs.items()]
        tolerated = Table.of(
            ("disturbance", *_columns(circuits, "tolerated up to"), "at the strength s"),
            list(sweep.strengths),
            lambda name: (name, *(self.tolerated_text(c, name) for c in circuits), summary_of(name)),
        )
        scores = Table.of(
            ("circuit", "disturbance", "strength", f"median {sweep.measure}", "cost in points", "failed"),
            [(circuit, case) for circuit in circuits for case in sweep.cases],
            self._row,
            limit=len(circuits) * len(sweep.cases),
        )
        return Document.of(
            Heading(f"Robustness of {', '.join(circuits)} on {sweep.task}"),
            *map(Paragraph, settings),
            Paragraph(_common(sweep)),
            Paragraph(_MEANING.format(sweep.measure)),
            tolerated,
            *self._parts(),
            scores,
        )

    def _row(self, item: tuple[str, Case]) -> tuple[str, ...]:
        circuit, case = item
        return (
            circuit,
            case.disturbance,
            strength_text(case.disturbance, case.strength),
            f"{self.median(circuit, case):.3f}",
            f"{100.0 * self.cost(circuit, case):.1f}",
            f"{self.failures(circuit, case)} of {self.sweep.seeds}",
        )

    def _parts(self) -> list[Table]:
        """Return the table of parts, if any were disturbed alone."""
        rows = [
            (circuit, case, costs)
            for circuit in self.sweep.specs
            for case in self.failing(circuit)
            if (costs := self.costs_of_parts(circuit, case))
        ]
        used = [part for part in PARTS if any(part in costs for _, _, costs in rows)]

        def row(item: tuple[str, Case, dict[str, float]]) -> tuple[str, ...]:
            circuit, case, costs = item
            parts = (f"{100.0 * costs[part]:.1f}" if part in costs else "" for part in used)
            whole = f"{100.0 * self.cost(circuit, case):.1f}"
            return circuit, case.disturbance, strength_text(case.disturbance, case.strength), *parts, whole

        head = ("circuit", "disturbance", "strength", *used, "all together")
        return [Table.of(head, rows, row, title=_PARTS, limit=len(rows))] if rows else []


def _columns(circuits: Sequence[str], what: str) -> list[str]:
    """Return the headings of one column per circuit."""
    return [what] if len(circuits) == 1 else [f"{circuit}: {what}" for circuit in circuits]


def _training(spec: TrainingSpec) -> str:
    return f"rule {spec.rule}, {spec.level} {spec.clock}".strip() + f", {spec.epochs} epochs"


def _common(sweep: Sweep) -> str:
    """Return what all trials of a sweep have in common."""
    present = [
        f"{case.disturbance} {strength_text(case.disturbance, case.strength)}" for case in sweep.always
    ]
    words = [
        *([f"only the part {sweep.part} is disturbed"] if sweep.part != WHOLE else []),
        *([f"always present: {', '.join(present)}"] if present else []),
        *([f"{sweep.readings} readings for a prediction"] if sweep.readings > 1 else []),
        f"seeds: {sweep.seeds}",
        f"neuralcrn {__version__}",
    ]
    return f"{', '.join(words)[0].upper()}{', '.join(words)[1:]}."
