"""Siphons: against their definition, tried on every set of species."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from tests.cases import bounded_networks

from neuralcrn.chemistry import Network, minimal_siphons, parse_network


def is_siphon(network: Network, members: set[str]) -> bool:
    """Return whether every reaction that produces a member needs a member."""
    return all(
        members.intersection(reaction.reactants.coefficients)
        for reaction in network.reactions
        if members.intersection(reaction.products.coefficients)
    )


def siphons_by_definition(network: Network) -> set[frozenset[str]]:
    """Return the minimal siphons among all sets of species."""
    siphons = [
        frozenset(members)
        for size in range(1, len(network.species) + 1)
        for members in combinations(network.species, size)
        if is_siphon(network, set(members))
    ]
    return {siphon for siphon in siphons if not any(other < siphon for other in siphons)}


@given(bounded_networks())
def test_minimal_siphons_are_those_of_the_definition(network: Network) -> None:
    found = minimal_siphons(network)
    assert found is not None
    assert len(set(found)) == len(found)
    assert set(map(frozenset, found)) == siphons_by_definition(network)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 -> A\nA -> B", set()),  # what flows in never stays away
        ("A -> 0\nB -> 2B", {frozenset("A"), frozenset("B")}),
        ("A + B -> C", {frozenset("A"), frozenset("B")}),
        ("A -> B\nB -> C\nC -> A", {frozenset("ABC")}),
        # the two-site futile cycle of Angeli, De Leenheer and Sontag: three siphons, each a conserved total
        (
            "E + S <-> ES\nES -> E + P\nF + P <-> FP\nFP -> F + S",
            {frozenset({"E", "ES"}), frozenset({"F", "FP"}), frozenset({"S", "P", "ES", "FP"})},
        ),
    ],
)
def test_siphons_of_networks_of_the_literature(text: str, expected: set[frozenset[str]]) -> None:
    found = minimal_siphons(parse_network(text))
    assert found is not None
    assert set(map(frozenset, found)) == expected


def test_the_search_can_be_given_up() -> None:
    """Every choice of one from each of 30 pairs makes a siphon with A: 2^30 of them."""
    text = "\n".join(f"L{i} + R{i} <-> A" for i in range(30))
    assert minimal_siphons(parse_network(text), steps=1_000) is None
