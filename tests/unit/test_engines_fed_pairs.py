"""Pairs with sources: which they are, and that one equation gives what integration of all species gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.cases import solve_reduced

from neuralcrn.chemistry import Network, parse_network
from neuralcrn.circuits import make_circuit
from neuralcrn.engines.native.integrate import NO_WATCH, Controls, integrate
from neuralcrn.engines.native.lowering import lower
from neuralcrn.engines.native.packing import pack
from neuralcrn.engines.native.reduction import Reduction, initial_state, reduce_blocks
from neuralcrn.engines.native.steps import FUNCTION_COUNT
from neuralcrn.engines.outcome import Outcome

UPDATE = """G -> P [k = {c}]
G -> 0 [k = {g}]
H -> N [k = 0.2]
H -> 0 [k = {h}]
P + N -> 0 [k = {k}]"""


def named(network: Network, species: Any) -> str:
    return " ".join(sorted(network.species[s] for s in species))


@pytest.mark.parametrize(
    ("text", "core", "fed", "decaying"),
    [
        ("G -> P\nG -> 0\nP + N -> 0", "", "N P", "G"),
        ("G -> P\nH -> N\nH -> Q\nP + N -> 0\nF -> Q", "", "N P", "F G H"),
        ("0 -> P\nG -> G + N\nG -> 0\nP + N -> 0", "", "N P", "G"),
        ("G + C -> P + C\nP + N + C -> C\nX -> 2X", "X", "N P", "G"),
        ("G -> P\nP + N -> 0\nH -> R\nR + S -> 0", "", "N P R S", "G H"),
        # a pair without a source has a formula
        ("G -> Q\nP + N -> 0", "", "", "G"),
        # the source is changed by others, read by others, or not proportional to its amount
        ("G -> P\n0 -> G\nP + N -> 0", "G N P", "", ""),
        ("G -> P\nX + G -> X + G + X\nP + N -> 0", "G N P X", "", ""),
        ("2G -> P\nP + N -> 0", "G N P", "", ""),
        # it feeds what is read elsewhere
        ("G -> P + X\nX -> 2X\nP + N -> 0", "G N P X", "", ""),
        # the pair is read or consumed by others, makes something, or is not consumed alike
        ("G -> P\nP + N -> 0\nP -> P + Q", "G N P", "", ""),
        ("G -> P\nP + N -> 0\nP -> 0", "G N P", "", ""),
        ("G -> P\nP + N -> Q", "G N P", "", ""),
        ("G -> P\nP + N -> P", "G N P", "", ""),
        ("G -> P\n2P -> 0", "G P", "", ""),
    ],
)
def test_pairs_with_sources_leave_the_core(text: str, core: str, fed: str, decaying: str) -> None:
    network = parse_network(text)
    first, *others = reduce_blocks(network, together=1)
    assert not any(block.fed or block.decays for block in others)
    assert named(network, {s for block in (first, *others) for s in block.core}) == core
    assert named(network, (s for pair, _, _ in first.fed for s in pair)) == fed
    assert named(network, (s for species, _ in first.decays for s in species)) == decaying


def random_update(seed: int) -> Network:
    """Return a pair with rates over decades, sometimes without a residue, or with a constant source."""
    rng = np.random.default_rng(seed)
    c, g, h, k = 10.0 ** rng.uniform([-3, -2, -2, -1], [0, 1, 1, 4])
    more = "\n0 -> P [k = 0.05]\nG -> N [k = 0.1]" if seed % 3 == 0 else ""
    start = dict(zip("GHPN", rng.uniform(0.0, [2.0, 2.0, 1.0, 1.0]), strict=True))
    start |= {"N": 0.0} if seed % 4 else {}
    start |= {"P": 0.0} if seed % 5 == 0 else {}
    return parse_network(UPDATE.format(c=c, g=g, h=h, k=k) + more).with_initial(start)


def block_of(network: Network) -> Reduction:
    (block,) = reduce_blocks(network)
    assert not block.core
    assert len(block.fed) == 1
    return block


@pytest.mark.parametrize("seed", range(20))
def test_pairs_with_sources_meet_every_tolerance(seed: int) -> None:
    """The difference is exact, so both species meet the tolerance of the lesser one."""
    network = random_update(seed)
    block = block_of(network)
    exact = solve_reduced(network, 10.0, separate=False, rtol=1e-13, atol=1e-16)
    pair = list(block.fed[0][0])
    for rtol in (1e-3, 1e-6, 1e-9):
        end = solve_reduced(network, 10.0, separate=True, reduction=block, rtol=rtol, atol=1e-2 * rtol)
        allowed = 1e-2 * rtol + rtol * exact[pair].min()
        assert np.abs(end - exact)[pair].max() < 2.0 * allowed + 1e-13
        assert end[pair[0]] - end[pair[1]] == pytest.approx(exact[pair[0]] - exact[pair[1]], abs=1e-12)
        assert end.min() >= 0.0


def test_a_difference_that_changes_its_sign_is_followed() -> None:
    network = parse_network("G -> P [k = 0.5]\nP + N -> 0 [k = 300]\nN @initial 0.4\nG @initial 1")
    exact = solve_reduced(network, 4.0, separate=False, rtol=1e-13, atol=1e-16)
    end = solve_reduced(network, 4.0, separate=True, reduction=block_of(network), rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(end, exact, rtol=1e-6, atol=2e-8)
    assert end[network.index["P"]] == pytest.approx(0.6 - np.exp(-2.0), abs=1e-3)


def test_too_many_steps_of_a_pair_are_a_failure() -> None:
    network = random_update(1)
    system, state = pack(block_of(network)), initial_state(network)
    outcome, _, _ = integrate(
        system.integers, system.floats, 0, np.zeros(FUNCTION_COUNT, dtype=np.int64), state, 10.0, NO_WATCH,
        Controls(1e-6, np.full(len(state), 1e-8), 2), np.zeros(system.scratch_size), np.empty(0),
        np.empty((0, 0)), None,
    )  # fmt: skip
    assert outcome == Outcome.STEP_TOO_SMALL


@pytest.mark.parametrize("options", [{}, {"batch": 4}, {"momentum": 0.9}])
def test_nothing_of_an_update_is_integrated_together(options: dict[str, Any]) -> None:
    circuit = make_circuit("quadratic", 2, hidden=2, **options)
    lowered = lower(circuit.compile())
    names = [phase.name for phase in lowered.program.phases]
    (update,) = (i for i, name in enumerate(names) if name == "update")
    (block,) = lowered.reductions[lowered.blocks[update] : lowered.blocks[update + 1]]
    assert not block.core
    assert block.fed
