"""Gradients by finite differences: parameters are perturbed one after the other, and nothing runs backwards.

::

    forward path        e <- outputs, from e = -targets; the rails of e annihilate
    loss                dg = -e^2 / (2 delta), for every parameter          2 E -> 2 E + G_n
    for every parameter theta:
        clearing        all states are removed, the inputs and parameters remain
        dose            delta of theta_p
        forward path    as before
        loss-theta      dg_theta = e^2 / (2 delta)                          2 E -> 2 E + G_p
        dose            delta of theta_n, which takes the perturbation out
    update              theta is updated by g

So g is the forward difference ``(loss(theta + delta) - loss(theta)) / delta`` of half the squared error. Any
circuit whose forward path consists of stages can be trained: layers, with any activation, and neural ODEs.
Samples of a batch contribute to the same gradients.

Weight perturbation with reactions, for Boolean functions: Arredondo and Lakin (IEEE Transactions on Neural
Networks and Learning Systems, doi 10.1109/TNNLS.2022.3146057). The reactions are ours. Every parameter has a
gradient of its own, instead of one pair of species for the change of the loss, so that a sample of a batch
needs one forward path more than there are parameters, and not two for every parameter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, final

import numpy as np

from neuralcrn.algebra import Polynomial, Variable, sum_of
from neuralcrn.compiler.circuit import Circuit, gradient_of
from neuralcrn.compiler.layered import is_layered
from neuralcrn.compiler.protocol import Dose, Read, Withdraw
from neuralcrn.compiler.rules.backpropagation import Backpropagation
from neuralcrn.compiler.rules.base import LearningRule, Limit
from neuralcrn.compiler.rules.exact import Exact
from neuralcrn.compiler.rules.modules import PHASE, Modules
from neuralcrn.compiler.schedule import Schedule
from neuralcrn.compiler.smooth import SMOOTH
from neuralcrn.compiler.solution import Solution, Vector
from neuralcrn.compiler.stages import Compare, Evaluate, Integrate, Stage, Update
from neuralcrn.errors import CompileError

if TYPE_CHECKING:
    from neuralcrn.compiler.oracle import Oracle

DELTA = 0.05
"""Default perturbation of a parameter, concentration."""
_LADDER = (0.2, 0.1, 0.05, 0.025)
"""Perturbations of the limit that the certificate checks."""


@final
class WeightPerturbation(LearningRule):
    """Finite differences of the loss."""

    name = "weight-perturbation"
    summary = "parameters are perturbed one after the other: finite differences, nothing runs backwards"
    reference = "finite differences with the same perturbation"
    constants: Mapping[str, float] = MappingProxyType({"delta": DELTA, "phase": PHASE})

    def schedule(self, circuit: Circuit) -> Schedule:
        """Return the stages listed above."""
        _check_options(circuit)
        _, base = self._base(circuit)
        forward, delta = _compared(base), self.constant(circuit, "delta")
        parameters = circuit.trained_parameters
        loss = sum_of(Polynomial.of(e) * Polynomial.of(e) for e in circuit.errors) * (0.5 / delta)
        training: list[Stage] = [*forward, Read(circuit.errors)]
        training.append(Evaluate("loss", {gradient_of(p): -loss for p in parameters}))
        for parameter in parameters:
            training += [
                Withdraw(_used(forward)),
                Dose(parameter, "constant", factor=delta),
                *forward,
                Evaluate(f"loss-{parameter.species}", {gradient_of(parameter): loss}),
                Dose(parameter, "constant", factor=-delta),
            ]
        return Schedule((*training, Update("update", parameters)), base.prediction, base.kept)

    def exact(self, oracle: Oracle, parameters: Vector, features: Vector, targets: Vector) -> Solution:
        """Return exact states and outputs, and finite differences."""
        delta = self.constant(oracle.circuit, "delta")
        rule, _ = self._base(oracle.circuit)
        plain = replace(oracle, circuit=_with_rule(oracle.circuit, rule))

        def loss(values: Vector) -> float:
            return 0.5 * float(np.sum(rule.exact(plain, values, features, targets).error ** 2))

        units = delta * np.eye(len(parameters))
        losses = np.array([loss(parameters + unit) for unit in units])
        gradient = (losses - loss(parameters)) / delta
        return replace(rule.exact(plain, parameters, features, targets), gradient=gradient)

    def caveat(self, circuit: Circuit) -> str:
        """Return nothing: the reference has the same perturbation."""
        return ""

    def limits(self, circuit: Circuit) -> tuple[Limit, ...]:
        """Return the limit of small perturbations, in which the gradient is that of the loss."""
        rule, _ = self._base(circuit)

        def gradient(oracle: Oracle, parameters: Vector, features: Vector, targets: Vector) -> Vector:
            plain = replace(oracle, circuit=_with_rule(oracle.circuit, rule))
            return rule.exact(plain, parameters, features, targets).gradient

        constants = dict(circuit.rule_constants)
        circuits = {d: circuit.with_(rule_constants={**constants, "delta": d}) for d in _LADDER}
        return (Limit("delta", circuits, 1.0, gradient),)

    @staticmethod
    def _base(circuit: Circuit) -> tuple[LearningRule, Schedule]:
        """Return the rule with the forward path of a circuit, and its schedule."""
        rule = _forward_rule(circuit)
        return rule, rule.schedule(_with_rule(circuit, rule))


def _forward_rule(circuit: Circuit) -> LearningRule:
    """Return a rule with the forward path of a circuit: layer by layer if that is possible."""
    if circuit.state_activation in SMOOTH:
        return Modules()
    return Backpropagation() if is_layered(circuit) else Exact()


def _with_rule(circuit: Circuit, rule: LearningRule) -> Circuit:
    constants = {name: value for name, value in circuit.rule_constants.items() if name in rule.constants}
    return circuit.with_(rule=rule.name, rule_constants=constants)


def _compared(schedule: Schedule) -> tuple[Stage, ...]:
    """Return the stages of a schedule up to the comparison of the errors."""
    stages = schedule.training
    last = max(i for i, stage in enumerate(stages) if isinstance(stage, Compare))
    return tuple(stage for stage in stages[: last + 1] if not isinstance(stage, Read))


def _used(stages: tuple[Stage, ...]) -> tuple[Variable, ...]:
    """Return the variables that are dosed or changed."""
    used: dict[Variable, None] = {}
    for stage in stages:
        if isinstance(stage, Dose):
            used[stage.variable] = None
        elif isinstance(stage, Integrate | Evaluate):
            used |= dict.fromkeys(stage.equations)
    return tuple(used)


def _check_options(circuit: Circuit) -> None:
    """Reject options that act on errors or gradients that the rule does not have."""
    if circuit.update == "direct" or circuit.optimiser != "plain" or circuit.loss != "squared":
        raise CompileError(
            f"circuit {circuit.name}: rule weight-perturbation compares losses of several forward paths: "
            "choose update = transfer or accumulate, optimiser = plain and loss = squared"
        )
