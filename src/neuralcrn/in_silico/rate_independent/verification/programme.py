"""Linear programme: the largest extents of reactions that leave no amount negative."""

from __future__ import annotations

import numpy as np

from neuralcrn.chemistry import Network, net_stoichiometry
from neuralcrn.errors import SimulationError
from neuralcrn.in_silico.rate_independent.network import Table


def maximise_extents(network: Network, amounts: Table, weights: Table) -> Table:
    r"""Return the final amounts at the largest weighted sum of extents.

    .. math:: \max w^T u \quad \text{subject to} \quad c + M u \ge 0, \; u \ge 0

    with the initial amounts c and the net stoichiometry M. Without competition the extents of the completed
    network are the largest ones of all reactions at once, so the maximum is the same for all positive
    weights. Extents of reactions that lack a reactant for ever are 0.

    Parameters
    ----------
    network : Network
        The network.
    amounts : ndarray, shape (n_species,)
        Initial amounts.
    weights : ndarray, shape (n_reactions,)
        Positive weights.

    Raises
    ------
    SimulationError
        If extents are unbounded: some reactions never end.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> net = parse_network("A -> B [k = 1]\nB + 2 C -> D [k = 1]")
    >>> maximise_extents(net, np.array([1.0, 0.0, 0.5, 0.0]), np.ones(2)).tolist()
    [0.0, 0.75, 0.0, 0.25]
    """
    from scipy.optimize import linprog

    possible = _possible(network, amounts)
    if not possible.any():
        return amounts.copy()
    matrix = np.array(net_stoichiometry(network), dtype=np.float64)[:, possible]
    unit = amounts.max() or 1.0  # tolerances of the solver are absolute
    found = linprog(-weights[possible], A_ub=-matrix, b_ub=amounts / unit, bounds=(0.0, None))
    if found.status == 3:
        raise SimulationError("the extents of the reactions are not bounded, so they never end")
    if not found.success:
        raise SimulationError(f"the linear programme was not solved: {found.message}")
    return amounts + matrix @ found.x * unit


def _possible(network: Network, amounts: Table) -> np.ndarray:
    """Return which reactions can ever proceed: their reactants are present, or released by such reactions."""
    present = {name for name, amount in zip(network.species, amounts, strict=True) if amount > 0.0}
    possible = np.zeros(len(network.reactions), dtype=bool)
    while True:
        before = possible.sum()
        for place, reaction in enumerate(network.reactions):
            if not possible[place] and all(name in present for name, _ in reaction.reactants.terms):
                possible[place] = True
                present.update(name for name, _ in reaction.products.terms)
        if possible.sum() == before:
            return possible
