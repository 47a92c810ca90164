"""Families of circuits given by one equation with arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, final

from neuralcrn.algebra import SignedSystem
from neuralcrn.circuits.family import Family, Options
from neuralcrn.circuits.initial import Distribution
from neuralcrn.compiler.circuit import Circuit
from neuralcrn.compiler.readout import Readout
from neuralcrn.errors import CompileError, InvalidValueError

Shape = tuple[str, ...]
"""Lengths given by the words ``hidden`` and ``inputs``; () for a scalar."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class EquationFamily(Family):
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
    rules : tuple of str
        Learning rules that are possible; all if empty.
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
    rules: tuple[str, ...] = ()
    defaults: Options
    initial: Mapping[str, Distribution] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def formula(self) -> str:
        """The equation."""
        return f"dz/dt = {self.equation.strip()}"

    @property
    def is_matrix(self) -> bool:
        """Whether every input affects every state."""
        return len(self.shapes.get("theta", ())) > 1

    def build(self, inputs: int, options: Options) -> Circuit:
        """Return the circuit of this family with a number of inputs; see `Family.build`."""
        self.check(inputs, options)
        if self.rules and options.rule not in self.rules:
            raise CompileError(
                f"circuit {self.name}: rule {options.rule} does not support it: choose "
                f"{', '.join(self.rules)}"
            )
        hidden = self._hidden(inputs, options)
        lengths = {"hidden": hidden, "inputs": hidden if self.padded else inputs}
        shapes = {name: tuple(lengths[word] for word in shape) for name, shape in self.shapes.items()}
        self.check_parameters(sum(math.prod(shape) for shape in shapes.values()))
        if options.supply and "+ h " not in self.equation:
            raise InvalidValueError(
                f"circuit {self.name}: supply = {options.supply:g}, but its equation has no supply h: "
                "leave it 0"
            )
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
        constants: dict[str, Any] = {
            **options.constants(),
            "augmentation": options.augmentation if self.padded else 0.0,
        }
        return Circuit(
            name=self.name,
            system=system,
            features=inputs,
            readout=Readout(
                options.outputs, trained=trained, bias=self.readout_bias, accumulated=self.accumulated
            ),
            starts_at_input=self.padded,
            fixed=fixed,
            **constants,
        )

    def _hidden(self, inputs: int, options: Options) -> int:
        """Return the number of states."""
        if not isinstance(options.hidden, int):
            raise InvalidValueError(
                f"circuit {self.name}: hidden = {options.hidden}: it has no layers, give one number"
            )
        if options.activation:
            raise InvalidValueError(
                f"circuit {self.name}: activation = {options.activation}: it has no layers; leave it out, or "
                "choose circuit perceptron"
            )
        hidden = options.hidden or self.states(inputs)
        if hidden < 1:
            raise InvalidValueError(f"circuit {self.name}: hidden = {hidden}: it must be positive")
        if self.padded and hidden < inputs:
            raise InvalidValueError(
                f"circuit {self.name}: hidden = {hidden} is less than its {inputs} inputs, which are copied "
                f"into the states: choose at least {inputs}"
            )
        return hidden
