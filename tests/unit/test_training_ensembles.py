"""Trainings with several seeds at once: the results are those of single trainings."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from neuralcrn.compiler import Program
from neuralcrn.engines.native.lanes import LANE_COUNT
from neuralcrn.errors import NeuralCRNWarning
from neuralcrn.learning import (
    Progress,
    Trained,
    TrainingSpec,
    begin_training,
    continue_training,
    plan,
    train_many,
    train_task,
)
from neuralcrn.sklearn import NeuralCRNRegressor, fit_many
from neuralcrn.studies.robustness import disturb

SPEC = plan("bilinear", "quadratic", epochs=2)


def assert_same(one: Trained, other: Trained) -> None:
    assert one.metrics == other.metrics
    assert np.array_equal(one.state.pot, other.state.pot)


def test_every_seed_has_the_result_of_its_own_training() -> None:
    seeds = range(3, 4 + LANE_COUNT)
    many = train_many(SPEC, seeds=seeds)
    assert list(many.trained) == list(seeds)
    assert not many.failures
    for seed in (3, 3 + LANE_COUNT):
        assert_same(many.trained[seed], train_task("bilinear", "quadratic", epochs=2, seed=seed))


@pytest.mark.parametrize("spec", [SPEC, plan("xor", epochs=1)])
def test_seeds_share_one_program(spec: TrainingSpec) -> None:
    many = train_many(spec, seeds=range(2))
    assert many.trained[0].trainer.program is many.trained[1].trainer.program


def test_programs_may_differ_in_their_rate_constants() -> None:
    program = SPEC.make_program(SPEC.make_task())

    def perturbed(seed: int) -> Program:
        return disturb(program, "rates", 0.1, np.random.default_rng(seed))

    many = train_many(SPEC, seeds=range(2), program_of=perturbed)
    for seed, trained in many.trained.items():
        own = replace(SPEC, seed=seed)
        *_, last = continue_training(begin_training(own, own.make_task(), program=perturbed(seed)))
        assert np.array_equal(trained.state.pot, last.state.pot)


def test_a_seed_that_diverges_ends_alone_and_is_reported() -> None:
    good = SPEC.make_program(SPEC.make_task())
    bad = good.recompiled(horizon=40.0)
    many = train_many(SPEC, seeds=range(3), program_of=lambda seed: bad if seed == 1 else good, retry=False)
    assert list(many.trained) == [0, 2]
    assert list(many.failures) == [1]
    assert "training sample" in str(many.failures[1])
    rows = str(many).splitlines()
    assert [row.split()[0] for row in rows[-3:]] == ["0", "1", "2"]


def test_progress_of_every_seed_is_reported_as_for_a_single_training() -> None:
    told: dict[int, list[tuple[int, int]]] = defaultdict(list)

    def note(seed: int, progress: Progress) -> None:
        told[seed].append((progress.done, len(progress.metrics)))

    train_many(SPEC, seeds=range(2), callback=note)
    alone: list[tuple[int, int]] = []
    train_task("bilinear", "quadratic", epochs=2, callback=lambda p: alone.append((p.done, len(p.metrics))))
    assert told == {0: alone, 1: alone}


def test_an_exception_of_a_callback_ends_all() -> None:
    def interrupt(_seed: int, progress: Progress) -> None:
        if progress.metrics:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_many(SPEC, seeds=range(4), callback=interrupt)


def test_models_fitted_together_are_those_of_single_fits() -> None:
    """Also if one diverges first, and the others end early at epochs of their own."""
    wild = np.random.default_rng(0).normal(size=(40, 20))
    tables = [(wild[first:], wild[first:, 0]) for first in (0, 5, 10)]
    options: dict[str, Any] = {"epochs": 25, "horizon": 4.0, "tolerance": 0.1, "random_state": 0}
    models = [NeuralCRNRegressor("linear", learning_rate=rate, **options) for rate in (1.0, 0.002, 0.01)]
    copies: list[Any] = list(map(clone, models))
    with pytest.warns(NeuralCRNWarning, match="half the rate"):
        alone = [copy.fit(*table) for copy, table in zip(copies, tables, strict=True)]
    with pytest.warns(NeuralCRNWarning, match="half the rate"):
        joined = fit_many(models, tables)
    assert len({model.n_iter_ for model in alone}) > 1
    for place, single in enumerate(alone):
        assert joined[place] is models[place]
        assert np.array_equal(joined[place].pot_, single.pot_)
        assert joined[place].loss_curve_ == single.loss_curve_
        assert (joined[place].t_, joined[place].spec_) == (single.t_, single.spec_)
