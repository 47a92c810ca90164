"""Which species of a phase have a closed form, and that they leave the core."""

from __future__ import annotations

import numpy as np
import pytest
from tests.cases import solve_reduced

from neuralcrn.chemistry import Network, parse_network
from neuralcrn.engines.native.integrate import Controls, Event, integrate
from neuralcrn.engines.native.packing import pack
from neuralcrn.engines.native.reduction import initial_state, reduce_network
from neuralcrn.engines.native.steps import FUNCTION_COUNT


def named(network: Network, species: object) -> str:
    return " ".join(sorted(network.species[s] for s in species))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "core", "quadratures", "decaying", "paired"),
    [
        ("C + X -> C + X + Y\n0 -> Z", "", "Y Z", "", ""),
        ("A -> B\nA -> 0", "", "B", "A", ""),
        ("A + C -> D + C\nA + E -> E\nF + 2C -> D + 2C", "", "D", "A F", ""),
        ("A -> A + Q\nA + C -> C", "", "Q", "A", ""),
        ("A + B -> 0", "", "", "", "A B"),
        ("A + B + C -> D + C\nA + B -> A + B + F", "", "D F", "", "A B"),
        ("P + N -> 0\nA -> D\nC -> C + Q\nX -> 2X\nX -> X + Q", "X", "D Q", "A", "N P"),
        # what a pair, or a catalyst that changes, depends on is integrated
        ("G -> P\nP + N -> 0\nH -> Q", "G N P", "Q", "H", ""),
        ("A + C -> D + C\n0 -> C", "A C", "D", "", ""),
        ("A + C -> D + C\nC -> E", "A C", "D E", "", ""),
        ("A -> B\nB -> D", "A B", "D", "", ""),
        ("A -> B\n0 -> A", "A", "B", "", ""),
        ("A + B -> 0\n0 -> A", "A B", "", "", ""),
        ("A + B -> 0\nB -> 0", "A B", "", "", ""),
        ("A + B -> 0\nB -> B + Q", "A B", "Q", "", ""),
        ("A + B -> 0\nB + D -> 0", "A B", "", "", ""),  # A and D keep their ratio
        ("A + B -> 0\nA + B -> A", "A B", "", "", ""),
        ("2A + B -> A", "A B", "", "", ""),
        ("2A -> 0", "A", "", "", ""),
        ("A -> 2A", "A", "", "", ""),
        ("A -> 0\nA + B -> A + B + Q\nB -> 0 [k = 2]", "A B", "Q", "", ""),
        ("A -> 0\nA + B -> A + B + Q\nB -> 0", "A", "Q", "", ""),  # A and B keep their ratio
        # without effect or rate
        ("A -> B\n0 -> A [k = 0]\nA + C -> A + C", "", "B", "A", ""),
    ],
)
def test_species_with_a_closed_form_leave_the_core(
    text: str, core: str, quadratures: str, decaying: str, paired: str
) -> None:
    network = parse_network(text)
    reduction = reduce_network(network)
    assert named(network, reduction.core) == core
    assert named(network, reduction.quadratures) == quadratures
    assert named(network, (s for species, _ in reduction.decays for s in species)) == decaying
    assert named(network, (s for species, _ in reduction.pairs for s in species)) == paired
    whole = reduce_network(network, separate=False)
    assert named(network, whole.core) == named(network, {*reduction.core, *reduction.separated})
    assert not whole.separated


def test_species_with_equal_rates_share_one_exponential() -> None:
    network = parse_network(
        "A + C -> D + C [k = 2]\nB + C -> C [k = 2]\nE + C -> C [k = 3]\nF + G -> G [k = 2]"
    )
    groups = {named(network, species) for species, _ in reduce_network(network).decays}
    assert groups == {"A B", "E", "F"}


@pytest.mark.parametrize(
    "text",
    [
        "A + C -> D + C [k = 3]\nA -> E [k = 2]\nA + F -> F\nC @initial 0.4\nF @initial 0",
        "A + B -> D [k = 30]\nB @initial 0.3",
        "A + B -> D [k = 30]\nB @initial 0",
        "A + B -> D [k = 1e8]\nB @initial 1",
        "A + B + C -> C [k = 9]\nB @initial 1\nC @initial 0",
        "A -> B [k = 2]\nP + N -> Q [k = 50]\nX -> 2X [k = 1]\n2X -> X + Q [k = 3]\nC + X -> C + X + B\n"
        "P @initial 2\nN @initial 1.5\nX @initial 0.1\nC @initial 0.3",
    ],
)
def test_exact_steps_agree_with_tight_integration(text: str) -> None:
    network = parse_network(f"{text}\nA @initial 1")
    exact, integrated = (
        solve_reduced(network, 1.7, separate=separate, rtol=1e-14, atol=1e-18) for separate in (True, False)
    )
    np.testing.assert_allclose(exact, integrated, rtol=1e-12, atol=1e-14)


def test_closed_forms_are_advanced_to_the_time_of_a_crossing() -> None:
    network = parse_network("X -> 2X\nA -> D [k = 3]\nC -> C + D\nX @initial 1\nA @initial 1\nC @initial 0.5")
    system, state = pack(reduce_network(network)), initial_state(network)
    outcome, end, _ = integrate(
        system.integers, system.floats, 0, np.zeros(FUNCTION_COUNT, dtype=np.int64), state, 5.0,
        Event(network.index["X"], 2.0), Controls(1e-10, np.full(len(state), 1e-14), 1_000),
        np.zeros(system.scratch_size), np.empty(0), np.empty((0, 0)), None,
    )  # fmt: skip
    assert outcome == 0
    assert end == pytest.approx(np.log(2.0), rel=1e-6)
    left = np.exp(-3.0 * end)
    expected = {"A": left, "D": 1.0 - left + 0.5 * end}
    assert {name: state[network.index[name]] for name in expected} == pytest.approx(expected, rel=1e-14)
