"""Simulation until nothing can react any more.

The end of M + I -> H is approached as 1 / (k t) where M and I are equal, so no time is long enough for all
doses. A run therefore ends once all amounts together can change only by a small residual.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np

from neuralcrn.chemistry import Network
from neuralcrn.engines import Outcome, Solver
from neuralcrn.errors import SimulationError
from neuralcrn.in_silico.rate_independent.network import Table
from neuralcrn.in_silico.rate_independent.structure import largest_changes

RESIDUAL = 1e-3
"""Default residual, relative to the largest initial amount."""
_FIRST, _GROWTH, _ROUNDS = 30.0, 8.0, 40
"""First duration, its growth from round to round, and the largest number of rounds."""
_RTOL = 1e-4
"""Relative tolerance of a step. Final amounts follow from conservation laws, which every step keeps."""
_STILL = 1e-9
"""Largest change of a residual in a round after which a network never comes to rest."""

Advance = Callable[[Table, float], Table]
"""Returns the state after a duration."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Residual:
    """Bound of the change that is still possible.

    Attributes
    ----------
    needed : ndarray, shape (n_reactions, n_species)
        Reactant coefficients.
    changes : ndarray, shape (n_reactions,)
        See `largest_changes`.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> residual = Residual.of(parse_network("A -> 2 B [k = 1]"))
    >>> residual.bound(np.array([0.5, 3.0]))
    1.5
    """

    needed: Table
    changes: Table

    @classmethod
    def of(cls, network: Network) -> Residual:
        """Return the bound for a network."""
        needed = np.zeros((len(network.reactions), len(network.species)))
        for row, reaction in zip(needed, network.reactions, strict=True):
            for name, count in reaction.reactants.terms:
                row[network.index[name]] = count
        return cls(needed, largest_changes(network))

    def bound(self, state: Table) -> float:
        """Return by how much all amounts together can still change."""
        with np.errstate(divide="ignore", invalid="ignore"):
            extents = np.where(self.needed > 0.0, state.clip(min=0.0) / self.needed, np.inf).min(
                axis=1, initial=np.inf
            )
        return float(
            np.multiply(extents, self.changes, where=extents > 0.0, out=np.zeros(len(extents))).sum()
        )


def run_to_rest(advance: Advance, residual: Residual, start: Table, part: float = RESIDUAL) -> Table:
    """Return the final amounts of a run that ends once its residual is small.

    Parameters
    ----------
    advance : callable
        Returns the state after a duration, from state and duration.
    residual : Residual
        Bound of the possible change.
    start : ndarray, shape (n_species,)
        Initial amounts.
    part : float
        Largest residual, relative to the largest initial amount.

    Raises
    ------
    SimulationError
        If the network does not come to rest.
    """
    state, time, duration = start, 0.0, _FIRST
    allowed = part * float(start.max(initial=0.0))
    left = residual.bound(state)
    for _ in range(_ROUNDS):
        if left <= allowed:
            return state
        if left == np.inf:
            break
        after = advance(state, duration).clip(min=0.0)
        time, duration = time + duration, duration * _GROWTH
        before, left = left, residual.bound(after)
        if abs(before - left) <= _STILL * before and np.allclose(
            after, state, rtol=_STILL, atol=_STILL * allowed
        ):
            break
        state = after
    raise SimulationError(
        f"at time {time:.3g} the amounts can still change by {left:.3g}, and no rest is reached"
    )


@final
@dataclass(frozen=True, slots=True, eq=False)
class RestSolver:
    r"""A network prepared for runs until rest by its rate equations.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> pair = parse_network("M + I -> H [k = 1]\nM @initial 1\nI @initial 1")
    >>> bool(RestSolver.of(pair).run(np.array([1.0, 1.0, 0.0]))[2] > 0.999)
    True
    """

    _solver: Solver
    _residual: Residual

    @classmethod
    def of(cls, network: Network) -> RestSolver:
        """Return the solver of a network."""
        return cls(Solver.of(network, rtol=_RTOL), Residual.of(network))

    def run(self, start: Table, part: float = RESIDUAL) -> Table:
        """Return the final amounts for initial ones, both of shape (n_species,); see `run_to_rest`."""
        return run_to_rest(self._advance, self._residual, start, part)

    def run_all(self, starts: Table, part: float = RESIDUAL) -> Table:
        """Return the final amounts of every row of initial amounts; see `run_to_rest`."""
        return np.array([self.run(start, part) for start in starts])

    def _advance(self, state: Table, duration: float) -> Table:
        run = self._solver.run(duration, [duration], start=state)
        if run.outcome != Outcome.SUCCESS:
            raise SimulationError(f"at time {run.end:g}: {run.outcome.advice}")
        return run.final
