"""Schedule of a learning rule: the stages of training on one sample, each with its role.

A schedule consists of equations, without chemistry. The back ends depend only on the roles; the number, names
and order of stages are defined by the rule.

========= ===================================================================================
fed       `Dose`: a number of the sample is added to a variable
integrate `Integrate`: equations run for a duration
evaluate  `Evaluate`: variables receive values that do not change meanwhile
rectify   `Rectify`: the rails of variables annihilate, so that the positive rail is the positive part
compare   `Compare`: errors, from which the targets are subtracted
exchange  `Exchange`: errors are handed on, in every second sample with their rails exchanged
switch    `Switch`: adjoints are handed on where a state is positive
measured  `Read`: variables are reported
update    `Update`: gradients correct their parameters
========= ===================================================================================

Between two samples all variables are cleared except those in `kept`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

from neuralcrn.algebra import Polynomial, Variable
from neuralcrn.compiler.circuit import Circuit, gradient_of
from neuralcrn.compiler.protocol import Dose, Read
from neuralcrn.errors import CompileError

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
    """

    name: str
    duration: float
    equations: Equations

    def __str__(self) -> str:
        return _described(self.name, self.duration, self.equations)


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
    """

    name: str
    parameters: tuple[Variable, ...]

    def __str__(self) -> str:
        return _listed(self.name, [f"{p} is corrected by {gradient_of(p)}" for p in self.parameters])


Stage = Dose | Integrate | Evaluate | Rectify | Compare | Read | Exchange | Switch | Update
"""One stage of a schedule."""


@final
@dataclass(frozen=True, slots=True)
class Schedule:
    """Stages of training on one sample, and of predicting one.

    Attributes
    ----------
    training, prediction : tuple of Stage
        Stages in order.
    kept : tuple of Variable
        Variables that are kept from sample to sample: the parameters.

    Raises
    ------
    CompileError
        If two stages have the same name, values depend on each other, or an updated variable is not kept.
    """

    training: tuple[Stage, ...]
    prediction: tuple[Stage, ...]
    kept: tuple[Variable, ...]

    def __post_init__(self) -> None:
        _check_labels(self.training)
        for stage in self.training:
            if isinstance(stage, Evaluate):
                _check_independent(stage)
            if isinstance(stage, Update) and (lost := set(stage.parameters) - set(self.kept)):
                names = ", ".join(sorted(map(str, lost)))
                raise CompileError(f"schedule: {names} would be updated but not kept: add them to kept")

    @property
    def flows(self) -> tuple[Integrate | Evaluate, ...]:
        """Stages of training that have equations."""
        return tuple(stage for stage in self.training if isinstance(stage, Integrate | Evaluate))

    @property
    def described(self) -> tuple[Stage, ...]:
        """All stages of training but doses and readings."""
        return tuple(stage for stage in self.training if not isinstance(stage, Dose | Read))

    @property
    def rectified(self) -> frozenset[Variable]:
        """Variables whose rails annihilate in a stage of their own."""
        stages = (stage for stage in self.training if isinstance(stage, Rectify))
        return frozenset(variable for stage in stages for variable in stage.variables)

    @property
    def updated(self) -> tuple[Variable, ...]:
        """Parameters that are updated."""
        stages = (stage for stage in self.training if isinstance(stage, Update))
        return tuple(parameter for stage in stages for parameter in stage.parameters)

    @property
    def errors(self) -> tuple[Variable, ...]:
        """Errors from which targets are subtracted."""
        stages = (stage for stage in self.training if isinstance(stage, Compare))
        return tuple(error for stage in stages for error in stage.errors)


def sample_feeds(circuit: Circuit) -> tuple[Dose, ...]:
    """Return the doses of the inputs, and of the states if they start at the inputs."""
    targets = [(variable, 1.0) for variable in circuit.system.inputs]
    if circuit.starts_at_input and circuit.readout.accumulated:
        targets += [(circuit.errors[0], circuit.readout.weight)] * len(circuit.system.inputs)
    elif circuit.starts_at_input:
        targets += [(state, 1.0) for state in circuit.system.states]
    feeds: list[Dose] = []
    for j, (variable, factor) in enumerate(targets):
        feature = j % len(circuit.system.inputs)
        if feature < circuit.features:
            feeds.append(Dose(variable, "feature", feature, factor))
        elif circuit.augmentation:
            feeds.append(Dose(variable, "constant", factor=circuit.augmentation * factor))
    return tuple(feeds)


def target_feeds(errors: Sequence[Variable]) -> tuple[Dose, ...]:
    """Return the doses of the targets into the errors, with a negative sign."""
    return tuple(Dose(error, "target", o, factor=-1.0) for o, error in enumerate(errors))


def redirected(
    schedule: Schedule,
    feeds: Sequence[Dose],
    stages: Sequence[Stage],
    successors: Mapping[Variable, Variable],
) -> Schedule:
    """Return a schedule with doses and stages added between the measurement of the errors and the backward
    path, which then reads other variables than the errors.

    Parameters
    ----------
    schedule : Schedule
        Schedule of a learning rule.
    feeds : sequence of Dose
        Doses at the beginning of a training sample.
    stages : sequence of Stage
        Stages after the last measurement or comparison.
    successors : mapping of Variable to Variable
        The variable that is read for each error.

    Raises
    ------
    CompileError
        If the schedule has no error.
    """
    if not schedule.errors:
        raise CompileError(
            "the chopper and the hinge loss act on errors, but this rule compares none: choose optimiser = "
            "plain and loss = squared"
        )
    last = max(i for i, stage in enumerate(schedule.training) if isinstance(stage, Compare | Read))
    before, after = schedule.training[: last + 1], schedule.training[last + 1 :]
    replacements = {error: Polynomial.of(new) for error, new in successors.items()}
    backward = (_reading(stage, replacements) for stage in after)
    return replace(schedule, training=(*feeds, *before, *stages, *backward))


def _reading(stage: Stage, replacements: Mapping[Variable, Polynomial]) -> Stage:
    """Return a stage that reads other variables."""
    if isinstance(stage, Integrate | Evaluate):
        equations = {v: f.substitute(replacements) for v, f in stage.equations.items()}
        return replace(stage, equations=equations)
    return stage


def _described(name: str, duration: float, equations: Equations) -> str:
    lines = [f"d{variable}/dt = {f}" for variable, f in equations.items()]
    return _listed(f"{name} (duration {duration:g})", lines)


def _listed(title: str, lines: Sequence[str]) -> str:
    return "\n  ".join([title, *lines])


def _check_labels(stages: Iterable[Stage]) -> None:
    """Reject two stages with the same name, since they would become one phase."""
    names = [stage.name for stage in stages if not isinstance(stage, Dose | Read)]
    for name in names:
        if names.count(name) > 1:
            raise CompileError(f"schedule: two stages are called {name!r}: rename one")


def _check_independent(stage: Evaluate) -> None:
    """Reject values that depend on each other, since their rates would not be constant."""
    for variable, value in stage.equations.items():
        if read := sorted(str(v) for v in value.variables if v in stage.equations):
            raise CompileError(
                f"schedule: stage {stage.name!r} evaluates {variable} from {', '.join(read)}, which it "
                "also evaluates: split the stage in two"
            )
