"""Circuits, the input of the compiler: learning problems as equations.

A circuit is a neural ODE ``dz/dt = f(z, x; theta)`` on [0, T] with a linear readout
``y = W z(T) + b``, a squared loss, and a way to compute its gradient (arXiv 2409.00034).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from neuralcrn.algebra import SignedSystem, Variable, elements_of
from neuralcrn.compiler.activation import ACTIVATIONS, SMOOTH_ACTIVATIONS
from neuralcrn.compiler.levels import find_back_end
from neuralcrn.compiler.names import FLAG, OUTPUT, RESERVED, TARGET, TOLERATED, one_rail_names
from neuralcrn.compiler.readout import Readout
from neuralcrn.errors import CompileError, InvalidValueError, UnknownNameError

if TYPE_CHECKING:
    from neuralcrn.compiler.program import Program

UPDATES = ("accumulate", "direct", "transfer")
"""How gradients are applied to parameters."""
LOSSES = ("squared", "squared-hinge")
"""Losses: half the squared error, or that of outputs that are not beyond the target of their class."""
OPTIMISERS = ("plain", "chop")
"""How the gradients of consecutive samples are combined."""
BATCH_LIMIT = 1_000
RATE_LIMIT = 1_000.0
"""Largest learning rate of complete transfers, of which it is a factor and not a fraction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """A neural ODE with a readout, a learning rule and the constants of its chemistry.

    Attributes
    ----------
    name : str
        Any name, for families their name in the registry.
    system : SignedSystem
        States z, inputs x, parameters.
    features : int
        Number of inputs that are data; the rest are padded with `augmentation`.
    readout : Readout
        Map from z(T) to the outputs.
    starts_at_input : bool
        Whether z(0) is a copy of the inputs; otherwise z(0) = 0.
    state_activation : str
        In circuits of layers, the function of the values of the equations that the states are: ``identity``,
        ``sigmoid`` or ``tanh``.
    augmentation : float, concentration
        Value of the inputs that are not data.
    resting : mapping of Variable to float, concentration
        Values in a new pot of states that persist from sample to sample; others are 0.
    fixed : mapping of str to float, concentration
        Values of parameters that are not trained.
    rule : str
        Name of the learning rule, see `neuralcrn.compiler.rules`.
    loss : str
        ``squared``, or ``squared-hinge`` for classes: an error is ignored where the output is beyond its
        target, on the side of its class (`compiler.hinge`).
    target_low, target_high : float, concentration
        The two targets of the hinge loss.
    horizon : float, time
        T, the duration of the feedforward phase.
    feedback_horizon : float or None, time
        Duration of the feedback phase; if None, T, which exactly reverses the feedforward phase.
    learning_rate : float
        Learning rate eta = k1 / (k1 + k2), the fraction of a gradient that is applied to its parameter, in
        (0, 1]; for complete transfers, a factor of up to 1,000.
    annihilation : float, 1 / (concentration time)
        Rate constant of v+ + v- -> 0.
    update : str
        ``accumulate``: gradients are accumulated, and a fraction is applied in a separate phase;
        ``transfer``: that fraction is produced, and all of it is applied; ``direct``: gradients are applied
        while they are produced, without gradient species.
    optimiser : str
        ``plain``, or ``chop``: the rails of the error are exchanged in every second sample, and those of the
        gradient back, so that different rate constants of the two rails cancel (`compiler.chopper`).
    momentum : float
        Fraction mu of a gradient that remains for the next update: v <- mu v + g, theta changes by -eta (1 -
        mu) v. Implemented by ending the update early.
    decay : float
        Fraction by which each update reduces every parameter.
    batch : int
        Number of samples whose gradients are averaged for one update.
    positive_targets : bool
        Whether targets are never negative, so that variables of targets need only one rail.
    hold : float, dimensionless
        h T, where h is the rate constant with which tracked values follow their targets in a pot.
    shadow : float, 1 / time and 1 / (concentration time)
        Rate constant with which shadows follow their products.
    reference : float, concentration
        Target that is dosed when a pot predicts, and added to the errors that are then measured. For classes
        it is their boundary, because wrong rate constants of the comparison scale the difference from it.
    rule_constants : mapping of str to float
        Constants of the learning rule that differ from its defaults, `LearningRule.constants`.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> program = make_circuit("linear", inputs=2).compile()
    >>> program.max_order
    2
    """

    name: str
    system: SignedSystem
    features: int
    readout: Readout = field(default_factory=Readout)
    starts_at_input: bool = True
    state_activation: str = "identity"
    augmentation: float = 0.0
    resting: Mapping[Variable, float] = field(default_factory=lambda: MappingProxyType({}))
    fixed: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    rule: str = "exact"
    loss: str = "squared"
    target_low: float = 0.0
    target_high: float = 1.0
    horizon: float = 1.0
    feedback_horizon: float | None = None
    learning_rate: float = 0.1
    annihilation: float = 100.0
    update: str = "accumulate"
    optimiser: str = "plain"
    momentum: float = 0.0
    decay: float = 0.0
    batch: int = 1
    positive_targets: bool = True
    hold: float = 100.0
    shadow: float = 100.0
    reference: float = 0.0
    rule_constants: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        object.__setattr__(self, "rule_constants", MappingProxyType(dict(self.rule_constants)))
        _check_constants(self)
        system = self.system
        _check_names(self)
        _check_readout(self)
        if not 0 < self.features <= len(system.inputs):
            raise CompileError(
                f"circuit {self.name}: {self.features} features for {len(system.inputs)} inputs: "
                "there must be at least one feature and as many inputs"
            )
        if self.starts_at_input and len(system.inputs) != len(system.states):
            raise CompileError(
                f"circuit {self.name}: z(0) = x needs as many inputs as states, got {len(system.inputs)} "
                f"and {len(system.states)}: change hidden, or start at zero"
            )
        unknown = set(self.fixed) - {parameter.name for parameter in system.parameters}
        if unknown:
            raise CompileError(
                f"circuit {self.name}: no parameter {', '.join(sorted(unknown))} to hold fixed"
            )

    @property
    def feedback_duration(self) -> float:
        """Duration of the feedback phase."""
        return self.horizon if self.feedback_horizon is None else self.feedback_horizon

    @property
    def outputs(self) -> int:
        """Number of outputs."""
        return self.readout.outputs

    @property
    def errors(self) -> tuple[Variable, ...]:
        """Error of every output; before the target is subtracted, the output."""
        return elements_of("e", (self.outputs,))

    @property
    def integrated(self) -> tuple[Variable, ...]:
        """Variables that the feedforward phase integrates: the states, or the error if the output accumulates
        in it.
        """
        return self.errors if self.readout.accumulated else self.system.states

    @property
    def read(self) -> tuple[Variable, ...]:
        """States that the readout reads."""
        name = self.readout.states
        return tuple(z for z in self.system.states if not name or z.name == name)

    @property
    def weights(self) -> tuple[Variable, ...]:
        """Trained readout weights, ordered by output; empty if they are fixed."""
        shape = (self.outputs, len(self.read))
        return elements_of("w", shape) if self.readout.trained else ()

    @property
    def biases(self) -> tuple[Variable, ...]:
        """Trained readout biases."""
        return elements_of("b", (self.outputs,)) if self.readout.bias else ()

    @property
    def inner_parameters(self) -> tuple[Variable, ...]:
        """Trained parameters of f."""
        return tuple(p for p in self.system.parameters if p.name not in self.fixed)

    @property
    def fixed_parameters(self) -> tuple[Variable, ...]:
        """Parameters of f that are not trained."""
        return tuple(p for p in self.system.parameters if p.name in self.fixed)

    @property
    def trained_parameters(self) -> tuple[Variable, ...]:
        """All trained parameters: those of f, then those of the readout."""
        return (*self.inner_parameters, *self.weights, *self.biases)

    @property
    def non_negative(self) -> frozenset[str]:
        """Names of quantities with one rail."""
        fixed = {name for name, value in self.fixed.items() if value >= 0.0}
        targets = {TARGET} if self.positive_targets else set[str]()
        names = one_rail_names(OUTPUT, self.readout.output_activation) | {TOLERATED, FLAG} | targets
        if self.state_activation != "identity":
            states = dict.fromkeys(z.name for z in self.system.states)
            names = names.union(*(one_rail_names(name, self.state_activation) for name in states))
        return self.system.non_negative.union(fixed, names)

    def with_(self, **changes: object) -> Circuit:
        """Return the circuit with some attributes replaced."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def compile(self, level: str = "staged", clock: str = "") -> Program:
        """Compile the circuit to reactions.

        Parameters
        ----------
        level : str
            ``staged``: one network per phase, and a protocol that runs them. ``gated``: one network, whose
            phases are switched by a protocol. ``autonomous``: one network with a clock; the protocol consists
            of doses only.
        clock : str
            Name of the clock of an autonomous program; the default clock if empty.

        Raises
        ------
        UnknownNameError
            If there is no such level or clock.
        CompileError
            If the circuit cannot be compiled at this level.
        """
        if clock and level != "autonomous":
            raise InvalidValueError(
                f"clock {clock} belongs to an autonomous program (--level autonomous with --clock on the "
                f"command line), not to {level}"
            )
        return find_back_end(level)(self, clock)


def adjoint_of(state: Variable) -> Variable:
    """Return the adjoint variable of `state`: a for an array z, and a_u for another array u."""
    return Variable("a" if state.name == "z" else f"a_{state.name}", state.index)


def target_of(error: Variable) -> Variable:
    """Return the variable into which the target of an output is dosed, if it is not dosed into the error."""
    return Variable(TARGET, error.index)


def gradient_of(parameter: Variable) -> Variable:
    """Return the variable that accumulates the gradient with respect to `parameter`."""
    return Variable(f"g_{parameter.name}", parameter.index)


def _check_names(circuit: Circuit) -> None:
    """Reject names for which two quantities would become the same species."""
    system = circuit.system
    own = (*system.states, *system.inputs, *system.parameters)
    for variable in own:
        if variable.name in RESERVED or variable.name.startswith(
            ("g_", "m_", "a_", "ah_", "arg_", "exp_", "rest_", "slope_")
        ):
            raise CompileError(
                f"circuit {circuit.name}: the name {variable.name!r} belongs to the "
                f"{RESERVED.get(variable.name, 'gradients')} of the compiler: rename it"
            )
    added = [*circuit.errors, *circuit.weights, *circuit.biases]
    added += map(adjoint_of, system.states)
    added += [gradient_of(parameter) for parameter in circuit.trained_parameters]
    owner: dict[str, Variable] = {}
    for variable in (*own, *added):
        for species in (variable.species, f"{variable.species}_p", f"{variable.species}_n"):
            other = owner.setdefault(species, variable)
            if other != variable:
                raise CompileError(
                    f"circuit {circuit.name}: {other} and {variable} would both be the species {species}: "
                    "rename one"
                )


def _check_readout(circuit: Circuit) -> None:
    """Reject unknown names, and accumulation of outputs that are not the plain integral of the sum of f."""
    readout, states = circuit.readout, set(circuit.system.states)
    if readout.activation not in ACTIVATIONS:
        unknown = UnknownNameError("activation", readout.activation, ACTIVATIONS)
        raise InvalidValueError(f"circuit {circuit.name}: readout: {unknown}")
    for activation in (circuit.state_activation, readout.output_activation):
        if activation not in ("identity", *SMOOTH_ACTIVATIONS):
            smooth = UnknownNameError("activation", activation, ("identity", *SMOOTH_ACTIVATIONS))
            raise InvalidValueError(f"circuit {circuit.name}: {smooth}")
    if not circuit.read:
        unknown = UnknownNameError("states", readout.states, {state.name for state in states})
        raise InvalidValueError(f"circuit {circuit.name}: readout: {unknown}")
    if not readout.accumulated:
        return
    if readout.trained or readout.bias or readout.outputs != 1:
        raise CompileError(
            f"circuit {circuit.name}: an accumulated output needs fixed weights, no bias and one output"
        )
    for state, f in circuit.system.equations:
        if not states.isdisjoint(f.variables):
            raise CompileError(
                f"circuit {circuit.name}: an accumulated output has no states, but the equation of "
                f"{state} depends on states: use a readout instead"
            )


def _check_optimiser(circuit: Circuit) -> None:
    """Reject invalid optimiser options."""
    if circuit.update not in UPDATES:
        raise InvalidValueError(
            f"circuit {circuit.name}: {UnknownNameError('update', circuit.update, UPDATES)}"
        )
    if circuit.loss not in LOSSES:
        raise InvalidValueError(f"circuit {circuit.name}: {UnknownNameError('loss', circuit.loss, LOSSES)}")
    if not circuit.target_low < circuit.target_high:
        raise InvalidValueError(
            f"circuit {circuit.name}: target_low = {circuit.target_low:g} must be below target_high = "
            f"{circuit.target_high:g}"
        )
    if circuit.optimiser not in OPTIMISERS:
        raise InvalidValueError(
            f"circuit {circuit.name}: {UnknownNameError('optimiser', circuit.optimiser, OPTIMISERS)}"
        )
    for name, value in (("momentum", circuit.momentum), ("decay", circuit.decay)):
        if not 0.0 <= value < 1.0:
            raise InvalidValueError(
                f"circuit {circuit.name}: {name} = {value:g} is out of range: give a value in [0, 1)"
            )
    if not (isinstance(circuit.batch, int) and 1 <= circuit.batch <= BATCH_LIMIT):
        raise InvalidValueError(
            f"circuit {circuit.name}: batch = {circuit.batch}: give a number from 1 to {BATCH_LIMIT}"
        )
    if circuit.update == "direct" and (circuit.momentum or circuit.batch > 1):
        raise CompileError(
            f"circuit {circuit.name}: momentum and batches need gradient species, which a direct "
            "update does not have: choose update = accumulate or transfer"
        )
    if circuit.optimiser == "chop" and circuit.update != "transfer":
        raise CompileError(
            f"circuit {circuit.name}: the chopper needs complete transfers, since the fraction of a gradient "
            f"that is applied would differ between its rails: choose update = transfer, not {circuit.update}"
        )
    if circuit.optimiser == "chop" and circuit.batch > 1 and circuit.batch % 2:
        raise CompileError(
            f"circuit {circuit.name}: the chopper needs pairs of samples, and a batch of {circuit.batch} has "
            "one without another: choose an even number"
        )


def _check_constants(circuit: Circuit) -> None:
    """Reject constants out of range."""
    _check_optimiser(circuit)
    limits = {
        "horizon": (circuit.horizon, 0.0, 1e4),
        "feedback_horizon": (circuit.feedback_duration, 0.0, 1e4),
        "learning_rate": (circuit.learning_rate, 0.0, RATE_LIMIT if circuit.update == "transfer" else 1.0),
        "annihilation": (circuit.annihilation, 0.0, 1e9),
        "hold": (circuit.hold, 1.0, 1e6),
        "shadow": (circuit.shadow, 0.0, 1e9),
    }
    for name, (value, low, high) in limits.items():
        if not (math.isfinite(value) and low < value <= high):
            raise InvalidValueError(
                f"circuit {circuit.name}: {name} = {value:g} is out of range: give a value "
                f"in ({low:g}, {high:g}]"
            )
    values = {"augmentation": circuit.augmentation, "weight": circuit.readout.weight}
    values |= {**circuit.fixed, **circuit.rule_constants}
    for name, value in values.items():
        if not math.isfinite(value):
            raise InvalidValueError(f"circuit {circuit.name}: {name} = {value} must be finite")
    if circuit.readout.outputs < 1:
        raise InvalidValueError(
            f"circuit {circuit.name}: {circuit.readout.outputs} outputs: at least 1 is needed"
        )
