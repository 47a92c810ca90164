"""Lanes of vector registers: identical results, whatever the other lanes do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest
from numba import njit

from neuralcrn.circuits import make_circuit
from neuralcrn.engines import EXECUTORS, Kinetics, Outcome, Stop, Tolerances
from neuralcrn.engines.native import executor
from neuralcrn.engines.native.elementary import decay, exponential, logarithm
from neuralcrn.engines.native.executor import NativeExecutor
from neuralcrn.engines.native.lanes import LANE_COUNT, lane_matrix, lane_rows
from neuralcrn.engines.work import Learning, Predicting, executed, together
from neuralcrn.errors import SimulationError
from neuralcrn.learning import Progress, begin_training, plan
from neuralcrn.learning.loop import next_progress
from neuralcrn.studies.robustness import disturb
from neuralcrn.tasks import Samples

NUMBERS = np.concatenate(
    [
        np.random.default_rng(0).uniform(0.0, 5.0, 300),
        10.0 ** np.random.default_rng(1).uniform(-300.0, 2.8, 300),
        [0.0, 0.5, np.log(2.0), 5e-324, 700.0],
    ]
)


def units_between(value: float, exact: Decimal) -> float:
    """Return the error of a value in units of the last place."""
    return float(abs(Decimal(value) - exact) / Decimal(float(np.spacing(float(exact)))))


def test_a_decay_and_its_mean_have_rounding_errors_only() -> None:
    with localcontext() as context:
        context.prec, context.Emin = 400, -10_000
        for x in NUMBERS.tolist():
            kept, mean = decay(x)
            exact = (-Decimal(x)).exp()
            assert units_between(kept, exact) < 1.5
            assert units_between(mean, (1 - exact) / Decimal(x) if x else Decimal(1)) < 2.5


def test_limits_of_the_elementary_functions() -> None:
    assert decay(np.inf) == (0.0, 0.0)
    assert decay(1e4) == (0.0, 1e-4)
    assert np.isnan(decay(np.nan)).all()
    assert exponential(-1e4) < 1e-300
    assert exponential(1e4) > 1e300
    for x in NUMBERS[NUMBERS > 1e-307].tolist():
        assert logarithm(x) == pytest.approx(float(np.log(x)), abs=1e-9)
        assert exponential(logarithm(x)) == pytest.approx(x, rel=1e-9)


@njit
def _elementary_lanes(x, kept, mean, power, log):
    for i in range(len(x)):
        number = lane_rows(x)[i]
        lane_rows(kept)[i], lane_rows(mean)[i] = decay(number)
        lane_rows(power)[i], lane_rows(log)[i] = exponential(number), logarithm(number)


def test_elementary_functions_of_lanes_are_those_of_numbers() -> None:
    x, *results = (lane_matrix(len(NUMBERS) // LANE_COUNT) for _ in range(5))
    x[:] = NUMBERS[: x.size].reshape(x.shape)
    _elementary_lanes(x, *results)
    for place, number in np.ndenumerate(x):
        expected = (*decay(number), exponential(number), logarithm(number))
        assert tuple(result[place] for result in results) == expected


def trained(start: Progress) -> Any:
    """Train to the end, or to a failure, which is returned."""
    progress = start
    try:
        while progress.state.epoch < progress.epochs:
            progress = yield from next_progress(progress, retry=False)
    except SimulationError as error:
        return progress.state, progress.metrics, str(error)
    return progress.state, progress.metrics, ""


def first(samples: Samples, count: int) -> Samples:
    """Return the first samples."""
    return Samples(samples.features[:count], samples.targets[:count])


def starts_of(task: str, circuit: str, count: int, *, epochs: int = 2, **options: Any) -> list[Progress]:
    """Return the beginnings of trainings that differ in their seeds and their rate constants."""
    kinds = {key: options.pop(key) for key in ("level", "clock", "kinetics", "tolerances") if key in options}
    found = []
    for seed in range(count):
        spec = replace(plan(task, circuit, epochs=epochs, **options), seed=seed, **kinds)
        data = spec.make_task()
        few = replace(data, train=first(data.train, 20), test=None)
        program = disturb(spec.make_program(data), "rates", 0.1, np.random.default_rng(seed))
        found.append(begin_training(spec, few, program=program, threads=1))
    return found


def assert_identical(starts: Sequence[Progress], **options: Any) -> list[str]:
    """Compare trainings in lanes with single ones, to the last bit; return the failures."""
    found = dict(together((trained(start) for start in starts), **options))
    failures = []
    for place, start in enumerate(starts):
        (state, metrics, failure), (own, own_metrics, own_failure) = found[place], executed(trained(start))
        assert (failure, metrics) == (own_failure, own_metrics)
        assert np.array_equal(state.pot, own.pot)
        assert np.array_equal(state.times, own.times)
        failures.append(failure)
    return failures


@pytest.mark.parametrize(
    ("task", "circuit"),
    [("linear-regression", "linear"), ("bilinear", "quadratic"), ("xor", "cubic"), ("xor", "perceptron")],
)
def test_trainings_in_lanes_are_identical(task: str, circuit: str) -> None:
    starts = starts_of(task, circuit, LANE_COUNT + 2)
    assert len({start.trainer.executable.structure for start in starts}) == 1
    assert set(assert_identical(starts, threads=2)) == {""}


def test_events_and_both_methods_in_lanes_are_identical() -> None:
    starts = starts_of("linear-regression", "linear", 3, epochs=1, level="autonomous")
    for start in starts:
        start.trainer.task = replace(start.trainer.task, train=first(start.trainer.task.train, 2))
    begun = [replace(s, state=s.trainer.empty_epoch(s.state.pot, 0)) for s in starts]
    assert set(assert_identical(begun)) == {""}


def test_a_lane_that_diverges_ends_alone() -> None:
    starts = starts_of("bilinear", "quadratic", LANE_COUNT, epochs=3)
    starts[2] = replace(starts[2], state=replace(starts[2].state, pot=40.0 * starts[2].state.pot))
    failures = assert_identical(starts)
    assert failures[2]
    assert not any(failures[:2] + failures[3:])


def test_too_many_steps_in_a_lane_are_noted() -> None:
    starts = starts_of("bilinear", "quadratic", 3, tolerances=Tolerances(1e-6, 1e-8, 8))
    starts[1] = replace(starts[1], state=replace(starts[1].state, pot=0.0 * starts[1].state.pot))
    failures = assert_identical(starts)
    assert all("step limit" in failure for failure in failures)


def test_programs_of_different_structure_are_executed_apart() -> None:
    starts = starts_of("bilinear", "quadratic", 2) + starts_of("linear-regression", "linear", 2)
    assert len({start.trainer.executable.structure for start in starts}) == 2
    assert_identical(starts)


def test_stochastic_programs_are_executed_alone() -> None:
    kinetics = Kinetics("tau", volume=1000.0)
    starts = starts_of("linear-regression", "linear", 2, epochs=1, kinetics=kinetics)
    assert {start.trainer.executable.structure for start in starts} == {None}
    assert_identical(starts)


def test_errors_of_doses_have_the_same_random_numbers() -> None:
    starts = starts_of("linear-regression", "linear", 3)
    noisy = [
        begin_training(
            plan("linear-regression", "linear", epochs=1),
            start.trainer.task,
            program=disturb(start.trainer.program, "pipetting", 0.1, np.random.default_rng(0)),
        )
        for start in starts
    ]
    assert not noisy[0].trainer.program.has_exact_doses
    assert_identical(noisy)


@pytest.mark.parametrize("rows", [1, 3, 4 * LANE_COUNT + 1])
@pytest.mark.parametrize("count", [1, 2])
def test_rows_in_lanes_are_predicted_identically(rows: int, count: int) -> None:
    starts = starts_of("bilinear", "quadratic", count)
    features = np.random.default_rng(0).uniform(0.5, 2.0, (rows, 2))
    works = [
        Predicting(start.trainer.executable, start.state.pot, features, np.zeros((rows, 1)), 1, 1)
        for start in starts
    ]
    alone = [replace(work, outputs=np.zeros((rows, 1))) for work in works]
    assert works[0].executable.run_together(works) == [work.run() for work in alone]
    assert all(np.array_equal(a.outputs, b.outputs) for a, b in zip(works, alone, strict=True))


def test_the_reference_of_a_reading_is_added_in_every_lane() -> None:
    program = make_circuit("linear", reference=0.25).compile("gated")
    features = np.random.default_rng(0).uniform(0.0, 1.0, (LANE_COUNT + 1, program.circuit.features))
    executable = NativeExecutor().prepare(program)
    pot = executable.new_pot(dict.fromkeys(program.circuit.trained_parameters, 0.5))
    work = Predicting(executable, pot, features, np.zeros((len(features), 1)), 1, 1)
    alone = replace(work, outputs=np.zeros_like(work.outputs))
    assert executable.run_together([work]) == [alone.run()] == [None]
    assert np.array_equal(work.outputs, alone.outputs)


@pytest.mark.parametrize("series", [1, 3])
@pytest.mark.parametrize("failing", [False, True])
def test_many_rows_are_predicted_alike_with_and_without_lanes(
    series: int, failing: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    (start,) = starts_of("bilinear", "quadratic", 1)
    program = disturb(start.trainer.program, "pipetting", 0.1, np.random.default_rng(0))
    assert not program.has_exact_doses
    features = np.random.default_rng(0).uniform(0.5, 2.0, (1_155, 2))  # several parts
    features[700:] *= 1e200 if failing else 1.0
    found: list[tuple[Stop | None, np.ndarray]] = []
    for in_lanes in (True, False):
        monkeypatch.setattr(executor, "kernels_are_compiled", lambda _, answer=in_lanes: answer)
        executable = NativeExecutor().prepare(program, seed=5, threads=2)
        outputs = np.zeros((len(features), 1))
        stop = executable.predict(start.state.pot, features, outputs, epoch=2, series=series)
        found.append((stop, outputs[: len(features) if stop is None else stop.done]))
    (stop, outputs), (other_stop, other_outputs) = found
    assert stop == other_stop
    assert (stop is None) is not failing
    assert np.array_equal(outputs, other_outputs)


def test_the_first_row_that_fails_is_reported() -> None:
    (start,) = starts_of("bilinear", "quadratic", 1)
    features = np.ones((3 * LANE_COUNT, 2))
    features[LANE_COUNT + 1 :: 5] = 1e200
    outputs = np.zeros((len(features), 1))
    work = Predicting(start.trainer.executable, start.state.pot, features, outputs, 1, 1)
    (stop,) = work.executable.run_together([work])
    assert stop == work.run()
    assert stop.done == LANE_COUNT + 1


def test_a_dose_without_a_rail_ends_its_lane() -> None:
    start, other = starts_of("linear-regression", "linear", 2, non_negative=True)
    order, errors, times = np.arange(4), np.zeros((4, 1)), np.zeros(4)
    features, targets = np.ones((4, 2)), np.ones((4, 1))
    negative = features.copy()
    negative[2] = -1.0
    works = [
        Learning(
            trainer.executable, trainer.executable.initial.copy(), x, targets, order, errors.copy(),
            times.copy(), 0, 1.0, 1e6,
        )
        for trainer, x in ((start.trainer, features), (other.trainer, negative))
    ]  # fmt: skip
    good, bad = works[0].executable.run_together(works)
    assert good is None
    assert bad is not None
    assert (bad.outcome, bad.done) == (Outcome.NO_RAIL, 2)


def test_other_executors_execute_works_alone() -> None:
    spec = replace(plan("linear-regression", epochs=1), executor="reference")
    task = spec.make_task()
    few = replace(task, train=first(task.train, 2), validation=first(task.validation, 2))
    assert EXECUTORS.find("reference").prepare(spec.make_program(task)).works_together == 1
    assert_identical([begin_training(spec, few) for _ in range(2)])
