"""Networks with parameters: values and derivatives by their formulas."""

from __future__ import annotations

import numpy as np
import pytest

from neuralcrn.algebra import parse_expression
from neuralcrn.chemistry import ParametricNetwork, parse_network, parse_parametric
from neuralcrn.errors import InvalidValueError, NetworkError, UnknownNameError

TEXT = """parameter k1 = 2
parameter a0 = 3
2A -> B [k = k1]
B <-> C [kf = 0.5, kr = k1]
A @initial a0
"""


def test_a_parameter_line_is_a_parameter_of_every_constant_that_names_it() -> None:
    network = parse_parametric(TEXT)
    assert network.parameters == ("k1", "a0")
    assert network.network == network.at({}) == parse_network(TEXT)
    changed = network.at([7.0, 1.0])
    assert [reaction.rate for reaction in changed.reactions] == [7.0, 0.5, 7.0]
    assert changed.initial == (1.0, 0.0, 0.0)
    assert [numbers.tolist() for numbers in network.constants([7.0, 1.0])] == [
        [7.0, 0.5, 7.0],
        [1.0, 0.0, 0.0],
    ]
    rates, initial = network.derivatives([7.0, 1.0], ["a0", "k1"])
    assert rates.tolist() == [[0, 1], [0, 0], [0, 1]]
    assert initial.tolist() == [[1, 0], [0, 0], [0, 0]]


def test_the_other_convention_divides_by_factorials() -> None:
    halved = parse_parametric(TEXT, rate_law="halved")
    assert halved.network == halved.at({}) == parse_network(TEXT, rate_law="halved")
    assert halved.derivatives({})[0][:, 0].tolist() == [0.5, 0.0, 1.0]


def test_derivatives_are_those_of_the_formulas() -> None:
    base = parse_network("A -> B [k = 1]\nB -> A [k = 1]\nA @initial 1")
    formulas = parse_expression("k*exp(-e/2)"), parse_expression("k^2/e")
    start = parse_expression("k + e"), parse_expression("0")
    network = ParametricNetwork(base, ("k", "e"), (1.0, 1.0), formulas, start)
    point, step = np.array([1.5, 0.7]), 1e-6
    rates, initial = network.derivatives(point)
    for column in range(2):
        shift = step * np.eye(2)[column]
        high, low = network.at(point + shift), network.at(point - shift)
        difference = [
            (up.rate - down.rate) / (2 * step) for up, down in zip(high.reactions, low.reactions, strict=True)
        ]
        np.testing.assert_allclose(rates[:, column], difference, rtol=1e-7)
        np.testing.assert_allclose(
            initial[:, column], (np.array(high.initial) - np.array(low.initial)) / (2 * step), rtol=1e-7
        )


def test_inconsistent_parts_are_refused() -> None:
    network = parse_parametric(TEXT)
    with pytest.raises(UnknownNameError, match="unknown parameter 'k2'"):
        network.at({"k2": 1.0})
    with pytest.raises(InvalidValueError, match="k1, a0"):
        network.at([1.0])
    with pytest.raises(InvalidValueError, match="rate constant"):
        network.at({"k1": -1.0})
    with pytest.raises(InvalidValueError, match="initial value of A is inf"):
        network.constants({"a0": np.inf})
    with pytest.raises(NetworkError, match="A is a parameter and a species"):
        parse_parametric("parameter A = 1\nA -> B [k = A]")
    with pytest.raises(NetworkError, match="k9 in k9 is not a parameter"):
        ParametricNetwork(
            network.network,
            ("k1",),
            (1.0,),
            (parse_expression("k9"),) * 3,
            network.initial[1:] + network.initial[:1],
        )
