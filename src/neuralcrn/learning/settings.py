"""What defines a training run, and the settings of the publication."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from neuralcrn.circuits import Distribution, find_family
from neuralcrn.errors import InvalidValueError

_NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Options of task, circuit and training that belong together.

    Attributes
    ----------
    task_options : mapping
        Options of the task's generator.
    circuit_options : mapping
        Options of the circuit's family.
    epochs : int
        Passes over the training samples.
    initial : mapping of str to Distribution
        Laws of the parameters, where they differ from the family's.
    source : str
        Where the setting comes from.
    """

    task_options: Mapping[str, Any] = field(default_factory=lambda: _NONE)
    circuit_options: Mapping[str, Any] = field(default_factory=lambda: _NONE)
    epochs: int = 50
    initial: Mapping[str, Distribution] = field(default_factory=lambda: _NONE)
    source: str = "ours"


_PAPER = "arXiv 2409.00034"
_RELU_RINGS = {"inner": 0.4, "outer_low": 0.6, "train": 100, "validation": 200}
_IRIS_LAW = Distribution("normal", 0.0, 2.0 / math.sqrt(5.0))

DEFAULT_GRADIENT: Mapping[tuple[str, str], str] = MappingProxyType(
    {("sin-square", "quadratic"): "first-order"}
)
"""Gradient modes that differ from the family's own."""

SETTINGS: Mapping[tuple[str, str, str], Setting] = MappingProxyType(
    {
        ("linear-regression", "linear", "exact"): Setting(
            circuit_options={"supply": 0.1, "horizon": 0.5, "rate": 0.1}, epochs=5, source=_PAPER
        ),
        ("linear-classification", "linear", "exact"): Setting(
            circuit_options={"supply": 0.0, "horizon": 0.8, "rate": 0.01},
            epochs=10,
            initial={"theta": Distribution("absolute-normal", 0.2, 0.5)},
            source=_PAPER,
        ),
        ("bilinear", "quadratic", "exact"): Setting(
            circuit_options={"horizon": 0.5, "rate": 0.6}, epochs=80, source=_PAPER
        ),
        ("bilinear", "quadratic", "first-order"): Setting(
            circuit_options={"horizon": 1.0, "rate": 0.6}, epochs=50, source=_PAPER
        ),
        ("sin-square", "quadratic", "first-order"): Setting(
            circuit_options={"horizon": 0.6, "rate": 0.6}, epochs=50, source=_PAPER
        ),
        ("xor", "cubic", "exact"): Setting(epochs=80, source=_PAPER),
        ("rings", "cubic", "exact"): Setting(epochs=80, source=_PAPER),
        ("xor", "cubic-quadratic", "linear-reversal"): Setting(epochs=80, source=_PAPER),
        ("rings", "cubic-quadratic", "linear-reversal"): Setting(
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
        ("rings", "smooth-relu", "exact"): Setting(task_options=_RELU_RINGS, epochs=200, source=_PAPER),
        ("xor", "smooth-relu", "exact"): Setting(
            task_options={"train": 100, "validation": 10}, epochs=200, source=_PAPER
        ),
        ("or", "smooth-relu", "exact"): Setting(epochs=200, source=_PAPER),
        ("and", "smooth-relu", "exact"): Setting(circuit_options={"horizon": 0.5}, epochs=200, source=_PAPER),
        ("xor", "mixing", "exact"): Setting(epochs=300),
        ("rings", "mixing", "exact"): Setting(epochs=300),
        ("iris", "smooth-relu", "exact"): Setting(
            circuit_options={
                "supply": 0.3,
                "augmentation": 1.0,
                "horizon": 0.6,
                "rate": 0.01 / 1.01,
            },
            epochs=40,
            initial={"theta": _IRIS_LAW, "w": _IRIS_LAW},
            source=_PAPER,
        ),
    }
)
"""By task, circuit and gradient mode."""


def find_setting(task: str, circuit: str, gradient: str) -> Setting:
    """Return the setting for a task learned by a circuit; the families' own where none is recorded."""
    return SETTINGS.get((task, circuit, gradient), Setting())


def default_gradient(task: str, circuit: str) -> str:
    """Return the gradient mode that a task is learned with by a circuit unless another is chosen."""
    return DEFAULT_GRADIENT.get((task, circuit), find_family(circuit).defaults.gradient)


def initial_laws(circuit: str, setting: Setting) -> dict[str, Distribution]:
    """Return the law of every parameter before training."""
    return {**find_family(circuit).initial, **setting.initial}


def override(setting: Setting, *, epochs: int | None = None, **circuit_options: Any) -> Setting:
    """Return the setting with epochs and circuit options replaced where they are given.

    Raises
    ------
    InvalidValueError
        If the number of epochs is out of range.
    """
    chosen = {name: value for name, value in circuit_options.items() if value is not None}
    if epochs is not None:
        refuse_epochs(epochs)
    return dataclasses.replace(
        setting,
        epochs=setting.epochs if epochs is None else epochs,
        circuit_options={**setting.circuit_options, **chosen},
    )


def refuse_epochs(epochs: int) -> None:
    """Refuse a number of epochs out of range."""
    if not 1 <= epochs <= 1_000_000:
        raise InvalidValueError(f"epochs = {epochs}: choose 1 to 1,000,000")
