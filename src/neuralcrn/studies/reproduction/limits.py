"""Study of the limits of learning rules: the error of the gradient of the simulated chemistry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from neuralcrn.circuits import FAMILIES, Circuit, make_circuit
from neuralcrn.compiler import RULES, Oracle
from neuralcrn.jobs import Job
from neuralcrn.studies.reproduction.report import Study
from neuralcrn.verify import draw_samples
from neuralcrn.verify.measurement import accurate, measure

LIMITS = "limits"
"""Name of the study."""
_UNITS = 4
_ANNIHILATION = 1e6
_QUICK_SAMPLES, _SAMPLES = 2, 8
_TEXT = (
    "Error of the gradient that the chemistry has accumulated for one sample, relative to the gradient that "
    f"the rule approaches: all parameters of random networks with {_UNITS} hidden units together, "
    f"annihilation constant {_ANNIHILATION:g}. The last column is the error of the rule in exact arithmetic."
)


@final
@dataclass(frozen=True, slots=True)
class LimitRow:
    """The error of one rule for one value of its constant.

    Attributes
    ----------
    circuit, rule, constant : str
        Family, learning rule and name of the constant that becomes small.
    order : float, dimensionless
        Power of the constant to which the error is proportional.
    value : float
        Value of the constant.
    simulated, exact : float, dimensionless
        Relative error of the simulated chemistry, and of the rule in exact arithmetic.
    """

    circuit: str
    rule: str
    constant: str
    order: float
    value: float
    simulated: float
    exact: float


def limit_rows(name: str, samples: int) -> list[LimitRow]:
    """Return the errors of the default rule of a family, for random parameters and samples."""
    circuit = _circuit(name)
    rule = RULES.find(circuit.rule)
    points = draw_samples(circuit, samples, np.random.default_rng(0))
    rows: list[LimitRow] = []
    for limit in rule.limits(circuit):
        for value, varied in limit.circuits.items():
            oracle = Oracle.of(varied)
            executable = accurate(varied.compile())
            given = [(point.parameters, point.features, point.targets) for point in points]
            wanted = np.array([limit.reference(oracle, *point) for point in given])
            exact = np.array([rule.exact(oracle, *point).gradient for point in given])
            simulated = np.array([measure(executable, point).gradient for point in points])
            errors = (float(np.linalg.norm(g - wanted) / np.linalg.norm(wanted)) for g in (simulated, exact))
            rows.append(LimitRow(name, rule.name, limit.name, limit.order, value, *errors))
    return rows


def limit_jobs(quick: bool) -> tuple[Job, ...]:
    """Return one job for every family whose rule has a limit."""
    samples = _QUICK_SAMPLES if quick else _SAMPLES
    return tuple(Job(f"limits-{name}", limit_rows, (name, samples)) for name in _families())


def show_limits(results: Sequence[list[dict[str, Any]]]) -> Study:
    """Return the study as a table."""
    rows = [LimitRow(**row) for part in results for row in part]
    return Study(
        title="Limits of learning rules",
        text=_TEXT,
        columns=("circuit", "rule", "constant", "order", "value", "error, simulated", "error, exact"),
        cells=tuple(
            (
                row.circuit,
                row.rule,
                row.constant,
                f"{row.order:g}",
                f"{row.value:.4g}",
                f"{row.simulated:.2g}",
                f"{row.exact:.2g}",
            )
            for row in rows
        ),
    )


def _circuit(name: str) -> Circuit:
    return make_circuit(name, hidden=_UNITS).with_(annihilation=_ANNIHILATION)


def _families() -> Iterable[str]:
    for name, family in FAMILIES.items():
        rule = RULES.find(family.defaults.rule)
        if rule.limits(make_circuit(name)):
            yield name
