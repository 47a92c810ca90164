"""Options of a circuit of the registry."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, final

from neuralcrn.errors import InvalidValueError, printable

if TYPE_CHECKING:
    from neuralcrn.compiler import Circuit, Program


@final
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CircuitOptions:
    """Options of a circuit.

    Attributes
    ----------
    inputs : int
        Features.
    outputs : int, optional
        Outputs; None for as many as the circuit has by itself, usually one.
    hidden : int or sequence of int, optional
        States, or units of each layer; None for as many as the circuit has by itself.
    activation : str, optional
        Activation of a layered circuit; None for its default.
    loss : str, optional
        ``squared`` or ``squared-hinge``; None for the former.
    rule : str, optional
        The learning rule; None for the circuit's own.
    level, clock : str
        Level, and the clock of an autonomous program; see `Circuit.compile`.
    optimiser : mapping from str to value, optional
        Optimiser options: ``optimiser``, ``momentum``, ``decay``, ``batch`` and ``update``.
    constants : mapping from str to float, optional
        Constants of the learning rule that differ from its defaults.
    signed : bool
        Whether inputs may be negative, and get two rails.

    Examples
    --------
    >>> program = CircuitOptions(inputs=1, optimiser={"momentum": 0.5}).compile("linear")
    >>> program.circuit.momentum, len(program.phases)
    (0.5, 5)
    """

    inputs: int = 2
    hidden: int | Sequence[int] | None = None
    activation: str | None = None
    loss: str | None = None
    outputs: int | None = None
    rule: str | None = None
    level: str = "staged"
    clock: str = ""
    optimiser: Mapping[str, float | str] | None = None
    constants: Mapping[str, float] | None = None
    signed: bool = False

    @property
    def given(self) -> tuple[str, ...]:
        """Names of the options that differ from their defaults."""
        fields = dataclasses.fields(self)
        return tuple(item.name for item in fields if getattr(self, item.name) != item.default)

    def make(self, name: str, **constants: Any) -> Circuit:
        """Return a circuit by name with these options; a file is an error."""
        from neuralcrn.circuits import FAMILIES, make_circuit

        if name not in FAMILIES and os.path.exists(name):
            raise InvalidValueError(
                f"{printable(name)}: is a file, but a circuit is expected ('neuralcrn list'): neuralcrn "
                "info, draw, simulate, convert and dna take files"
            )
        chosen = {
            "outputs": self.outputs,
            "hidden": self.hidden,
            "activation": self.activation,
            "loss": self.loss,
            "rule": self.rule,
            "rule_constants": self.constants,
        }
        chosen = {option: value for option, value in chosen.items() if value is not None}
        return make_circuit(
            name,
            self.inputs,
            non_negative=not self.signed,
            **chosen,
            **(self.optimiser or {}),  # type: ignore[arg-type]
            **constants,
        )

    def compile(self, name: str, **constants: Any) -> Program:
        """Return the compiled circuit."""
        return self.make(name, **constants).compile(self.level, self.clock)
