"""Report on a clock: constancy, overlap of its turns, and response to disturbances."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

from neuralcrn.display import Displayed, Document, Fold, Paragraph, Table
from neuralcrn.studies.clock.cycles import Vector
from neuralcrn.studies.clock.molecules import MoleculeRun
from neuralcrn.studies.clock.responses import RESPONSE_CYCLES, Response

CLOSED = 1e-3
"""A gate is considered closed below this fraction of its peak."""
_MOLECULES = ("molecules per unit", "cycles", "period", "jitter", "integral of turn 1", "jitter")
_STEADINESS = ("", "first", "last", "mean", "drift", "jitter")
_NOTES = (
    f"Leak: fraction of the integral of a gate while it is below {CLOSED:g} of its peak. Shared: fraction of "
    f"the smaller integral that overlaps the other gate. Runs: completes {RESPONSE_CYCLES} cycles, with "
    "every gate at half its peak or more in each cycle; for those that run, the largest changes of the mean "
    "period and of the mean integral of a gate, and the largest jitter of an integral. A clock stops if its "
    "species are constant, or no longer fall below the thresholds of its events."
)


@final
@dataclass(frozen=True, slots=True)
class Steadiness:
    """Variation of a quantity over the cycles.

    Attributes
    ----------
    first, last, mean : float
        In the unit of the quantity.
    drift : float
        Change from the first to the last cycle, relative to the first.
    jitter : float
        Standard deviation relative to the mean.
    """

    first: float
    last: float
    mean: float
    drift: float
    jitter: float

    @classmethod
    def of(cls, values: Vector) -> Steadiness:
        """Return the variation of one value per cycle."""
        first, last, mean = float(values[0]), float(values[-1]), float(values.mean())
        return cls(first, last, mean, last / first - 1.0, float(values.std()) / mean)


@final
@dataclass(frozen=True, slots=True)
class GateReport:
    """Measurements on one gate.

    Attributes
    ----------
    phase : str
        Its phase.
    species : tuple of str
        One species, or two species whose product is the gate.
    integral : Steadiness
        Integral over a cycle, concentration (squared for a product) x time.
    peak : float
        Peak; for a product, concentration squared.
    floor : float
        Lowest value relative to the peak.
    leak : float
        Fraction of the integral while the gate is closed, below `CLOSED` of its peak.
    """

    phase: str
    species: tuple[str, ...]
    integral: Steadiness
    peak: float
    floor: float
    leak: float


@final
@dataclass(frozen=True, slots=True)
class Overlap:
    """Overlap of two gates.

    Attributes
    ----------
    phases : tuple of str
        The two phases.
    peak : float
        Peak of their product, each relative to the total.
    shared : float
        Integral of their product over a cycle, relative to that of the smaller one.
    """

    phases: tuple[str, str]
    peak: float
    shared: float


@final
@dataclass(frozen=True, slots=True, repr=False)
class ClockReport(Displayed):
    """Measurements on a clock.

    Attributes
    ----------
    clock : str
        Its name.
    species, reactions : int
        Size of the network.
    total : float, concentration
        The conserved sum.
    asked, cycles : int
        Requested number of cycles, and number of completed cycles.
    period : Steadiness
        Time from dose to dose.
    periods : tuple of float, time
        Period of every cycle.
    gates : tuple of GateReport
        One per phase.
    overlaps : tuple of Overlap
        One per pair of phases.
    rates, loads : tuple of Response
        Responses to changes of every rate constant except leaks by each of `FACTORS`, and to loads of every
        species of a gate by each of `LOADS`.
    molecules : tuple of MoleculeRun
        Cycles with finite numbers of molecules, if they were asked for.
    """

    clock: str
    species: int
    reactions: int
    total: float
    asked: int
    cycles: int
    period: Steadiness
    periods: tuple[float, ...]
    gates: tuple[GateReport, ...]
    overlaps: tuple[Overlap, ...]
    rates: tuple[Response, ...]
    loads: tuple[Response, ...]
    molecules: tuple[MoleculeRun, ...] = ()

    def gate(self, phase: str) -> GateReport:
        """Return the gate of a phase."""
        return next(gate for gate in self.gates if gate.phase == phase)

    def overlap(self, one: str, other: str) -> Overlap:
        """Return the overlap of two phases."""
        return next(overlap for overlap in self.overlaps if set(overlap.phases) == {one, other})

    def to_json(self) -> dict[str, Any]:
        """Return the report as numbers, strings, lists and dictionaries."""
        return dataclasses.asdict(self)

    def __repr__(self) -> str:
        return f"<ClockReport: clock {self.clock}, {self.cycles:,} cycles>"

    def document(self) -> Document:
        """Return the measurements, with responses to disturbances and explanations in folded sections."""
        responses = (
            self._responses("one rate constant times", self.rates),
            self._responses("one load of the total", self.loads),
        )
        counted = [Table.of(_MOLECULES, self.molecules, _molecule_cells)] if self.molecules else []
        return Document.of(
            Table.of(_STEADINESS, self._steadiness(), tuple, title=self._title),
            Table.of(("gate", "peak", "rest/peak", "leak"), self.gates, _gate_cells),
            Table.of(("overlap", "peak", "shared"), self.overlaps, _overlap_cells),
            *counted,
            Fold("response to disturbances", responses),
            Fold("terms", (Paragraph(_NOTES),)),
        )

    @property
    def _title(self) -> str:
        short = self.cycles < self.asked
        stopped = f", then it STOPPED ({self.asked:,} were requested)" if short else ""
        return (
            f"clock {self.clock}: {self.species} species, {self.reactions} reactions, "
            f"total {self.total:g}; {self.cycles:,} cycles{stopped}"
        )

    def _steadiness(self) -> list[tuple[str, ...]]:
        """Return the variation of the period and of the integral of each gate over the cycles."""
        gates = ((f"{g.phase}, integral of {' '.join(g.species)}", g.integral) for g in self.gates)
        return [
            (
                name,
                *(f"{value:.6g}" for value in (values.first, values.last, values.mean)),
                f"{values.drift:+.1e}",
                f"{values.jitter:.1e}",
            )
            for name, values in (("period", self.period), *gates)
        ]

    def _responses(self, title: str, found: Sequence[Response]) -> Table:
        """Return for each size of a disturbance the number of running clocks, the largest changes, and a
        note.
        """
        head = (title, "runs", "period", *(gate.phase for gate in self.gates), "jitter", "")
        groups = [[r for r in found if r.size == size] for size in dict.fromkeys(r.size for r in found)]
        return Table.of(head, groups, lambda group: _response_cells(group, len(head)))


def _gate_cells(gate: GateReport) -> tuple[str, ...]:
    return gate.phase, f"{gate.peak:.4g}", f"{gate.floor:.1e}", f"{gate.leak:.1e}"


def _molecule_cells(run: MoleculeRun) -> tuple[str, ...]:
    measured = (
        "" if value is None else f"{value:{style}}"
        for value, style in (
            (run.period, ".5g"),
            (run.jitter, ".1e"),
            (run.integral, ".4f"),
            (run.varying, ".1e"),
        )
    )
    return f"{run.molecules:,.6g}", f"{run.cycles} of {run.asked}", *measured


def _overlap_cells(overlap: Overlap) -> tuple[str, ...]:
    return " and ".join(overlap.phases), f"{overlap.peak:.1e}", f"{overlap.shared:.1e}"


def _response_cells(group: Sequence[Response], columns: int) -> list[str]:
    """Return one row; changes are empty if no clock runs."""
    running = [response for response in group if response.runs]
    cells = [f"{group[0].size:g}", f"{len(running)} of {len(group)}"]
    if running:
        changes = [(response.period or 0.0, *(response.gates or ())) for response in running]
        worst = [max(column, key=abs) for column in zip(*changes, strict=True)]
        jitter = max(response.jitter or 0.0 for response in running)
        cells += [*(f"{value:+.1%}" for value in worst), f"{jitter:.1e}"]
    fewest = min(response.cycles for response in group)
    note = f"fewest cycles {fewest}" if len(running) < len(group) else ""
    return [*cells, *[""] * (columns - len(cells) - 1), note]
