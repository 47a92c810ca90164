"""Deterministic runs of a prepared system: in natural units, repeated with smaller default tolerances where
they were too large.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry.network import Network
from neuralcrn.engines.native.column_packing import SCRATCH_END
from neuralcrn.engines.native.directions import Directions, ScaledDirections
from neuralcrn.engines.native.packing import AT_LARGEST, PackedSystem, pack
from neuralcrn.engines.native.reduction import Reduction, reduce_network
from neuralcrn.engines.native.scales import (
    LARGEST,
    SMALLEST,
    Scales,
    finer_tolerances,
    first_tolerances,
    orders_of_terms,
)
from neuralcrn.engines.outcome import Outcome
from neuralcrn.engines.sensitivities import Sensitivities
from neuralcrn.engines.trajectory import Trajectory
from neuralcrn.errors import InvalidValueError

Vector = NDArray[np.float64]

_ATTEMPTS = 4
"""Maximum number of repetitions of a run with smaller tolerances for species that stay far below all
others.
"""


@dataclass(frozen=True, slots=True, eq=False)
class PreparedSystem:
    """A network prepared for deterministic runs, with no species separated from the core.

    Attributes
    ----------
    species : tuple of str
        All species of the network, in the order of states.
    reduction : Reduction
    system : PackedSystem
        The packed reduction.
    orders : ndarray of int64, shape (n_terms,)
        Number of concentrations by which each rate constant is multiplied.
    rtol : float
        Relative tolerance of each step.
    atol : ndarray, shape (n_species,), concentration
        Absolute tolerance of each step; NaN for the default of `simulate`.
    max_steps : int
        Maximum number of steps of a run.
    """

    species: tuple[str, ...]
    reduction: Reduction
    system: PackedSystem
    orders: NDArray[np.int64]
    rtol: float
    atol: Vector
    max_steps: int

    @classmethod
    def of(
        cls, network: Network, rtol: float, atol: float | Mapping[str, float] | None, max_steps: int
    ) -> PreparedSystem:
        """Prepare a network; reject invalid tolerances."""
        if not 1e-14 <= rtol <= 0.1:
            raise InvalidValueError(f"rtol = {rtol}: it must be positive and within [1e-14, 0.1]")
        if max_steps < 1:
            raise InvalidValueError(f"max_steps = {max_steps}: it must be at least 1")
        reduction = reduce_network(network, separate=False)
        return cls(
            network.species,
            reduction,
            pack(reduction),
            orders_of_terms(reduction),
            float(rtol),
            _tolerances(network, atol),
            int(max_steps),
        )

    def run(
        self,
        first: Vector,
        t_end: float,
        grid: Vector,
        watch: tuple[int, float] | None = None,
        directions: Directions | None = None,
        functions: NDArray[np.int64] | None = None,
    ) -> Trajectory:
        """Integrate from the state `first` and record at the times `grid`.

        The run ends early if the species with the index ``watch[0]`` rises above ``watch[1]``. With
        `directions` sensitivities are integrated as well, by the machine code at the addresses `functions`
        where they are not 0.
        """
        rates = self.system.floats[: len(self.orders)]
        scales = Scales.of(self.reduction, rates, first, t_end)
        inner, core = grid[grid > 0.0], list(self.reduction.core)
        scaled = (
            None
            if directions is None
            else directions.scaled(self.reduction, self.system, self.orders, scales, first)
        )
        run = self._integrated(scales, first, t_end, inner, watch, scaled, functions)
        end, records = math.ldexp(run.end, scales.time), np.ldexp(run.records, scales.concentration)
        before = len(grid) - len(inner)
        values, final = np.tile(first, (len(grid), 1)), first.copy()
        values[before:, core], final[core] = records, np.ldexp(run.final, scales.concentration)
        whole = run.outcome == Outcome.SUCCESS and watch is None
        reached = len(grid) if whole else int(np.searchsorted(grid, end, side="right"))
        reached = min(reached, len(grid) - int(np.isnan(records).any(axis=1).sum()))
        sensitivities: Sensitivities | None = None
        if directions is not None and scaled is not None:
            changes, last = np.tile(directions.start, (len(grid), 1, 1)), directions.start.copy()
            changes[before:, core], last[core] = scaled.read(run.columns, scales)
            sensitivities = Sensitivities(directions.names, changes[:reached], last)
        return Trajectory(
            self.species, grid[:reached], values[:reached], run.outcome, end, run.steps, final, sensitivities
        )

    def _integrated(
        self,
        scales: Scales,
        first: Vector,
        t_end: float,
        times: Vector,
        watch: tuple[int, float] | None,
        directions: ScaledDirections | None,
        functions: NDArray[np.int64] | None,
    ) -> _Run:
        """Integrate in units of the run; repeat if a default tolerance was too large."""
        from neuralcrn.engines.native.integrate import NO_WATCH, Event

        begin, floats = scales.concentrations(first), scales.rates(self.system.floats, self.orders)
        duration, scaled_times = math.ldexp(t_end, -scales.time), scales.times(times)
        event = NO_WATCH if watch is None else Event(watch[0], math.ldexp(watch[1], -scales.concentration))
        given, follows = scales.concentrations(self.atol), np.isnan(self.atol)
        atol = np.where(follows, first_tolerances(begin, self.rtol), given.clip(SMALLEST, LARGEST))

        def attempt() -> _Run:
            columns = directions and directions.columns(self.reduction, len(times))
            return self._attempt(floats, begin, atol, duration, scaled_times, event, columns, functions)

        run = attempt()
        for _ in range(_ATTEMPTS - 1):
            finer = np.where(follows, finer_tolerances(atol, run.largest, self.rtol), atol)
            if run.outcome == Outcome.MAX_STEPS or np.array_equal(finer, atol):
                break
            atol = finer
            run = attempt()
        return run

    def _attempt(
        self,
        floats: Vector,
        begin: Vector,
        atol: Vector,
        duration: float,
        times: Vector,
        event: Any,
        columns: Any,
        functions: NDArray[np.int64] | None,
    ) -> _Run:
        """Run the kernel once."""
        from neuralcrn.engines.native.integrate import Controls, integrate
        from neuralcrn.engines.native.steps import FUNCTION_COUNT

        system, core = self.system, list(self.reduction.core)
        place = int(system.integers[AT_LARGEST])
        state, largest = begin.copy(), np.zeros(len(begin))
        records = np.full((len(times), len(core)), np.nan)
        size = system.scratch_size if columns is None else int(columns.plan[SCRATCH_END])
        scratch = np.zeros(size)
        controls = Controls(self.rtol, atol, self.max_steps)
        if functions is None:
            functions = np.zeros(FUNCTION_COUNT, dtype=np.int64)
        outcome, end, steps = integrate(
            system.integers, floats, 0, functions, state, duration, event, controls, scratch, times, records,
            columns,
        )  # fmt: skip
        largest[core] = scratch[place : place + len(core)]
        return _Run(Outcome(outcome), float(end), int(steps), records, state[core], largest, columns)


class _Run(NamedTuple):
    """Result of the kernel, in units of the run."""

    outcome: Outcome
    end: float
    steps: int
    records: Vector
    final: Vector
    largest: Vector
    columns: Any


def _tolerances(network: Network, atol: float | Mapping[str, float] | None) -> NDArray[np.float64]:
    """Return the absolute tolerance of every species, NaN for the default; reject invalid ones."""
    named = (
        atol if isinstance(atol, Mapping) else ({} if atol is None else dict.fromkeys(network.species, atol))
    )
    values = np.full(len(network.species), np.nan)
    for name, value in named.items():
        if name not in network.index:
            raise InvalidValueError(f"atol: the network has no species {name}")
        if not 0.0 < value <= 1e300:
            raise InvalidValueError(f"atol = {value} of {name}: it must be positive and at most 1e300")
        values[network.index[name]] = float(value)
    return values


def checked_state(network: Network, start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the initial concentrations; reject invalid ones."""
    state = np.asarray(start, dtype=np.float64)
    if state.shape != (len(network.species),) or not np.isfinite(state).all():
        raise InvalidValueError(f"start: {len(network.species)} finite concentrations are needed")
    return state
