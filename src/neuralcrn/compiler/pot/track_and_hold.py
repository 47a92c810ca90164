"""Pass: convert a schedule to the turns of a pot, where no phase is started, read or washed externally.

Every integrated stage becomes a turn, a time during which one gate is open. Values evaluated after it are
*tracked and held*: while the gate is open, a variable follows its value, ``dv/dt = h (value - v)``, and when
the gate is closed it is constant. Therefore ``h T`` must be large, and the held value lags by 1 / h.
Gradients are not tracked but accumulate at a constant rate during the next turn. For the adjoint::

  feedforward  dz/dt = f,  de/dt = h (W z + b - y - e),  da/dt = h (W^T e - a),  dr/dt = h (e z^T - r)
  feedback     dz/ds = -f,  da/ds = (df/dz)^T a,  dg/ds = (df/dtheta)^T a,  dg_w/ds = r / T_b,
               dg_b/ds = e / T_b
  update       g -> theta, or nothing: a direct circuit has -eta theta instead of g in the feedback turn
  clear        doses and states are degraded
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import final

from neuralcrn.algebra import Polynomial, Variable
from neuralcrn.compiler.circuit import Circuit, gradient_of, target_of
from neuralcrn.compiler.optimiser import COLLECT, UPDATE_DURATION, applied, is_collected, update_duration
from neuralcrn.compiler.protocol import Dose, Read, Withdraw
from neuralcrn.compiler.schedule import Schedule
from neuralcrn.compiler.stages import (
    Compare,
    Equations,
    Evaluate,
    Exchange,
    Integrate,
    Passage,
    React,
    Reacting,
    Rectify,
    Switch,
    Update,
)
from neuralcrn.errors import CompileError


def held_of(weight: Variable) -> Variable:
    """Return the variable that holds the gradient of a readout weight during the feedback."""
    return Variable(f"r_{weight.name}", weight.index)


@final
@dataclass(frozen=True, slots=True)
class Turn:
    """Reactions that take place while one gate is open.

    Attributes
    ----------
    name : str
        Name of the stage.
    duration : float, time
        Duration without a gate.
    equations : mapping of Variable to Polynomial
        Rates of change, including those of tracked variables.
    tracked : frozenset of Variable
        Variables that track a value.
    exchanged : mapping of Variable to Variable
        Variables that receive errors, in every second sample with the opposite sign.
    collected : tuple of Variable
        Parameters whose gradients are added to those of other samples.
    updated : tuple of Variable
        Parameters that are updated by their gradients.
    """

    name: str
    duration: float
    equations: Equations
    tracked: frozenset[Variable] = frozenset()
    exchanged: Mapping[Variable, Variable] = field(default_factory=lambda: MappingProxyType({}))
    collected: tuple[Variable, ...] = ()
    updated: tuple[Variable, ...] = ()

    def __str__(self) -> str:
        return str(Integrate(self.name, self.duration, self.equations))


@final
@dataclass(frozen=True, slots=True)
class Turns:
    """The turns of training on one sample in order; the clearing follows them.

    Attributes
    ----------
    turns : tuple of Turn
        At least one turn.
    read_after : int
        Number of turns after which the errors are measured.
    """

    turns: tuple[Turn, ...]
    read_after: int

    @property
    def moving(self) -> tuple[Variable, ...]:
        """Every variable that changes in a turn, except gradients and parameters, in order of first use."""
        turns = self.turns
        return tuple(dict.fromkeys(v for t in turns for v in (*t.exchanged.values(), *t.equations)))

    @property
    def tracked(self) -> frozenset[Variable]:
        """Every variable that tracks a value in some turn."""
        return frozenset().union(*(turn.tracked for turn in self.turns))


def turns_of(circuit: Circuit, schedule: Schedule) -> Turns:
    """Assign the stages of a schedule to turns.

    Raises
    ------
    CompileError
        If the errors are not measured exactly once, or a stage has no equivalent in a pot.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> from neuralcrn.compiler.rules import RULES
    >>> circuit = make_circuit("linear", inputs=1, supply=0.0)
    >>> for turn in turns_of(circuit, RULES.find("exact").schedule(circuit)).turns[:2]:
    ...     print(turn)
    feedforward (duration 0.5)
      dz[0]/dt = theta[0]*x[0]
      de[0]/dt = -200*e[0] - 200*y[0] + 200*z[0]
    feedback (duration 0.5)
      dg_theta[0]/dt = e[0]*x[0]
    """
    _check_stages(circuit, schedule)
    draft = _Draft(circuit, schedule)
    for stage in schedule.training:
        match stage:
            case Integrate():
                draft.integrate(stage)
            case Evaluate():
                draft.evaluate(stage)
            case Rectify():
                pass  # in a pot rails annihilate all the time
            case Switch(_, passages):
                draft.switch(passages)
            case Exchange(name, successors):
                draft.exchange(name, successors)
            case Compare(_, errors):
                draft.compare(errors)
            case Update(name, parameters):  # without a flag
                draft.update(name, parameters)
            case Read():
                draft.reads.append(len(draft.turns))
            case Dose() | Withdraw() | React():
                pass  # doses are part of the protocol, the others were rejected
    return draft.finished()


def _check_stages(circuit: Circuit, schedule: Schedule) -> None:
    """Reject schedules that need what a pot does not have: removal during a sample, given reactions, states
    that are kept, stages that are repeated or only used for predictions.
    """
    parameters = {*circuit.trained_parameters, *circuit.fixed_parameters}
    targets = set(map(target_of, circuit.errors))
    read = {v for stage in schedule.flows for f in stage.equations.values() for v in f.variables}
    run = [stage.name for stage in schedule.training if isinstance(stage, Reacting)]
    found = {
        "variables are removed during a sample": any(isinstance(s, Withdraw) for s in schedule.training),
        "its reactions are given": any(isinstance(s, React) for s in schedule.training),
        "states are kept from sample to sample": not parameters.issuperset(schedule.kept),
        "its equations read targets": not targets.isdisjoint(read),
        "a stage is repeated": len(run) > len(set(run)),
        "its update depends on a flag": any(isinstance(s, Update) and s.flag for s in schedule.training),
        "a stage is only used for predictions": len(schedule.reacting) > len(set(run)),
    }
    for reason, is_there in found.items():
        if is_there:
            raise CompileError(
                f"circuit {circuit.name}: rule {circuit.rule} cannot be compiled to one network, because "
                f"{reason}: compile it at the staged level"
            )


@dataclass(slots=True)
class _Open:
    """A turn under construction."""

    name: str
    duration: float
    equations: dict[Variable, Polynomial]
    values: dict[Variable, Polynomial] = field(default_factory=lambda: {})
    """Tracked variables and their values."""
    exchanged: Mapping[Variable, Variable] = field(default_factory=lambda: MappingProxyType({}))
    collected: tuple[Variable, ...] = ()
    updated: tuple[Variable, ...] = ()


class _Draft:
    """The turns of the stages processed so far."""

    def __init__(self, circuit: Circuit, schedule: Schedule):
        self._circuit = circuit
        self._parameters = {gradient_of(p): p for p in schedule.updated}
        self._collected: dict[Variable, Polynomial] = {}
        self._evaluated = ""
        self.turns: list[_Open] = []
        self.reads: list[int] = []

    def integrate(self, stage: Integrate) -> None:
        """Start a turn, which also accumulates the gradients that were evaluated before it."""
        equations = dict(stage.equations)
        for gradient, value in self._collected.items():
            if any(variable in equations for variable in value.variables):
                held = held_of(self._parameters[gradient])
                self.turns[-1].values[held], value = value, Polynomial.of(held)
            equations[gradient] = value * (1.0 / stage.duration)
        self._collected = {}
        self.turns.append(_Open(stage.name, stage.duration, equations))

    def evaluate(self, stage: Evaluate) -> None:
        """Track values in the current turn; accumulate gradients in the next one."""
        if not self.turns:
            self.turns.append(_Open(stage.name, stage.duration, {}))
        self._evaluated = stage.name
        for variable, value in stage.equations.items():
            here = self._collected if variable in self._parameters else self.turns[-1].values
            here[variable] = value

    def switch(self, passages: Mapping[Variable, Passage]) -> None:
        """Let variables relax to the part of an adjoint that a state hands on.

        ``dd/dt = k (a u_p + negative a u_n - (u_p + u_n) d)`` has the equilibrium a (u_p + negative u_n) /
        (u_p + u_n). Where both rails of a state are produced all the time, their product is a constant r, and
        this is the derivative of u_p = (u + sqrt(u^2 + 4 r))/2.
        """
        rate = self._circuit.annihilation
        for target, passage in passages.items():
            state, adjoint = Polynomial.of(passage.state), Polynomial.of(passage.adjoint)
            both, difference = 0.5 * (1.0 + passage.negative), 0.5 * (1.0 - passage.negative)
            handed_on = adjoint * (abs(state) * both + state * difference)
            self.turns[-1].equations[target] = (handed_on - abs(state) * Polynomial.of(target)) * rate

    def exchange(self, name: str, successors: Mapping[Variable, Variable]) -> None:
        """Add a turn for the conversion of the errors, in which later values are tracked."""
        self.turns.append(_Open(name, UPDATE_DURATION, {}, exchanged=successors))

    def compare(self, errors: tuple[Variable, ...]) -> None:
        """Subtract the targets from the values that the errors track; errors that are integrated receive them
        as doses.
        """
        values = self.turns[-1].values if self.turns else {}
        for error in errors:
            if error in values:
                values[error] = values[error] - Polynomial.of(target_of(error))

    def update(self, name: str, parameters: tuple[Variable, ...]) -> None:
        """Add a turn for the update, unless gradients act directly."""
        self._collect()
        if is_collected(self._circuit):
            self.turns.append(_Open(COLLECT, UPDATE_DURATION, {}, collected=parameters))
        if self._circuit.update != "direct":
            self.turns.append(_Open(name, update_duration(self._circuit), {}, updated=parameters))

    def finished(self) -> Turns:
        self._collect()
        if len(self.reads) != 1 or not self.turns:
            raise CompileError(
                "a pot needs at least one integrated stage and one measurement of its errors, got "
                f"{len(self.turns)} and {len(self.reads)}: compile at the staged level"
            )
        return Turns(tuple(self._closed(turn) for turn in self.turns), self.reads[0])

    def _collect(self) -> None:
        """Add a turn for gradients that no later stage can accumulate."""
        if self._collected:
            self.integrate(Integrate(self._evaluated, 1.0, {}))

    def _closed(self, turn: _Open) -> Turn:
        """Return a turn with equations for its tracked variables."""
        rate = self._circuit.hold / turn.duration
        tracked = {v: (f - Polynomial.of(v)) * rate for v, f in turn.values.items()}
        running: Mapping[Variable, Polynomial] = {**turn.equations, **tracked}
        equations = applied(self._circuit, running)
        return Turn(
            re.sub(r"\W", "_", turn.name),  # part of the names of species
            turn.duration,
            equations,
            frozenset(tracked),
            turn.exchanged,
            turn.collected,
            turn.updated,
        )
