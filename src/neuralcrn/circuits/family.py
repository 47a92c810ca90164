"""A family of circuits, for any number of inputs, states and outputs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from neuralcrn.circuits.initial import Distribution
from neuralcrn.compiler.circuit import Circuit
from neuralcrn.compiler.rules import RULES
from neuralcrn.errors import CompileError, InvalidValueError, UnknownNameError

PARAMETER_LIMIT = 20_000
"""Largest supported number of parameters of a circuit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Options of a circuit; every family has a default for each.

    Attributes
    ----------
    hidden : int or sequence of int
        Number of states; 0 for the default of the family. For layered circuits it may be a sequence of the
        numbers of units of each layer.
    activation : str
        Activation of layered circuits: ``relu``, ``leaky-relu`` or ``squared-relu``.
    fixed_seed : int
        Seed of weights that are fixed when the circuit is made.
    outputs : int
        Number of outputs; more than one requires (and implies) trained readout weights.
    supply : float, concentration
        Fixed h of families that have one; 0 omits the term.
    augmentation : float, concentration
        Value of the inputs that pad the features to the number of states.
    trained_readout : bool
        Whether the readout weights are trained.
    non_negative : bool
        Whether the data are never negative, so that inputs need only one rail.
    rule : str
        Name of the learning rule: ``exact``, ``frozen``, ``first-order``, ``linear-reversal``,
        ``backpropagation``, or another one.
    horizon, feedback_horizon : float, time
        Durations of the phases; a feedback horizon of 0 means that both are equal.
    learning_rate : float
        Learning rate: fraction of a gradient that is applied to its parameter, in (0, 1].
    annihilation : float, 1 / (concentration time)
        Rate constant of v+ + v- -> 0.
    update, optimiser, momentum, decay, batch
        Optimiser; see `Circuit`.
    hold, shadow : float
        Rate constants of one-pot programs; see `Circuit`.
    reference : float, concentration
        Target that is dosed when a pot predicts; see `Circuit`.
    loss, target_low, target_high
        Loss and targets of classes; see `Circuit`.
    positive_targets : bool
        Whether targets are never negative, so that variables of targets need only one rail.
    rule_constants : mapping of str to float
        Constants of the learning rule that differ from its defaults.
    """

    hidden: int | Sequence[int] = 0
    activation: str = ""
    fixed_seed: int = 0
    outputs: int = 1
    supply: float = 0.0
    augmentation: float = 1.0
    trained_readout: bool = False
    non_negative: bool = True
    rule: str = "exact"
    horizon: float = 1.0
    feedback_horizon: float = 0.0
    learning_rate: float = 0.1
    annihilation: float = 100.0
    update: str = "accumulate"
    optimiser: str = "plain"
    loss: str = "squared"
    target_low: float = 0.0
    target_high: float = 1.0
    momentum: float = 0.0
    decay: float = 0.0
    batch: int = 1
    hold: float = 100.0
    shadow: float = 100.0
    reference: float = 0.0
    positive_targets: bool = True
    rule_constants: Mapping[str, float] = field(default_factory=dict[str, float])

    def constants(self) -> dict[str, Any]:
        """Return the options that are attributes of the circuit with the same names."""
        shared = {item.name for item in fields(Circuit)} & {item.name for item in fields(Options)}
        chosen = {name: getattr(self, name) for name in sorted(shared)}
        return {**chosen, "feedback_horizon": self.feedback_horizon or None}


class Family(ABC):
    """A constructor of circuits with default options and initial distributions.

    Attributes
    ----------
    name, summary : str
        Name in the registry, and a summary in one line.
    represents : str
        Functions of the inputs that the circuit can and cannot represent.
    defaults : Options
        Default options.
    initial : mapping of str to Distribution
        Initial distribution of each parameter by name; ``w`` and ``b`` are those of the readout.
    """

    name: str
    summary: str
    represents: str
    defaults: Options
    initial: Mapping[str, Distribution]

    @property
    @abstractmethod
    def formula(self) -> str:
        """Equation of the states in mathematical notation."""

    @abstractmethod
    def build(self, inputs: int, options: Options) -> Circuit:
        """Return the circuit of this family with a number of inputs.

        Raises
        ------
        InvalidValueError, CompileError
            If an option is out of range or the circuit would be too large.
        """

    def check(self, inputs: int, options: Options) -> None:
        """Reject numbers of inputs and outputs out of range, and unknown learning rules."""
        if inputs < 1 or options.outputs < 1:
            raise InvalidValueError(
                f"circuit {self.name}: inputs = {inputs}, outputs = {options.outputs}: both must be positive"
            )
        if options.rule not in RULES:
            raise InvalidValueError(f"circuit {self.name}: {UnknownNameError('rule', options.rule, RULES)}")

    def check_layer_options(self, options: Options) -> None:
        """Reject options of layers, for a family on which they have no effect.

        Raises
        ------
        InvalidValueError
            If such an option is not that of the family.
        """
        for option in ("activation", "augmentation", "trained_readout"):
            value, only = getattr(options, option), getattr(self.defaults, option)
            if value != only:
                raise InvalidValueError(
                    f"circuit {self.name}: {option} = {value}: it has no effect on this circuit: leave it out"
                )

    def units_of(self, options: Options, default: int) -> int:
        """Return the number of units of a family with one layer and a learning rule of its own.

        Raises
        ------
        InvalidValueError, CompileError
            If it is not a positive number, there is an option that has no effect, or the rule is another one.
        """
        hidden = options.hidden or default
        if not isinstance(hidden, int) or hidden < 1:
            raise InvalidValueError(f"circuit {self.name}: hidden = {hidden}: give one positive number")
        self.check_layer_options(options)
        if options.rule != self.defaults.rule:
            raise CompileError(
                f"circuit {self.name}: it has a learning rule of its own: choose rule {self.defaults.rule}, "
                f"not {options.rule}"
            )
        return hidden

    def check_parameters(self, count: int) -> None:
        """Reject numbers of parameters that are too large."""
        if count > PARAMETER_LIMIT:
            raise CompileError(
                f"circuit {self.name}: {count:,} parameters, or at least {2 * count:,} species: at most "
                f"{PARAMETER_LIMIT:,} parameters are supported; "
                "lower hidden or choose an element-wise circuit"
            )
