"""Deterministic simulation of networks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry.network import Network
from neuralcrn.engines.native.packing import AT_LARGEST, PackedSystem, pack
from neuralcrn.engines.native.reduction import Reduction, initial_state, reduce_network
from neuralcrn.engines.native.scales import (
    LARGEST,
    SMALLEST,
    Scales,
    finer_tolerances,
    first_tolerances,
    orders_of_terms,
)
from neuralcrn.engines.outcome import Outcome
from neuralcrn.engines.trajectory import Trajectory
from neuralcrn.errors import InvalidValueError

Vector = NDArray[np.float64]

_ATTEMPTS = 4
"""Maximum number of repetitions of a run with smaller tolerances for species that stay far below all
others.
"""
RECORD_LIMIT = 50_000_000
"""Maximum number of recorded values."""


def simulate(
    network: Network,
    t_end: float,
    times: Sequence[float] | NDArray[np.float64] | None = None,
    *,
    until: tuple[str, float] | None = None,
    rtol: float = 1e-6,
    atol: float | Mapping[str, float] | None = None,
    max_steps: int = 1_000_000,
) -> Trajectory:
    r"""Integrate the mass-action rate equations of a network from its initial concentrations.

    Parameters
    ----------
    network : Network
        Reactions and initial concentrations.
    t_end : float, time units of the rate constants
        End time of the run, > 0.
    times : array-like, shape (n_times,), optional
        Ascending times in [0, t_end] at which to record; by default 101 equally spaced ones. The steps do not
        depend on them: values between steps are computed by the interpolant of the method.
    until : tuple of str and float, optional
        A species and a threshold (concentration): the run ends at the time, located exactly, at which the
        species rises above the threshold, or at `t_end`. A peak that is above it for less than an eighth of a
        step may be missed.
    rtol : float
        Relative tolerance of each step.
    atol : float or mapping of str to float, optional
        Absolute tolerance of each step, in the concentration units of the network, for all species or for
        those in a mapping. The default is independent of units: 1e-12 of the largest initial concentration
        (1e-3 `rtol` of it if that is less), and at most 1e-4 of the initial concentration of the species. If
        this is more than `rtol` of the largest amount of a species, the run is repeated with the same
        fraction of that amount.
    max_steps : int
        Maximum number of steps.

    Returns
    -------
    Trajectory
        `outcome` is the outcome of the run; after a failure the times that were reached are included.

    Raises
    ------
    InvalidValueError
        If a time or a tolerance is out of range, or so many species interact that the factorised matrix would
        have more than 10 million entries.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> decay = parse_network("A -> B [k = 2]\nA @initial 1")
    >>> float(abs(simulate(decay, 1.0)["B"][-1] - (1 - np.exp(-2.0)))) < 1e-6
    True
    >>> bool(abs(simulate(decay, 9.0, until=("B", 0.5)).end - np.log(2) / 2) < 1e-6)
    True
    """
    return Solver.of(network, rtol=rtol, atol=atol, max_steps=max_steps).run(t_end, times, until=until)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Solver:
    r"""A network prepared for several integrations.

    Attributes
    ----------
    network : Network
        The network.
    rtol : float
        Relative tolerance of each step.
    atol : ndarray, shape (n_species,), concentration
        Absolute tolerance of each step; NaN for the default of `simulate`.
    max_steps : int
        Maximum number of steps of a run.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> solver = Solver.of(parse_network("A -> B [k = 2]\nA @initial 1"))
    >>> half = solver.run(9.0, until=("B", 0.5)).final
    >>> bool(abs(solver.run(9.0, start=half, until=("B", 0.75)).end - np.log(2) / 2) < 1e-5)
    True
    """

    network: Network
    rtol: float
    atol: NDArray[np.float64]
    max_steps: int
    _reduction: Reduction
    _system: PackedSystem
    _orders: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        network: Network,
        *,
        rtol: float = 1e-6,
        atol: float | Mapping[str, float] | None = None,
        max_steps: int = 1_000_000,
    ) -> Solver:
        """Return the solver of a network; see `simulate` for the parameters."""
        if not 1e-14 <= rtol <= 0.1:
            raise InvalidValueError(f"rtol = {rtol}: it must be positive and within [1e-14, 0.1]")
        if max_steps < 1:
            raise InvalidValueError(f"max_steps = {max_steps}: it must be at least 1")
        reduction = reduce_network(network, separate=False)
        return cls(
            network,
            float(rtol),
            _tolerances(network, atol),
            int(max_steps),
            reduction,
            pack(reduction),
            orders_of_terms(reduction),
        )

    def run(
        self,
        t_end: float,
        times: Sequence[float] | NDArray[np.float64] | None = None,
        *,
        start: NDArray[np.float64] | None = None,
        until: tuple[str, float] | None = None,
    ) -> Trajectory:
        """Integrate from `start`, shape (n_species,), by default the initial concentrations."""
        from neuralcrn.engines.native.integrate import NO_WATCH, Event

        network, core = self.network, list(self._reduction.core)
        grid = checked_times(t_end, times, len(network.species))
        first = initial_state(network) if start is None else _checked_state(network, start)
        scales = Scales.of(self._reduction, first, t_end)
        watch = NO_WATCH
        if until is not None:
            position = _checked_position(network, *until)
            watch = Event(position, math.ldexp(until[1], -scales.concentration))
        inner = grid[grid > 0.0]
        run = self._integrated(scales, first, math.ldexp(t_end, -scales.time), scales.times(inner), watch)
        end, records = math.ldexp(run.end, scales.time), np.ldexp(run.records, scales.concentration)
        values = np.tile(first, (len(grid), 1))
        values[len(grid) - len(inner) :, core] = records
        whole = run.outcome == Outcome.SUCCESS and until is None
        reached = len(grid) if whole else int(np.searchsorted(grid, end, side="right"))
        reached = min(reached, len(grid) - int(np.isnan(records).any(axis=1).sum()))
        final = first.copy()
        final[core] = np.ldexp(run.final, scales.concentration)
        return Trajectory(
            network.species, grid[:reached], values[:reached], run.outcome, end, run.steps, final
        )

    def _integrated(self, scales: Scales, first: Vector, duration: float, times: Vector, watch: Any) -> _Run:
        """Integrate in units of the run; repeat if a default tolerance was too large."""
        begin, floats = scales.concentrations(first), scales.rates(self._system.floats, self._orders)
        given, follows = scales.concentrations(self.atol), np.isnan(self.atol)
        atol = np.where(follows, first_tolerances(begin, self.rtol), given.clip(SMALLEST, LARGEST))
        run = self._attempt(floats, begin, atol, duration, times, watch)
        for _ in range(_ATTEMPTS - 1):
            finer = np.where(follows, finer_tolerances(atol, run.largest, self.rtol), atol)
            if run.outcome == Outcome.MAX_STEPS or np.array_equal(finer, atol):
                break
            atol = finer
            run = self._attempt(floats, begin, atol, duration, times, watch)
        return run

    def _attempt(
        self, floats: Vector, begin: Vector, atol: Vector, duration: float, times: Vector, watch: Any
    ) -> _Run:
        """Run the kernel once."""
        from neuralcrn.engines.native.integrate import Controls, integrate
        from neuralcrn.engines.native.steps import FUNCTION_COUNT

        core, place = list(self._reduction.core), int(self._system.integers[AT_LARGEST])
        state, largest = begin.copy(), np.zeros(len(begin))
        records, scratch = np.full((len(times), len(core)), np.nan), np.zeros(self._system.scratch_size)
        outcome, end, steps = integrate(
            self._system.integers,
            floats,
            0,
            np.zeros(FUNCTION_COUNT, dtype=np.int64),
            state,
            duration,
            watch,
            Controls(self.rtol, atol, self.max_steps),
            scratch,
            times,
            records,
        )
        largest[core] = scratch[place : place + len(core)]
        return _Run(Outcome(outcome), float(end), int(steps), records, state[core], largest)


class _Run(NamedTuple):
    """Result of the kernel, in units of the run."""

    outcome: Outcome
    end: float
    steps: int
    records: Vector
    final: Vector
    largest: Vector


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


def _checked_state(network: Network, start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the initial concentrations; reject invalid ones."""
    state = np.asarray(start, dtype=np.float64)
    if state.shape != (len(network.species),) or not np.isfinite(state).all():
        raise InvalidValueError(f"start: {len(network.species)} finite concentrations are needed")
    return state


def _checked_position(network: Network, species: str, threshold: float) -> int:
    """Return the index of the species of the event; reject invalid events."""
    if species not in network.index or not 0.0 < threshold < math.inf:
        raise InvalidValueError(
            f"until = ({species!r}, {threshold}): name a species of the network and a positive threshold"
        )
    return network.index[species]


def checked_times(
    t_end: float, times: Sequence[float] | NDArray[np.float64] | None, species: int
) -> NDArray[np.float64]:
    """Return the recording times as an array; reject invalid times and records that are too large."""
    if not (math.isfinite(t_end) and t_end > 0.0):
        raise InvalidValueError(f"t_end = {t_end}: it must be positive and finite")
    if times is None:
        return np.linspace(0.0, t_end, 101)
    grid = np.asarray(times, dtype=np.float64)
    if grid.ndim != 1 or not len(grid) or not (np.isfinite(grid).all() and np.all(np.diff(grid) > 0.0)):
        raise InvalidValueError("times: one ascending list of at least one finite time is needed")
    if grid[0] < 0.0 or grid[-1] > t_end:
        raise InvalidValueError(f"times: {grid[0]:g} to {grid[-1]:g} do not lie within [0, {t_end:g}]")
    if len(grid) * species > RECORD_LIMIT:
        raise InvalidValueError(
            f"times: {len(grid):,} times of {species:,} species are {len(grid) * species:,} numbers: at most "
            f"{RECORD_LIMIT:,} are recorded: ask for fewer times"
        )
    return grid
