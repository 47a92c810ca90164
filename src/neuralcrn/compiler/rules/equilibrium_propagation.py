"""Equilibrium propagation: the difference between two nudged equilibria is the gradient of the loss.

::

    free        the states relax from rest                               for the horizon
    readout     e <- o, from e = -y                                      e becomes the error
    nudge       the drives of the outputs o get +beta (y - o)            for the settling time
    hebb        g <- -H / (2 beta)
    opposite    the drives of the outputs get -beta (y - o)              for the settling time
    antihebb   g <- +H / (2 beta)
    update      theta is updated by g

H is, for every parameter, the product of the activity that it drives and of what it is multiplied by: s_i
s_j for a weight between two units, which drives both, s_i x_j for one of an input and s_i for a bias. No
adjoint is computed; the nudged phases are the free one with two more reactions for each output.

Scellier and Bengio (arXiv 1602.05179), with two opposite nudges as Laborieux et al. (arXiv 2006.03824). No
chemistry has been published for it; the reactions are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, final

import numpy as np

from neuralcrn.algebra import Factor, Monomial, Polynomial, Variable, weighted_gradient
from neuralcrn.compiler.circuit import Circuit, gradient_of, target_of
from neuralcrn.compiler.protocol import Dose, Read
from neuralcrn.compiler.rules.base import RELAXATIONS, LearningRule, Limit, check_duration
from neuralcrn.compiler.rules.fixed_point import gradient_through_rest, rest_of
from neuralcrn.compiler.rules.ideal import solve_schedule
from neuralcrn.compiler.schedule import Schedule, sample_feeds, target_feeds
from neuralcrn.compiler.solution import Solution, Vector
from neuralcrn.compiler.stages import Evaluate, Integrate, Update
from neuralcrn.errors import CompileError

if TYPE_CHECKING:
    from neuralcrn.compiler.oracle import Oracle

DRIVES: Mapping[str, str] = MappingProxyType({"u": "s", "v": "o"})
"""Names of drives, and of the activities of the same units: hidden units and outputs."""
COMPLEMENTS: Mapping[str, str] = MappingProxyType({"s": "t", "o": "q"})
"""Names of activities, and of their complements to 1."""
_NUDGES = (1.0, 0.5, 0.25, 0.125)
_SETTLED = 100.0
"""Nudges and duration with which the certificate measures the order of the limit."""


@final
class EquilibriumPropagation(LearningRule):
    """The gradient of the loss at a free equilibrium, for networks with symmetric weights."""

    name = "equilibrium-propagation"
    summary = "activities at two nudged equilibria are compared: the gradient of the loss for small nudges"
    reference = "the same phases in exact arithmetic"
    constants = MappingProxyType({"nudge": 0.5, "settling": 10.0})

    def schedule(self, circuit: Circuit) -> Schedule:
        """Return the stages listed above.

        Raises
        ------
        CompileError
            If the circuit has no drives and activities, options that this rule cannot use, or phases in which
            its activities do not relax.
        """
        _check(circuit)
        nudge, settling = self.constant(circuit, "nudge"), self.constant(circuit, "settling")
        for name, duration in (("horizon", circuit.horizon), ("settling", settling)):
            check_duration(circuit, name, duration, RELAXATIONS * _relaxation(circuit), "activities relax")
        free = self._relaxing(circuit, "free", circuit.horizon, 0.0)
        outputs = zip(circuit.errors, circuit.read, strict=True)
        readout = Evaluate("readout", {error: Polynomial.of(o) for error, o in outputs})
        products = hebbian_products(circuit)
        halves = {gradient_of(p): products[p] * (0.5 / nudge) for p in circuit.trained_parameters}
        resting = (z for z in circuit.system.states if z.name in COMPLEMENTS.values())
        before = (*sample_feeds(circuit), *(Dose(z, "constant") for z in resting))
        targets = tuple(Dose(target_of(e), "target", i) for i, e in enumerate(circuit.errors))
        return Schedule(
            training=(
                *before,
                *targets,
                *target_feeds(circuit.errors),
                free,
                readout,
                Read(circuit.errors),
                self._relaxing(circuit, "nudge", settling, nudge),
                Integrate("hebb", 1.0, {g: -half for g, half in halves.items()}),
                self._relaxing(circuit, "opposite", settling, -nudge),
                Integrate("antihebb", 1.0, halves),
                Update("update", circuit.trained_parameters),
            ),
            prediction=(*before, free, readout, Read(circuit.errors)),
            kept=circuit.trained_parameters,
        )

    def _relaxing(self, circuit: Circuit, name: str, duration: float, nudge: float) -> Integrate:
        """Return the stage in which the states relax, with a nudge of the outputs towards their targets."""
        equations = dict(circuit.system.equations)
        drives = {activity: drive for drive, activity in _units(circuit).items()}
        if nudge:
            for error, output in zip(circuit.errors, circuit.read, strict=True):
                drive = drives[output]
                force = Polynomial.of(target_of(error)) - Polynomial.of(output)
                equations[drive] = equations[drive] + force * (nudge * _rate(drive, equations[drive]))
        pairs = tuple((z, Variable(COMPLEMENTS[z.name], z.index)) for z in drives)
        return Integrate(name, duration, equations, conserved=pairs)

    def exact(self, oracle: Oracle, parameters: Vector, features: Vector, targets: Vector) -> Solution:
        """Return the result of the stages, with their finite nudge and durations."""
        return solve_schedule(self.schedule(oracle.circuit), oracle, parameters, features, targets)

    def caveat(self, circuit: Circuit) -> str:
        """Return nothing: see `limits`."""
        return ""

    def limits(self, circuit: Circuit) -> tuple[Limit, ...]:
        """Return the limit of small nudges, in which the gradient is approached with order 2."""

        def nudged(nudge: float) -> Circuit:
            constants = {"nudge": nudge, "settling": _SETTLED}
            return circuit.with_(rule_constants=constants, horizon=_SETTLED)

        return (Limit("nudge", {n: nudged(n) for n in _NUDGES}, 2.0, gradient_of_equilibrium),)


def hebbian_products(circuit: Circuit) -> dict[Variable, Polynomial]:
    """Return the product of activities for every parameter: the activity of the first unit that it drives,
    times the factor of the parameter in this drive.
    """
    equations = dict(circuit.system.equations)
    products: dict[Variable, Polynomial] = {}
    for drive, activity in _units(circuit).items():
        f = equations[drive]
        learned = [p for p in f.variables if p in circuit.system.parameters]
        scale = 1.0 / _rate(drive, f)
        for p, product in weighted_gradient([(activity, f)], learned).items():
            products.setdefault(p, product * scale)
    return products


def gradient_of_equilibrium(oracle: Oracle, parameters: Vector, features: Vector, targets: Vector) -> Vector:
    """Return the gradient of the loss at the free equilibrium, by implicit differentiation.

    The complements are eliminated, since the Jacobian with a conserved sum is singular.
    """
    circuit = oracle.circuit
    pairs = {Variable(COMPLEMENTS[z.name], z.index): z for z in _units(circuit).values()}
    replaced = {t: 1.0 - Polynomial.of(z) for t, z in pairs.items()}
    equations = [(z, f.substitute(replaced)) for z, f in circuit.system.equations if z not in pairs]
    kept = circuit.system.non_negative - {t.name for t in pairs}
    system = replace(circuit.system, equations=tuple(equations), non_negative=kept)
    reduced = oracle.of(circuit.with_(system=system))
    known = oracle.known(parameters, features)
    states = rest_of(reduced.flow, reduced.by_state, known)
    slope = np.zeros(len(states))
    read = [system.states.index(z) for z in circuit.read]
    slope[read] = states[read] - targets
    return gradient_through_rest(reduced, states, known, slope)


def _units(circuit: Circuit) -> dict[Variable, Variable]:
    """Return the activity of every drive."""
    return {z: Variable(DRIVES[z.name], z.index) for z in circuit.system.states if z.name in DRIVES}


def _rate(drive: Variable, equation: Polynomial) -> float:
    """Return the rate constant with which a drive follows the sum of its terms."""
    return -equation.coefficient(Monomial((Factor(drive),)))


def _relaxation(circuit: Circuit) -> float:
    """Return the relaxation time of an activity without a drive, which is the slowest: 1 / (2 h)."""
    equations = dict(circuit.system.equations)
    rates = (
        equations[z].coefficient(Monomial((Factor(Variable(COMPLEMENTS[z.name], z.index)),)))
        for z in _units(circuit).values()
    )
    return 0.5 / min(rates)


def _check(circuit: Circuit) -> None:
    """Reject circuits without drives and activities, and options that this rule cannot use."""
    states, units = set(circuit.system.states), _units(circuit)
    names = {*DRIVES, *COMPLEMENTS, *COMPLEMENTS.values()}
    refused = {
        f"its states are not {', '.join(sorted(names))}": {z.name for z in states} != names,
        "it does not read the activities of its outputs": set(circuit.read).isdisjoint(units.values()),
        "it does not have as many outputs as it reads activities": len(circuit.read) != circuit.outputs,
        "its states start at the inputs": circuit.starts_at_input,
        "its readout is trained": circuit.readout.trained or circuit.readout.bias,
        "update is direct, which would change the weights before the second nudge": circuit.update
        == "direct",
    }
    for reason, found in refused.items():
        if found:
            raise CompileError(
                f"circuit {circuit.name}: rule equilibrium-propagation is for circuit symmetric-network, but "
                f"{reason}: choose another rule, or change the circuit"
            )
