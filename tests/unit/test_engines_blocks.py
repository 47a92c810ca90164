"""Proportional species, and independent systems of one phase."""

from __future__ import annotations

import numpy as np
import pytest
from tests.cases import solve_reduced

from neuralcrn.chemistry import Network, parse_network
from neuralcrn.circuits import make_circuit
from neuralcrn.engines.native.lowering import lower
from neuralcrn.engines.native.reduction import reduce_blocks, reduce_network
from neuralcrn.engines.native.specialise import MachineCode

PROPORTIONAL = {
    "two rails that decay alike": (
        "0 -> Z\n2Z -> Z\nP + Z -> Z\nN + Z -> Z\nP -> P + Q\nP + N -> P + N + R\n"
        "P @initial 2\nN @initial 0.5",
        ("P", "N"),
    ),
    "channels in another order": (
        "A -> B [k = 2]\nA -> 0\nC -> 0\nC -> B [k = 2]\nB -> 0\nA @initial 1",
        ("A", "C"),
    ),
    "growth that depends on the group": (
        "A -> 2A\nB -> 2B\n2A -> A [k = 0.5]\nA + B -> A [k = 0.5]\nA @initial 1\nB @initial 0.2",
        ("A", "B"),
    ),
    "one of them absent": (
        "A + X -> X\nB + X -> X\nX -> 0\nA -> A + Y\nA @initial 3\nX @initial 1",
        ("A", "B"),
    ),
}


def named(network: Network, groups: object) -> list[tuple[str, ...]]:
    return [tuple(network.species[s] for s in group) for group in groups]  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", PROPORTIONAL)
def test_species_that_keep_their_ratio_share_one_variable(name: str) -> None:
    text, group = PROPORTIONAL[name]
    network = parse_network(text)
    reduction = reduce_network(network)
    assert sorted(*named(network, reduction.proportional)) == sorted(group)
    apart, together = (solve_reduced(network, 1.5, separate=s) for s in (True, False))
    np.testing.assert_allclose(apart, together, rtol=1e-8, atol=1e-10)
    first, last = (apart[network.index[s]] / network.initial[network.index[s]] for s in group[:1] * 2)
    assert first == last


@pytest.mark.parametrize(
    "text",
    [
        "A -> B\nC -> B [k = 2]\nB -> 0",  # other rates
        "A -> B\nC -> B\nB -> A",  # a source
        "2A -> A\nC -> 0\nA -> A + C",  # another reader
        "A + X -> X\nB + Y -> Y\nX -> 0\n2Y -> Y [k = 2]",  # other catalysts
    ],
)
def test_others_do_not(text: str) -> None:
    assert not reduce_network(parse_network(text)).proportional


def test_every_species_of_a_group_meets_its_own_tolerance() -> None:
    text = "A + X -> X\nB + X -> X\nX -> 0 [k = 3]\nA -> A + Y\nA @initial 1e6\nB @initial 1e-3\nX @initial 2"
    network = parse_network(text)
    state = solve_reduced(network, 1.0, separate=True, rtol=1e-4, atol=1e-4)
    kept = np.exp(-2.0 * (1.0 - np.exp(-3.0)) / 3.0)
    for name, first in (("A", 1e6), ("B", 1e-3)):
        assert state[network.index[name]] == pytest.approx(first * kept, rel=3e-4, abs=3e-4)


TWO = """
a + x -> b [k = 3]
b -> a
a -> a + y
c -> 2c
2c -> c [k = 0.3]
c -> c + y
p + n -> y
d -> 0
d -> d + w
a @initial 1
x @initial 2
c @initial 0.1
p @initial 1
n @initial 0.3
d @initial 1
"""


def test_independent_blocks_are_solved_one_by_one() -> None:
    network = parse_network(TWO)
    blocks = reduce_blocks(network, together=1)
    assert [len(block.core) for block in reduce_blocks(network)] == [4]
    assert [len(block.core) for block in blocks] == [3, 1]
    assert [(len(b.decays), len(b.pairs)) for b in blocks] == [(1, 1), (0, 0)]
    whole = solve_reduced(network, 2.0, separate=False)
    np.testing.assert_allclose(solve_reduced(network, 2.0, separate=True), whole, rtol=1e-8)
    np.testing.assert_allclose(solve_blocks(network, 2.0), whole, rtol=1e-8)


def solve_blocks(network: Network, duration: float) -> np.ndarray:
    """Return the end state if every block is solved by itself."""
    start = np.array(network.initial)
    return start + sum(
        (
            solve_reduced(network, duration, separate=True, reduction=block) - start
            for block in reduce_blocks(network, together=1)
        ),
        np.zeros(len(start)),
    )


def test_blocks_of_the_quadratic_circuit_share_their_machine_code() -> None:
    lowered = lower(make_circuit("quadratic", 6, hidden=6, decay=1e-3).compile())
    phases = [phase.name for phase in lowered.program.phases]
    update = phases.index("update")
    systems = range(lowered.blocks[update], lowered.blocks[update + 1])
    sizes = [len(lowered.reductions[i].core) for i in systems]
    assert sizes == [7, 7]  # six rails each, and the fraction of their gradients
    code = MachineCode([lowered.reductions[i] for i in systems])
    assert code.addresses.all()
    different = [len(set(column)) for column in code.addresses.T.tolist()]
    assert different == [2, 1, 1, 1, 1]  # folding, and all others
