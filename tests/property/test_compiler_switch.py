"""The derivative switch: the fraction of an adjoint that is converted, and the rectifier it belongs to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralcrn.algebra import Variable
from neuralcrn.chemistry import Network, parse_network
from neuralcrn.compiler import Rails
from neuralcrn.compiler.staged import switch_reactions
from neuralcrn.compiler.stages import Passage
from neuralcrn.engines.native.simulate import simulate

amounts = st.floats(0.05, 3.0)
adjoints = amounts | amounts.map(lambda a: -a) | st.just(0.0)


def switched(a: float, positive: float, negative: float, kept: float = 0.0) -> tuple[float, float]:
    """Return the part of an adjoint a that is converted, and what is left of it, after a long time."""
    passages = {Variable("d"): Passage(Variable("a"), Variable("u"), kept)}
    reactions = switch_reactions(passages, 100.0, Rails(frozenset()))
    start = {"a_p": max(0.0, a), "a_n": max(0.0, -a), "u_p": positive, "u_n": negative}
    end = simulate(Network.of(reactions, start), 20.0, [20.0], rtol=1e-10, atol=1e-13)
    signed = [float(end[f"{name}_p"][-1] - end[f"{name}_n"][-1]) for name in ("d", "a")]
    for rail, amount in (("u_p", positive), ("u_n", negative)):
        assert end[rail][-1] == pytest.approx(amount)  # a catalyst
    return signed[0], signed[1]


@settings(max_examples=30)
@given(adjoints, amounts, amounts, st.sampled_from([0.0, 0.1, 0.7, 1.0]))
def test_with_both_rails_the_converted_fraction_is_that_of_the_positive_rail(
    a: float, positive: float, negative: float, kept: float
) -> None:
    converted, left = switched(a, positive, negative, kept)
    assert converted == pytest.approx(a * (positive + kept * negative) / (positive + negative), abs=1e-8)
    assert left == pytest.approx(0.0, abs=1e-8)


@settings(max_examples=20)
@given(adjoints, amounts, st.sampled_from([0.0, 0.1]))
def test_with_one_rail_it_is_the_derivative_of_the_rectifier(a: float, size: float, kept: float) -> None:
    assert switched(a, size, 0.0, kept)[0] == pytest.approx(a, abs=1e-8)
    assert switched(a, 0.0, size, kept)[0] == pytest.approx(kept * a, abs=1e-8)


@settings(max_examples=20)
@given(st.floats(-1.5, 1.5), st.floats(1e-2, 1.0))
def test_it_is_the_derivative_of_the_smooth_rectifier(u: float, product: float) -> None:
    """If the rails of u are produced and annihilate all the time, their product is constant."""

    def rectified(value: float) -> float:
        return 0.5 * (value + np.sqrt(value**2 + 4.0 * product))

    positive, step = rectified(u), 1e-5
    slope = (rectified(u + step) - rectified(u - step)) / (2.0 * step)
    assert switched(1.0, positive, positive - u)[0] == pytest.approx(slope, abs=1e-7)


@pytest.mark.parametrize("u", [-1.0, -0.1, 0.0, 0.1, 1.0])
def test_rails_that_are_produced_all_the_time_have_a_constant_product(u: float) -> None:
    """Both follow their parts of u, and q more, with the rate h, and annihilate: the product is h q / k."""
    hold, q, k = 100.0, 0.5, 1e7
    drives = (hold * (max(0.0, u) + q), hold * (max(0.0, -u) + q))
    network = parse_network(
        f"0 -> u_p [k = {drives[0]}]\n0 -> u_n [k = {drives[1]}]\nu_p -> 0 [k = {hold}]\n"
        f"u_n -> 0 [k = {hold}]\nu_p + u_n -> 0 [k = {k}]"
    )
    end = simulate(network, 10.0, [10.0], rtol=1e-10, atol=1e-13)
    positive, negative = float(end["u_p"][-1]), float(end["u_n"][-1])
    assert positive - negative == pytest.approx(u, abs=1e-6)
    assert positive * negative == pytest.approx(hold * q / k, rel=1e-2)
