"""Simulate any network deterministically."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry.network import Network
from neuralcrn.engines.outcome import Outcome
from neuralcrn.engines.packing import PackedSystem, pack
from neuralcrn.engines.reduction import initial_state, reduce_network
from neuralcrn.engines.trajectory import Trajectory
from neuralcrn.errors import InvalidValueError

_ABSOLUTE = 1e-12
"""Absolute tolerance where none is given, concentration."""


RECORD_LIMIT = 50_000_000
"""Most numbers that a run records."""


def simulate(
    network: Network,
    t_end: float,
    times: Sequence[float] | NDArray[np.float64] | None = None,
    *,
    until: tuple[str, float] | None = None,
    rtol: float = 1e-6,
    atol: float | Mapping[str, float] = _ABSOLUTE,
    max_steps: int = 1_000_000,
) -> Trajectory:
    r"""Integrate the mass-action equations of a network from its initial concentrations.

    Parameters
    ----------
    network : Network
        Reactions and initial concentrations.
    t_end : float, time units of the rate constants
        End of the run, > 0.
    times : array-like, shape (n_times,), optional
        Ascending times in [0, t_end] at which to record; 101 equally spaced ones by default. The
        steps do not depend on them: the solution between steps comes from the method's own
        interpolant.
    until : tuple of str and float, optional
        A species and a threshold (concentration): the run ends where the species rises over it, located
        exactly, and `t_end` is the longest wait. A peak that is over it for less than an eighth of a step
        may be missed.
    rtol : float
        Relative tolerance of each step.
    atol : float or mapping of str to float
        Absolute tolerance (concentration) of each step, of all species, or of each; those that a mapping
        does not name have 1e-12.
    max_steps : int
        Most steps before the run is given up.

    Returns
    -------
    Trajectory
        With `outcome` telling how the run ended; after a failure it holds the times reached.

    Raises
    ------
    InvalidValueError
        If a time or a tolerance is out of range, or so many species act on one another that solving for
        them together would fill more than 10 million entries of a matrix.

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
    r"""A network made ready to be integrated, for runs that follow one another.

    Attributes
    ----------
    network : Network
        What is integrated.
    rtol : float
        Relative tolerance of each step.
    atol : ndarray, shape (n_species,), concentration
        Absolute tolerance of each step.
    max_steps : int
        Most steps before a run is given up.

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
    _core: tuple[int, ...]
    _system: PackedSystem

    @classmethod
    def of(
        cls,
        network: Network,
        *,
        rtol: float = 1e-6,
        atol: float | Mapping[str, float] = _ABSOLUTE,
        max_steps: int = 1_000_000,
    ) -> Solver:
        """Return the solver of a network; the parameters are those of `simulate`."""
        if not 1e-14 <= rtol <= 0.1:
            raise InvalidValueError(f"rtol = {rtol}: it must be positive and within [1e-14, 0.1]")
        if max_steps < 1:
            raise InvalidValueError(f"max_steps = {max_steps}: it must be at least 1")
        reduction = reduce_network(network, separate_quadratures=False)
        tolerances = _tolerances(network, atol)
        return cls(network, float(rtol), tolerances, int(max_steps), reduction.core, pack(reduction))

    def run(
        self,
        t_end: float,
        times: Sequence[float] | NDArray[np.float64] | None = None,
        *,
        start: NDArray[np.float64] | None = None,
        until: tuple[str, float] | None = None,
    ) -> Trajectory:
        """Integrate from `start`, shape (n_species,), the initial concentrations if not given."""
        from neuralcrn.engines.integrate import NO_WATCH, Controls, Event, integrate
        from neuralcrn.engines.steps import FUNCTION_COUNT

        network = self.network
        grid = checked_times(t_end, times, len(network.species))
        first = initial_state(network) if start is None else _checked_state(network, start)
        inner = grid[grid > 0.0]
        records = np.full((len(inner), len(self._core)), np.nan)
        watch = NO_WATCH if until is None else Event(_checked_position(network, *until), float(until[1]))
        state = first.copy()
        outcome, end, steps = integrate(
            self._system.integers,
            self._system.floats,
            0,
            np.zeros(FUNCTION_COUNT, dtype=np.int64),
            state,
            float(t_end),
            watch,
            Controls(self.rtol, self.atol, self.max_steps),
            np.zeros(self._system.scratch_size),
            inner,
            records,
        )
        values = np.tile(first, (len(grid), 1))
        values[len(grid) - len(inner) :, list(self._core)] = records
        whole = outcome == Outcome.SUCCESS and until is None
        reached = len(grid) if whole else int(np.searchsorted(grid, end, side="right"))
        reached = min(reached, len(grid) - int(np.isnan(records).any(axis=1).sum()))
        return Trajectory(
            network.species, grid[:reached], values[:reached], Outcome(outcome), float(end), int(steps), state
        )


def _tolerances(network: Network, atol: float | Mapping[str, float]) -> NDArray[np.float64]:
    """Return the absolute tolerance of every species, or refuse it."""
    named = atol if isinstance(atol, Mapping) else {}
    rest = _ABSOLUTE if isinstance(atol, Mapping) else float(atol)
    values = np.array([float(named.get(name, rest)) for name in network.species])
    for name in named:
        if name not in network.index:
            raise InvalidValueError(f"atol: the network has no species {name}")
    for name, value in zip(network.species, values, strict=True):
        if not 0.0 < value <= 1e300:
            raise InvalidValueError(f"atol = {value} of {name}: it must be positive and at most 1e300")
    return values


def _checked_state(network: Network, start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the concentrations to start from, or refuse them."""
    state = np.asarray(start, dtype=np.float64)
    if state.shape != (len(network.species),) or not np.isfinite(state).all():
        raise InvalidValueError(f"start: {len(network.species)} finite concentrations are needed")
    return state


def _checked_position(network: Network, species: str, threshold: float) -> int:
    """Return the position of the species that is waited for, or refuse it."""
    if species not in network.index or not 0.0 < threshold < math.inf:
        raise InvalidValueError(
            f"until = ({species!r}, {threshold}): name a species of the network and a positive threshold"
        )
    return network.index[species]


def checked_times(
    t_end: float, times: Sequence[float] | NDArray[np.float64] | None, species: int
) -> NDArray[np.float64]:
    """Return the recording times as an array, or refuse them, or so many that a record would be too large."""
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
