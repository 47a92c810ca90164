"""Studies of published learners of Boolean functions: the error of modules at equilibrium as a function of
their duration, and the starts from which weight perturbation learns all functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from neuralcrn.circuits import make_circuit
from neuralcrn.engines.work import executed
from neuralcrn.jobs import Job
from neuralcrn.studies.reproduction.experiments import HELD, LEARNERS, make_experiment
from neuralcrn.studies.reproduction.report import Study
from neuralcrn.studies.reproduction.training import train
from neuralcrn.tasks import make_task
from neuralcrn.tasks.logic import FUNCTIONS
from neuralcrn.verify import Sample, measure
from neuralcrn.verify.measurement import accurate

PHASE_LENGTH, BOOLEAN_FUNCTIONS = "phase-length", "boolean-functions"
_LENGTHS, _QUICK_LENGTHS = (2.0, 4.0, 6.0, 8.0, 10.0, 12.0), (2.0, 4.0, 6.0)
_XOR_NETWORK = (4.0, 4.0, 6.0, 6.0, -6.0, -2.5, -8.0, 8.0, -3.5)
"""Weights and biases of a network of two sigmoids that computes XOR as OR but not AND."""
_NETWORKS = ((3, 200), (2, 300))
"""Numbers of units and epochs of the publication."""
_STARTS, _QUICK_STARTS = 40, 2
_XOR, _XNOR = 6, 9


def forward_error(length: float) -> float:
    """Return the largest error of the simulated outputs of a network that computes XOR, for a phase length,
    compared with sigmoids.
    """
    circuit = make_circuit("sigmoid", hidden=2, rule_constants={"phase": length})
    executable = accurate(circuit.compile())
    weights = np.array(_XOR_NETWORK)
    hidden, bias, out = weights[:4].reshape(2, 2), weights[4:6], weights[6:]
    errors: list[float] = []
    for features in make_task("logic").train.features:
        exact = _sigmoid(out[:2] @ _sigmoid(hidden @ features + bias) + out[2])
        measured = measure(executable, Sample(weights, features, np.zeros(1)))
        errors.append(abs(float(measured.outputs[0]) - exact))
    return max(errors)


def functions_learned(units: int, epochs: int, start: int) -> list[bool]:
    """Return for each Boolean function whether weight perturbation learns it from a start."""

    def is_learned(function: int) -> bool:
        experiment = make_experiment(
            LEARNERS,
            "function",
            "function",
            ("logic", "tanh", "weight-perturbation", HELD),
            epochs=epochs,
            options=(("hidden", units),),
            task_options=(("function", function),),
        )
        return executed(train(experiment, start)).value(experiment) == 1.0

    return [is_learned(function) for function in range(FUNCTIONS)]


def phase_jobs(quick: bool) -> tuple[Job, ...]:
    """Return a job for every phase length."""
    lengths = _QUICK_LENGTHS if quick else _LENGTHS
    return tuple(Job(f"phase-{length:g}", forward_error, (length,)) for length in lengths)


def show_phases(errors: Sequence[float]) -> Study:
    """Return the table of errors, with the slope of their logarithm."""
    lengths = _LENGTHS[: len(errors)]
    slope = float(np.polyfit(lengths, np.log(errors), 1)[0])
    return Study(
        title="Sigmoids at equilibrium: error and phase length",
        text="Largest error of the output of a fixed network for XOR (2-2-1). d log error / d L is "
        f"{slope:.3f}; -1.07 in real arithmetic for another network. Sigmoids relax at the rate 1 + exp(-n).",
        columns=("phase length L", "largest error"),
        cells=tuple((f"{length:g}", f"{error:.2e}") for length, error in zip(lengths, errors, strict=True)),
    )


def function_jobs(quick: bool) -> tuple[Job, ...]:
    """Return a job for every network and start."""
    starts = _QUICK_STARTS if quick else _STARTS
    return tuple(
        Job(f"functions-{units}-{start}", functions_learned, (units, epochs, start))
        for units, epochs in _NETWORKS
        for start in range(starts)
    )


def show_functions(results: Sequence[Any]) -> Study:
    """Return the numbers of starts that learn all functions, and each of them."""
    tables = np.array(results, dtype=bool).reshape(len(_NETWORKS), -1, FUNCTIONS)
    starts = tables.shape[1]
    others = [f for f in range(FUNCTIONS) if f not in (_XOR, _XNOR)]

    def row(units: int, epochs: int, learned: Any) -> tuple[str, ...]:
        counts = learned.sum(axis=0)
        found = (int(learned.all(axis=1).sum()), *counts[[_XOR, _XNOR]].tolist(), int(counts[others].min()))
        return (f"2-{units}-1", str(epochs), *(f"{count} of {starts}" for count in found))

    return Study(
        title="All Boolean functions by weight perturbation",
        text="Starts from which all 16 functions of two inputs are learned, with one set of constants. Real "
        "arithmetic with 40 other starts: 33 of 40 with three units, 19 of 40 with two.",
        columns=("network", "epochs", "all 16", "XOR", "XNOR", "least of the others"),
        cells=tuple(
            row(units, epochs, learned) for (units, epochs), learned in zip(_NETWORKS, tables, strict=True)
        ),
    )


def _sigmoid(argument: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-argument))
