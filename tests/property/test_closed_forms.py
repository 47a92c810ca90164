"""Exact steps: the textbook formulas in a hundred digits, conservation, tight integration, machine code."""

from __future__ import annotations

from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.cases import solve_reduced

from neuralcrn.chemistry import Network, Reaction, conservation_laws
from neuralcrn.engines.native.reduction import reduce_network
from neuralcrn.engines.native.specialise import MachineCode

MANY = settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])


def positive(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers whose logarithm is drawn, so that all magnitudes are equally likely."""
    return st.floats(float(np.log(low)), float(np.log(high))).map(lambda x: float(np.exp(x)))


AMOUNTS = st.just(0.0) | positive(1e-9, 1e3)
RATES = st.just(0.0) | positive(1e-6, 1e12)
TIMES = positive(1e-6, 1e3)


@st.composite
def pairs_of_amounts(draw: st.DrawFn) -> tuple[float, float]:
    """Two amounts that are often equal, or nearly."""
    a = draw(AMOUNTS)
    near = st.sampled_from([0.0, 1e-15, -1e-15, 1e-12, -1e-9, 1e-6]).map(lambda part: a * (1.0 + part))
    return a, draw(near | AMOUNTS)


def ends(network: Network, t: float) -> list[float]:
    """Return the amounts after one exact step."""
    assert not reduce_network(network).core
    return solve_reduced(network, t, separate=True).tolist()


@MANY
@example((1.0, 0.5), 1e12, 1e3)
@given(pairs_of_amounts(), RATES, TIMES)
def test_pairs_follow_the_formula_of_second_order(amounts: tuple[float, float], k: float, t: float) -> None:
    """``b d e / (a - b e)`` with d = a - b > 0 and e = exp(-k d t), in a hundred digits."""
    network = Network.of(
        [Reaction.of({"A": 1, "B": 1}, {"D": 1}, rate=k)], dict(zip("AB", amounts, strict=True)), tuple("ABD")
    )
    with localcontext(prec=100):
        b, a, kt = *sorted(map(Decimal, amounts)), Decimal(k) * Decimal(t)
        d, e = a - b, (-kt * (a - b)).exp()
        left = b * d * e / (a - b * e) if d else b / (1 + kt * b)
        expected = [float(left + x) for x in ((d, 0) if amounts[0] >= amounts[1] else (0, d))]
        expected.append(float(b - left))
    assert ends(network, t) == pytest.approx(expected, rel=1e-12, abs=1e-60)


@MANY
@example([(1.0, 1e-18), (2.0, 3.0)], 1.0, 1.0)
@given(st.lists(st.tuples(RATES, AMOUNTS), min_size=1, max_size=4), AMOUNTS, TIMES)
def test_channels_share_an_exponential_in_constant_fractions(
    channels: list[tuple[float, float]], amount: float, t: float
) -> None:
    """Channel i, ``A + C_i -> D_i + C_i``, takes the fraction k_i C_i / sum of A (1 - exp(-sum t))."""
    catalysts, targets = ([f"{letter}{i}" for i in range(len(channels))] for letter in "CD")
    reactions = [
        Reaction.of({"A": 1, catalyst: 1}, {target: 1, catalyst: 1}, rate=k)
        for catalyst, target, (k, _) in zip(catalysts, targets, channels, strict=True)
    ]
    start = {"A": amount, **dict(zip(catalysts, (c for _, c in channels), strict=True))}
    with localcontext(prec=100):
        rates = [Decimal(k) * Decimal(c) for k, c in channels]
        left = (-sum(rates) * Decimal(t)).exp()
        made = (1 - left) * Decimal(amount) / (sum(rates) or 1)
        expected = [float(Decimal(amount) * left), *(float(rate * made) for rate in rates)]
    end = ends(Network.of(reactions, start, ("A", *targets, *catalysts)), t)
    assert end[: len(expected)] == pytest.approx(expected, rel=1e-12, abs=1e-60)


@st.composite
def phases(draw: st.DrawFn, with_core: bool = False) -> Network:
    """Networks with quadratures, decays, conversions and pairs, and with a core that none of them affects.

    C1 and C2 are catalysts, A1 to A3 decay, P and N, R and S are pairs, Q1 and Q2 receive from all.
    """
    catalysts = st.sampled_from([{}, {"C1": 1}, {"C2": 1}, {"C1": 2}, {"C1": 1, "C2": 1}])
    receivers = st.sampled_from([{}, {"Q1": 1}, {"Q2": 1}, {"Q1": 1, "Q2": 2}])
    rates, reactions = st.just(0.0) | positive(1e-3, 1e3), []
    sources = [{}, {"A1": 1}, {"A2": 1}, {"A3": 1}, {"P": 1, "N": 1}, {"R": 1, "S": 1}]
    for _ in range(draw(st.integers(1, 12))):
        catalyst, consumed, made = draw(catalysts), draw(st.sampled_from(sources)), draw(receivers)
        kept = draw(st.sampled_from([{}, {}, consumed]))
        if catalyst or consumed or made:
            left, right = {**catalyst, **consumed}, {**catalyst, **kept, **made}
            reactions.append(Reaction.of(left, right, rate=draw(rates)))
    if with_core:
        reactions += [
            Reaction.of({"X": 1}, {"X": 2, "Q1": 1}, rate=1.3),
            Reaction.of({"X": 2, "C1": 1}, {"X": 1, "C1": 1}, rate=0.7),
        ]
    amounts = st.just(0.0) | st.floats(1e-3, 3.0) | st.just(1.0)
    names = ("A1", "A2", "A3", "P", "N", "R", "S", "C1", "C2", "Q1", "Q2", "X")
    return Network.of(reactions, {name: draw(amounts) for name in names}, names)


def scale(network: Network, end: NDArray[np.float64]) -> float:
    return float(max(1.0, np.abs(end).max(), *network.initial))


@MANY
@given(phases(), TIMES)
def test_conservation_laws_hold_to_rounding(network: Network, t: float) -> None:
    end, start = np.array(ends(network, t)), np.array(network.initial)
    assert end.min() >= 0.0
    for law in map(np.array, conservation_laws(network)):
        assert abs(law @ (end - start)) <= 1e-14 * np.abs(law).sum() * scale(network, end)


@MANY
@given(phases(), positive(1e-3, 10.0), positive(1e-3, 10.0))
def test_two_steps_are_one_step_of_their_sum(network: Network, first: float, second: float) -> None:
    names = network.species
    between = network.with_initial(dict(zip(names, ends(network, first), strict=True)))
    np.testing.assert_allclose(
        ends(between, second),
        ends(network, first + second),
        rtol=1e-11,
        atol=1e-14 * scale(network, np.ones(1)),
    )


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(phases() | phases(with_core=True), positive(1e-2, 5.0))
def test_tight_integration_of_all_species_gives_the_same(network: Network, t: float) -> None:
    exact, whole = (
        solve_reduced(network, t, separate=separate, rtol=1e-13, atol=1e-16) for separate in (True, False)
    )
    np.testing.assert_allclose(exact, whole, rtol=1e-11, atol=1e-12 * scale(network, whole))


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(phases() | phases(with_core=True), positive(1e-2, 5.0))
def test_machine_code_gives_the_same_bits(network: Network, t: float) -> None:
    code = MachineCode([reduce_network(network)])
    assert code.addresses.all()
    loops, written = (
        solve_reduced(network, t, separate=True, functions=functions)
        for functions in (None, code.addresses[0])
    )
    assert np.array_equal(loops, written)
