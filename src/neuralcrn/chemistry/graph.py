"""Graph of species and reactions."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from neuralcrn.chemistry.network import Network


class SpeciesRole(StrEnum):
    """Role of a species in a reaction."""

    REACTANT = "reactant"
    PRODUCT = "product"
    CATALYST = "catalyst"


class Edge(NamedTuple):
    """Edge between a species and a reaction.

    Attributes
    ----------
    reaction : int
        Index in `Network.reactions`.
    species : int
        Index in `Network.species`.
    role : SpeciesRole
        A catalyst is a reactant with the same coefficient on both sides.
    molecules : int
        Stoichiometric coefficient.
    """

    reaction: int
    species: int
    role: SpeciesRole
    molecules: int


def graph_edges(network: Network) -> Iterator[Edge]:
    """Yield the edges between species and reactions, ordered by reaction.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> for edge in graph_edges(parse_network("E + 2S -> E + P")):
    ...     print(edge.species, edge.role, edge.molecules)
    0 catalyst 1
    1 reactant 2
    2 product 1
    """
    index = network.index
    for number, reaction in enumerate(network.reactions):
        catalysts = reaction.catalysts
        for name, count in reaction.reactants.terms:
            role = SpeciesRole.CATALYST if name in catalysts else SpeciesRole.REACTANT
            yield Edge(number, index[name], role, count)
        for name, count in reaction.products.terms:
            if name not in catalysts:
                yield Edge(number, index[name], SpeciesRole.PRODUCT, count)
