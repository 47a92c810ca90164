"""Rate laws other than mass action, to check that final amounts do not depend on kinetics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from neuralcrn.chemistry import Network, net_stoichiometry
from neuralcrn.errors import SimulationError
from neuralcrn.in_silico.rate_independent.network import Table
from neuralcrn.in_silico.rate_independent.rest import Residual, run_to_rest


@final
@dataclass(frozen=True, slots=True, eq=False)
class SaturatingLaw:
    r"""Rates that saturate: with n = 1 Michaelis-Menten, else Hill.

    .. math:: v = V \prod_i \left( \frac{x_i^n}{K_i^n + x_i^n} \right)^{a_i}

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

        residual = Residual.of(network)
        matrix = np.array(net_stoichiometry(network), dtype=np.float64)
        rows, columns = np.nonzero(residual.needed)
        counts, half, steepness = residual.needed[rows, columns], self.half[rows], self.steepness[rows]

        def slope(_time: float, state: Table) -> Table:
            powers, rates = state[columns].clip(min=0.0) ** steepness, self.largest.copy()
            np.multiply.at(rates, rows, (powers / (half**steepness + powers)) ** counts)
            return matrix @ rates

        tolerance = 1e-3 * part * float(start.max(initial=0.0))

        def advance(state: Table, duration: float) -> Table:
            run = solve_ivp(slope, (0.0, duration), state, method="LSODA", rtol=1e-6, atol=tolerance)
            if not run.success:
                raise SimulationError(f"SciPy: {run.message}")
            return run.y[:, -1]

        return run_to_rest(advance, residual, start, part)
