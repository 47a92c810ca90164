"""The studies: first-order gradients come to the exact ones linearly in T, and circuits grow as N."""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from neuralcrn.circuits import FAMILIES, make_circuit
from neuralcrn.errors import InvalidValueError
from neuralcrn.learning import train_circuit
from neuralcrn.studies.gradients import angle_between, smooth_task, study_circuit, study_gradients
from neuralcrn.studies.growth import GrowthRow, growth_slopes, study_growth
from neuralcrn.verify import Measurement, draw_samples, expected_counts, measure
from neuralcrn.verify.measurement import accurate

SEED = 4


def measured(name: str, rule: str, horizon: float) -> Measurement:
    """Play one step of a circuit of three inputs, on the sample of `SEED`."""
    circuit = study_circuit(name, 3, horizon, rule)
    (sample,) = draw_samples(circuit, 1, np.random.default_rng(SEED))
    return measure(accurate(circuit.compile()), sample)


def inputs_of_sample(name: str) -> NDArray[np.float64]:
    """Return x, the augmentation included, of the sample of `SEED`."""
    circuit = study_circuit(name, 3, 1.0, "exact")
    (sample,) = draw_samples(circuit, 1, np.random.default_rng(SEED))
    return np.append(sample.features, 1.0)


def test_first_order_chemistry_collects_horizon_times_adjoint_times_inputs() -> None:
    result = measured("quadratic", "first-order", 0.5)
    np.testing.assert_allclose(result.gradient, 0.5 * result.error * inputs_of_sample("quadratic"), rtol=1e-6)


def test_the_angle_vanishes_linearly_in_the_horizon() -> None:
    """Gradients T e x and T e x (1 - T |x| / 2 + ...) differ by T / 2 times the spread of |x|, by x^2."""
    x = inputs_of_sample("quadratic")
    weights = x**2 / np.sum(x**2)
    spread = math.sqrt(np.sum(weights * x**2) - np.sum(weights * x) ** 2)
    horizons = [0.02, 0.04, 0.08, 0.16]
    rows = list(study_gradients(horizons=horizons, inputs=[3], seeds=[SEED], epochs=1))
    angles = [row.angle for row in rows]
    assert np.polyfit(np.log(horizons), np.log(angles), 1)[0] == pytest.approx(1.0, abs=0.05)
    assert angles[0] == pytest.approx(math.degrees(0.5 * horizons[0] * spread), rel=0.03)
    for row in rows:
        assert row.angle == pytest.approx(row.oracle_angle, rel=0.02)
        assert row.length - 1.0 == pytest.approx(0.5 * row.horizon * np.sum(weights * x), rel=0.1)


def test_a_dense_circuit_turns_by_the_spread_over_its_states() -> None:
    """Every row of weights has the same inputs, and the factor 1 - T |z_k| / 2 of its own state."""
    horizon, states = 0.02, inputs_of_sample("quadratic-dense")
    (row,) = study_gradients("quadratic-dense", horizons=[horizon], inputs=[3], seeds=[SEED], epochs=1)
    assert row.angle == pytest.approx(math.degrees(0.5 * horizon * states.std()), rel=0.05)


def test_where_nothing_depends_on_the_states_both_gradients_are_one() -> None:
    (row,) = study_gradients("linear", horizons=[1.0], inputs=[2], seeds=[0, 1], epochs=1)
    assert row.highest_angle < 1e-5
    assert row.length == pytest.approx(1.0, rel=1e-6)
    assert row.first_order_reactions == row.exact_reactions
    assert row.first_order_loss == pytest.approx(row.exact_loss, rel=1e-6)


def test_training_helps_and_counts_are_the_closed_formulas() -> None:
    short, long = (
        next(study_gradients(horizons=[0.5], inputs=[2], seeds=[0, 1], epochs=epochs)) for epochs in (1, 8)
    )
    assert 0.0 < long.exact_loss < short.exact_loss < 0.5
    assert 0.0 < long.first_order_loss < short.first_order_loss < 0.5
    for gradient, count in (("exact", long.exact_reactions), ("first-order", long.first_order_reactions)):
        assert expected_counts(study_circuit("quadratic", 2, 0.5, gradient))["program"].reactions == count


def test_rows_are_determinate_and_come_size_by_size() -> None:
    options: dict[str, Any] = {"horizons": [0.1, 0.5], "inputs": [2, 3], "seeds": [1], "epochs": 1}
    rows = list(study_gradients(**options))
    assert [(row.inputs, row.horizon) for row in rows] == list(itertools.product([2, 3], [0.1, 0.5]))
    assert rows == list(study_gradients(**options))


def test_losses_are_those_of_separate_trainings() -> None:
    rows = study_gradients(horizons=[0.1, 1.0], inputs=[2], seeds=[1], epochs=2)
    task, laws = smooth_task(2, 1), FAMILIES.find("quadratic").initial
    for row in rows:
        for rule, loss in (("exact", row.exact_loss), ("first-order", row.first_order_loss)):
            circuit = study_circuit("quadratic", 2, row.horizon, rule)
            alone = train_circuit(circuit, task, initial=laws, seed=1, epochs=2)
            assert loss == alone.metrics[-1].validation_loss / (0.5 * float(task.validation.targets.var()))


def test_a_training_that_diverges_counts_as_an_infinite_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neuralcrn.studies.gradients.GAIN", 1e9)
    (row,) = study_gradients(horizons=[2.0], inputs=[8], seeds=[0], epochs=4)
    assert row.exact_loss == math.inf


def test_the_task_is_a_function_of_its_seed_with_targets_that_grow_as_the_root_of_its_inputs() -> None:
    first, again = smooth_task(4, 3), smooth_task(4, 3)
    assert np.array_equal(first.train.features, again.train.features)
    assert np.array_equal(first.train.targets, again.train.targets)
    assert not np.array_equal(first.train.features, first.validation.features)
    variances = [
        np.mean([smooth_task(n, seed, samples=400).train.targets.var() / n for seed in range(5)])
        for n in (4, 16, 64)
    ]
    np.testing.assert_allclose(variances, variances[0], rtol=0.25)


def test_angles_are_precise_near_zero_and_reach_half_a_turn() -> None:
    x = np.array([3.0, 4.0])
    turned = np.array([3.0, 4.0]) + 1e-9 * np.array([-4.0, 3.0])
    assert angle_between(x, turned) == pytest.approx(math.degrees(1e-9), rel=1e-6)
    assert angle_between(x, -x) == pytest.approx(180.0)


@pytest.mark.parametrize("rule", ["first-order", "exact"])
def test_grown_circuits_have_the_counts_of_the_closed_formulas(rule: str) -> None:
    for row in study_growth(rule=rule, inputs=[1, 2, 5], repeats=1):
        counts = expected_counts(make_circuit("quadratic", row.inputs, rule=rule))["program"]
        assert (row.species, row.reactions) == counts
        assert row.compile_seconds > 0.0
        assert row.step_seconds is not None
        assert row.step_seconds > 0.0


def test_counts_and_bytes_grow_linearly() -> None:
    slopes = growth_slopes(list(study_growth(inputs=[50, 100, 200], repeats=1)), smallest=50)
    for slope in (slopes.species, slopes.reactions, slopes.peak_bytes, slopes.packed_bytes):
        assert slope == pytest.approx(1.0, abs=0.05)


def test_pots_are_counted_and_not_trained() -> None:
    rows = list(study_growth(level="autonomous", inputs=[5, 10, 20], repeats=1))
    assert [row.step_seconds for row in rows] == [None] * 3
    rises = [b.reactions - a.reactions for a, b in itertools.pairwise(rows)]
    assert rises[1] == 2 * rises[0]
    assert math.isnan(growth_slopes(rows, smallest=5).step_seconds)


def test_slopes_are_those_of_powers_from_the_smallest_size_that_counts() -> None:
    row = GrowthRow("quadratic", "first-order", "staged", 1, 10**9, 1, 1.0, 1, 1, 1.0)
    rows = [row] + [
        dataclasses.replace(
            row,
            inputs=n,
            species=n,
            reactions=n**2,
            compile_seconds=3.0,
            peak_bytes=n**3,
            step_seconds=n**0.5,
        )
        for n in (100, 1000)
    ]
    np.testing.assert_allclose(growth_slopes(rows), [1.0, 2.0, 0.0, 3.0, 0.0, 0.5], atol=1e-12)
    assert all(map(math.isnan, growth_slopes(rows, smallest=1000)))


def test_a_time_is_taken_at_least_once() -> None:
    with pytest.raises(InvalidValueError, match="repeats = 0"):
        next(study_growth(repeats=0))
