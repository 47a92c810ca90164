"""The structure of a network: what is left open where it would take long."""

from __future__ import annotations

from hypothesis import given
from tests.cases import bounded_networks

from neuralcrn.chemistry import (
    Network,
    Reaction,
    deficiency,
    minimal_siphons,
    network_structure,
    parse_network,
    rank,
)


@given(bounded_networks())
def test_a_small_network_has_every_answer(network: Network) -> None:
    structure = network_structure(network)
    assert structure.left_open == ()
    assert structure.deficiency == deficiency(network)
    assert structure.rank == rank(network)
    assert structure.siphons == minimal_siphons(network)


def test_what_is_left_open_is_said() -> None:
    chain = Network.of([Reaction.of({f"S{i}": 1}, {f"S{i + 1}": 1}) for i in range(2_500)])
    structure = network_structure(chain)
    assert (structure.complexes, structure.weakly_reversible) == (2_501, False)
    assert (structure.rank, structure.deficiency, structure.siphons) == (None, None, None)
    assert [question.partition(",")[0] for question in structure.left_open] == [
        "conservation laws", "siphons",
    ]  # fmt: skip
    assert all(f"left open: {question}" in str(structure) for question in structure.left_open)


def test_too_many_siphons_are_left_open() -> None:
    pairs = parse_network("\n".join(f"L{i} + R{i} <-> A" for i in range(30)))
    structure = network_structure(pairs)
    assert structure.siphons is None
    assert "siphons" in structure.left_open[0]
    assert structure.deficiency == 0
