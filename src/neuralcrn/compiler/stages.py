"""Stages of a schedule: the operations of a learning rule on one sample, each with its role.

A stage consists of equations, without chemistry, except `React`. The back ends depend only on the roles; the
number, names and order of stages are defined by the rule.

========= ===================================================================================
fed       `Dose`: a number of the sample is added to a variable
removed   `Withdraw`: variables are taken out of the pot
integrate `Integrate`: equations run for a duration
react     `React`: reactions that are given as such run for a duration
evaluate  `Evaluate`: variables receive values that do not change meanwhile
rectify   `Rectify`: the rails of variables annihilate, so that the positive rail is the positive part
compare   `Compare`: errors, from which the targets are subtracted
exchange  `Exchange`: errors are handed on, in every second sample with their rails exchanged
switch    `Switch`: adjoints are handed on where a state is positive
measured  `Read`: variables are reported
update    `Update`: gradients correct their parameters
========= ===================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

from neuralcrn.algebra import Polynomial, Variable
from neuralcrn.chemistry import Network
from neuralcrn.compiler.circuit import gradient_of
from neuralcrn.compiler.protocol import Dose, Read, Withdraw

Equations = Mapping[Variable, Polynomial]
"""Rates of change of variables."""


@final
@dataclass(frozen=True, slots=True)
class Integrate:
    """Equations that are integrated for a duration; other variables are constant.

    Attributes
    ----------
    name : str
        A label.
    duration : float, time
        Duration.
    equations : mapping of Variable to Polynomial
        Rates of change.
    annihilated : tuple of Variable
        Variables whose rails annihilate meanwhile, besides those of which |v| or a power is read.
    conserved : tuple of (Variable, Variable)
        Pairs with one rail and a constant sum, which are converted to each other.
    """

    name: str
    duration: float
    equations: Equations
    annihilated: tuple[Variable, ...] = ()
    conserved: tuple[tuple[Variable, Variable], ...] = ()

    def __str__(self) -> str:
        return _described(self.name, self.duration, self.equations)


@final
@dataclass(frozen=True, slots=True)
class React:
    """Reactions that are given as such, instead of by equations.

    Attributes
    ----------
    name : str
        A label.
    duration : float, time
        Duration.
    network : Network
        Its species are variables with one rail, or rails.
    """

    name: str
    duration: float
    network: Network

    def __str__(self) -> str:
        lines = [str(reaction) for reaction in self.network.reactions]
        return _listed(f"{self.name} (duration {self.duration:g})", lines)


@final
@dataclass(frozen=True, slots=True)
class Evaluate:
    """Values that are added to variables; no value may depend on a variable of the same stage.

    Constant right-hand sides integrate exactly in unit time, so a staged program needs no steady state. In a
    pot the variables track their values while the arguments are produced.

    Attributes
    ----------
    name : str
        A label.
    equations : mapping of Variable to Polynomial
        Values.
    """

    name: str
    equations: Equations

    @property
    def duration(self) -> float:
        """One unit of time."""
        return 1.0

    def __str__(self) -> str:
        return _described(self.name, self.duration, self.equations)


@final
@dataclass(frozen=True, slots=True)
class Rectify:
    """Variables whose rails annihilate until one of them is empty.

    Evaluated variables have a residue on their smaller rail while they are driven; after this stage the
    positive rail is (v + |v|)/2.

    Attributes
    ----------
    name : str
        A label.
    variables : tuple of Variable
        Evaluated before.
    """

    name: str
    variables: tuple[Variable, ...]

    def __str__(self) -> str:
        return _listed(self.name, [f"the rails of {v} annihilate" for v in self.variables])


@final
@dataclass(frozen=True, slots=True)
class Compare:
    """Errors: outputs from which the fed targets are subtracted.

    Attributes
    ----------
    name : str
        A label.
    errors : tuple of Variable
        One per output; the target of output o is fed into error o with a negative sign.
    """

    name: str
    errors: tuple[Variable, ...]

    def __str__(self) -> str:
        return _listed(self.name, [f"the rails of {v} annihilate" for v in self.errors])


@final
@dataclass(frozen=True, slots=True)
class Exchange:
    """Errors that are converted completely to other variables, in every second sample with the opposite
    sign.

    Attributes
    ----------
    name : str
        A label.
    successors : mapping of Variable to Variable
        The variable that receives each error.
    """

    name: str
    successors: Mapping[Variable, Variable]

    def __str__(self) -> str:
        lines = [f"{e} -> {new}, or -{new} in every second sample" for e, new in self.successors.items()]
        return _listed(self.name, lines)


@final
@dataclass(frozen=True, slots=True)
class Passage:
    """An adjoint that is handed on by one state; see `Switch`.

    Attributes
    ----------
    adjoint : Variable
        The adjoint with respect to the activated state.
    state : Variable
        The state, which has been rectified.
    negative : float, dimensionless
        Fraction that is handed on where the state is negative, in [0, 1].
    """

    adjoint: Variable
    state: Variable
    negative: float = 0.0

    def __str__(self) -> str:
        rest = f", {self.negative:g} of it elsewhere" if self.negative else ""
        return f"{self.adjoint} where {self.state} > 0{rest}"


@final
@dataclass(frozen=True, slots=True)
class Switch:
    """Adjoints that are converted to other variables: wholly where a state is positive, and by a fraction
    where it is negative.

    Attributes
    ----------
    name : str
        A label.
    passages : mapping of Variable to Passage
        By the variable that receives the adjoint.
    """

    name: str
    passages: Mapping[Variable, Passage]

    def __str__(self) -> str:
        return _listed(self.name, [f"{target} <- {passage}" for target, passage in self.passages.items()])


@final
@dataclass(frozen=True, slots=True)
class Update:
    """Update of parameters by their gradients, with the optimiser of the circuit.

    Attributes
    ----------
    name : str
        A label.
    parameters : tuple of Variable
        Parameters, each updated by its `gradient_of` variable.
    flag : Variable or None
        Variable with one rail without which nothing is updated; it is cleared afterwards, together with the
        gradients.
    """

    name: str
    parameters: tuple[Variable, ...]
    flag: Variable | None = None

    def __str__(self) -> str:
        title = self.name if self.flag is None else f"{self.name} (if there is {self.flag})"
        return _listed(title, [f"{p} is corrected by {gradient_of(p)}" for p in self.parameters])


Reacting = Integrate | React | Evaluate | Rectify | Compare | Exchange | Switch | Update
"""A stage that consists of reactions."""
Stage = Dose | Withdraw | Read | Reacting
"""One stage of a schedule."""


def _described(name: str, duration: float, equations: Equations) -> str:
    lines = [f"d{variable}/dt = {f}" for variable, f in equations.items()]
    return _listed(f"{name} (duration {duration:g})", lines)


def _listed(title: str, lines: Sequence[str]) -> str:
    return "\n  ".join([title, *lines])
