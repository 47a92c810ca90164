"""What the compiler makes needs no second check, and making it takes work in proportion to the inputs."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from tests.cases import POT_RULES

from neuralcrn.chemistry import Network, Reaction
from neuralcrn.circuits import FAMILIES, make_circuit
from neuralcrn.errors import InvalidValueError, NetworkError


@pytest.mark.parametrize(
    ("name", "level"),
    [
        *((name, "staged") for name in sorted(FAMILIES)),
        *((name, level) for name, rule, level in POT_RULES if rule == FAMILIES[name].defaults.rule),
    ],
)
def test_what_the_compiler_makes_passes_the_checks_of_what_users_write(name: str, level: str) -> None:
    for phase in make_circuit(name, inputs=3).compile(level).phases:
        for made in phase.network.reactions:
            written = Reaction.of(
                made.reactants.coefficients, made.products.coefficients, rate=made.rate, label=made.label
            )
            assert written == made


@pytest.mark.parametrize("name", ["2x", "a b", "", "x" * 201])
def test_no_network_takes_a_name_up_that_was_not_checked_before(name: str) -> None:
    with pytest.raises(InvalidValueError, match="species name"):
        Network.of([Reaction.trusted({"A": 1}, {name: 1})])


def test_order_rate_and_emptiness_are_checked_of_trusted_reactions_too() -> None:
    with pytest.raises(InvalidValueError, match="order 11"):
        Reaction.trusted({"A": 11}, {})
    with pytest.raises(InvalidValueError, match="rate constant"):
        Reaction.trusted({"A": 1}, {}, rate=float("inf"))
    with pytest.raises(NetworkError, match="no species"):
        Reaction.trusted({}, {})


def calls(inputs: int, level: str) -> int:
    """Return how many calls it takes to build and compile the element-wise circuit."""
    count = 0

    def counted(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        make_circuit("quadratic", inputs, rule="first-order").compile(level)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("level", ["staged", "autonomous"])
def test_work_of_the_compiler_is_linear_in_the_inputs(level: str) -> None:
    calls(1, level)  # whatever is loaded and cached on first use
    inputs = np.array([50, 100, 200, 400])
    work = np.array([calls(n, level) for n in inputs.tolist()])
    assert np.polyfit(np.log(inputs), np.log(work), 1)[0] == pytest.approx(1.0, abs=0.03)
    assert work[3] - work[2] == pytest.approx(2 * (work[2] - work[1]), rel=0.03)
