"""Recorded settings of the published trainings, and of ours."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from neuralcrn.circuits import FAMILIES, STANDARD, Distribution
from neuralcrn.learning.series import SERIES_SPECS
from neuralcrn.learning.spec import TrainingSpec

_PAPER = "arXiv 2409.00034"
_RELU_RINGS = {"inner": 0.4, "outer_low": 0.6, "train": 100, "validation": 200}
_IRIS_LAW = Distribution("normal", 0.0, 2.0 / math.sqrt(5.0))

DEFAULT_RULE: Mapping[tuple[str, str], str] = MappingProxyType({("sin-square", "quadratic"): "first-order"})
"""Learning rules that differ from those of the family."""

_FAN, _LAKIN, _ARREDONDO = "arXiv 2311.18313", "doi 10.1162/artl_a_00405", "doi 10.1109/TNNLS.2022.3146057"
_WEIGHTS: tuple[str, ...] = ("theta", "beta", "w", "b")
_NORMAL: Mapping[str, Distribution] = dict.fromkeys(_WEIGHTS, STANDARD)
_UNIFORM: Mapping[str, Distribution] = dict.fromkeys(_WEIGHTS, Distribution("uniform", -1.0, 1.0))

_RECORDED = (
    TrainingSpec(
        task="linear-regression",
        circuit="linear",
        rule="exact",
        circuit_options={"supply": 0.1, "horizon": 0.5, "learning_rate": 0.1},
        epochs=5,
        source=_PAPER,
    ),
    TrainingSpec(
        task="linear-classification",
        circuit="linear",
        rule="exact",
        circuit_options={"supply": 0.0, "horizon": 0.8, "learning_rate": 0.01},
        epochs=10,
        initializers={"theta": Distribution("absolute-normal", 0.2, 0.5)},
        source=_PAPER,
    ),
    TrainingSpec(
        task="bilinear",
        circuit="quadratic",
        rule="exact",
        circuit_options={"horizon": 0.5, "learning_rate": 0.6},
        epochs=80,
        source=_PAPER,
    ),
    TrainingSpec(
        task="bilinear",
        circuit="quadratic",
        rule="first-order",
        circuit_options={"horizon": 1.0, "learning_rate": 0.6},
        epochs=50,
        source=_PAPER,
    ),
    TrainingSpec(
        task="sin-square",
        circuit="quadratic",
        rule="first-order",
        circuit_options={"horizon": 0.6, "learning_rate": 0.6},
        epochs=50,
        source=_PAPER,
    ),
    TrainingSpec(task="xor", circuit="cubic", rule="exact", epochs=80, source=_PAPER),
    TrainingSpec(task="rings", circuit="cubic", rule="exact", epochs=80, source=_PAPER),
    TrainingSpec(task="xor", circuit="cubic-quadratic", rule="linear-reversal", epochs=80, source=_PAPER),
    TrainingSpec(
        task="rings",
        circuit="cubic-quadratic",
        rule="linear-reversal",
        task_options={
            "centre": 1.0,
            "inner": 0.4,
            "outer_low": 0.6,
            "high_target": 2.0,
            "validation": 101,
        },
        circuit_options={"augmentation": 1.0},
        epochs=80,
        source=_PAPER,
    ),
    TrainingSpec(
        task="rings", circuit="smooth-relu", rule="exact", task_options=_RELU_RINGS, epochs=200, source=_PAPER
    ),
    TrainingSpec(
        task="xor",
        circuit="smooth-relu",
        rule="exact",
        task_options={"train": 100, "validation": 10},
        epochs=200,
        source=_PAPER,
    ),
    TrainingSpec(task="or", circuit="smooth-relu", rule="exact", epochs=200, source=_PAPER),
    TrainingSpec(
        task="and",
        circuit="smooth-relu",
        rule="exact",
        circuit_options={"horizon": 0.5},
        epochs=200,
        source=_PAPER,
    ),
    TrainingSpec(task="xor", circuit="mixing", rule="exact", epochs=300),
    TrainingSpec(task="rings", circuit="mixing", rule="exact", epochs=300),
    TrainingSpec(
        task="iris",
        circuit="smooth-relu",
        rule="exact",
        circuit_options={
            "supply": 0.3,
            "augmentation": 1.0,
            "horizon": 0.6,
            "learning_rate": 0.01 / 1.01,
        },
        epochs=40,
        initializers={"theta": _IRIS_LAW, "w": _IRIS_LAW},
        source=_PAPER,
    ),
    *SERIES_SPECS,
    TrainingSpec(
        task="logic",
        circuit="fixed-point-network",
        rule="fixed-point",
        task_options={"low_input": -1.0},
        epochs=250,
        source="arXiv 2410.11919, constants ours",
    ),
    TrainingSpec(
        task="iris",
        circuit="fixed-point-network",
        rule="fixed-point",
        circuit_options={"hidden": 5, "horizon": 48.0, "learning_rate": 3e-4},
        epochs=150,
        source="arXiv 2410.11919, constants ours",
    ),
    TrainingSpec(
        task="digits",
        circuit="multiplicative-weights",
        rule="multiplicative-weights",
        task_options={"validation": 397},
        circuit_options={"learning_rate": 0.05},
        epochs=5,
    ),
    TrainingSpec(
        task="digits",
        circuit="multiplicative-weights",
        rule="expert-gains",
        task_options={"validation": 397},
        circuit_options={"learning_rate": 0.05},
        epochs=1,
    ),
    TrainingSpec(task="digit-pair", circuit="winner-take-all", rule="winner-take-all", epochs=1),
    TrainingSpec(
        task="separable",
        circuit="svm",
        rule="backpropagation",
        circuit_options={"learning_rate": 0.1, "decay": 1e-3, "batch": 10},
        epochs=200,
    ),
    TrainingSpec(
        task="logic",
        circuit="symmetric-network",
        rule="equilibrium-propagation",
        task_options={"low_input": -1.0, "low_target": 0.1, "high_target": 0.9},
        epochs=400,
    ),
    TrainingSpec(
        task="logic",
        circuit="sigmoid",
        rule="modules",
        circuit_options={"hidden": 4, "learning_rate": 5.0, "batch": 4},
        epochs=3000,
        initializers=_NORMAL,
        source=_FAN,
    ),
    TrainingSpec(
        task="logic",
        circuit="perceptron",
        rule="backpropagation",
        circuit_options={"hidden": 4, "activation": "leaky-relu", "learning_rate": 0.05},
        epochs=500,
        initializers=_UNIFORM,
        source=_LAKIN,
    ),
    TrainingSpec(
        task="logic",
        circuit="tanh",
        rule="weight-perturbation",
        task_options={"low_input": -1.0, "low_target": -1.0},
        circuit_options={"hidden": 3, "learning_rate": 0.4, "batch": 4, "annihilation": 1000.0},
        epochs=200,
        initializers=_NORMAL,
        source=_ARREDONDO,
    ),
    TrainingSpec(task="logic", circuit="goodness-layer", rule="forward-forward", epochs=300),
)

SETTINGS: Mapping[tuple[str, str, str], TrainingSpec] = MappingProxyType(
    {(spec.task, spec.circuit, spec.rule): spec for spec in _RECORDED}
)
"""Recorded trainings by task, circuit and learning rule."""


def recorded_spec(task: str, circuit: str, rule: str) -> TrainingSpec:
    """Return the recorded training of a task with a circuit and a rule; by default that of the family.

    Examples
    --------
    >>> recorded_spec("xor", "cubic", "exact").epochs
    80
    """
    return SETTINGS.get((task, circuit, rule)) or TrainingSpec(task=task, circuit=circuit, rule=rule)


def default_rule(task: str, circuit: str) -> str:
    """Return the default learning rule of a task and a circuit."""
    return DEFAULT_RULE.get((task, circuit), FAMILIES.find(circuit).defaults.rule)
