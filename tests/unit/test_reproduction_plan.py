"""Jobs of a report: their order, and which are computed together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from neuralcrn.engines.work import executed
from neuralcrn.jobs.workers import grouped
from neuralcrn.studies.reproduction.plan import make_plan
from neuralcrn.studies.reproduction.training import train, train_alone
from neuralcrn.studies.reproduction.trainings import find_experiment

pytest.importorskip("sklearn")


def test_a_training_alone_has_the_result_of_one_together_with_others() -> None:
    experiment = find_experiment("linear-classification")
    assert train_alone(experiment, 1) == executed(train(experiment, 1))
    wild = replace(experiment, spec=experiment.spec.with_options(learning_rate=1.0, horizon=20.0))
    failed = train_alone(wild, 1)
    assert failed.failure
    assert failed == executed(train(wild, 1))


def test_trainings_of_one_structure_are_computed_together_and_few_seeds_alone() -> None:
    plan = make_plan(["rings-momentum", "rings-momentum-slow", "rings-decay", "pot-rings"], 10, quick=False)
    names = [[job.name for job in group] for group in grouped(plan.jobs, 2)]
    momentum = [f"rings-{name}-{seed}" for name in ("momentum", "momentum-slow") for seed in range(5)]
    assert momentum in names
    assert [f"rings-decay-{seed}" for seed in range(5)] in names
    assert names[:2] == [["pot-rings-0"], ["pot-rings-1"]]


def test_what_needs_no_kernels_is_computed_while_the_first_job_compiles_them() -> None:
    first, *rest = make_plan([], 2, quick=True).jobs
    assert first.name.startswith("gradients")
    baselines = [job for job in rest if job.name.startswith("baseline-")]
    assert rest[: len(baselines)] == baselines
