"""Studies of networks that are trained in silico to reach goals."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

from neuralcrn.in_silico.design import Designed, DesignSpec, TrainingOptions, design
from neuralcrn.jobs import Job
from neuralcrn.studies.reproduction.report import Study

PERIOD, WITHIN = 10.0, 0.04
"""Period of the oscillators, and the deviation of rate constants that counts as equal."""
OSCILLATOR = DesignSpec(goals=(f"A, B, C oscillate period {PERIOD:g} amplitude 0.12",))
CHAMBERS = DesignSpec(
    goals=(
        f"A_1, B_1, C_1 oscillate period {PERIOD:g} amplitude 0.12 in 0:100",
        "A_1, B_1, C_1, A_2, B_2, C_2 rest in 30:60 alone",
    ),
    chambers=2,
)
CHAMBER_OPTIONS = TrainingOptions(steps=600, tolerance=1e-4)
GOALS = (
    DesignSpec(goals=("C = 0.8 at 5", "B high in 1:2"), initial=(("A", 1.0),)),
    DesignSpec(
        goals=("B low in 0:3", "B high in 5:10"),
        species=("A", "B", "C"),
        initial=(("A", 0.9), ("B", 0.02)),
    ),
)
_QUICK_SEEDS, _SEEDS = 3, 10
_RING = {"A + B -> 2 B", "B + C -> 2 C", "A + C -> 2 A"}
_STEADY, _RESTING = 0.01, 1e-6
"""Change of an amplitude per cycle that counts as an oscillation, and late variation of chambers without
transfer, relative to the total, that counts as rest.
"""
_OSCILLATOR_TEXT = (
    "All 30 conserving reactions of three species, trained in silico to oscillate. Whether exactly the ring "
    "A + B -> 2B, B + C -> 2C, C + A -> 2A remains, the largest deviation of its rate constants from that of "
    "small oscillations, 2 pi sqrt(3) / period, and period and amplitude of the simulated network."
)
_CHAMBERS_TEXT = (
    "Two chambers with membranes and 30 conserving reactions each, trained in silico to oscillate together "
    "and to rest without transfer. Period, amplitude and its change per cycle of the simulated network, and "
    "the largest variation after a long time of chambers without transfer, from ten random initial "
    "concentrations."
)
_GOALS_TEXT = "Concentrations and levels in time windows, trained in silico; medians over seeds."


@final
@dataclass(frozen=True, slots=True)
class OscillatorRow:
    """One training of the oscillator.

    Attributes
    ----------
    seed, reactions : int
        Seed, and number of remaining reactions.
    ring : bool
        Whether they are exactly the ring.
    deviation : float
        Largest deviation of a rate constant from that of small oscillations, relative to it.
    period, amplitude : float
        Measured on the simulated network; zero if it does not oscillate.
    """

    seed: int
    reactions: int
    ring: bool
    deviation: float
    period: float
    amplitude: float


def train_oscillator(seed: int) -> OscillatorRow:
    """Train one oscillator."""
    made = design(OSCILLATOR, TrainingOptions(), seed)
    expected = 2.0 * math.pi * math.sqrt(3.0) / PERIOD
    return OscillatorRow(
        seed,
        made.reactions,
        {f"{one.reactants} -> {one.products}" for one in made.network.reactions} == _RING,
        max(abs(one.rate / expected - 1.0) for one in made.network.reactions),
        made.measured[0].values["period"],
        made.measured[0].values["amplitude"],
    )


def oscillator_jobs(quick: bool) -> tuple[Job, ...]:
    """Return one job for each seed."""
    return tuple(Job(f"design-oscillator-{seed}", train_oscillator, (seed,)) for seed in _seeds(quick))


def show_oscillators(results: Sequence[dict[str, Any]]) -> Study:
    """Return the trainings as a table."""
    rows = [OscillatorRow(**row) for row in results]
    ring = [row for row in rows if row.ring]
    close = sum(row.deviation <= WITHIN for row in ring)
    return Study(
        title="Oscillator from thirty candidates",
        text=f"{_OSCILLATOR_TEXT} Exactly the ring: {len(ring)} of {len(rows)} seeds; of these within "
        f"{WITHIN:.0%}: {close}.",
        columns=("seed", "reactions", "exactly the ring", "deviation", "period", "amplitude"),
        cells=tuple(
            (
                str(row.seed),
                str(row.reactions),
                "yes" if row.ring else "no",
                f"{row.deviation:.3f}",
                f"{row.period:.3f}",
                f"{row.amplitude:.4f}",
            )
            for row in rows
        ),
    )


def train_chambers(seed: int) -> Designed:
    """Train one oscillator of two chambers."""
    return design(CHAMBERS, CHAMBER_OPTIONS, seed)


def chamber_jobs(quick: bool) -> tuple[Job, ...]:
    """Return one job for each seed."""
    return tuple(Job(f"design-chambers-{seed}", train_chambers, (seed,)) for seed in _seeds(quick))


def show_chambers(results: Sequence[dict[str, Any]]) -> Study:
    """Return the trainings as a table."""
    rows = [Designed.of_values(row) for row in results]
    good = sum(_oscillates_only_together(row) for row in rows)
    return Study(
        title="Oscillator of two chambers",
        text=f"{_CHAMBERS_TEXT} Oscillation with less than {_STEADY:.0%} change per cycle together, and rest "
        f"alone: {good} of {len(rows)} seeds.",
        columns=("seed", "reactions in chambers", "together", "variation alone"),
        cells=tuple(
            (
                str(row.seed),
                " and ".join(str(_in_chamber(row, chamber)) for chamber in (1, 2)),
                row.measured[0].result,
                f"{row.alone:.1e}",
            )
            for row in rows
        ),
    )


def train_goals(place: int, seed: int) -> Designed:
    """Train one network for values or windows."""
    return design(GOALS[place], TrainingOptions(), seed)


def goal_jobs(quick: bool) -> tuple[Job, ...]:
    """Return one job for each example and seed."""
    return tuple(
        Job(f"design-goals-{place}-{seed}", train_goals, (place, seed))
        for place in range(len(GOALS))
        for seed in _seeds(quick)
    )


def show_goals(results: Sequence[dict[str, Any]]) -> Study:
    """Return the trainings as a table."""
    rows = [Designed.of_values(row) for row in results]
    groups: dict[tuple[str, ...], list[Designed]] = {}
    for row in rows:
        groups.setdefault(tuple(one.goal for one in row.measured), []).append(row)
    return Study(
        title="Values and levels in windows",
        text=_GOALS_TEXT,
        columns=("goals", "reached", "candidates", "reactions"),
        cells=tuple(
            (
                "; ".join(goals),
                f"{sum(row.reached for row in group)} of {len(group)}",
                str(group[0].candidates),
                f"{statistics.median(row.reactions for row in group):g}",
            )
            for goals, group in groups.items()
        ),
    )


def _seeds(quick: bool) -> range:
    return range(_QUICK_SEEDS if quick else _SEEDS)


def _oscillates_only_together(made: Designed) -> bool:
    values = made.measured[0].values
    together = abs(values["period"] / PERIOD - 1.0) < WITHIN and abs(values["growth"]) < _STEADY
    return together and made.alone is not None and made.alone < _RESTING


def _in_chamber(made: Designed, chamber: int) -> int:
    """Return the number of reactions in a chamber."""
    ending = f"_{chamber}"
    return sum(all(name.endswith(ending) for name in one.species) for one in made.network.reactions)
