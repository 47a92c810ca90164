"""Rate laws other than mass action, to check that final amounts do not depend on kinetics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import Network, net_stoichiometry
from neuralcrn.errors import SimulationError
from neuralcrn.in_silico.rate_independent.network import Table
from neuralcrn.in_silico.rate_independent.rest import Residual, run_to_rest

_FINER = 1e-3
"""Absolute tolerance relative to the amounts that may remain."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class SaturatingLaw:
    r"""Rates that saturate: with n = 1 Michaelis-Menten, else Hill.

    .. math:: v = V \prod_i \frac{x_i^n}{K^n + x_i^n}

    The product is over all reactants; V and K are in units of the largest initial amount.

    Attributes
    ----------
    largest : ndarray, shape (n_reactions,)
        V of every reaction.
    half : ndarray, shape (n_reactions,)
        K of every reaction.
    steepness : ndarray, shape (n_reactions,)
        n of every reaction.
    """

    largest: Table
    half: Table
    steepness: Table

    def run(self, network: Network, start: Table, part: float) -> Table:
        """Integrate with SciPy until rest; see `run_to_rest`."""
        from scipy.integrate import solve_ivp

        unit = float(start.max(initial=0.0)) or 1.0
        rates, residual = _Rates.of(network, self, unit), Residual.of(network)
        absolute = _FINER * part * unit / max(1.0, float(residual.changes.max()))

        def advance(state: Table, duration: float) -> Table:
            with np.errstate(invalid="ignore", over="ignore"):  # BDF subtracts uninitialised memory once
                run = solve_ivp(
                    lambda _, x: rates.slope(x), (0.0, duration), state, method="BDF",
                    jac=lambda _, x: rates.jacobian(x), rtol=1e-6, atol=absolute,
                )  # fmt: skip
            if not run.success:
                raise SimulationError(f"SciPy: {run.message}")
            return run.y[:, -1]

        return run_to_rest(advance, residual, start, part)


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Rates:
    """Right-hand side and Jacobian matrix; entries are the pairs of a reaction and a reactant."""

    law: SaturatingLaw
    unit: float
    stoichiometry: Any
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    others: tuple[NDArray[np.int64], NDArray[np.int64]]
    """Pairs of different entries of one reaction."""

    @classmethod
    def of(cls, network: Network, law: SaturatingLaw, unit: float) -> _Rates:
        from scipy.sparse import csc_array

        entries = [
            (k, network.index[n]) for k, r in enumerate(network.reactions) for n, _ in r.reactants.terms
        ]
        rows, columns = np.array(entries, dtype=np.int64).reshape(-1, 2).T
        pairs = np.nonzero((rows[:, np.newaxis] == rows) & ~np.eye(len(rows), dtype=bool))
        matrix = csc_array(np.array(net_stoichiometry(network), dtype=np.float64))
        return cls(law, unit, matrix, rows, columns, (pairs[0], pairs[1]))

    def slope(self, state: Table) -> Table:
        """Return the change of all amounts, shape (n_species,)."""
        rates = self.unit * self.law.largest
        np.multiply.at(rates, self.rows, self._factors(state)[0])
        return self.stoichiometry @ rates

    def jacobian(self, state: Table) -> Any:
        """Return the derivatives of `slope` as a sparse matrix, shape (n_species, n_species)."""
        from scipy.sparse import csc_array

        factors, slopes = self._factors(state)
        values = self.law.largest[self.rows] * slopes
        np.multiply.at(values, self.others[0], factors[self.others[1]])
        shape = (len(self.law.largest), len(state))
        return self.stoichiometry @ csc_array((values, (self.rows, self.columns)), shape=shape)

    def _factors(self, state: Table) -> tuple[Table, Table]:
        """Return the factor of every entry, and its derivative by the amount in units."""
        steepness = self.law.steepness[self.rows]
        half, amounts = self.law.half[self.rows] ** steepness, state[self.columns].clip(min=0.0) / self.unit
        powers = amounts**steepness
        return powers / (half + powers), steepness * amounts ** (steepness - 1.0) * half / (
            half + powers
        ) ** 2
