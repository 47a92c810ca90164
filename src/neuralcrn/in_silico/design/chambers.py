"""Chambers that are separated by membranes, as one network with parameters."""

from __future__ import annotations

from collections.abc import Sequence

from neuralcrn.algebra import Expression
from neuralcrn.chemistry import Complex, Network, ParametricNetwork, Reaction, Species

MEMBRANE = "D_"
"""First letters of the name of a permeability."""
MEMBRANE_LABEL = "membrane"
"""Label of a transfer through a membrane."""


def in_chamber(species: str, chamber: int, chambers: int) -> str:
    """Return the name of a species in a chamber, counted from 1.

    Examples
    --------
    >>> in_chamber("A", 2, 3), in_chamber("A", 1, 1)
    ('A_2', 'A')
    """
    return f"{species}_{chamber}" if chambers > 1 else species


def candidate_network(
    species: Sequence[str], reactions: Sequence[Reaction], chambers: int = 1
) -> ParametricNetwork:
    """Return candidate reactions in chambers in a row, with one rate constant each.

    Each chamber has its own rate constants k1, k2, ... A species A passes the membrane between neighbours in
    both directions with the permeability D_A, and has the name A_1 in the first chamber.

    Parameters
    ----------
    species : sequence of str
        Species of a chamber.
    reactions : sequence of Reaction
        Candidates in each chamber.
    chambers : int
        Number of chambers.

    Examples
    --------
    >>> from neuralcrn.in_silico.design import conserving
    >>> two = candidate_network("AB", conserving("AB"), chambers=2)
    >>> two.parameters[-3:], len(two.network.reactions)
    (('k12', 'D_A', 'D_B'), 16)
    >>> print(two.network.reactions[-4])
    A_1 -> A_2 [k = 1]  # membrane
    """
    within = [
        _moved(reaction, chamber, chambers) for chamber in range(1, chambers + 1) for reaction in reactions
    ]
    names = [f"k{place}" for place in range(1, len(within) + 1)]
    rates = [Expression.name(name) for name in names]
    for one in species if chambers > 1 else ():
        names.append(f"{MEMBRANE}{one}")
        for chamber in range(1, chambers):
            here, there = (Species(in_chamber(one, place, chambers)) for place in (chamber, chamber + 1))
            within += [(here >> there).labelled(MEMBRANE_LABEL), (there >> here).labelled(MEMBRANE_LABEL)]
            rates += [Expression.name(names[-1])] * 2
    every = [in_chamber(one, chamber, chambers) for chamber in range(1, chambers + 1) for one in species]
    network = Network.of(within, species=every)
    nothing = (Expression.number(0.0),) * len(network.species)
    return ParametricNetwork(network, tuple(names), (1.0,) * len(names), tuple(rates), nothing)


def _moved(reaction: Reaction, chamber: int, chambers: int) -> Reaction:
    """Return a reaction in a chamber."""

    def moved(side: Complex) -> Complex:
        return Complex(tuple((in_chamber(name, chamber, chambers), count) for name, count in side.terms))

    return Reaction(moved(reaction.reactants), moved(reaction.products))
