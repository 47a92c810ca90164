"""Results of a comparison: one row per learner, and the reasons of those that cannot learn the task."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

from neuralcrn.display import (
    Displayed,
    Document,
    Heading,
    Listing,
    Paragraph,
    Part,
    Picture,
    Table,
    to_text,
)
from neuralcrn.learners import Learner
from neuralcrn.studies.comparison.figures import against_disturbance, against_size
from neuralcrn.studies.comparison.measuring import REACHED, Learned, Strands
from neuralcrn.studies.comparison.plan import ERRORS, MOLECULES, ComparisonPlan
from neuralcrn.studies.robustness import Case
from neuralcrn.studies.robustness.report import TOLERATED_LOSS
from neuralcrn.studies.robustness.scoring import Score
from neuralcrn.version import __version__

_MEANING = (
    "Every prediction and every correction of a parameter comes from simulated reactions. The score is "
    "the {measure} on samples that were not learned: median, and range over {seeds} seeds of data, "
    "initial parameters and order. Learned after: samples until the validation score has come "
    "{reached:.0%} of the way from the best constant prediction to its final value. Errors of rate "
    "constants are log-normal with the deviation s: common to both rails of a quantity, different between "
    "them (mismatch), or both (rates); the table gives the largest s for which it and all smaller ones "
    "cost less than {points:g} points of the score of an undisturbed training of the same length, which "
    "is {disturbed:,} samples at most, over {repeats} seeds; nothing is given where these trainings are "
    "not better than the best constant by as much."
)
_MOLECULES = (
    "Molecules: the smallest tested number per unit of concentration that costs less than that, by exact "
    "stochastic simulation of learning and reading of {counted:,} samples at most."
)
_NONE = "n/a"
"""Cell of a column that does not apply to a learner."""
_IN_SILICO = (
    "Learners with the word silico were trained by conventional computation: nothing learns in their pot, "
    f"and only their predictions come from simulated reactions. {_NONE}: a column does not apply to them."
)
_HEAD = (
    "learner", "in", "phases", "clock", "order", "species", "reactions", "{measure}", "range", "loss",
    "learned after", *ERRORS, "molecules", "DNA species", "fuel per step (µM)", "seconds", "published",
)  # fmt: skip


@final
@dataclass(frozen=True, slots=True)
class Row:
    """All measurements of one learner.

    Attributes
    ----------
    learner : Learner
        The learner.
    level, clock : str
        Level at which it was compiled, and its clock.
    runs : tuple of Learned
        One per seed.
    baselines : mapping of int to tuple of Score
        Scores of undisturbed trainings by their largest number of samples, by seed; empty in silico.
    disturbed : mapping of Case to tuple of Score
        Scores under each disturbance that can be judged, by seed: where undisturbed trainings of the same
        length learn.
    strands : Strands
        Size by strand displacement.
    seconds : float
        Median duration of a training.
    """

    learner: Learner
    level: str
    clock: str
    runs: tuple[Learned, ...]
    baselines: Mapping[int, tuple[Score, ...]]
    disturbed: Mapping[Case, tuple[Score, ...]]
    strands: Strands
    seconds: float

    @property
    def score(self) -> float:
        """Median score."""
        return statistics.median(run.score for run in self.runs)

    @property
    def loss(self) -> float | None:
        """Median loss, if there is one."""
        known = [run.loss for run in self.runs if run.loss is not None]
        return statistics.median(known) if known else None

    @property
    def reached_after(self) -> float | None:
        """Median number of samples after which learning counts as done; None if half of the runs learn
        nothing.
        """
        known = [run.reached_after for run in self.runs if run.reached_after is not None]
        return statistics.median(known) if 2 * len(known) > len(self.runs) else None

    def learns(self, samples: int) -> bool:
        """Whether undisturbed trainings of a length have a median score that is better than that of the best
        constant by `TOLERATED_LOSS`.
        """
        constant = statistics.median(run.constant for run in self.runs)
        scores = [score.value for score in self.baselines.get(samples, ())]
        return bool(scores) and statistics.median(scores) - constant >= TOLERATED_LOSS

    def cost(self, case: Case, samples: int) -> float:
        """Return the median over seeds of the loss of score under a disturbance."""
        pairs = zip(self.baselines[samples], self.disturbed[case], strict=True)
        return statistics.median(before.value - after.value for before, after in pairs)


@final
@dataclass(frozen=True, slots=True)
class Comparison(Displayed):
    """Results of a comparison.

    Attributes
    ----------
    plan : ComparisonPlan
        What was compared.
    rows : tuple of Row
        One per learner that can learn the task.
    """

    plan: ComparisonPlan
    rows: tuple[Row, ...]

    def tolerated(self, row: Row, disturbance: str) -> float | None:
        """Return the most severe strength up to which all cost less than `TOLERATED_LOSS`, or None."""
        largest: float | None = None
        for case in row.disturbed:
            if case.disturbance != disturbance:
                continue
            if row.cost(case, self.plan.samples_of(case)) >= TOLERATED_LOSS:
                return largest
            largest = case.strength
        return largest

    def summary(self) -> str:
        """Return name, size and score of every learner as text."""
        head = ("learner", "reactions", self.plan.measure, "rates")
        return to_text(
            Document.of(
                Table.of(
                    head,
                    self._ranked(),
                    lambda row: (
                        row.learner.name,
                        f"{row.runs[0].reactions:,}",
                        f"{row.score:.3f}",
                        self._strength(row, "rates"),
                    ),
                ),
                Listing(tuple(f"{name}: {reason}" for name, reason in self.plan.refused.items())),
            )
        )

    def _ranked(self) -> list[Row]:
        """Return the rows, best first."""
        return sorted(self.rows, key=lambda row: (-row.score, row.learner.name))

    def document(self) -> Document:
        """Return the table, the figures, the reasons of learners that cannot learn the task, and sources."""
        plan = self.plan
        ranked = self._ranked()
        head = tuple(word.format(measure=plan.measure) for word in _HEAD)
        learners = [row.learner for row in ranked]
        sources = [(learner.name, learner.summary, learner.source, learner.ours) for learner in learners]
        refused = list(plan.refused.items())
        silico = [Paragraph(_IN_SILICO)] if any(learner.in_silico for learner in learners) else []
        parts: list[Part] = [
            Heading(f"Learning chemistries on {plan.task}"),
            Paragraph(f"`{plan.command}`, neuralcrn {__version__}."),
            Table.of(head, ranked, self._cells),
            Paragraph(self._meaning()),
            *silico,
            Picture(lambda axes: against_size(axes, self._sizes(), plan.measure), 7.0, 4.0),
        ]
        disturbed = {case.disturbance for row in ranked for case in row.disturbed}
        parts += [self._figure(name) for name in (*ERRORS[1:], MOLECULES) if name in disturbed]
        if refused:
            parts.append(Table(("learner", "why it cannot learn this task"), tuple(refused)))
        if formal := [(row.learner.name, row.strands.failure) for row in ranked if row.strands.failure]:
            parts.append(
                Table(
                    ("learner", "what has no strand displacement, or no training by it, and why"),
                    tuple(formal),
                )
            )
        parts.append(Table(("learner", "what it is", "source", "ours"), tuple(sources)))
        return Document(tuple(parts))

    def _figure(self, disturbance: str) -> Picture:
        return Picture(
            lambda axes: against_disturbance(axes, self._curves(disturbance), disturbance), 7.0, 4.0
        )

    def _meaning(self) -> str:
        extent = self.plan.extent
        text = f"{_MEANING} {_MOLECULES}" if extent.molecules else _MEANING
        return text.format(
            measure=self.plan.measure,
            seeds=extent.seeds,
            reached=REACHED,
            points=100.0 * TOLERATED_LOSS,
            disturbed=extent.disturbed_samples,
            repeats=len(self.plan.repeats),
            counted=extent.counted_samples,
        )

    def _cells(self, row: Row) -> tuple[str, ...]:
        """Return the cells of a learner."""
        first, scores = row.runs[0], [run.score for run in row.runs]
        reached = row.reached_after
        published = [p.value for p in row.learner.published if p.task == self.plan.task]
        fuel = row.strands.fuel
        return (
            row.learner.name,
            "silico" if row.learner.in_silico else "chemistry",
            str(first.phases),
            row.clock or ("gates" if row.level == "gated" else "none"),
            str(first.max_order),
            f"{first.species:,}",
            f"{first.reactions:,}",
            f"{row.score:.3f}",
            f"{min(scores):.3f} to {max(scores):.3f}" if len(scores) > 1 else "",
            _NONE if row.loss is None else f"{row.loss:.4f}",
            _NONE if row.learner.in_silico else "" if reached is None else f"{reached:,.0f}",
            *(self._strength(row, name) for name in ERRORS),
            self._strength(row, MOLECULES) if self.plan.extent.molecules else "",
            f"{row.strands.species:,}" if row.strands.species else "",
            _NONE if row.learner.in_silico else "" if fuel is None else f"{1e6 * fuel:.3g}",
            f"{row.seconds:.1f}",
            ", ".join(published),
        )

    def _strength(self, row: Row, disturbance: str) -> str:
        """Return the tolerated strength as text; nothing where nothing is learned without disturbances."""
        if row.learner.in_silico:
            return _NONE
        cases = [case.strength for case in row.disturbed if case.disturbance == disturbance]
        if not cases:
            return ""
        largest = self.tolerated(row, disturbance)
        if largest is None:
            return f"{'>' if disturbance == MOLECULES else '<'} {cases[0]:,g}"
        return f"{largest:,g}"

    def _sizes(self) -> dict[str, tuple[int, float]]:
        return {row.learner.name: (row.runs[0].reactions, row.score) for row in self.rows}

    def _curves(self, disturbance: str) -> dict[str, tuple[Sequence[float], Sequence[float]]]:
        """Return strengths and median scores of each learner, empty for those that are not disturbed."""
        curves: dict[str, tuple[Sequence[float], Sequence[float]]] = {}
        for row in self.rows:
            found = {
                case.strength: statistics.median(score.value for score in scores)
                for case, scores in row.disturbed.items()
                if case.disturbance == disturbance
            }
            curves[row.learner.name] = [*found], [*found.values()]
        return curves
