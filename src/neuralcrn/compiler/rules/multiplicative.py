"""Multiplicative weights: non-negative weights that are multiplied, instead of gradients that are added.

::

    scores      z_k <- sum_i W_ki x_i                  W_ki + X_i -> W_ki + X_i + Z_k
    select      dp_k = c p_k (z_k - q)                 Z_k + P_k -> Z_k + 2 P_k,  P_k + Q -> Q
                dq = c (sum_k z_k p_k - q^2)           Z_k + P_k -> Z_k + P_k + Q,  2 Q -> Q
    normalise   dp_k = h p_k (1 - q), dq = h q (1 - q)   P_k -> 2 P_k,  P_k + Q -> Q
    readout     e_k <- p_k, from e_k = -y_k
    error       the two rails of e annihilate
    products    r_ki <- e_k x_i                        E_k + X_i -> E_k + X_i + R_ki
    multiply    dW_ki = -eta r_ki W_ki                 R_n + W -> R_n + 2 W,  R_p + W -> R_p
    total       t_k <- sum_i W_ki                      W_ki -> W_ki + T_k
    dilute      dW_ki = h W_ki (1 - t_k), dt_k = h t_k (1 - t_k)   W -> 2 W,  W + T -> T

Competitors P_k with equal constants grow in proportion to their scores: after unit time they are proportional
to exp(c z_k), so the largest score wins, and after normalisation p is the softmax of c z. Errors are those of
the winner, so weights only change after mistakes. The species Q and T start at the sums of P_k and of W_ki
and obey the same laws, so they remain these sums, and dilution by them needs one reaction for each member
instead of one for each pair. The result is W_ki exp(-eta e_k x_i) / sum_j W_kj exp(-eta e_k x_j).

`ExpertGains` multiplies the weights of the class of the sample only, by exp(eta x_i): with r_ki <- y_k x_i,
``R + W -> R + 2 W``. Every input is an expert with the gain x_i, and the regret for inputs in [0, 1] is at
most ln N / eta + eta T / 8 after T samples.

Multiplicative weights as reactions, with this bound: arXiv 2603.12060. Its reactions of weights are those
of *multiply*; the competition, the sums Q and T, and the phases are ours.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, final

import numpy as np

from neuralcrn.algebra import Polynomial, Variable, sum_of
from neuralcrn.compiler.circuit import Circuit
from neuralcrn.compiler.protocol import Dose, Read
from neuralcrn.compiler.rules.base import LearningRule
from neuralcrn.compiler.rules.one_layer import check_layer
from neuralcrn.compiler.schedule import Schedule, sample_feeds, target_feeds
from neuralcrn.compiler.solution import Solution, Vector
from neuralcrn.compiler.stages import Compare, Evaluate, Integrate, Stage

if TYPE_CHECKING:
    from neuralcrn.compiler.oracle import Oracle

_COMPETITOR, _SUM, _TOTAL, _PRODUCT, _CLASS = "p", "q", "t", "r", "d"
"""Competitors and their sum, sums of weights, products, and the class of a sample."""
_ONE_RAIL = frozenset({_COMPETITOR, _SUM, _TOTAL, _CLASS})
DILUTION = 30.0
"""Rate constant h; after unit time a sum differs from 1 by a factor of exp(-30)."""


class MultiplicativeRule(LearningRule):
    """Base class of rules that multiply weights and keep their sums at 1.

    Attributes
    ----------
    sign : float
        1 if weights grow with the products, which then have one rail; -1 if they decrease.
    """

    reference = "closed form of the multiplied weights"
    constants = MappingProxyType({"sharpness": 200.0})
    sign: float

    @abstractmethod
    def products(self, circuit: Circuit) -> tuple[Stage, ...]:
        """Return the stages that produce r_ki."""

    @abstractmethod
    def exponents(self, error: Vector, features: Vector, targets: Vector) -> Vector:
        """Return r, shape (outputs, features)."""

    @final
    def schedule(self, circuit: Circuit) -> Schedule:
        """Return the stages listed above."""
        check_layer(circuit)
        forward = self._forward(circuit)
        read = Evaluate(
            "readout", dict(zip(circuit.errors, map(Polynomial.of, _competitors(circuit)), strict=True))
        )
        training = (
            *forward,
            *target_feeds(circuit.errors),
            read,
            Compare("error", circuit.errors),
            Read(circuit.errors),
            *self.products(circuit),
            *_multiplication(circuit, self.sign),
        )
        return Schedule(
            training=training,
            prediction=(*forward, read, Read(circuit.errors)),
            kept=circuit.trained_parameters,
            non_negative=_ONE_RAIL | ({_PRODUCT} if self.sign > 0.0 else set()),
        )

    @final
    def exact(self, oracle: Oracle, parameters: Vector, features: Vector, targets: Vector) -> Solution:
        """Return scores, the softmax, and the change of the weights divided by -eta as gradient."""
        circuit = oracle.circuit
        weights = parameters.reshape(circuit.outputs, -1)
        scores = weights @ features
        sharp = self.constant(circuit, "sharpness") * (scores - scores.max())
        outputs = np.exp(sharp) / np.exp(sharp).sum()
        error = outputs - targets
        grown = weights * np.exp(self.sign * circuit.learning_rate * self.exponents(error, features, targets))
        change = grown / grown.sum(axis=1, keepdims=True) - weights
        gradient = -change.ravel() / circuit.learning_rate
        return Solution(scores, outputs, error, np.zeros_like(scores), gradient)

    def caveat(self, circuit: Circuit) -> str:
        """Return nothing: the reference is the definition of the rule."""
        return ""

    def _forward(self, circuit: Circuit) -> tuple[Stage, ...]:
        """Return the doses, and the stages that select the largest score."""
        competitors, total, states = _competitors(circuit), Variable(_SUM), circuit.system.states
        q, c = Polynomial.of(total), self.constant(circuit, "sharpness")
        grown = [Polynomial.of(z) * Polynomial.of(p) for z, p in zip(states, competitors, strict=True)]
        growth = {p: (f - Polynomial.of(p) * q) * c for p, f in zip(competitors, grown, strict=True)}
        growth[total] = (sum_of(grown) - q * q) * c
        share = 1.0 / len(competitors)
        return (
            *sample_feeds(circuit),
            *(Dose(p, "constant", factor=share) for p in competitors),
            Dose(total, "constant", factor=1.0),
            Evaluate("scores", dict(circuit.system.equations)),
            Integrate("select", 1.0, growth),
            Integrate("normalise", 1.0, diluted({total: competitors})),
        )


@final
class MultiplicativeWeights(MultiplicativeRule):
    """Weights of wrong winners decrease, and those of the right class increase."""

    name = "multiplicative-weights"
    summary = "weights are multiplied after mistakes of a normalised winner, and diluted to a constant sum"
    sign = -1.0

    def products(self, circuit: Circuit) -> tuple[Stage, ...]:
        """Return r_ki <- e_k x_i."""
        return (_products(circuit, circuit.errors),)

    def exponents(self, error: Vector, features: Vector, targets: Vector) -> Vector:
        """Return e_k x_i."""
        return np.outer(error, features)


@final
class ExpertGains(MultiplicativeRule):
    """Weights of the class of a sample increase with its inputs, whatever the prediction."""

    name = "expert-gains"
    summary = "every input is an expert that gains its value in samples of the class, with bounded regret"
    sign = 1.0

    def products(self, circuit: Circuit) -> tuple[Stage, ...]:
        """Return r_ki <- y_k x_i."""
        classes = [Variable(_CLASS, e.index) for e in circuit.errors]
        doses = (Dose(d, "target", number) for number, d in enumerate(classes))
        return (*doses, _products(circuit, classes))

    def exponents(self, error: Vector, features: Vector, targets: Vector) -> Vector:
        """Return y_k x_i."""
        return np.outer(targets, features)


def diluted(groups: Mapping[Variable, Iterable[Variable]]) -> dict[Variable, Polynomial]:
    """Return equations by which the members of every group keep their ratios while their sum becomes 1.

    Examples
    --------
    >>> for variable, f in diluted({Variable("t"): [Variable("w")]}).items():
    ...     print(f"d{variable} = {f}")
    dw = -30*t*w + 30*w
    dt = -30*t^2 + 30*t
    """
    equations: dict[Variable, Polynomial] = {}
    for total, members in groups.items():
        missing = (Polynomial.constant(1.0) - Polynomial.of(total)) * DILUTION
        equations |= {v: Polynomial.of(v) * missing for v in (*members, total)}
    return equations


def _competitors(circuit: Circuit) -> tuple[Variable, ...]:
    return tuple(Variable(_COMPETITOR, z.index) for z in circuit.system.states)


def _product_of(weight: Variable) -> Variable:
    return Variable(_PRODUCT, weight.index)


def _products(circuit: Circuit, factors: Iterable[Variable]) -> Evaluate:
    by_row = [Polynomial.of(v) for v in factors]
    inputs = [Polynomial.of(x) for x in circuit.system.inputs]
    values = {_product_of(w): by_row[w.index[0]] * inputs[w.index[1]] for w in circuit.trained_parameters}
    return Evaluate("products", values)


def _multiplication(circuit: Circuit, sign: float) -> tuple[Stage, ...]:
    """Return the stages that multiply the weights and dilute them."""
    weights, rate = circuit.trained_parameters, sign * circuit.learning_rate
    rows: dict[Variable, list[Variable]] = {}
    for weight in weights:
        rows.setdefault(Variable(_TOTAL, weight.index[:1]), []).append(weight)
    growth = {w: Polynomial.of(_product_of(w)) * Polynomial.of(w) * rate for w in weights}
    sums = {total: sum_of(map(Polynomial.of, row)) for total, row in rows.items()}
    return (
        Integrate("multiply", 1.0, growth),
        Evaluate("total", sums),
        Integrate("dilute", 1.0, diluted(rows)),
    )
