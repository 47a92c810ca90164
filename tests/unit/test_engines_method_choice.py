"""The choice of the integration method: by the cost of the steps of both, not by stiffness alone."""

from __future__ import annotations

import numpy as np
import pytest

from neuralcrn.chemistry import parse_network
from neuralcrn.engines.native.algebra_kernels import right_hand_side
from neuralcrn.engines.native.costs import cost_ratio
from neuralcrn.engines.native.integrate import NO_WATCH, Controls, integrate
from neuralcrn.engines.native.method_choice import (
    STABILITY,
    explicit_steps_cost,
    known_stiff_step,
    stiff_is_faster,
    typical_stiff_step,
)
from neuralcrn.engines.native.packing import AT_SLOPES, AT_STATES, COST_RATIO, pack
from neuralcrn.engines.native.reduction import initial_state, reduce_network
from neuralcrn.engines.native.steps import FUNCTION_COUNT

OSCILLATION = "X -> 2X [k = 1]\nX + Y -> 2Y [k = 1]\nY -> 0 [k = 1]\nX @initial 2\nY @initial 1"


def ends_explicit(text: str, duration: float) -> bool:
    """Return whether the last steps are explicit: only these keep the slopes at the end of a step."""
    network = parse_network(text)
    reduction = reduce_network(network, separate=False)
    system, state = pack(reduction), initial_state(network)
    scratch = np.zeros(system.scratch_size)
    controls = Controls(1e-6, np.full(len(state), 1e-8), 100_000)
    outcome, _, _ = integrate(
        system.integers, system.floats, 0, np.zeros(FUNCTION_COUNT, dtype=np.int64), state, duration,
        NO_WATCH, controls, scratch, np.empty(0), np.empty((0, 0)), None,
    )  # fmt: skip
    assert outcome == 0
    slopes = slice(int(system.integers[AT_SLOPES]), int(system.integers[AT_SLOPES]) + len(reduction.core))
    kept = scratch[slopes].copy()
    right_hand_side(system.integers, 0, scratch, system.integers[AT_STATES], system.integers[AT_SLOPES])
    return np.allclose(kept, scratch[slopes], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("rate", "explicit"), [(10.0, True), (1000.0, False)])
def test_steps_that_accuracy_limits_are_explicit_unless_far_more_of_them_are_needed(
    rate: float, explicit: bool
) -> None:
    """Both begin with the stiff method: the duration is long, and nothing is known about the oscillation."""
    follower = f"X -> X + S [k = {rate}]\nS -> 0 [k = {rate}]\n"
    assert ends_explicit(follower + OSCILLATION, 100.0) is explicit


def test_the_costs_are_equal_where_the_choice_changes() -> None:
    reduction = reduce_network(parse_network(OSCILLATION), separate=False)
    integers, step, rtol = pack(reduction).integers, 0.25, 1e-6
    assert integers[COST_RATIO] == pytest.approx(100.0 * cost_ratio(reduction), abs=0.5)
    rate = 0.01 * integers[COST_RATIO] * STABILITY / step
    assert explicit_steps_cost(integers, 0, rate, step) == pytest.approx(1.0)
    long = 1000.0 * step
    assert stiff_is_faster(integers, 0, 1.01 * rate, step, long, rtol)
    assert not stiff_is_faster(integers, 0, 0.99 * rate, step, long, rtol)
    # Near the end of a phase the typical step is shorter than the known one.
    assert not stiff_is_faster(integers, 0, 1.01 * rate, step, step, rtol)


def test_the_typical_step_has_the_order_of_the_method() -> None:
    ratio = typical_stiff_step(1.0, 1e-4) / typical_stiff_step(1.0, 1e-6)
    assert ratio == pytest.approx(100.0**0.2)


@pytest.mark.parametrize(
    ("checks", "rate", "forgotten"), [(16, 1e4, True), (15, 1e4, False), (16, 1e3, False)]
)
def test_the_known_step_is_forgotten_after_many_steps_with_many_left(
    checks: float, rate: float, forgotten: bool
) -> None:
    assert known_stiff_step(1e-3, float(checks), rate, 1.0) == (1.0 if forgotten else 1e-3)
