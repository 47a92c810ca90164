"""Measurements of a comparison, as functions of plain values for jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, final

import numpy as np

from neuralcrn.compiler import compile_dna, suggest_conditions
from neuralcrn.compiler.dna.program import dna_phases
from neuralcrn.engines.work import Working
from neuralcrn.errors import CompileError, SimulationError
from neuralcrn.learners import LEARNERS, InSilicoLearner, InSilicoModel
from neuralcrn.learning import Metrics, begin_training
from neuralcrn.learning.loop import next_progress
from neuralcrn.learning.trainer import determination
from neuralcrn.runs.spec_file import spec_from_json, task_of
from neuralcrn.studies.dna import fuel_budget
from neuralcrn.studies.robustness.cases import Case, disturbed
from neuralcrn.studies.robustness.scoring import Score, score_of_constant, score_outputs, scoring
from neuralcrn.tasks import Task
from neuralcrn.verify import draw_samples

ANNIHILATION = 5.0
"""Annihilation constant of circuits by strand displacement; larger ones make all reactions slower."""
REACHED = 0.9
"""Fraction of the improvement after which learning counts as done."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """One undisturbed training.

    Attributes
    ----------
    score : float
        Score on the test samples or, if there are none, the validation samples; that of the best constant for
        a failed training.
    loss : float or None
        Half the squared error on the same samples; infinity for a failed training, None if outputs are not
        fitted to targets.
    constant : float
        Score of the best constant prediction.
    reached_after : int or None
        Samples after which the validation score has come `REACHED` of the way from the best constant to its
        final value; None if it is not better than the constant in the end.
    samples : int
        Number of all learned samples; 0 in silico.
    phases, max_order, species, reactions : int
        Size of the program.
    failure : str
        Reason of failure.
    """

    score: float
    loss: float | None
    constant: float
    reached_after: int | None
    samples: int
    phases: int
    max_order: int
    species: int
    reactions: int
    failure: str = ""


@final
@dataclass(frozen=True, slots=True)
class Strands:
    """Size by strand displacement.

    Attributes
    ----------
    species : int
        DNA species of all phases; 0 if the circuit cannot be compiled.
    fuel : float or None, M
        Fuel that one training step consumes, if it was measured.
    failure : str
        Reason for which it cannot be compiled, or its fuel cannot be measured.
    """

    species: int
    fuel: float | None = None
    failure: str = ""


def learn(spec: Mapping[str, Any], folder: str) -> Working[Learned]:
    """Train once, with a validation after every epoch.

    Parameters
    ----------
    spec : mapping
        Output of `spec_to_json`.
    folder : str
        Folder with the user's file; not used for tasks of the registry.
    """
    chosen = spec_from_json(spec, Path("trial"))
    task = task_of(chosen, Path(folder))
    program = chosen.make_program(task)
    judged = task.validation if task.test is None else task.test
    progress = begin_training(chosen, replace(task, test=None), program=program, threads=1)
    constant = score_of_constant(task, judged)
    try:
        while progress.state.epoch < progress.epochs:
            progress = yield from next_progress(progress, retry=False)
        outputs = yield from progress.trainer.predicting(progress.state, judged.features)
        score = score_outputs(task, outputs, judged)
    except SimulationError as error:
        score = Score(constant, None, str(error))
    return Learned(
        score=score.value,
        loss=float("inf") if score.loss is None else score.loss,
        constant=constant,
        reached_after=None if score.failure else _reached_after(task, progress.metrics),
        samples=progress.done,
        phases=len(program.gates) or len(program.phases),
        max_order=program.max_order,
        species=len(program.species),
        reactions=program.reaction_count,
        failure=score.failure,
    )


def learn_in_silico(name: str, spec: Mapping[str, Any], folder: str) -> Learned:
    """Train a learner by conventional computation, and score its simulated reactions."""
    task, model = _fitted(name, spec, folder)
    judged = task.validation if task.test is None else task.test
    constant = score_of_constant(task, judged)
    score, failure = constant, ""
    try:
        score = float(np.mean(model.classify(judged.features) == task.labels(judged.targets)))
    except SimulationError as error:
        failure = str(error)
    network = model.network
    return Learned(
        score=score,
        loss=None,
        constant=constant,
        reached_after=None,
        samples=0,
        phases=1,
        max_order=network.max_order,
        species=len(network.species),
        reactions=len(network.reactions),
        failure=failure,
    )


def strands_in_silico(name: str, spec: Mapping[str, Any], folder: str) -> Strands:
    """Compile the trained network to strand displacement."""
    network = _fitted(name, spec, folder)[1].network
    try:
        return Strands(len(compile_dna(network, suggest_conditions(network)).network.species))
    except CompileError as error:
        return Strands(0, None, str(error))


def _fitted(name: str, spec: Mapping[str, Any], folder: str) -> tuple[Task, InSilicoModel]:
    learner, chosen = LEARNERS.find(name), spec_from_json(spec, Path("trial"))
    assert isinstance(learner, InSilicoLearner)
    task = task_of(chosen, Path(folder))
    return task, learner.fit(task, seed=chosen.seed)


def attempt(spec: Mapping[str, Any], folder: str, case: Sequence[Any]) -> Working[Score]:
    """Train under a disturbance; see `neuralcrn.studies.robustness.running.attempt`."""
    chosen = spec_from_json(spec, Path("trial"))
    task = task_of(chosen, Path(folder))
    tried, program = disturbed(chosen, chosen.make_program(task), (Case(*case),))
    return (yield from scoring(tried, task, program))


def strands(spec: Mapping[str, Any], folder: str, fuels: bool) -> Strands:
    """Compile the staged circuit of a training to strand displacement."""
    chosen = spec_from_json(spec, Path("trial"))
    task = task_of(chosen, Path(folder))
    circuit = chosen.make_circuit(task).with_(annihilation=ANNIHILATION)
    try:
        program = circuit.compile()
        conditions = suggest_conditions(*(phase.network for phase in program.phases))
        compiled = dna_phases(program, conditions)
    except CompileError as error:
        return Strands(0, None, str(error))
    species = {name for dna in compiled.values() for name in dna.network.species}
    if not fuels:
        return Strands(len(species))
    (sample,) = draw_samples(circuit, 1, np.random.default_rng(0))
    try:
        spent = sum(use.spent for use in fuel_budget(program, conditions, sample))
    except (CompileError, SimulationError) as error:
        return Strands(len(species), None, str(error))
    return Strands(len(species), spent * conditions.fuel)


def _reached_after(task: Task, metrics: Sequence[Metrics]) -> int | None:
    """Return the number of samples after which learning counts as done."""
    samples = task.validation
    constant = score_of_constant(task, samples)
    if task.kind == "classification":
        scores = [float(row.accuracy or 0.0) for row in metrics]
    else:
        scores = [determination(row.validation_loss, samples.targets) or 0.0 for row in metrics]
    if not scores or scores[-1] <= constant:
        return None
    enough = constant + REACHED * (scores[-1] - constant)
    first = next(i for i, score in enumerate(scores) if score >= enough)
    return (first + 1) * len(task.train)
