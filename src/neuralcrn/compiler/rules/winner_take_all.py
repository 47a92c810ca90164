"""Winner-take-all with activatable weights: patterns activate the weights of their label, in one pass.

::

    threshold   X_i + Th_i -> 0                     fast: inputs below the threshold disappear
    learn       X_i + A*_ij <-> I_ij                a learning gate binds the input
                I_ij + L_j -> A_ij                  with the label it releases an activator
                A_ij + W*_ij -> W_ij                which activates the weight
    inhibit     L_j + Inh_j -> 0                    the rest of the label is removed
    sum         X_i + W_ij -> X_i + P_ij            the input is a catalyst, the weight is consumed
                P_ij + G_j -> S_j                   products of a class become one sum
    compete     S_j + S_k -> 0                      the largest sum survives
    report      S_j + R_j -> S_j + Y_j              what is left is reported

Cherry and Qian, Nature 645, 639 (2025), doi:10.1038/s41586-025-09479-w; reactions from its captions. Ours:
the stages, in which learning gates react only while learning, weights only in a test, as weights without
their fuels do, and sums compete when they are complete and are reported when they have competed, instead of
fast competition beside a slow reporter; inhibition after every pattern, so that patterns may come in any
order; the rate constants. With labels, gates and inactive weights in excess, a pattern adds x_i - threshold
to every weight of its class. Differences of sums keep their signs, since d(S_1 - S_2) = -k (S_1 - S_2) times
the other sums. A test consumes weights, so every prediction is made with a copy of the pot, an aliquot.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, final

import numpy as np

from neuralcrn.algebra import Variable
from neuralcrn.chemistry import Network, Reaction
from neuralcrn.compiler.circuit import Circuit
from neuralcrn.compiler.protocol import Dose, Read
from neuralcrn.compiler.rules.base import LearningRule
from neuralcrn.compiler.rules.one_layer import check_layer
from neuralcrn.compiler.schedule import Schedule, sample_feeds
from neuralcrn.compiler.solution import Solution, Vector
from neuralcrn.compiler.stages import React
from neuralcrn.errors import CompileError

if TYPE_CHECKING:
    from neuralcrn.compiler.oracle import Oracle

_GATE, _BOUND, _ACTIVATOR, _INERT, _PRODUCT = "gate", "bound", "active", "inert", "p"
_THRESHOLD, _LABEL, _INHIBITOR, _COLLECTOR, _SUM, _REPORTER = "th", "l", "inh", "g", "s", "r"
_OUTPUT = "e"
_ONE_RAIL = frozenset(
    {
        *(_GATE, _BOUND, _ACTIVATOR, _INERT, _PRODUCT, _OUTPUT),
        *(_THRESHOLD, _LABEL, _INHIBITOR, _COLLECTOR, _SUM, _REPORTER),
    }
)
ACTIVATION = 10.0
"""Rate constant of the activation of weights, 1 / (concentration time); others of learning and test are 1."""
LEARNING, INHIBITION, SUMMATION, COMPETITION, REPORT = 40.0, 2.0, 100.0, 10.0, 1_000.0
"""Durations of the stages."""


@final
class WinnerTakeAll(LearningRule):
    """Patterns activate the weights of their class; a test reports the class with the largest sum."""

    name = "winner-take-all"
    summary = "patterns activate the weights of their label in one pass; the largest sum wins"
    reference = "thresholded inputs of the class"
    constants = MappingProxyType({"threshold": 0.2, "capacity": 15.0})
    one_hot = True

    def schedule(self, circuit: Circuit) -> Schedule:
        """Return the stages listed above.

        Raises
        ------
        CompileError
            If the circuit has other parameters than one non-negative weight for every class and input.
        """
        check_layer(circuit)
        if circuit.learning_rate != 1.0:
            raise CompileError(
                f"circuit {circuit.name}: learning_rate = {circuit.learning_rate:g}: a pattern activates as "
                "much as there is of it: leave it 1, or scale the data"
            )
        inputs, outputs = circuit.system.inputs, circuit.errors
        weights, rate = circuit.trained_parameters, circuit.annihilation
        capacity = self.constant(circuit, "capacity")
        labels = 2.0 * len(inputs)  # more than all inputs of a sample
        thresholds = [Variable(_THRESHOLD, x.index) for x in inputs]
        feeds = (
            *sample_feeds(circuit),
            *(Dose(t, "constant", factor=self.constant(circuit, "threshold")) for t in thresholds),
        )
        threshold = React("threshold", 1.0, _network(_pairs(inputs, thresholds, rate)))
        classes = [e.index for e in outputs]
        training = (
            *feeds,
            *(Dose(Variable(_LABEL, j), "target", j[0], labels) for j in classes),
            threshold,
            React("learn", LEARNING, _network(_learning(circuit))),
            *(Dose(Variable(_INHIBITOR, j), "constant", factor=labels) for j in classes),
            React("inhibit", INHIBITION, _network(_inhibition(classes, rate))),
            Read(outputs),
        )
        prediction = (
            *feeds,
            *(Dose(Variable(_COLLECTOR, j), "constant", factor=capacity * len(inputs)) for j in classes),
            threshold,
            React("sum", SUMMATION, _network(_summation(circuit))),
            React("compete", COMPETITION, _network(_competition(circuit))),
            *(Dose(Variable(_REPORTER, j), "constant", factor=1.0) for j in classes),
            React("report", REPORT, _network(_report(circuit))),
            Read(outputs),
        )
        unused = [Variable(name, w.index) for w in weights for name in (_GATE, _INERT)]
        return Schedule(
            training=training,
            prediction=prediction,
            kept=(*weights, *unused),
            initial=dict.fromkeys(unused, capacity),
            non_negative=_ONE_RAIL,
        )

    def exact(self, oracle: Oracle, parameters: Vector, features: Vector, targets: Vector) -> Solution:
        """Return the sums of the weights that are released, 1 for the largest, and the change of the weights
        divided by -eta as gradient.
        """
        circuit = oracle.circuit
        weights = parameters.reshape(circuit.outputs, -1)
        left = np.maximum(features - self.constant(circuit, "threshold"), 0.0)
        sums = weights @ -np.expm1(-left * SUMMATION)
        outputs = np.eye(circuit.outputs)[np.argmax(sums)]
        gradient = -np.outer(targets, left).ravel() / circuit.learning_rate
        return Solution(sums, outputs, outputs - targets, np.zeros_like(sums), gradient)

    def caveat(self, circuit: Circuit) -> str:
        """Return nothing: the reference is the definition of the rule."""
        return ""


def _of(name: str, weight: Variable) -> str:
    return Variable(name, weight.index).species


_Rows = Iterable[tuple[Mapping[str, int], Mapping[str, int], float]]
"""Reactants, products and rate constants."""


def _network(rows: _Rows) -> Network:
    return Network.of([Reaction.of(before, after, rate=rate) for before, after, rate in rows])


def _pairs(first: Iterable[Variable], second: Iterable[Variable], rate: float) -> _Rows:
    """Yield reactions by which pairs of species disappear."""
    for a, b in zip(first, second, strict=True):
        yield {a.species: 1, b.species: 1}, {}, rate


def _inhibition(classes: Iterable[tuple[int, ...]], rate: float) -> _Rows:
    labels = [(Variable(_LABEL, j), Variable(_INHIBITOR, j)) for j in classes]
    return _pairs((label for label, _ in labels), (inhibitor for _, inhibitor in labels), rate)


def _learning(circuit: Circuit) -> _Rows:
    for weight in circuit.trained_parameters:
        j, i = weight.index
        x, label = circuit.system.inputs[i].species, Variable(_LABEL, (j,)).species
        gate, bound, active, inert = (_of(name, weight) for name in (_GATE, _BOUND, _ACTIVATOR, _INERT))
        yield {x: 1, gate: 1}, {bound: 1}, 1.0
        yield {bound: 1}, {x: 1, gate: 1}, 1.0
        yield {bound: 1, label: 1}, {active: 1}, 1.0
        yield {active: 1, inert: 1}, {weight.species: 1}, ACTIVATION


def _summation(circuit: Circuit) -> _Rows:
    for weight in circuit.trained_parameters:
        j, i = weight.index
        x, product = circuit.system.inputs[i].species, _of(_PRODUCT, weight)
        yield {x: 1, weight.species: 1}, {x: 1, product: 1}, 1.0
        yield {product: 1, Variable(_COLLECTOR, (j,)).species: 1}, {Variable(_SUM, (j,)).species: 1}, 1.0


def _competition(circuit: Circuit) -> _Rows:
    sums = [Variable(_SUM, e.index).species for e in circuit.errors]
    for first, second in itertools.combinations(sums, 2):
        yield {first: 1, second: 1}, {}, circuit.annihilation


def _report(circuit: Circuit) -> _Rows:
    for output in circuit.errors:
        total = Variable(_SUM, output.index).species
        yield {total: 1, Variable(_REPORTER, output.index).species: 1}, {total: 1, output.species: 1}, 1.0
