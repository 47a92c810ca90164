"""A family of circuits: one equation, for any number of inputs, states and outputs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from neuralcrn.algebra import SignedSystem
from neuralcrn.compiler.circuit import Circuit, Readout
from neuralcrn.compiler.rules import RULES
from neuralcrn.errors import CompileError, InvalidValueError, UnknownNameError

PARAMETER_LIMIT = 20_000
"""Largest supported number of parameters of a circuit."""

Shape = tuple[str, ...]
"""Lengths given by the words ``hidden`` and ``inputs``; () for a scalar."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """Initial distribution of a parameter.

    Attributes
    ----------
    kind : str
        ``normal`` (mean, deviation), ``absolute-normal`` (of the same), ``uniform`` (low, high) or
        ``constant`` (value, unused).
    first, second : float, concentration
        The two parameters of the distribution.
    """

    kind: str
    first: float
    second: float = 0.0

    def sample(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Draw `size` samples.

        Examples
        --------
        >>> Distribution("constant", 0.1).sample(np.random.default_rng(0), 2)
        array([0.1, 0.1])
        """
        match self.kind:
            case "normal":
                return rng.normal(self.first, self.second, size)
            case "absolute-normal":
                return np.abs(rng.normal(self.first, self.second, size))
            case "uniform":
                return rng.uniform(self.first, self.second, size)
            case "constant":
                return np.full(size, self.first)
            case _:
                raise InvalidValueError(f"unknown distribution {self.kind!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Options of a circuit; every family has a default for each.

    Attributes
    ----------
    hidden : int
        Number of states; 0 for the default of the family.
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
        Name of the learning rule: ``exact``, ``frozen``, ``first-order``, ``linear-reversal``, or another
        one.
    horizon, feedback_horizon : float, time
        Durations of the phases; a feedback horizon of 0 means that both are equal.
    learning_rate : float
        Learning rate: fraction of a gradient that is applied to its parameter, in (0, 1].
    annihilation : float, 1 / (concentration time)
        Rate constant of v+ + v- -> 0.
    update, momentum, decay, batch
        Optimiser; see `Circuit`.
    hold, shadow : float
        Rate constants of one-pot programs; see `Circuit`.
    positive_targets : bool
        Whether targets are never negative, so that they need only one rail in a pot.
    """

    hidden: int = 0
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
    momentum: float = 0.0
    decay: float = 0.0
    batch: int = 1
    hold: float = 100.0
    shadow: float = 100.0
    positive_targets: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """An equation with shapes and defaults, for any number of inputs.

    Attributes
    ----------
    name, summary : str
        Name in the registry, and a summary in one line.
    represents : str
        Functions of the inputs that the circuit can and cannot represent.
    equation : str
        Right-hand side in mathematical notation; ``h`` is the fixed supply.
    shapes : mapping of str to Shape
        Trained parameters and their shapes.
    states : callable int -> int
        Default number of states as a function of the number of inputs.
    padded : bool
        Whether inputs are padded to the number of states and copied into z(0); otherwise z(0) = 0.
    readout_bias : bool
        Whether a trained bias is added to the outputs.
    accumulated : bool
        Whether the output accumulates in the error; see `Readout`.
    defaults : Options
        Default options.
    initial : mapping of str to Distribution
        Initial distribution of each parameter by name; ``w`` and ``b`` are those of the readout.
    """

    name: str
    summary: str
    represents: str = ""
    equation: str
    shapes: Mapping[str, Shape]
    states: Callable[[int], int]
    padded: bool = True
    readout_bias: bool = False
    accumulated: bool = False
    defaults: Options
    initial: Mapping[str, Distribution] = field(default_factory=lambda: MappingProxyType({}))

    def build(self, inputs: int, options: Options) -> Circuit:
        """Return the circuit of this family with a number of inputs.

        Raises
        ------
        InvalidValueError, CompileError
            If an option is out of range or the circuit would be too large.
        """
        if inputs < 1 or options.outputs < 1 or options.hidden < 0:
            raise InvalidValueError(
                f"circuit {self.name}: inputs = {inputs}, hidden = {options.hidden}, outputs = "
                f"{options.outputs}: all must be positive"
            )
        hidden = options.hidden or self.states(inputs)
        if self.padded and hidden < inputs:
            raise InvalidValueError(
                f"circuit {self.name}: hidden = {hidden} is less than its {inputs} inputs, which are copied "
                f"into the states: choose at least {inputs}"
            )
        if options.supply and "+ h " not in self.equation:
            raise InvalidValueError(
                f"circuit {self.name}: supply = {options.supply:g}, but its equation has no supply h: "
                "leave it 0"
            )
        lengths = {"hidden": hidden, "inputs": hidden if self.padded else inputs}
        shapes = {name: tuple(lengths[word] for word in shape) for name, shape in self.shapes.items()}
        parameters = sum(math.prod(shape) for shape in shapes.values())
        if parameters > PARAMETER_LIMIT:
            raise CompileError(
                f"circuit {self.name}: {parameters:,} parameters: at most {PARAMETER_LIMIT:,} are supported; "
                "lower hidden or choose an element-wise circuit"
            )
        if options.rule not in RULES:
            raise InvalidValueError(f"circuit {self.name}: {UnknownNameError('rule', options.rule, RULES)}")
        fixed = {"h": options.supply} if options.supply else {}
        equation = self.equation if fixed else self.equation.replace("+ h ", "")
        system = SignedSystem.parse(
            f"dz = {equation}",
            states={"z": hidden},
            inputs={"x": lengths["inputs"]},
            parameters={**shapes, **dict.fromkeys(fixed, ())},
            non_negative=["x"] if options.non_negative and options.augmentation >= 0.0 else [],
        )
        trained = options.trained_readout or options.outputs > 1
        return Circuit(
            name=self.name,
            system=system,
            features=inputs,
            readout=Readout(
                options.outputs, trained=trained, bias=self.readout_bias, accumulated=self.accumulated
            ),
            starts_at_input=self.padded,
            augmentation=options.augmentation if self.padded else 0.0,
            fixed=fixed,
            rule=options.rule,
            horizon=options.horizon,
            feedback_horizon=options.feedback_horizon or None,
            learning_rate=options.learning_rate,
            annihilation=options.annihilation,
            update=options.update,
            momentum=options.momentum,
            decay=options.decay,
            batch=options.batch,
            hold=options.hold,
            shadow=options.shadow,
            positive_targets=options.positive_targets,
        )
