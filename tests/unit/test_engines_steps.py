"""Single steps of both methods: their order in practice, quadratures, interpolants, machine code."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.cases import FixedSteps

from neuralcrn.chemistry import Network, parse_network
from neuralcrn.engines.native.specialise import MachineCode
from neuralcrn.engines.native.steps import EXPLICIT, ROSENBROCK

METHODS = pytest.mark.parametrize("method", [EXPLICIT, ROSENBROCK])
# A + B -> C with A0 = 2, B0 = 1: A - B = 1 is conserved, and B' = -(1 + B) B is solved by separation.
SECOND_ORDER = parse_network("A + B -> C [k = 1]\nA @initial 2\nB @initial 1")
# A' = -A^2 and S' = A: S = ln(1 + t), for which the engine has no formula.
LOGARITHM = parse_network("2A -> A [k = 1]\nA -> A + S [k = 1]\nA @initial 1")
LOTKA = parse_network(
    "X -> 2X [k = 1]\nX + Y -> 2Y [k = 1]\nY -> 0 [k = 0.7]\nX -> X + S [k = 0.4]\n2Y -> 2Y + S [k = 0.2]\n"
    "X @initial 1.3\nY @initial 0.6"
)


def second_order(t: float) -> NDArray[np.float64]:
    b = 1.0 / (2.0 * np.exp(t) - 1.0)
    return np.array([1.0 + b, b, 1.0 - b])


def orders(errors: list[float]) -> NDArray[np.float64]:
    return np.log2(np.array(errors[:-1]) / np.array(errors[1:]))


@METHODS
def test_error_falls_by_thirty_two_when_the_step_is_halved(method: int) -> None:
    stepper = FixedSteps(SECOND_ORDER, method)
    errors = [float(np.abs(stepper.run(2.0, n) - second_order(2.0)).max()) for n in (32, 64)]
    assert 4.7 < orders(errors)[-1] < 5.9, orders(errors)


@METHODS
def test_error_of_quadratures_falls_by_thirty_two_too(method: int) -> None:
    stepper = FixedSteps(LOGARITHM, method, separate=True)
    errors = [abs(float(stepper.run(2.0, n)[1] - np.log(3.0))) for n in (32, 64)]
    assert stepper.reduction.quadratures == (1,)
    assert 4.7 < orders(errors)[-1] < 5.9, orders(errors)


@METHODS
def test_error_within_a_step_is_of_fifth_order_in_the_step(method: int) -> None:
    stepper = FixedSteps(SECOND_ORDER, method)
    core, errors = list(stepper.reduction.core), []
    for h in (0.05, 0.025):
        stepper.run(h, 1)
        fractions = (0.25, 0.5, 0.8)
        inner = [stepper.within_last_step(h, f) - second_order(f * h)[core] for f in fractions]
        errors.append(float(np.abs(inner).max()))
    assert 4.7 < orders(errors)[-1] < 5.9, orders(errors)


@METHODS
def test_quadratures_advance_as_if_they_were_part_of_the_core(method: int) -> None:
    together, apart = (FixedSteps(LOTKA, method, separate=separate) for separate in (False, True))
    assert len(apart.reduction.core) + 1 == len(together.reduction.core)
    np.testing.assert_allclose(apart.run(5.0, 40), together.run(5.0, 40), rtol=1e-13, atol=0)


@METHODS
@pytest.mark.parametrize("network", [SECOND_ORDER, LOTKA, parse_network("3A -> B [k = 2]\nA @initial 1")])
def test_machine_code_gives_the_same_bits_as_the_loops(method: int, network: Network) -> None:
    loops = FixedSteps(network, method, separate=True)
    code = MachineCode([loops.reduction])
    assert np.all(code.addresses != 0)
    written = FixedSteps(network, method, separate=True, functions=code.addresses[0])
    assert np.array_equal(written.run(3.0, 25), loops.run(3.0, 25))


def test_stiff_method_damps_what_the_step_does_not_resolve() -> None:
    decay = FixedSteps(parse_network("A -> B [k = 1e9]\nA @initial 1"), ROSENBROCK)
    assert abs(decay.run(1.0, 2)[0]) < 1e-12


def test_explicit_method_is_unstable_there() -> None:
    decay = FixedSteps(parse_network("A -> B [k = 1e9]\nA @initial 1"), EXPLICIT)
    assert abs(decay.run(1.0, 2)[0]) > 1e12
