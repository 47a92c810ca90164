"""Our trajectories against SciPy's stiff solvers and against libRoadRunner."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, seed, settings
from tests.cases import bounded_networks, jacobian_of, rates_of_change

from neuralcrn.chemistry import Network, parse_network
from neuralcrn.engines import Outcome, simulate
from neuralcrn.formats import write_sbml

END, GRID = 4.0, np.linspace(0.0, 4.0, 9)
SOME = settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow], database=None)


@pytest.mark.parametrize("method", ["Radau", "LSODA"])
def test_random_networks_agree_with_scipy(method: str) -> None:
    from scipy.integrate import solve_ivp

    @seed(20240900)
    @SOME
    @given(bounded_networks())
    def agree(network: Network) -> None:
        other = solve_ivp(
            lambda _, y: rates_of_change(network, y),
            (0.0, END),
            np.array(network.initial),
            method=method,
            t_eval=GRID,
            rtol=1e-10,
            atol=1e-13,
            jac=lambda _, y: jacobian_of(network, y),
        )
        assert other.success
        ours = simulate(network, END, GRID, rtol=1e-10, atol=1e-13)
        assert ours.outcome == Outcome.SUCCESS
        scale = max(1.0, float(np.abs(other.y).max()))
        np.testing.assert_allclose(ours.values, other.y.T, rtol=0, atol=1e-8 * scale)

    agree()


def test_random_networks_agree_with_roadrunner() -> None:
    roadrunner = pytest.importorskip("roadrunner")

    @seed(34)
    @SOME
    @given(bounded_networks(0.01, 1e3))
    def agree(network: Network) -> None:
        runner = roadrunner.RoadRunner(write_sbml(network))
        runner.integrator.relative_tolerance = 1e-10
        runner.integrator.absolute_tolerance = 1e-13
        runner.timeCourseSelections = ["time", *(f"[{name}]" for name in network.species)]
        theirs = np.array(runner.simulate(0.0, END, len(GRID)))
        ours = simulate(network, END, GRID, rtol=1e-9, atol=1e-13)
        np.testing.assert_allclose(theirs[:, 0], GRID, rtol=1e-12, atol=0)
        scale = max(1.0, float(np.abs(theirs[:, 1:]).max()))
        np.testing.assert_allclose(ours.values, theirs[:, 1:], rtol=0, atol=1e-6 * scale)

    agree()


@pytest.mark.parametrize("rtol", [1e-4, 1e-6, 1e-8])
def test_oscillations_stay_in_phase_with_scipy(rtol: float) -> None:
    """The Brusselator over several limit cycles: X + X + Y -> 3X is of third order."""
    from scipy.integrate import solve_ivp

    network = parse_network("0 -> X\n2X + Y -> 3X\nX -> Y [k = 3]\nX -> 0\nX @initial 1\nY @initial 1")
    grid = np.linspace(0.0, 30.0, 31)
    other = solve_ivp(
        lambda _, y: rates_of_change(network, y), (0.0, 30.0), [1.0, 1.0],
        method="LSODA", t_eval=grid, rtol=1e-12, atol=1e-14,
    )  # fmt: skip
    ours = simulate(network, 30.0, grid, rtol=rtol)
    np.testing.assert_allclose(ours.values, other.y.T, rtol=0, atol=1e3 * rtol)
