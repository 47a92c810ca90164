"""One score for every class, linear in the inputs, with weights that are never negative.

The families of multiplicative weights and of winner-take-all; phases and sources are in their learning rules,
`neuralcrn.compiler.rules.multiplicative` and `neuralcrn.compiler.rules.winner_take_all`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import final

from neuralcrn.algebra import SignedSystem
from neuralcrn.circuits.family import Family, Options
from neuralcrn.circuits.initial import Distribution
from neuralcrn.compiler.circuit import Circuit
from neuralcrn.compiler.readout import Readout
from neuralcrn.errors import CompileError, InvalidValueError

CLASSES = 2
"""Default and smallest number of classes."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreFamily(Family):
    """Scores z = theta x of classes, which compete.

    Attributes
    ----------
    name, summary, represents, defaults, initial
        See `Family`.
    rules : tuple of str
        Learning rules that are possible.
    """

    name: str
    summary: str
    represents: str
    rules: tuple[str, ...]
    defaults: Options
    initial: Mapping[str, Distribution]

    @property
    def formula(self) -> str:
        """The equation of the scores."""
        return "z <- theta*x, theta >= 0; the largest z wins"

    def build(self, inputs: int, options: Options) -> Circuit:
        """Return the circuit of this family with a number of inputs; see `Family.build`."""
        self.check(inputs, options)
        if options.outputs < CLASSES:
            raise InvalidValueError(
                f"circuit {self.name}: outputs = {options.outputs}: its classes compete, so it needs an "
                "output for each of at least two classes"
            )
        if not options.non_negative:
            raise InvalidValueError(
                f"circuit {self.name}: its weights are not negative, and neither may its inputs be: scale "
                "the data, so that they are not"
            )
        if options.hidden or options.supply or options.activation or options.trained_readout:
            raise InvalidValueError(
                f"circuit {self.name}: it has one layer of weights: leave out hidden, supply, activation and "
                "trained_readout"
            )
        if options.rule not in self.rules:
            raise CompileError(f"circuit {self.name}: rule {options.rule}: choose {' or '.join(self.rules)}")
        self.check_parameters(inputs * options.outputs)
        system = SignedSystem.parse(
            "dz = theta*x",
            states={"z": options.outputs},
            inputs={"x": inputs},
            parameters={"theta": (options.outputs, inputs)},
            non_negative=["x", "z", "theta"],
        )
        return Circuit(
            name=self.name,
            system=system,
            features=inputs,
            readout=Readout(options.outputs),
            starts_at_input=False,
            **options.constants(),
        )


MULTIPLICATIVE_WEIGHTS = ScoreFamily(
    name="multiplicative-weights",
    summary="one layer of non-negative weights that are multiplied; the largest score wins; bimolecular",
    represents="Linear boundaries between classes, by inputs that are not negative.",
    rules=("multiplicative-weights", "expert-gains"),
    defaults=Options(
        rule="multiplicative-weights", update="direct", outputs=CLASSES, augmentation=0.0, learning_rate=0.05
    ),
    initial=MappingProxyType({"theta": Distribution("share", 1.0)}),
)
WINNER_TAKE_ALL = ScoreFamily(
    name="winner-take-all",
    summary="weights that patterns of a class activate in one pass; the largest sum wins; bimolecular",
    represents="Classes whose patterns have more inputs in common with each other than with other classes.",
    rules=("winner-take-all",),
    defaults=Options(
        rule="winner-take-all", update="direct", outputs=CLASSES, augmentation=0.0, learning_rate=1.0
    ),
    initial=MappingProxyType({"theta": Distribution("constant", 0.0)}),
)
