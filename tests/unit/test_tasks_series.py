"""Time series satisfy their equations, across the end of the training samples too."""

from __future__ import annotations

import math

import numpy as np
import pytest

from neuralcrn.errors import InvalidValueError
from neuralcrn.tasks import Task, make_task, memory_capacity_of
from neuralcrn.tasks.series import _delay_equation

NAMES = ("narma-2", "narma-10", "mackey-glass", "memory-capacity", "logistic-chaos")


def joined(task: Task) -> tuple[np.ndarray, np.ndarray]:
    sets = (task.train, task.validation)
    return np.concatenate([s.features for s in sets])[:, 0], np.concatenate([s.targets for s in sets])


@pytest.mark.parametrize("name", NAMES)
def test_series_are_ordered_and_depend_only_on_the_seed(name):
    first, same, other = (make_task(name, rng=seed, train=60, validation=40) for seed in (3, 3, 4))
    assert first.ordered
    assert (len(first.train), len(first.validation)) == (60, 40)
    assert joined(first)[0].tobytes() == joined(same)[0].tobytes() != joined(other)[0].tobytes()
    assert np.all((joined(first)[0] >= 0.0) & (joined(first)[0] <= 1.0))
    with pytest.raises(InvalidValueError, match="option train"):
        make_task(name, train=0)


def test_narma_satisfies_its_recurrence():
    u, y = joined(make_task("narma-2", rng=1, train=50, validation=50))
    y = y[:, 0]
    for k in range(2, 100):
        assert y[k] == pytest.approx(0.4 * y[k - 1] * (1 + y[k - 2]) + 0.075 * u[k] ** 3 + 0.1)
    u, y = joined(make_task("narma-10", rng=1, train=50, validation=50))
    y = y[:, 0]
    for k in range(10, 100):
        mean = y[k - 10 : k].sum()
        wanted = 0.3 * y[k - 1] + 0.05 * y[k - 1] * mean + 0.375 * u[k - 9] * u[k] + 0.1
        assert y[k] == pytest.approx(wanted)


def test_outputs_of_memory_capacity_are_earlier_inputs():
    u, y = joined(make_task("memory-capacity", rng=1, train=40, validation=40))
    assert y.shape == (80, 30)
    for lag in range(1, 31):
        np.testing.assert_array_equal(y[lag:, lag - 1], u[:-lag])


def test_mackey_glass_targets_are_later_inputs():
    u, y = joined(make_task("mackey-glass", rng=1, train=40, validation=40, ahead=3))
    np.testing.assert_array_equal(y[:-3, 0], u[3:])


class Still:
    """A source of randomness without variation, for a constant history of 1.2."""

    def uniform(self, low: float, high: float, size: int) -> np.ndarray:
        return np.zeros(size)


def test_the_delay_equation_has_its_closed_form_until_the_delay():
    x = _delay_equation(Still(), 170, 17)  # type: ignore[arg-type]
    rest = 2.0 * 1.2 / (1.0 + 1.2**10)
    exact = [rest + (1.2 - rest) * math.exp(-0.1 * t) for t in np.arange(17) + 0.1]
    np.testing.assert_allclose(x, exact, rtol=1e-5)


def test_logistic_series_satisfy_the_map_of_their_class():
    task = make_task("logistic-chaos", rng=1, train=200, validation=100)
    x, y = joined(task)
    ratio = x[1:] / (x[:-1] * (1.0 - x[:-1]))
    for begin in range(0, 300, 50):
        r = ratio[begin : begin + 49]
        assert np.ptp(r) < 1e-9
        chaotic = task.labels(y)[begin]
        assert (3.7 <= r[0] <= 4.0) if chaotic else (3.2 <= r[0] <= 3.5)
    assert task.labels(y)[::50].tolist() == [0, 1, 0, 1, 0, 1]


def test_memory_capacity_counts_correlations():
    rng = np.random.default_rng(0)
    targets = rng.random((10_000, 3))
    outputs = np.column_stack([5.0 - targets[:, 0], np.ones(10_000), targets[:, 2] + rng.random(10_000)])
    assert memory_capacity_of(outputs, targets) == pytest.approx(1.0 + 0.0 + 0.5, abs=0.02)
