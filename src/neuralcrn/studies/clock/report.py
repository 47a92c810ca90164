"""What was measured about a clock, as values: how steady, how far its turns overlap, and how it responds."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

from neuralcrn.display import Displayed, Document, Fold, Paragraph, Table
from neuralcrn.studies.clock.cycles import Vector
from neuralcrn.studies.clock.responses import RESPONSE_CYCLES, Response

CLOSED = 1e-3
"""A gate is closed where it is below this fraction of its peak."""
_STEADINESS = ("", "first", "last", "mean", "drift", "jitter")
_NOTES = (
    f"Leak: part of a gate's integral while it is below {CLOSED:g} of its peak. Shared: part of the smaller "
    f"gate's integral that lies in the other. Runs: strikes {RESPONSE_CYCLES} times, with every gate at half "
    "its peak or more in each cycle; of those that run, the largest changes of the mean period and of each "
    "gate's mean integral, and the largest jitter of an integral. A clock strikes no more if its species "
    "stop, or no longer fall below the thresholds of its events."
)


@final
@dataclass(frozen=True, slots=True)
class Steadiness:
    """How a quantity changes over the cycles.

    Attributes
    ----------
    first, last, mean : float
        In its own unit.
    drift : float
        Change from the first to the last cycle, relative to the first.
    jitter : float
        Standard deviation over the mean.
    """

    first: float
    last: float
    mean: float
    drift: float
    jitter: float

    @classmethod
    def of(cls, values: Vector) -> Steadiness:
        """Return the steadiness of one value a cycle."""
        first, last, mean = float(values[0]), float(values[-1]), float(values.mean())
        return cls(first, last, mean, last / first - 1.0, float(values.std()) / mean)


@final
@dataclass(frozen=True, slots=True)
class GateReport:
    """One gate.

    Attributes
    ----------
    phase : str
        What it opens.
    species : tuple of str
        One, or two whose product it is.
    integral : Steadiness
        Over a cycle, concentration (squared for a product) x time.
    peak : float
        Its highest value; of a product, concentration squared.
    floor : float
        Its lowest value over its peak.
    leak : float
        Its integral while it is closed, below `CLOSED` of its peak, over its integral.
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
    """What two gates share.

    Attributes
    ----------
    phases : tuple of str
        The two.
    peak : float
        Highest value of their product, each in units of the total.
    shared : float
        Integral of their product over a cycle, over that of the smaller one.
    """

    phases: tuple[str, str]
    peak: float
    shared: float


@final
@dataclass(frozen=True, slots=True, repr=False)
class ClockReport(Displayed):
    """What was measured about a clock.

    Attributes
    ----------
    clock : str
        Its name.
    species, reactions : int
        How many it takes.
    total : float, concentration
        What it conserves.
    asked, cycles : int
        How many cycles were asked for, and how many it ran.
    period : Steadiness
        Time from dose to dose.
    periods : tuple of float, time
        Of every cycle.
    gates : tuple of GateReport
        One a phase.
    overlaps : tuple of Overlap
        One a pair of phases.
    rates, loads : tuple of Response
        Every rate constant but those of leaks, times each of `FACTORS`; every species of a gate, bound by
        each of `LOADS`.
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

    def gate(self, phase: str) -> GateReport:
        """Return the gate of a phase."""
        return next(gate for gate in self.gates if gate.phase == phase)

    def overlap(self, one: str, other: str) -> Overlap:
        """Return what two phases share."""
        return next(overlap for overlap in self.overlaps if set(overlap.phases) == {one, other})

    def to_json(self) -> dict[str, Any]:
        """Return the report as numbers, texts, lists and dictionaries."""
        return dataclasses.asdict(self)

    def __repr__(self) -> str:
        return f"<ClockReport: clock {self.clock}, {self.cycles:,} cycles>"

    def document(self) -> Document:
        """Return what was measured, its responses to disturbances and the meaning of terms folded away."""
        responses = (
            self._responses("one rate constant times", self.rates),
            self._responses("one load of the total", self.loads),
        )
        return Document.of(
            Table.of(_STEADINESS, self._steadiness(), tuple, title=self._title),
            Table.of(("gate", "peak", "rest/peak", "leak"), self.gates, _gate_cells),
            Table.of(("overlap", "peak", "shared"), self.overlaps, _overlap_cells),
            Fold("response to disturbances", responses),
            Fold("terms", (Paragraph(_NOTES),)),
        )

    @property
    def _title(self) -> str:
        short = self.cycles < self.asked
        stopped = f", then it struck NO MORE ({self.asked:,} were asked for)" if short else ""
        return (
            f"clock {self.clock}: {self.species} species, {self.reactions} reactions, "
            f"total {self.total:g}; {self.cycles:,} cycles{stopped}"
        )

    def _steadiness(self) -> list[tuple[str, ...]]:
        """Return how the period and the integral of each gate change over the cycles."""
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
        """Return for each size of a disturbance how many runs there are, the largest changes, and a note."""
        head = (title, "runs", "period", *(gate.phase for gate in self.gates), "jitter", "")
        groups = [[r for r in found if r.size == size] for size in dict.fromkeys(r.size for r in found)]
        return Table.of(head, groups, lambda group: _response_cells(group, len(head)))


def _gate_cells(gate: GateReport) -> tuple[str, ...]:
    return gate.phase, f"{gate.peak:.4g}", f"{gate.floor:.1e}", f"{gate.leak:.1e}"


def _overlap_cells(overlap: Overlap) -> tuple[str, ...]:
    return " and ".join(overlap.phases), f"{overlap.peak:.1e}", f"{overlap.shared:.1e}"


def _response_cells(group: Sequence[Response], columns: int) -> list[str]:
    """Return one row; where no clock runs there are no changes."""
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
